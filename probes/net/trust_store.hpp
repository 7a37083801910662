#pragma once
#include <openssl/types.h>

#include <cstddef>
#include <memory>
#include <string>

namespace drydock::net {

/// Which certificate authorities a path may end at.
enum class Anchors {
  named,  ///< only those of the PEM file that the scenario names
  all,    ///< those, and the bundle of public authorities: the system's, or the one that SSL_CERT_FILE names
};

/// Authorities to verify by; `trust` is the PEM file that the scenario names, empty: none. Parsed once and shared for
/// as long as none of the files it is made of changes; of the last kTrustStores ones that were asked for. The caller
/// must not add to it. May be called on any thread. Throws Failure(local) where `trust` can't be read.
std::shared_ptr<X509_STORE> trust_store(const std::string& trust, Anchors anchors = Anchors::all);

/// Differs where any of the files that Anchors::all takes has changed.
std::string trust_stamp(const std::string& trust);

constexpr std::size_t kTrustStores = 16;

}  // namespace drydock::net
