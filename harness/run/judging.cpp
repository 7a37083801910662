#include "harness/run/judging.hpp"

#include <algorithm>

namespace drydock {
namespace {

const CheckOverride* override_of(const ProbeDefinition& probe, const std::string& check) {
  const auto found = probe.overrides.find(check);
  return found == probe.overrides.end() ? nullptr : &found->second;
}

bool is_off(const ProbeDefinition& probe, const std::string& check) {
  const auto* overridden = override_of(probe, check);
  return overridden && overridden->off;
}

Severity weigh(const ProbeDefinition& probe, const std::string& check, Severity declared) {
  Severity severity = declared;
  const auto* overridden = override_of(probe, check);
  if (overridden && overridden->severity) severity = *overridden->severity;
  return probe.severity ? std::min(severity, *probe.severity) : severity;
}

template <class JudgeCheck, class JudgeExpectation>
std::vector<Judged> judge_all(const ProbeDefinition& probe, JudgeCheck check_judgement,
                              JudgeExpectation expectation_judgement) {
  std::vector<Judged> all;
  const auto add = [&](std::string id, Severity declared, std::string_view rfc, std::string_view spec, auto judge_it) {
    const bool off = is_off(probe, id);
    const Severity severity = weigh(probe, id, declared);
    all.push_back({std::move(id), severity, std::string(rfc), std::string(spec),
                   off ? Judgement::skip("switched off in the scenario") : judge_it()});
  };
  for (const auto& check : probe.type->checks)
    add(std::string(check.id), check.severity, check.rfc, check.spec, [&] { return check_judgement(check); });
  for (const auto& expectation : probe.expectations)
    add("expect." + fact_as_written(probe, expectation), Severity::critical, "", "",
        [&] { return expectation_judgement(expectation); });
  return all;
}

/// Whether an expectation is met by nothing at all, such as a text that must not hold a word.
bool is_met_by_nothing(const Expectation& expectation, const Observation& seen) {
  const FactValue* value = seen.find(expectation.fact);
  if (!value) return true;
  const auto empty =
      std::visit([](const auto& held) { return FactValue(std::in_place_type<std::decay_t<decltype(held)>>); }, *value);
  return tell(expectation.matcher, empty).value_or(false);
}

/// One expectation, with the type's command for its fact. What the type can't hold against the host is inconclusive; so
/// is a pass that the same lack may have brought about.
Judgement judge_expected(const ProbeType& type, const Expectation& expectation, const Observation& seen,
                         const Subject& subject) {
  Judgement judgement = judge(expectation, seen, subject);
  const bool hollow = judgement.verdict == Verdict::pass && is_met_by_nothing(expectation, seen);
  if ((judgement.verdict == Verdict::fail || hollow) && type.why_not_held)
    if (std::string why = type.why_not_held(seen, expectation.fact); !why.empty()) {
      judgement.verdict = Verdict::inconclusive;
      judgement.message = std::move(why);
    }
  if (type.by_hand && judgement.verdict != Verdict::pass)
    judgement.reproduce = type.by_hand(seen, subject, expectation.fact);
  return judgement;
}

/// What follows the first dot, in the spelling of check ids: `smtp.null_sender` and `smtp.null-sender` are about the
/// same.
std::string topic_of(std::string_view name) {
  std::string topic(name.substr(name.find('.') + 1));
  std::ranges::replace_if(topic, [](char c) { return c == '_' || c == '.'; }, '-');
  return topic;
}

/// An expectation whose type knows no command for its fact is lent one by the checks: by the one that is about the
/// same, else by the first, which shows the same conversation.
void lend_commands(std::vector<Judged>& all) {
  const auto has_command = [](const Judged& one) { return !one.judgement.reproduce.empty(); };
  const auto first = std::ranges::find_if(all, has_command);
  if (first == all.end()) return;
  const std::string otherwise = first->judgement.reproduce;
  for (auto& one : all) {
    if (!one.check.starts_with("expect.") || has_command(one) || one.judgement.verdict == Verdict::pass) continue;
    const std::string topic = topic_of(one.check);
    const auto lender = std::ranges::find_if(all, [&](const Judged& other) {
      return !other.check.starts_with("expect.") && has_command(other) && topic_of(other.check).starts_with(topic);
    });
    one.judgement.reproduce = lender == all.end() ? otherwise : lender->judgement.reproduce;
  }
}

}  // namespace

std::vector<Judged> judge_observation(const ProbeDefinition& probe, const Observation& seen, const Subject& subject,
                                      const StandIns& stand_ins, const Evidence& evidence) {
  auto all = judge_all(
      probe, [&](const CheckSpec& check) { return check.judge(seen, subject, evidence); },
      [&](const Expectation& expectation) { return judge_expected(*probe.type, expectation, seen, subject); });
  for (Judged& one : all) {
    const auto instead = stand_ins.find(one.check);
    if (instead == stand_ins.end() || is_off(probe, one.check)) continue;
    one.judgement = instead->second.judgement;
    one.limit = instead->second.limit;
  }
  lend_commands(all);
  return all;
}

std::vector<const Role*> roles_of(const ProbeDefinition& probe) {
  std::vector<const Role*> roles;
  for (const auto& check : probe.type->checks) {
    if (is_off(probe, std::string(check.id))) continue;
    for (const Role* role : check.judge.roles())
      if (std::ranges::find(roles, role->name, &Role::name) == roles.end()) roles.push_back(role);
  }
  return roles;
}

bool awaits_others(const ProbeDefinition& probe, const Observation& seen, const Subject& subject) {
  return std::ranges::any_of(probe.type->checks, [&](const CheckSpec& check) {
    return !is_off(probe, std::string(check.id)) && check.judge.awaits(seen, subject);
  });
}

std::vector<Judged> judge_unseen(const ProbeDefinition& probe, const Subject& subject, const Judgement& judgement) {
  const auto unless_it_does_not_apply = [&](const CheckSpec& check) {
    Judgement on_nothing = check.judge(Observation{}, subject);
    return on_nothing.verdict == Verdict::skip ? on_nothing : judgement;
  };
  return judge_all(probe, unless_it_does_not_apply, [&](const Expectation&) { return judgement; });
}

bool reached(const ProbeDefinition& probe, const std::vector<Judged>& judged, const Observation& seen,
             const Subject& subject) {
  const auto told = std::ranges::find(probe.type->checks, probe.type->reached_by, &CheckSpec::id);
  if (probe.type->reached_by.empty() || told == probe.type->checks.end()) return passed(probe, judged);
  const Verdict verdict = told->judge(seen, subject).verdict;
  if (verdict == Verdict::skip) return passed(probe, judged);
  return verdict == Verdict::pass || verdict == Verdict::warn;
}

bool passed(const ProbeDefinition& probe, const std::vector<Judged>& judged) {
  const Severity counts = probe.severity.value_or(Severity::critical);
  const bool judged_any = std::any_of(judged.begin(), judged.end(),
                                      [](const Judged& one) { return one.judgement.verdict != Verdict::skip; });
  return judged_any && std::none_of(judged.begin(), judged.end(), [&](const Judged& one) {
           const Verdict verdict = one.judgement.verdict;
           return one.severity >= counts && (verdict == Verdict::fail || verdict == Verdict::inconclusive);
         });
}

}  // namespace drydock
