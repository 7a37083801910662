#pragma once
#include <string_view>

#include "probes/core/fact.hpp"

namespace drydock {

/// In place of a response code.
inline constexpr std::string_view kNoAnswer = "no answer";

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
  Fact<std::string> edns_rcode{"dns.edns_rcode",
                               "response code to the question with EDNS, or `no answer`, where the server answers it "
                               "without alone",
                               Parity::same};
  Fact<std::string> mixed_case_rcode{
      "dns.mixed_case_rcode",
      "response code to the question with its name in mixed case, where the server answers it in lower case alone",
      Parity::same};
  Fact<DnsData> zone{"dns.zone", "apex of the zone that holds the name", Parity::same};
  Fact<std::int64_t> serial{"dns.serial", "serial of that zone on this server", Parity::at_least};
  Fact<Rows<std::int64_t>> other_serials{
      "dns.other_serials", "serial of that zone on each other authoritative server that told it", Parity::free};
  Fact<bool> soa_authoritative{"dns.soa_authoritative", "the server answers for the zone's SOA record with AA",
                               Parity::same};
  Fact<Fields> zone_rcodes{"dns.zone_rcodes",
                           "response code to the question for the zone's SOA or NS records, by that type, where this "
                           "server answered it by neither NOERROR nor NXDOMAIN",
                           Parity::same};
  Fact<std::vector<DnsData>> ns{"dns.ns", "names of the zone's name servers on this server, sorted", Parity::free};
  Fact<Rows<std::vector<DnsData>>> ns_addresses{
      "dns.ns_addresses", "addresses of each of these names, where they could be looked up", Parity::free};
  Fact<Rows<std::vector<DnsData>>> other_ns{
      "dns.other_ns", "names of the zone's name servers on each other authoritative server that told them",
      Parity::free};
  Fact<Fields> other_troubles{"dns.other_troubles", "why another authoritative server told no serial, or no NS records",
                              Parity::free};
  Fact<std::vector<std::string>> others_answered{
      "dns.others_answered", "another authoritative server that answered the question while this one was silent",
      Parity::free};
  Fact<bool> listed{"dns.listed",
                    "of a server that answers without authority: it is one of the zone's name servers, by their "
                    "addresses",
                    Parity::same};
  Fact<std::string> unchecked_rcode{"dns.unchecked_rcode", "response code with CD=1 after a resolver's SERVFAIL",
                                    Parity::free};
};
inline constexpr DnsFacts kDns;

}  // namespace drydock
