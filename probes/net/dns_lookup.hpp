#pragma once
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/net/dns_exchange.hpp"

/// Questions beside the one that a probe is about: their failure is an answer too.
namespace drydock::net {

/// True where an answer with this response code says what the zone says: NOERROR or NXDOMAIN.
bool is_definitive(std::string_view rcode);

/// An answer, or in words why there is none.
struct SideAnswer {
  std::optional<dns::Message> message;
  std::string trouble;  ///< `no answer (timeout)`; empty where there is a message

  /// True where there is a message, and it says what the zone says.
  [[nodiscard]] bool definitive() const;
};
boost::asio::awaitable<SideAnswer> ask_aside(DnsPeer peer, dns::Query query);

/// What one server says of the addresses of a name, of one family.
struct AddressesTold {
  std::optional<std::vector<std::string>> addresses;  ///< sorted; empty: certainly none. Nothing: it told nothing
  bool elsewhere = false;                             ///< the server does not speak for the name
  std::string trouble;                                ///< why it told nothing: `SERVFAIL`, `no answer (timeout)`
};
/// Asks for the records of `type` (A or AAAA), aliases followed. An authoritative server is asked without recursion,
/// and only what it says with authority counts.
boost::asio::awaitable<AddressesTold> ask_addresses(DnsPeer peer, std::string name, std::string type,
                                                    bool authoritative);

}  // namespace drydock::net
