#pragma once
#include "probes/core/fact.hpp"

namespace drydock {

/// What the type `rdns` sees.
struct RdnsFacts {
  Fact<std::vector<DnsData>> names{
      "rdns.names", "names in the PTR records of the address, sorted; empty where there are none", Parity::differs};
  Fact<std::string> rcode{"rdns.rcode", "response code to the question for PTR records", Parity::same};
  Fact<Rows<std::vector<DnsData>>> forward{
      "rdns.forward", "addresses of each of these names, from each server that told them (`NAME at SERVER`)",
      Parity::free};
  Fact<Fields> forward_troubles{"rdns.forward_troubles", "why a server did not tell them", Parity::free};
  Fact<Reply> smtp{"rdns.smtp", "the last reply from port 25 of the address: to the connection, or to EHLO",
                   Parity::same};
  Fact<std::string> smtp_error{"rdns.smtp_error", "why there is no such reply, or none after it: refused, timeout, ...",
                               Parity::same};
  Fact<DnsData> ehlo{"rdns.ehlo", "the name in its reply to EHLO", Parity::free};
  Fact<std::vector<DnsData>> ehlo_addresses{"rdns.ehlo_addresses", "addresses of that name, A and AAAA", Parity::free};
};
inline constexpr RdnsFacts kRdns;

}  // namespace drydock
