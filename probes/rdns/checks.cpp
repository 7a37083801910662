#include "probes/rdns/checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/codec/dns/name.hpp"
#include "probes/core/ip_address.hpp"
#include "probes/core/shell_word.hpp"
#include "probes/rdns/facts.hpp"

namespace drydock {
namespace {

using Names = std::vector<std::string>;

const std::string& address_of(const Subject& subject) {
  return subject.parameters.text("address");
}

/// What the reverse name must be; empty where nobody says.
const std::string& wanted_name(const Subject& subject) {
  const std::string& name = subject.parameters.text("name");
  return name.empty() ? subject.target.name : name;
}

std::string at_server(const Subject& subject) {
  const auto port = subject.target.port.value_or(53);
  return fmt::format("@{}{}", subject.target.ip, port == 53 ? "" : fmt::format(" -p {}", port));
}

Judgement with(std::string reproduce, Judgement judgement) {
  if (judgement.verdict != Verdict::skip) judgement.reproduce = std::move(reproduce);
  return judgement;
}

std::string dig_reverse(const Subject& subject) {
  return fmt::format("dig {} -x {}", at_server(subject), address_of(subject));
}

bool holds(const Names& names, std::string_view name) {
  return std::ranges::any_of(names, [&](const std::string& each) { return dns::same_name(each, name); });
}

std::string list(const Names& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

/// Our resolver's trouble says nothing about the address.
Judgement unknown_names(const Observation& seen, const Subject& subject) {
  const auto* rcode = seen.get(kRdns.rcode);
  const std::string why = rcode ? *rcode : seen.error ? seen.error->message : std::string("no answer");
  return Judgement::inconclusive(
      fmt::format("our resolver did not tell the reverse name of {}: {}", address_of(subject), why),
      "are the resolver and the servers of the reverse zone up?");
}

Judgement judge_names(const Names& names, const Subject& subject) {
  const std::string& ip = address_of(subject);
  const std::string& wanted = wanted_name(subject);
  constexpr const char* kHint =
      "whoever the address was rented from sets its PTR record: ask the hosting provider, or have the reverse zone "
      "delegated";
  if (names.empty())
    return Judgement::fail(fmt::format("{} has no reverse name", ip), wanted.empty() ? "a PTR record" : wanted,
                           "no PTR record", kHint);
  if (wanted.empty())
    return Judgement::skip(fmt::format("no name is given to compare the reverse name {} with", list(names)));
  for (const std::string& wrong : subject.expected.wrong_names)
    if (!dns::same_name(wrong, wanted) && holds(names, wrong))
      return Judgement::fail(
          fmt::format("{} still has the reverse name {}, which is another host's or an earlier phase's", ip, wrong),
          wanted, list(names), kHint);
  if (!holds(names, wanted))
    return Judgement::fail(fmt::format("{} has another reverse name", ip), wanted, list(names), kHint);
  if (names.size() > 1)
    return Judgement::warn(fmt::format("{} has {} reverse names; receivers pick any of them", ip, names.size()), wanted,
                           list(names), "leave one PTR record");
  return Judgement::pass(names.front());
}

/// Each server that tells the addresses of a reverse name must name this one among them.
Judgement judge_forward_rows(const Observation& seen, const std::string& ip) {
  std::string confirmed;
  if (const auto* rows = seen.get(kRdns.forward))
    for (const auto& [where, addresses] : *rows) {
      const bool leads_back =
          std::ranges::any_of(addresses, [&](const DnsData& one) { return same_address(one.text, ip); });
      if (!leads_back)
        return Judgement::fail(fmt::format("the reverse name does not lead back to {}: {}", ip, where), ip,
                               addresses.empty() ? "no address" : list(texts_of(addresses)),
                               "give the name an address record of this address, or the address another PTR record");
      confirmed += fmt::format("{}{}", confirmed.empty() ? "" : ", ", where);
    }
  std::string unknown;
  if (const auto* troubles = seen.get(kRdns.forward_troubles))
    for (const auto& [where, trouble] : *troubles)
      unknown += fmt::format("{}{}: {}", unknown.empty() ? "" : "; ", where, trouble);
  if (!unknown.empty())
    return Judgement::inconclusive(fmt::format("not every server told the addresses of the reverse name: {}", unknown));
  return confirmed.empty() ? not_seen(seen, "the addresses of the reverse name") : Judgement::pass(confirmed);
}

Judgement judge_other_name(const Names& names, const std::string& ehlo, const Names* addresses) {
  if (!addresses)
    return Judgement::inconclusive(
        fmt::format("the mail server calls itself {}, whose addresses could not be looked up", ehlo));
  if (addresses->empty())
    return Judgement::fail(fmt::format("the mail server calls itself {}, a name without an address", ehlo),
                           "a name that resolves", ehlo,
                           "set the mail server's own name (Exim: primary_hostname) to one that exists");
  if (names.empty()) return Judgement::skip("there is no reverse name to compare the mail server's name with");
  return Judgement::warn(fmt::format("the mail server calls itself {}, its address is named {}", ehlo, list(names)),
                         list(names), ehlo, "some receivers score mail down when both differ: make them one");
}

/// Port 25 of the address does not take connections.
bool is_closed(const Observation& seen) {
  const auto* error = seen.get(kRdns.smtp_error);
  return error && !seen.has(kRdns.smtp) &&
         (*error == to_string(ErrorKind::refused) || *error == to_string(ErrorKind::prohibited));
}

Judgement judge_untold_name(const Observation& seen, const std::string& address) {
  const auto* reply = seen.get(kRdns.smtp);
  const auto* error = seen.get(kRdns.smtp_error);
  if (is_closed(seen)) return Judgement::skip(fmt::format("no mail server listens on port 25 of {}", address));
  if (!reply && !error) return not_seen(seen, "the name that the mail server gives itself");
  const std::string last = reply ? reply->text() : "nothing";
  return Judgement::inconclusive(fmt::format("the mail server at {} did not tell its name; it said: {}{}", address,
                                             last, error ? fmt::format(" ({})", *error) : ""));
}

}  // namespace

Judgement judge_rdns_ptr(const Observation& seen, const Subject& subject) {
  const auto* names = seen.get(kRdns.names);
  return with(dig_reverse(subject), names ? judge_names(texts_of(*names), subject) : unknown_names(seen, subject));
}

Judgement judge_rdns_forward(const Observation& seen, const Subject& subject) {
  const auto* names = seen.get(kRdns.names);
  if (!names) return with(dig_reverse(subject), unknown_names(seen, subject));
  if (names->empty())
    return with(
        dig_reverse(subject),
        Judgement::inconclusive(fmt::format("{} has no reverse name to confirm", address_of(subject)), "see rdns.ptr"));
  const std::string reproduce = fmt::format("dig {} {} {}", at_server(subject), shell_word(names->front().text),
                                            address_of(subject).find(':') == std::string::npos ? "A" : "AAAA");
  return with(reproduce, judge_forward_rows(seen, address_of(subject)));
}

Judgement judge_rdns_helo(const Observation& seen, const Subject& subject) {
  if (!subject.surroundings.is_ours(address_of(subject)))
    return Judgement::skip(
        fmt::format("{} is not ours: no host has this address, nor is it in dns.authoritative or allowed_targets, so "
                    "its mail server is not asked",
                    address_of(subject)));
  const std::string reproduce = fmt::format("swaks --server {} --quit-after EHLO", address_of(subject));
  const auto* names = seen.get(kRdns.names);
  if (!names) return with(reproduce, unknown_names(seen, subject));
  const auto* ehlo = seen.get(kRdns.ehlo);
  if (!ehlo) return with(reproduce, judge_untold_name(seen, address_of(subject)));
  const Names reverse = texts_of(*names);
  if (holds(reverse, ehlo->text)) return with(reproduce, Judgement::pass(ehlo->text));
  const auto* addresses = seen.get(kRdns.ehlo_addresses);
  const std::optional<Names> theirs = addresses ? std::optional(texts_of(*addresses)) : std::nullopt;
  return with(reproduce, judge_other_name(reverse, ehlo->text, theirs ? &*theirs : nullptr));
}

}  // namespace drydock
