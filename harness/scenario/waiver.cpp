#include "harness/scenario/waiver.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "harness/scenario/diagnostics.hpp"
#include "harness/scenario/instant.hpp"
#include "harness/scenario/scenario.hpp"
#include "harness/scenario/syntax.hpp"
#include "probes/core/ip_address.hpp"

namespace drydock {
namespace {

/// What may never be waived, and what it catches. Checks are known by the number of the catalogue, so that a later
/// check of that number is never waived either; those without one of their own by id.
struct Never {
  std::string_view what;
  std::string_view catches;
};
constexpr std::string_view kLostMail = "lost mail";
constexpr std::string_view kClearPasswords = "passwords in clear";
constexpr Never kSpecs[] = {
    {"SMTP-10", "an open relay"},
    {"SMTP-12", "real recipients that are refused"},
    {"SMTP-13", "unknown recipients that are accepted"},
    {"SMTP-25", "mail left behind in a queue"},
    {"STO-04", "lost files"},
    {"ACC-02", "files that come to belong to another user"},
    {"ACC-06", "locked accounts that are opened"},
    {"DNS-16", "a zone that validating resolvers take for forged"},
};
constexpr Never kChecks[] = {
    {"mail.accepted", kLostMail},         {"mail.delivered", kLostMail},        {"mail.single-copy", kLostMail},
    {"smtp.auth-clear", kClearPasswords}, {"ftp.clear-login", kClearPasswords}, {"imap.plain-port", kClearPasswords},
};
/// Facts that those checks judge, for `expect` and `same`; what lies below them too.
constexpr Never kFacts[] = {
    {"smtp_relay.replies", "an open relay"},
    {"smtp.recipients", "real recipients that are refused"},
    {"smtp.unknown", "unknown recipients that are accepted"},
    {"smtp.clear_auth", kClearPasswords},
    {"smtp.ehlo.auth", kClearPasswords},
    {"ftp.clear", kClearPasswords},
    {"imap.clear", kClearPasswords},
    {"mail.copies", kLostMail},
    {"mail.submission", kLostMail},
};

std::string trimmed_lower(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  std::string word(text.substr(first, text.find_last_not_of(kBlanks) - first + 1));
  for (char& c : word)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return word;
}

std::set<std::string> persons(const Waiver& waiver) {
  std::set<std::string> names;
  for (const std::string& name : waiver.as) names.insert(trimmed_lower(name));
  names.erase("");
  return names;
}

bool is_one_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

using Refusal = std::optional<WaiverRefusal>;

Refusal refuse_check(const Waiver& waiver, const ProbeDefinition& probe) {
  const std::string_view catches = never_waived(*probe.type, waiver.check);
  if (!catches.empty())
    return WaiverRefusal{
        "check", fmt::format("`{}` can never be waived, because it catches {}; mend the host", waiver.check, catches)};
  const auto known = check_ids(probe);
  if (std::find(known.begin(), known.end(), waiver.check) == known.end())
    return WaiverRefusal{"check", fmt::format("the probe `{}` has no check `{}`{}", probe.id, waiver.check,
                                              suggestion(waiver.check, known, "its checks are"))};
  if (!weight_of(probe, waiver.check))
    return WaiverRefusal{"check", fmt::format("the check `{}` of `{}` is off, so it can't fail; leave the waiver out",
                                              waiver.check, probe.id)};
  return std::nullopt;
}

Refusal refuse_place(const Waiver& waiver, const ProbeDefinition& probe, const Scenario& scenario) {
  if (waiver.host && std::find(probe.on.begin(), probe.on.end(), *waiver.host) == probe.on.end())
    return WaiverRefusal{"host", fmt::format("the probe `{}` doesn't look at `{}`{}", probe.id, *waiver.host,
                                             suggestion(*waiver.host, probe.on, "it looks at"))};
  if (!waiver.address) return std::nullopt;
  const auto address = parse_server(*waiver.address);
  if (!address)
    return WaiverRefusal{
        "address", fmt::format("`{}` is no address; it wants an IP address, with a port or without", *waiver.address)};
  if (!probe.type->aims.has(Aim::host)) return std::nullopt;
  const bool dialled = std::any_of(probe.on.begin(), probe.on.end(), [&](const std::string& id) {
    const HostDefinition* host = scenario.host(id);
    return host && (!waiver.host || *waiver.host == id) && same_address(host->address, address->ip);
  });
  if (dialled) return std::nullopt;
  return WaiverRefusal{"address", fmt::format("the probe `{}` doesn't dial {}; name an address of its hosts, or none",
                                              probe.id, *waiver.address)};
}

Refusal refuse_persons(const Waiver& waiver, Severity weight) {
  const std::size_t count = persons(waiver).size();
  if (count > 0 && waiver.as.size() > count &&
      std::any_of(waiver.as.begin(), waiver.as.end(), [](const auto& name) { return trimmed_lower(name).empty(); }))
    return WaiverRefusal{"as", "a name is empty; name who accepts the fail"};
  if (count == 0) return WaiverRefusal{"as", "nobody stands for this waiver; name who accepts the fail"};
  if (!std::all_of(waiver.as.begin(), waiver.as.end(), is_one_line))
    return WaiverRefusal{"as", "a name is one line; leave line breaks and control characters out"};
  if (count < 2 && weight == Severity::critical)
    return WaiverRefusal{
        "as",
        fmt::format("`{}` is critical, so two different people must accept its fail; name a second one", waiver.check)};
  if (trimmed_lower(waiver.because).empty())
    return WaiverRefusal{"because", "a waiver needs a reason; say why this fail is accepted"};
  if (!is_one_line(waiver.because))
    return WaiverRefusal{"because", "a reason is one line; leave line breaks and control characters out"};
  if (!parse_until(waiver.until))
    return WaiverRefusal{"until", fmt::format("`{}` is no date; it wants one before 2200, like 2026-12-01, or with a "
                                              "time and its zone, like 2026-11-22T20:00:00Z",
                                              waiver.until)};
  return std::nullopt;
}

Refusal refuse_mitigation(const Waiver& waiver, const ProbeDefinition& probe, const Scenario& scenario) {
  if (!waiver.mitigation) return std::nullopt;
  const auto refused = [](std::string message) { return WaiverRefusal{"mitigation", std::move(message)}; };
  std::vector<std::string> ids;
  for (const ProbeDefinition& one : scenario.probes) ids.push_back(one.id);
  const ProbeDefinition* mitigation = scenario.probe(*waiver.mitigation);
  if (!mitigation)
    return refused(fmt::format("there is no probe `{}`{}", *waiver.mitigation,
                               suggestion(*waiver.mitigation, ids, "the probes are")));
  if (mitigation == &probe)
    return refused(fmt::format("`{}` can't make up for itself; name another probe, which must pass instead", probe.id));
  for (std::size_t phase = 0; phase < scenario.phases.size(); ++phase)
    if (mitigation->in_phase[phase] && probe.in_phase[phase]) return std::nullopt;
  return refused(
      fmt::format("`{}` never runs in a phase of `{}`, so it can't make up for it; name a probe of the same "
                  "phases",
                  mitigation->id, probe.id));
}

}  // namespace

std::string_view never_waived(const ProbeType& type, std::string_view check) {
  for (const CheckSpec& spec : type.checks) {
    if (spec.id != check) continue;
    for (const Never& never : kSpecs)
      if (never.what == spec.spec) return never.catches;
  }
  for (const Never& never : kChecks)
    if (never.what == check) return never.catches;
  for (const std::string_view prefix : {"expect.", "same."}) {
    if (!check.starts_with(prefix)) continue;
    const std::string fact = fmt::format("{}.{}", type.name, check.substr(prefix.size()));
    for (const Never& never : kFacts)
      if (fact == never.what || fact.starts_with(fmt::format("{}.", never.what))) return never.catches;
  }
  return {};
}

std::optional<Severity> weight_of(const ProbeDefinition& probe, std::string_view check) {
  std::optional<Severity> weight;
  for (const auto& [id, by_itself] : checks_of(probe))
    if (id == check) weight = by_itself;
  const auto change = probe.overrides.find(std::string(check));
  if (weight && change != probe.overrides.end()) {
    if (change->second.off) return std::nullopt;
    weight = change->second.severity.value_or(*weight);
  }
  return weight && probe.severity ? std::min(*weight, *probe.severity) : weight;
}

std::optional<WaiverRefusal> refuse_waiver(const Waiver& waiver, const Scenario& scenario) {
  const ProbeDefinition* probe = scenario.probe(waiver.probe);
  if (!probe) {
    std::vector<std::string> ids;
    for (const ProbeDefinition& one : scenario.probes) ids.push_back(one.id);
    return WaiverRefusal{"probe", fmt::format("there is no probe `{}`{}", waiver.probe,
                                              suggestion(waiver.probe, ids, "the probes are"))};
  }
  if (auto refusal = refuse_check(waiver, *probe)) return refusal;
  if (auto refusal = refuse_place(waiver, *probe, scenario)) return refusal;
  if (auto refusal = refuse_persons(waiver, *weight_of(*probe, waiver.check))) return refusal;
  return refuse_mitigation(waiver, *probe, scenario);
}

bool has_expired(const Waiver& waiver, WallTime now) {
  const auto end = parse_until(waiver.until);
  return !end || now >= *end;
}

std::string names_of(const Waiver& waiver) {
  return fmt::format("{}", fmt::join(waiver.as, ", "));
}

std::size_t persons_of(const Waiver& waiver) {
  return persons(waiver).size();
}

}  // namespace drydock
