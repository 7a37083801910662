#include "probes/core/check.hpp"

#include <fmt/format.h>

namespace drydock {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::warn:
      return "warn";
    case Verdict::fail:
      return "fail";
    case Verdict::inconclusive:
      return "inconclusive";
    case Verdict::skip:
      return "skip";
  }
  return "inconclusive";
}

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::critical:
      return "critical";
    case Severity::degraded:
      return "degraded";
    case Severity::advisory:
      return "advisory";
  }
  return "critical";
}

namespace {

Judgement judged(Verdict verdict, std::string message, std::string expected, std::string actual, std::string hint) {
  Judgement judgement;
  judgement.verdict = verdict;
  judgement.message = std::move(message);
  judgement.expected = std::move(expected);
  judgement.actual = std::move(actual);
  judgement.hint = std::move(hint);
  return judgement;
}

std::string why_ended(const Observation& seen) {
  const std::string& stage = seen.error_stage.empty() ? seen.stage : seen.error_stage;
  return fmt::format("{}{}", stage.empty() ? "" : fmt::format("ended at {}: ", stage), seen.error->message);
}

}  // namespace

Judgement Judgement::pass(std::string actual) {
  return judged(Verdict::pass, {}, {}, std::move(actual), {});
}

Judgement Judgement::warn(std::string message, std::string expected, std::string actual, std::string hint) {
  return judged(Verdict::warn, std::move(message), std::move(expected), std::move(actual), std::move(hint));
}

Judgement Judgement::fail(std::string message, std::string expected, std::string actual, std::string hint) {
  return judged(Verdict::fail, std::move(message), std::move(expected), std::move(actual), std::move(hint));
}

Judgement Judgement::inconclusive(std::string message, std::string hint) {
  return judged(Verdict::inconclusive, std::move(message), {}, {}, std::move(hint));
}

Judgement Judgement::skip(std::string reason) {
  return judged(Verdict::skip, std::move(reason), {}, {}, {});
}

Judgement not_seen(const Observation& seen, std::string_view what) {
  Judgement judgement =
      Judgement::inconclusive(seen.error ? fmt::format("{} was not seen: the dialogue {}", what, why_ended(seen))
                                         : fmt::format("{} was not seen", what));
  judgement.stage = seen.error_stage;
  return judgement;
}

Judgement ended_early(const Observation& seen, std::string_view expected) {
  if (!seen.error) return Judgement::inconclusive("the dialogue did not end early");
  Judgement judgement = blames_host(seen.error->kind)
                            ? Judgement::fail(why_ended(seen), std::string(expected), seen.error->message)
                            : Judgement::inconclusive(why_ended(seen));
  judgement.expected = std::string(expected);
  judgement.stage = seen.error_stage;
  return judgement;
}

}  // namespace drydock
