#include "probes/smtp/checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/smtp/facts.hpp"

namespace drydock {
namespace {

const Record* row_of(const Observation& seen, const Fact<std::vector<Record>>& fact, std::string_view check) {
  const auto* rows = seen.get(fact);
  if (!rows) return nullptr;
  const auto found = std::ranges::find_if(*rows, [check](const Record& row) {
    const std::string* about = row.get(kSmtpBreak.check);
    return about && *about == check;
  });
  return found == rows->end() ? nullptr : &*found;
}

std::string column(const Record& row, const Fact<std::string>& fact) {
  const std::string* text = row.get(fact);
  return text ? *text : std::string();
}

std::string how_it_ended(const Record& row) {
  return fmt::format("ended at {}: {}", column(row, kSmtpBreak.stage), column(row, kSmtpBreak.words));
}

}  // namespace

bool broken_at(const Observation& seen, std::string_view check) {
  return row_of(seen, kSmtp.broken, check) != nullptr;
}

Judgement unseen(const Observation& seen, std::string_view check, std::string_view what, std::string_view expected) {
  Judgement judgement = not_seen(seen, what);
  if (const Record* row = row_of(seen, kSmtp.broken, check)) {
    const std::string how = how_it_ended(*row);
    judgement = Judgement::fail(how, std::string(expected), how, "see what the server logged at that moment");
    judgement.stage = column(*row, kSmtpBreak.stage);
  } else if (const Record* put_off = row_of(seen, kSmtp.unanswered, check)) {
    judgement = Judgement::inconclusive(fmt::format("{} was not seen: the dialogue {}", what, how_it_ended(*put_off)));
    judgement.stage = column(*put_off, kSmtpBreak.stage);
  }
  return judgement;
}

Judgement staged(Judgement judgement, std::string_view stage, std::string reproduce) {
  if (judgement.stage.empty()) judgement.stage = stage;
  judgement.reproduce = std::move(reproduce);
  return judgement;
}

}  // namespace drydock
