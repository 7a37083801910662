#pragma once
#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "probes/core/error.hpp"

/// Dynamic updates, RFC 2136.
namespace drydock::dns {

/// What one RRset is to be: first deleted (RFC 2136 §2.5.2), then filled with `data`, which may be empty.
struct RrsetChange {
  std::string name;               ///< presentation form, absolute
  std::string type;               ///< A, MX, ...
  std::uint32_t ttl = 0;          ///< seconds, at most 2^31-1 (RFC 2181 §8)
  std::vector<std::string> data;  ///< presentation form; names in it are absolute
};

/// The update message, unsigned. Error (kind local) that names the change where one can't be put in a message: a name
/// outside the zone, data that does not fit its type.
boost::system::result<std::string, Error> encode_update(std::string_view zone, const std::vector<RrsetChange>& changes,
                                                        std::uint16_t id);

/// Why the octets are not an answer to the update of that id: not a response, another id, another opcode. Empty: they
/// are. Says nothing about signatures.
std::string why_foreign_update(std::string_view octets, std::uint16_t id);

}  // namespace drydock::dns
