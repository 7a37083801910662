#include "harness/transfer/carrier.hpp"
#include "harness/transfer/missing_secrets.hpp"
#include "harness/transfer/session.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

std::optional<int> check_cutover(const Scenario& scenario, const CutoverOptions& what, Session& session) {
  if (!what.until.empty() && !scenario.step(what.until)) return session.refuse(no_such_step(scenario, what.until));
  return session.refuse_missing(missing_secrets(scenario, session.standing()));
}

asio::awaitable<int> carry_on(const Scenario& scenario, World& world, StopToken& stop, const TransferOptions& options,
                              CutoverOptions what, Session& session) {
  const TakeOver take_over{what.take_over, what.because};
  std::optional<int> refused = session.open();
  if (!refused) refused = check_cutover(scenario, what, session);
  if (!refused) refused = session.ask_for_owner(take_over);
  if (refused) co_return *refused;
  refused = session.begin();
  if (refused) co_return *refused;
  Carrier carrier(scenario, world, stop, options, session.log(), session.tell(), what.dry_run);
  const int ended = co_await carrier.forward(what.until);
  co_return ended;
}

}  // namespace

asio::awaitable<TransferResult> cutover(const Scenario& scenario, World& world, StopToken& stop,
                                        TransferOptions options, CutoverOptions what) {
  Session session(scenario, world, options, "cutover", what.until.empty() ? "" : "--until " + what.until, what.dry_run);
  TransferResult result = co_await session.carry_out(carry_on(scenario, world, stop, options, what, session));
  co_return result;
}

}  // namespace drydock
