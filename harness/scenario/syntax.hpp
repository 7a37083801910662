#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace drydock {

/// What texts of the scenario must look like. Pure.
bool is_identifier(std::string_view text);
/// RFC 1123 §2.1 names, underscore labels and a leading `*` label; with or without the final dot.
bool is_host_name(std::string_view text);
bool is_dns_name(std::string_view text);
/// RFC 5321 addr-spec, lightly: one unquoted @ and two non-empty sides.
bool is_mail_address(std::string_view text);

/// A unicast IP address, `ip:port` or `[v6]:port`.
struct ServerText {
  std::string ip;
  std::optional<std::uint16_t> port;
};
std::optional<ServerText> parse_server(std::string_view text);

/// The host of an http or https URL without brackets; nothing where the text is no such URL or names a user.
std::optional<std::string> url_host(std::string_view text);

/// `*` stands for any characters, `?` for one.
bool is_glob(std::string_view text);
bool glob_matches(std::string_view glob, std::string_view text);

}  // namespace drydock
