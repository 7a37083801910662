#pragma once
#include "probes/core/fact.hpp"

namespace drydock {

/// What the type `dns` sees.
struct DnsFacts {
  Fact<std::string> rcode{"dns.rcode", "response code: NOERROR, NXDOMAIN, SERVFAIL, REFUSED, ...", Parity::same};
  Fact<std::vector<DnsData>> answers{
      "dns.answers",
      "data of the records of the asked type, aliases followed, sorted; empty where it is certain that there are none",
      Parity::differs};
  Fact<std::vector<std::string>> strings{"dns.strings", "of TXT and SPF records: the strings that the data is made of",
                                         Parity::free};
  Fact<std::int64_t> ttl{"dns.ttl", "smallest TTL of these records, in seconds", Parity::free};
  Fact<std::vector<std::string>> flags{"dns.flags", "flags set in the answer, of qr aa tc rd ra ad cd", Parity::same};
  Fact<std::vector<DnsData>> aliases{"dns.aliases", "targets of the CNAME chain, in order", Parity::same};
  Fact<bool> alias_loop{"dns.alias_loop", "the CNAME chain comes back to itself", Parity::same};
  Fact<std::string> transport{"dns.transport", "udp or tcp", Parity::free};
  Fact<DnsData> zone{"dns.zone", "apex of the zone that holds the name", Parity::same};
  Fact<std::int64_t> serial{"dns.serial", "serial of that zone on this server", Parity::at_least};
  Fact<Fields> other_serials{"dns.other_serials", "serial of that zone on each other authoritative server",
                             Parity::free};
  Fact<bool> soa_authoritative{"dns.soa_authoritative", "the server answers for the zone's SOA record with AA",
                               Parity::same};
  Fact<std::string> ns{"dns.ns", "names of the zone's name servers on this server, sorted", Parity::free};
  Fact<Fields> other_ns{"dns.other_ns", "the same on each other authoritative server", Parity::free};
  Fact<std::string> unchecked_rcode{"dns.unchecked_rcode", "response code with CD=1 after a resolver's SERVFAIL",
                                    Parity::free};
};
inline constexpr DnsFacts kDns;

}  // namespace drydock
