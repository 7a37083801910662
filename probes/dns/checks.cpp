#include "probes/dns/checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/codec/dns/name.hpp"
#include "probes/codec/dns/serial.hpp"
#include "probes/core/ip_address.hpp"
#include "probes/core/shell_word.hpp"
#include "probes/dns/asked.hpp"
#include "probes/dns/facts.hpp"
#include "probes/net/dns_exchange.hpp"
#include "probes/net/dns_lookup.hpp"

namespace drydock {
namespace {

std::string dig(const Subject& subject, std::string_view name, std::string_view type) {
  const Endpoint server = dns_server(subject);
  return fmt::format("dig @{}{} {} {}{}", server.ip, server.port == 53 ? "" : fmt::format(" -p {}", server.port),
                     shell_word(name), type, asked(subject.parameters) == Asked::authoritative ? " +norecurse" : "");
}

std::string dig_question(const Subject& subject) {
  return dig(subject, subject.parameters.text("name"), asked_type(subject.parameters));
}

Judgement with(std::string reproduce, Judgement judgement) {
  if (judgement.verdict != Verdict::skip) judgement.reproduce = std::move(reproduce);
  return judgement;
}

bool expects(const Subject& subject, std::string_view fact) {
  return std::ranges::find(subject.expected.facts, fact) != subject.expected.facts.end();
}

/// The zone's name servers are known, and this is none of them: whatever it says, it is not lame.
bool is_known_unlisted(const Observation& seen) {
  const auto* listed = seen.get(kDns.listed);
  return listed && !*listed;
}

std::string not_listed(const Subject& subject) {
  return fmt::format("{} is not a name server of the zone that holds {}, by that zone's NS records",
                     dns_server(subject).text(), subject.parameters.text("name"));
}

/// Why a check about the zone has nothing to say, in this order: not an authoritative server, no answer, not one of the
/// zone's servers, no statement.
std::optional<Judgement> nothing_to_say(const Observation& seen, const Subject& subject) {
  if (asked(subject.parameters) != Asked::authoritative)
    return Judgement::skip("only authoritative servers speak for a zone, and this probe doesn't ask them");
  const auto* rcode = seen.get(kDns.rcode);
  if (!rcode) return not_seen(seen, "an answer");
  if (is_known_unlisted(seen)) return Judgement::skip(not_listed(subject));
  if (net::is_definitive(*rcode)) return std::nullopt;
  if (expects(subject, "rcode"))
    return Judgement::skip(fmt::format("the server answers {}, and the scenario judges that", *rcode));
  return Judgement::inconclusive(fmt::format("the server answers {} and says nothing about the zone", *rcode));
}

std::optional<Judgement> nothing_to_compare(const Observation& seen, const Subject& subject) {
  if (auto verdict = nothing_to_say(seen, subject)) return verdict;
  if (subject.surroundings.dns.authoritative.size() < 2)
    return Judgement::skip("only one authoritative server is declared: there is nothing to compare it with");
  return std::nullopt;
}

/// In words, what this server can't bear, though it must; nothing where it bears all. Resolvers of today ask so.
struct Choking {
  std::string what, answered, hint;
};
std::optional<Choking> choking_of(const Observation& seen, const std::string& rcode) {
  if (const auto* choked = seen.get(kDns.edns_rcode))
    return Choking{fmt::format("can't bear EDNS: it {} to the question with it and {} without",
                               *choked == kNoAnswer ? "gives no answer" : "answers " + *choked, rcode),
                   *choked, "RFC 6891 §7: update the name server, or mend what stands before it"};
  if (const auto* choked = seen.get(kDns.mixed_case_rcode))
    return Choking{
        fmt::format("knows names in lower case only: it answers {} in mixed case and {} in lower case", *choked, rcode),
        *choked, "RFC 4343 §3: names fold case; resolvers that mix it (draft dns-0x20) don't find the zone"};
  return std::nullopt;
}

/// A resolver's fault says nothing about the zone, nor does silence that another server does not disprove.
std::optional<Judgement> judge_choking(const Observation& seen, const Subject& subject, const std::string& rcode) {
  const auto choking = choking_of(seen, rcode);
  if (!choking) return std::nullopt;
  const std::string server = dns_server(subject).text();
  if (asked(subject.parameters) == Asked::resolver)
    return Judgement::inconclusive(fmt::format("our resolver {} {}", server, choking->what), choking->hint);
  const auto* others = seen.get(kDns.others_answered);
  if (choking->answered == kNoAnswer && (!others || others->empty()))
    return Judgement::inconclusive(
        fmt::format("{} {}; that may be lost on the way: no other server answered the question with it", server,
                    choking->what),
        choking->hint);
  return Judgement::fail(fmt::format("{} {}", server, choking->what), rcode, choking->answered, choking->hint);
}

Judgement judge_servfail(const Subject& subject, const std::string& server) {
  if (asked(subject.parameters) != Asked::resolver && is_declared_authoritative(subject))
    return Judgement::fail(fmt::format("{} answers SERVFAIL", server), "NOERROR or NXDOMAIN", "SERVFAIL",
                           "the server could not load the zone, or it has expired there: look at its log");
  return Judgement::inconclusive(fmt::format("{} answers SERVFAIL", server),
                                 "the server could not get an answer itself: look at its log");
}

Judgement judge_rcode(const Observation& seen, const Subject& subject, const std::string& rcode) {
  const Asked mode = asked(subject.parameters);
  const std::string server = dns_server(subject).text();
  if (auto choking = judge_choking(seen, subject, rcode)) return *choking;
  if (net::is_definitive(rcode) || expects(subject, "rcode")) return Judgement::pass(rcode);
  if (is_known_unlisted(seen))
    return Judgement::inconclusive(fmt::format("{} answers {}; {}", server, rcode, not_listed(subject)),
                                   "ask others: ask: resolvers, or a list of addresses");
  const auto* unchecked = seen.get(kDns.unchecked_rcode);
  if (unchecked && net::is_definitive(*unchecked))
    return Judgement::inconclusive(
        fmt::format("{} answers {}, but {} when told not to check signatures", server, rcode, *unchecked),
        "DNSSEC of this zone does not validate at this resolver: look at DS, DNSKEY and RRSIG (delv, dnsviz)");
  if (rcode == "SERVFAIL") return judge_servfail(subject, server);
  if (mode == Asked::resolver)
    return Judgement::inconclusive(fmt::format("our resolver {} answers {}", server, rcode),
                                   "this says nothing about the zone: does the resolver serve this address?");
  if (mode == Asked::listed)
    return Judgement::fail(fmt::format("{} answers {}", server, rcode), "NOERROR or NXDOMAIN", rcode,
                           "it neither holds the zone nor asks others for this address; where that is right, say so: "
                           "expect: {rcode: ...}");
  return Judgement::fail(
      fmt::format("{} answers {} for {}, although `dns.authoritative` names it", server, rcode,
                  subject.parameters.text("name")),
      "NOERROR or NXDOMAIN", rcode,
      "the zone is not configured there, or its access list shuts us out: load the zone on that server, or "
      "take it out of the NS records at the registrar");
}

/// Where a listed server answered other questions, and this one about its zone by neither yes nor no.
std::optional<Judgement> judge_zone_rcode(const Observation& seen, const Subject& subject, std::string_view type) {
  const auto* zone = seen.get(kDns.zone);
  const auto* rcodes = seen.get(kDns.zone_rcodes);
  if (!zone || !rcodes) return std::nullopt;
  const auto answered = std::ranges::find(*rcodes, type, &Fields::value_type::first);
  if (answered == rcodes->end()) return std::nullopt;
  return Judgement::fail(fmt::format("{} answers {} to the question for the {} records of {}",
                                     dns_server(subject).text(), answered->second, type, zone->text),
                         "NOERROR", answered->second,
                         "look at the server's log: the zone did not load whole, or a filter stands before the server");
}

std::string flags_text(const Observation& seen) {
  const auto* flags = seen.get(kDns.flags);
  return fmt::format("flags {}", flags ? fmt::format("{}", fmt::join(*flags, " ")) : "unknown");
}

/// Servers that told no serial or no NS records, for a text.
std::string troubles(const Observation& seen) {
  std::string text;
  if (const auto* others = seen.get(kDns.other_troubles))
    for (const auto& [server, trouble] : *others) text += fmt::format("; {}: {}", server, trouble);
  return text;
}

Judgement judge_against(std::int64_t own, const Rows<std::int64_t>& others, const std::string& server,
                        const std::string& untold) {
  for (const auto& [other, serial] : others) {
    const auto order = dns::compare_serials(static_cast<std::uint32_t>(own), static_cast<std::uint32_t>(serial));
    if (order == std::partial_ordering::less)
      return Judgement::fail(
          fmt::format("{} serves serial {}, older than {} on {}", server, own, serial, other),
          fmt::format("serial {}", serial), fmt::format("serial {}", own),
          "zone transfer: does NOTIFY arrive, is AXFR/IXFR allowed and its TSIG key right; or the serial went "
          "backwards here, and must be raised above the others'");
    if (order == std::partial_ordering::unordered)
      return Judgement::fail(fmt::format("the serials of {} and {} can't be ordered: {} and {} are 2^31 apart", server,
                                         other, own, serial),
                             fmt::format("serial {}", serial), fmt::format("serial {}", own),
                             "raise the serial in two steps as RFC 1912 §3.1 tells");
  }
  if (others.empty())
    return Judgement::inconclusive(fmt::format("no other authoritative server told its serial{}", untold),
                                   "look at the results of the other servers");
  return Judgement::pass(fmt::format("serial {}, behind none of {} others{}", own, others.size(), untold));
}

/// Whether the other server's zone is as new as ours or newer; where either is unknown, it counts as that.
bool is_current(const Observation& seen, const std::string& server) {
  const auto* own = seen.get(kDns.serial);
  const auto* serials = seen.get(kDns.other_serials);
  if (!own || !serials) return true;
  for (const auto& [other, serial] : *serials)
    if (other == server)
      return dns::compare_serials(static_cast<std::uint32_t>(serial), static_cast<std::uint32_t>(*own)) !=
             std::partial_ordering::less;
  return true;
}

using NameServers = std::vector<DnsData>;

std::string listed_names(const NameServers& names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(texts_of(names), ", "));
}

bool is_among(const NameServers& addresses, const std::string& ip) {
  return std::ranges::any_of(addresses, [&](const DnsData& one) { return same_address(one.text, ip); });
}

std::string listed_endpoints(const std::vector<Endpoint>& endpoints) {
  std::vector<std::string> texts;
  for (const Endpoint& one : endpoints) texts.push_back(one.text());
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::vector<Endpoint> declared(const Subject& subject) {
  std::vector<Endpoint> servers;
  for (const std::string& text : subject.surroundings.dns.authoritative)
    if (const auto server = net::parse_dns_server(text)) servers.push_back(*server);
  return servers;
}

/// A name server in the NS records that is none of those that the scenario declares.
std::optional<Judgement> judge_strangers(const Rows<NameServers>& addresses, const std::string& zone,
                                         const std::vector<Endpoint>& servers, const std::string& seen_set) {
  for (const auto& [name, list] : addresses) {
    if (list.empty())
      return Judgement::fail(fmt::format("the NS records of {} name {}, which has no address", zone, name),
                             "name servers with addresses", seen_set,
                             "give the name an A or AAAA record, or take it out of the NS records");
    if (std::ranges::none_of(servers, [&](const Endpoint& server) { return is_among(list, server.ip); }))
      return Judgement::fail(
          fmt::format("the NS records of {} name {} ({}), which is not among `dns.authoritative`", zone, name,
                      listed_names(list)),
          listed_endpoints(servers), seen_set,
          "take it out of the NS records and out of the delegation; where it belongs there, declare it");
  }
  return std::nullopt;
}

/// The zone's own NS records against the servers that the scenario declares, by their addresses.
Judgement judge_declared(const Observation& seen, const Subject& subject, const std::string& zone,
                         const NameServers& own) {
  const auto* addresses = seen.get(kDns.ns_addresses);
  if (!addresses) return not_seen(seen, "the addresses of the name servers");
  const std::vector<Endpoint> servers = declared(subject);
  if (auto stranger = judge_strangers(*addresses, zone, servers, listed_names(own))) return *stranger;
  if (addresses->size() < own.size())
    return Judgement::inconclusive(fmt::format("the addresses of not every name server of {} could be looked up", zone),
                                   "do the resolvers answer? ask them for the addresses of the NS records' names");
  for (const Endpoint& server : servers)
    if (std::ranges::none_of(*addresses, [&](const auto& row) { return is_among(row.second, server.ip); }))
      return Judgement::fail(
          fmt::format("the NS records of {} do not name {}, which `dns.authoritative` has", zone, server.text()),
          listed_endpoints(servers), listed_names(own),
          "add it to the NS records and to the delegation; a hidden primary is not declared there");
  return Judgement::pass(listed_names(own));
}

/// The NS records here against those on the other servers. Nothing where they are the same.
std::optional<Judgement> judge_other_sets(const Observation& seen, const std::string& server, const std::string& zone,
                                          const NameServers& own) {
  const auto* others = seen.get(kDns.other_ns);
  if (!others || others->empty())
    return Judgement::inconclusive(
        fmt::format("no other authoritative server told the zone's NS records{}", troubles(seen)),
        "look at the results of the other servers");
  for (const auto& [other, set] : *others) {
    if (set == own || !is_current(seen, other)) continue;
    return Judgement::fail(fmt::format("{} and {} name different servers for {}", server, other, zone),
                           listed_names(set), listed_names(own),
                           "the NS records at the zone's apex must be the same on every server");
  }
  return std::nullopt;
}

}  // namespace

Judgement judge_dns_answer(const Observation& seen, const Subject& subject) {
  const auto* rcode = seen.get(kDns.rcode);
  if (rcode) return with(dig_question(subject), judge_rcode(seen, subject, *rcode));
  if (!seen.error) return with(dig_question(subject), not_seen(seen, "an answer"));
  if (asked(subject.parameters) == Asked::resolver)
    return with(dig_question(subject),
                Judgement::inconclusive(
                    fmt::format("our resolver {} gave no answer: {}", dns_server(subject).text(), seen.error->message),
                    "this says nothing about the zone: is the resolver up, and does it serve this address?"));
  const auto* others = seen.get(kDns.others_answered);
  if (seen.error->kind == ErrorKind::timeout && others && !others->empty())
    return with(dig_question(subject),
                Judgement::fail(fmt::format("{} is silent, while {} answers the same question",
                                            dns_server(subject).text(), others->front()),
                                "an answer", seen.error->message,
                                "is the server up, and does its filter let UDP and TCP to port 53 through?"));
  return with(dig_question(subject), ended_early(seen, "an answer"));
}

Judgement judge_dns_authoritative(const Observation& seen, const Subject& subject) {
  if (auto verdict = nothing_to_say(seen, subject)) return with(dig_question(subject), *verdict);
  const std::string server = dns_server(subject).text();
  const auto* flags = seen.get(kDns.flags);
  if (!flags) return with(dig_question(subject), not_seen(seen, "the answer's flags"));
  const char* const hint =
      "the server forwards, recurses or refers instead of serving the zone: load the zone there, or take the server "
      "out of the "
      "NS records";
  if (std::ranges::find(*flags, "aa") == flags->end())
    return with(dig_question(subject),
                Judgement::fail(fmt::format("{} is lame: it answers without authority (AA is not set)", server),
                                "flag aa", flags_text(seen), hint));
  const auto* zone = seen.get(kDns.zone);
  if (zone)
    if (auto verdict = judge_zone_rcode(seen, subject, "SOA")) return with(dig(subject, zone->text, "SOA"), *verdict);
  const auto* soa = seen.get(kDns.soa_authoritative);
  if (!zone || !soa) return with(dig_question(subject), not_seen(seen, "the zone's SOA record"));
  if (*soa) return with(dig_question(subject), Judgement::pass(flags_text(seen)));
  return with(dig(subject, zone->text, "SOA"),
              Judgement::fail(
                  fmt::format("{} is lame: it answers for the SOA record of {} without authority", server, zone->text),
                  "flag aa", "no flag aa", hint));
}

Judgement judge_dns_ns_set(const Observation& seen, const Subject& subject) {
  if (auto verdict = nothing_to_say(seen, subject)) return with(dig_question(subject), *verdict);
  if (subject.surroundings.dns.authoritative.empty())
    return with(dig_question(subject),
                Judgement::skip("no authoritative server is declared: nothing says which are right"));
  const auto* zone = seen.get(kDns.zone);
  if (zone)
    if (auto verdict = judge_zone_rcode(seen, subject, "NS")) return with(dig(subject, zone->text, "NS"), *verdict);
  const auto* own = seen.get(kDns.ns);
  if (!zone || !own) return with(dig_question(subject), not_seen(seen, "the zone's NS records"));
  const std::string reproduce = dig(subject, zone->text, "NS");
  const std::string server = dns_server(subject).text();
  if (own->empty())
    return with(reproduce, Judgement::fail(fmt::format("{} has no NS records of {}", server, zone->text),
                                           "the zone's name servers", "none",
                                           "every zone has NS records at its apex (RFC 1035 §5.2)"));
  const Judgement against_declared = judge_declared(seen, subject, zone->text, *own);
  if (against_declared.verdict == Verdict::fail) return with(reproduce, against_declared);
  const bool alone = subject.surroundings.dns.authoritative.size() < 2;
  const auto against_others = alone ? std::nullopt : judge_other_sets(seen, server, zone->text, *own);
  return with(reproduce, against_others.value_or(against_declared));
}

Judgement judge_dns_serial(const Observation& seen, const Subject& subject) {
  if (auto verdict = nothing_to_compare(seen, subject)) return with(dig_question(subject), *verdict);
  const auto* zone = seen.get(kDns.zone);
  const std::string reproduce = zone ? dig(subject, zone->text, "SOA") : dig_question(subject);
  if (auto verdict = judge_zone_rcode(seen, subject, "SOA")) return with(reproduce, *verdict);
  const auto* own = seen.get(kDns.serial);
  const auto* others = seen.get(kDns.other_serials);
  if (!own || !others) return with(reproduce, not_seen(seen, "the zone's serial"));
  return with(reproduce, judge_against(*own, *others, dns_server(subject).text(), troubles(seen)));
}

Judgement judge_dns_exists(const Observation& seen, const Subject& subject) {
  for (const std::string_view fact : {"answers", "rcode"})
    if (expects(subject, fact)) return Judgement::skip(fmt::format("the scenario's expect judges {}", fact));
  const std::string what = fmt::format("{} {}", subject.parameters.text("name"), asked_type(subject.parameters));
  const auto* loop = seen.get(kDns.alias_loop);
  if (loop && *loop)
    return with(dig_question(subject),
                Judgement::fail(fmt::format("the aliases of {} never end", what), "an end of the CNAME chain",
                                "a loop, or more than 16 links", "mend the CNAME records"));
  const auto* answers = seen.get(kDns.answers);
  const auto* aliases = seen.get(kDns.aliases);
  if (!answers && aliases && !aliases->empty())
    return with(dig_question(subject),
                Judgement::inconclusive(
                    fmt::format("{} is an alias for {}, which this server does not hold", what, aliases->back().text),
                    "ask resolvers instead: ask: resolvers"));
  if (!answers) return with(dig_question(subject), not_seen(seen, fmt::format("what {} is", what)));
  if (!answers->empty())
    return with(dig_question(subject), Judgement::pass(fmt::format("{}", fmt::join(texts_of(*answers), ", "))));
  const auto* rcode = seen.get(kDns.rcode);
  return with(
      dig_question(subject),
      Judgement::fail(fmt::format("there is no {} record", what), "at least one record",
                      rcode && *rcode == "NXDOMAIN" ? "NXDOMAIN: the name does not exist" : "NOERROR without an answer",
                      "add the record to the zone; where none is wanted, say so: expect: {answers: {exactly: []}}"));
}

}  // namespace drydock
