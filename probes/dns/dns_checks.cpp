#include "probes/dns/dns_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/codec/dns/serial.hpp"
#include "probes/dns/dns_asked.hpp"
#include "probes/dns/facts.hpp"

namespace drydock {
namespace {

using Names = std::vector<std::string>;

std::string dig(const Subject& subject, std::string_view name, std::string_view type) {
  const Endpoint server = dns_server(subject);
  return fmt::format("dig @{}{} {} {}{}", server.ip, server.port == 53 ? "" : fmt::format(" -p {}", server.port), name,
                     type, asked(subject.parameters) == Asked::authoritative ? " +norecurse" : "");
}

std::string dig_question(const Subject& subject) {
  return dig(subject, subject.parameters.text("name"), asked_type(subject.parameters));
}

Judgement with(std::string reproduce, Judgement judgement) {
  if (judgement.verdict != Verdict::skip) judgement.reproduce = std::move(reproduce);
  return judgement;
}

bool expects(const Subject& subject, std::string_view fact) {
  return std::ranges::find(subject.expected_facts, fact) != subject.expected_facts.end();
}

bool is_definitive(std::string_view rcode) {
  return rcode == "NOERROR" || rcode == "NXDOMAIN";
}

/// Why a check about the zone has nothing to say, in this order: not an authoritative server, no answer, no statement.
std::optional<Judgement> nothing_to_say(const Observation& seen, const Subject& subject) {
  if (asked(subject.parameters) != Asked::authoritative)
    return Judgement::skip("only authoritative servers speak for a zone, and this probe doesn't ask them");
  const auto* rcode = seen.get(kDns.rcode);
  if (!rcode) return not_seen(seen, "an answer");
  if (is_definitive(*rcode)) return std::nullopt;
  if (expects(subject, "rcode"))
    return Judgement::skip(fmt::format("the server answers {}, and the scenario judges that", *rcode));
  return Judgement::inconclusive(fmt::format("the server answers {} and says nothing about the zone", *rcode));
}

std::optional<Judgement> nothing_to_compare(const Observation& seen, const Subject& subject) {
  if (auto verdict = nothing_to_say(seen, subject)) return verdict;
  if (subject.dns.authoritative.size() < 2)
    return Judgement::skip("only one authoritative server is declared: there is nothing to compare it with");
  return std::nullopt;
}

Judgement judge_rcode(const Observation& seen, const Subject& subject, const std::string& rcode) {
  const Asked mode = asked(subject.parameters);
  const std::string server = dns_server(subject).text();
  if (is_definitive(rcode) || expects(subject, "rcode")) return Judgement::pass(rcode);
  const auto* unchecked = seen.get(kDns.unchecked_rcode);
  if (unchecked && is_definitive(*unchecked))
    return Judgement::inconclusive(
        fmt::format("{} answers {}, but {} when told not to check signatures", server, rcode, *unchecked),
        "DNSSEC of this zone does not validate at this resolver: look at DS, DNSKEY and RRSIG (delv, dnsviz)");
  if (rcode == "SERVFAIL")
    return Judgement::inconclusive(fmt::format("{} answers SERVFAIL", server),
                                   mode == Asked::authoritative
                                       ? "the server could not load or has expired the zone: look at its log"
                                       : "the resolver could not get an answer itself: look at its log");
  if (mode == Asked::resolver)
    return Judgement::inconclusive(fmt::format("our resolver {} answers {}", server, rcode),
                                   "this says nothing about the zone: does the resolver serve this address?");
  return Judgement::fail(
      fmt::format("{} is lame: it answers {} although it is listed for this zone", server, rcode),
      "NOERROR or NXDOMAIN", rcode,
      "the zone is not configured there, or its access list shuts us out: load the zone on that server, or "
      "take it out of the NS records at the registrar");
}

std::string flags_text(const Observation& seen) {
  const auto* flags = seen.get(kDns.flags);
  return fmt::format("flags {}", flags ? fmt::format("{}", fmt::join(*flags, " ")) : "unknown");
}

bool is_serial(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::uint32_t to_serial(const std::string& text) {
  return static_cast<std::uint32_t>(std::stoul(text));
}

/// Servers whose answer is no serial, for a pass's text.
std::string missing_from(const Fields& others) {
  std::string text;
  for (const auto& [server, serial] : others)
    if (!is_serial(serial)) text += fmt::format("; {}: {}", server, serial);
  return text;
}

Judgement judge_against(std::uint32_t own, const Fields& others, const std::string& server) {
  std::size_t compared = 0;
  for (const auto& [other, text] : others) {
    if (!is_serial(text)) continue;
    ++compared;
    const auto order = dns::compare_serials(own, to_serial(text));
    if (order == std::partial_ordering::less)
      return Judgement::fail(
          fmt::format("{} serves an old zone: serial {}, while {} has {}", server, own, other, text),
          fmt::format("serial {}", text), fmt::format("serial {}", own),
          "zone transfer: does NOTIFY arrive, is AXFR/IXFR allowed and its TSIG key right; or the serial went "
          "backwards here, and must be raised above the others'");
    if (order == std::partial_ordering::unordered)
      return Judgement::fail(
          fmt::format("the serials of {} and {} can't be ordered: {} and {} are 2^31 apart", server, other, own, text),
          fmt::format("serial {}", text), fmt::format("serial {}", own),
          "raise the serial in two steps as RFC 1912 §3.1 tells");
  }
  if (compared == 0)
    return Judgement::inconclusive(fmt::format("no other authoritative server told its serial{}", missing_from(others)),
                                   "look at the results of the other servers");
  return Judgement::pass(fmt::format("serial {}, behind none of {} others{}", own, compared, missing_from(others)));
}

/// Whether the other server's zone is as new as ours or newer; where either is unknown, it counts as that.
bool is_current(const Observation& seen, const std::string& server) {
  const auto* own = seen.get(kDns.serial);
  const auto* serials = seen.get(kDns.other_serials);
  if (!own || !serials) return true;
  for (const auto& [other, text] : *serials)
    if (other == server && is_serial(text))
      return dns::compare_serials(to_serial(text), static_cast<std::uint32_t>(*own)) != std::partial_ordering::less;
  return true;
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
  const auto* soa = seen.get(kDns.soa_authoritative);
  if (!zone || !soa) return with(dig_question(subject), not_seen(seen, "the zone's SOA record"));
  if (*soa) return with(dig_question(subject), Judgement::pass(flags_text(seen)));
  return with(dig(subject, zone->text, "SOA"),
              Judgement::fail(
                  fmt::format("{} is lame: it answers for the SOA record of {} without authority", server, zone->text),
                  "flag aa", "no flag aa", hint));
}

Judgement judge_dns_ns_set(const Observation& seen, const Subject& subject) {
  if (auto verdict = nothing_to_compare(seen, subject)) return with(dig_question(subject), *verdict);
  const auto* zone = seen.get(kDns.zone);
  const auto* own = seen.get(kDns.ns);
  const auto* others = seen.get(kDns.other_ns);
  if (!zone || !own) return with(dig_question(subject), not_seen(seen, "the zone's NS records"));
  const std::string reproduce = dig(subject, zone->text, "NS");
  const std::string server = dns_server(subject).text();
  if (!own->ends_with('.'))
    return with(reproduce,
                Judgement::inconclusive(fmt::format("{} shows no NS records of {}: {}", server, zone->text, *own)));
  if (!others || others->empty())
    return with(reproduce, Judgement::inconclusive("no other authoritative server told the zone's NS records",
                                                   "look at the results of the other servers"));
  for (const auto& [other, set] : *others) {
    if (set == *own || !set.ends_with('.') || !is_current(seen, other)) continue;
    return with(reproduce,
                Judgement::fail(fmt::format("{} and {} name different servers for {}", server, other, zone->text), set,
                                *own, "the NS records at the zone's apex must be the same on every server"));
  }
  return with(reproduce, Judgement::pass(*own));
}

Judgement judge_dns_serial(const Observation& seen, const Subject& subject) {
  if (auto verdict = nothing_to_compare(seen, subject)) return with(dig_question(subject), *verdict);
  const auto* zone = seen.get(kDns.zone);
  const std::string reproduce = zone ? dig(subject, zone->text, "SOA") : dig_question(subject);
  const auto* own = seen.get(kDns.serial);
  const auto* others = seen.get(kDns.other_serials);
  if (!own || !others) return with(reproduce, not_seen(seen, "the zone's serial"));
  return with(reproduce, judge_against(static_cast<std::uint32_t>(*own), *others, dns_server(subject).text()));
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
