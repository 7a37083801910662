#include "harness/transfer/owner.hpp"

#include <fmt/format.h>

#include "harness/journal/holder.hpp"
#include "harness/transfer/actor.hpp"
#include "probes/core/process_identity.hpp"

namespace drydock {

std::optional<Owner> owner_by_journal(const TransferLog& log) {
  const event::Began* owner = log.owner();
  if (!owner || is_this_process(owner->actor)) return std::nullopt;
  const bool here = same_machine(owner->actor, this_actor());
  if (here && !lives({owner->actor.pid, owner->actor.start, owner->actor.boot})) return std::nullopt;
  return Owner{here, false, printable(words_of(owner->actor)), owner->verb};
}

std::optional<Owner> owner_of(const std::string& journal, const TransferLog& log) {
  if (auto holder = Holder::who_holds(journal)) return Owner{true, true, std::move(*holder)};
  return owner_by_journal(log);
}

std::string elsewhere_words(const Owner& owner) {
  return fmt::format(
      "by the journal this transfer is carried on from another machine, by {}, drydock {}, and "
      "nothing says that it has ended",
      owner.who, owner.verb);
}

}  // namespace drydock
