#pragma once
#include <memory>
#include <string_view>

#include "probes/core/probe.hpp"

namespace drydock::ftp {

std::unique_ptr<const Probe> make_probe(const Parameters& parameters);

/// The stages of the dialogue. An error ends exactly one of them, and one check answers for it.
namespace stage {
inline constexpr std::string_view kConnect = "connect";
inline constexpr std::string_view kBanner = "banner";
inline constexpr std::string_view kFeatures = "features";
inline constexpr std::string_view kStartTls = "starttls";
inline constexpr std::string_view kTls = "tls";
inline constexpr std::string_view kAnonymous = "anonymous";
inline constexpr std::string_view kClear = "clear";
inline constexpr std::string_view kLogin = "login";
inline constexpr std::string_view kWrongPassword = "wrong password";
inline constexpr std::string_view kPassive = "passive";
inline constexpr std::string_view kList = "list";
inline constexpr std::string_view kUpload = "upload";
inline constexpr std::string_view kListed = "list again";
inline constexpr std::string_view kDownload = "download";
inline constexpr std::string_view kDelete = "delete";
inline constexpr std::string_view kLeft = "final list";
}  // namespace stage

/// Octets of the file that makes the round trip.
inline constexpr std::size_t kRoundTripOctets = 1024 * 1024;

}  // namespace drydock::ftp
