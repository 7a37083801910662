#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Domain names in presentation form (RFC 1035 §5.1), with or without the final dot: both mean the same absolute name.
namespace drydock::dns {

/// ASCII letters in lower case (RFC 4343 §3), no final dot; the root is ".". Escapes stay as they are.
std::string fold(std::string_view name);

/// The same name, whatever the case and the final dot.
bool same_name(std::string_view a, std::string_view b);

/// `name` is `zone` or lies below it.
bool is_within(std::string_view name, std::string_view zone);

/// The name without its first label; the root's parent is the root.
std::string parent(std::string_view name);

/// Every label 1 to 63 octets, the whole within 255 (RFC 1035 §2.3.4), escapes well formed.
bool is_name(std::string_view name);

/// The name that holds the PTR record of an address (RFC 1035 §3.5, RFC 3596 §2.5); nothing where it is not an address.
std::optional<std::string> reverse_name(std::string_view ip);

/// Letters in upper or lower case by the bits of `random`, repeated when they run out.
std::string mix_case(std::string_view name, std::uint64_t random);

}  // namespace drydock::dns
