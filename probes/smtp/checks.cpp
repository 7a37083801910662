#include "probes/smtp/checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/smtp/facts.hpp"

namespace drydock {
namespace {

const std::string* row_of(const Observation& seen, const Fact<Fields>& fact, std::string_view check) {
  const auto* rows = seen.get(fact);
  if (!rows) return nullptr;
  const auto found = std::ranges::find(*rows, check, &std::pair<std::string, std::string>::first);
  return found == rows->end() ? nullptr : &found->second;
}

}  // namespace

const std::string* broken_at(const Observation& seen, std::string_view check) {
  return row_of(seen, kSmtp.broken, check);
}

Judgement unseen(const Observation& seen, std::string_view check, std::string_view what, std::string_view expected) {
  if (const std::string* words = broken_at(seen, check))
    return Judgement::fail(*words, std::string(expected), *words, "see what the server logged at that moment");
  if (const std::string* words = row_of(seen, kSmtp.unanswered, check))
    return Judgement::inconclusive(fmt::format("{} was not seen: the dialogue {}", what, *words));
  return not_seen(seen, what);
}

Judgement staged(Judgement judgement, std::string_view stage, std::string reproduce) {
  if (judgement.stage.empty()) judgement.stage = stage;
  judgement.reproduce = std::move(reproduce);
  return judgement;
}

}  // namespace drydock
