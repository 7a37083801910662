#pragma once
#include <string>
#include <string_view>

#include "probes/core/observation.hpp"

namespace drydock {

inline constexpr std::size_t kMostHeaderFields = 500;

/// The fields of a message's header (RFC 5322 §2.2), unfolded, in their order, up to the first empty line. Lines that
/// are no field are left out; so is everything past `most` fields.
Fields parse_header_fields(std::string_view header, std::size_t most = kMostHeaderFields);

/// The name after `by` in a Received field (RFC 5321 §4.4); empty where there is none. Comments are skipped.
std::string received_by(std::string_view received);

/// A field name: printable US-ASCII without a colon (RFC 5322 §3.6.8).
bool is_field_name(std::string_view text);

}  // namespace drydock
