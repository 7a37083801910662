#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace drydock {

/// RFC 4648 §4, padded, on one line.
std::string base64_encode(std::string_view octets);

/// The octets, or nothing where `text` is not exactly what base64_encode could have written.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace drydock
