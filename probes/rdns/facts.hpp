#pragma once
#include "probes/core/fact.hpp"

namespace drydock {

/// What the type `rdns` sees.
struct RdnsFacts {
  Fact<std::vector<DnsData>> names{
      "rdns.names", "names in the PTR records of the address, sorted; empty where there are none", Parity::differs};
  Fact<std::string> rcode{"rdns.rcode", "response code to the question for PTR records", Parity::same};
  Fact<Fields> forward{"rdns.forward", "addresses of each of these names (`NAME SERVER`), or what came instead",
                       Parity::free};
  Fact<std::string> smtp{"rdns.smtp", "what port 25 of the address said: a reply code, or why there is none",
                         Parity::same};
  Fact<DnsData> ehlo{"rdns.ehlo", "the name in its reply to EHLO", Parity::free};
  Fact<std::vector<DnsData>> ehlo_addresses{"rdns.ehlo_addresses", "addresses of that name, A and AAAA", Parity::free};
};
inline constexpr RdnsFacts kRdns;

}  // namespace drydock
