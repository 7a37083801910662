#include "harness/run/comparing.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/scenario/waiver.hpp"

namespace drydock {
namespace {

/// Whether nothing was asked there that would have shown the fact.
bool was_withheld(const FactSpec& fact, const ProbeType& type, const Subject& subject) {
  if (subject.withheld.empty() || !type.costs) return false;
  const auto costs = type.costs(subject);
  return std::ranges::any_of(costs, [&](const CheckCost& cost) {
    return subject.is_withheld(cost.check) && !cost.facts.empty() && fact.name.starts_with(cost.facts);
  });
}

/// The facts that are compared: of which both were asked; a text that is the same octets as another, on both sides,
/// counts once.
std::vector<const FactSpec*> compared_facts(const ProbeDefinition& probe, const Pair& pair) {
  std::vector<const FactSpec*> facts;
  const auto is_known = [&](const FactSpec& fact) {
    const FactValue* here = pair.reference.seen.find(fact.name);
    const FactValue* there = pair.subject.seen.find(fact.name);
    return fact.type == FactType::excerpt && here && there && std::ranges::any_of(facts, [&](const FactSpec* other) {
             const FactValue* same_here = pair.reference.seen.find(other->name);
             const FactValue* same_there = pair.subject.seen.find(other->name);
             return same_here && same_there && *same_here == *here && *same_there == *there;
           });
  };
  for (const FactSpec& fact : probe.type->facts)
    if (is_compared(fact) && !is_known(fact) && !was_withheld(fact, *probe.type, pair.reference.subject) &&
        !was_withheld(fact, *probe.type, pair.subject.subject))
      facts.push_back(&fact);
  return facts;
}

Judged judged(const ProbeDefinition& probe, std::string check, Judgement judgement) {
  const auto weight = weight_of(probe, check);
  if (!weight) judgement = Judgement::skip("switched off in the scenario");
  return {.check = std::move(check),
          .severity = weight.value_or(Severity::critical),
          .rfc = {},
          .spec = {},
          .judgement = std::move(judgement)};
}

/// What one fact came to over one look or two.
struct FactOutcome {
  Comparison compared;
  bool unsteady_reference = false;
  bool gone_again = false;  ///< the second look showed no difference
};

FactOutcome outcome_of(const FactSpec& fact, const Pair& pair, const std::optional<Pair>& again) {
  FactOutcome outcome{compare(fact, pair.reference, pair.subject)};
  if (!outcome.compared.differs() || !again) return outcome;
  outcome.unsteady_reference = compare(fact, pair.reference, again->reference).differs();
  outcome.gone_again = !compare(fact, again->reference, again->subject).differs();
  return outcome;
}

Judged difference(const ProbeDefinition& probe, const FactSpec& fact, const Pair& pair, const FactOutcome& outcome,
                  bool twice, const Difference& one) {
  const std::string& here = pair.reference.subject.target.id;
  const std::string& there = pair.subject.subject.target.id;
  const std::string row = one.row.empty() ? "" : fmt::format(" ({})", one.row);
  const std::string_view looks = !twice ? "" : outcome.gone_again ? ", in 1 of 2 looks" : ", in 2 of 2 looks";
  Judgement judgement =
      Judgement::fail(fmt::format("{}{} is not as on {}: {} there, {} on {}{}", fact.meaning, row, here, one.reference,
                                  one.subject, there, looks),
                      one.reference, one.subject,
                      outcome.gone_again ? "steady there and not here: one of several nodes, or a race?" : "");
  if (probe.type->by_hand)
    judgement.reproduce = probe.type->by_hand(pair.subject.seen, pair.subject.subject, fact.name);
  Judged result = judged(probe, same_check(fact), std::move(judgement));
  result.row = one.row;
  result.reference = pair.reference_id;
  return result;
}

Judgement conclusion(const Pair& pair, std::size_t same, std::size_t dates, const std::vector<std::string>& unsteady,
                     const std::vector<std::string>& unseen, std::string_view why) {
  const std::string& here = pair.reference.subject.target.id;
  if (!unseen.empty())
    return Judgement::inconclusive(
        fmt::format("{} could not be compared with {}: {}", fmt::join(unseen, ", "), here, why));
  Judgement judgement = Judgement::pass(
      fmt::format("{} facts are as on {}{}", same, here, dates > 0 ? fmt::format("; {} dates apart", dates) : ""));
  if (!unsteady.empty())
    judgement.message =
        fmt::format("unsteady on {} itself, and so not held against anybody: {}", here, fmt::join(unsteady, ", "));
  return judgement;
}

}  // namespace

bool differ(const ProbeDefinition& probe, const Pair& pair) {
  return std::ranges::any_of(compared_facts(probe, pair), [&](const FactSpec* fact) {
    return compare(*fact, pair.reference, pair.subject).differs();
  });
}

std::vector<Judged> judge_comparison(const ProbeDefinition& probe, const Pair& pair, const std::optional<Pair>& again) {
  std::vector<Judged> all;
  std::vector<std::string> unsteady, unseen;
  std::string why;
  std::size_t same = 0, dates = 0;
  for (const FactSpec* fact : compared_facts(probe, pair)) {
    const FactOutcome outcome = outcome_of(*fact, pair, again);
    dates += outcome.compared.dates;
    if (!outcome.compared.unseen.empty()) {
      unseen.emplace_back(fact->name);
      if (why.empty()) why = outcome.compared.unseen;
    } else if (outcome.unsteady_reference) {
      unsteady.emplace_back(fact->name);
    } else if (!outcome.compared.differs()) {
      ++same;
    }
    if (outcome.unsteady_reference) continue;
    for (const Difference& one : outcome.compared.differences)
      all.push_back(difference(probe, *fact, pair, outcome, again.has_value(), one));
  }
  Judged whole = judged(probe, std::string(kSame), conclusion(pair, same, dates, unsteady, unseen, why));
  whole.reference = pair.reference_id;
  all.insert(all.begin(), std::move(whole));
  return all;
}

Judged not_compared(const ProbeDefinition& probe, const Judgement& why) {
  return judged(probe, std::string(kSame), why);
}

}  // namespace drydock
