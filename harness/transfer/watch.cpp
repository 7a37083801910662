#include "harness/transfer/watch.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>

#include "harness/transfer/record.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

struct State {
  Watched watched;
  std::vector<Look> looks;
  GateDecision decision;
  WallTime opened_at{};
};

asio::awaitable<void> look_into(World& world, std::vector<std::string> probes, std::size_t phase,
                                std::vector<ResultRecord>& results) {
  results = co_await world.look(probes, phase);
}

std::vector<State*> due(std::vector<State>& states, Clock::time_point now) {
  std::vector<State*> all;
  for (auto& state : states)
    if (state.decision.next_look <= now) all.push_back(&state);
  return all;
}

std::vector<std::string> probes_of(const std::vector<State*>& states) {
  std::vector<std::string> probes;
  for (const State* state : states)
    for (const auto& probe : state->watched.gate->probes)
      if (std::find(probes.begin(), probes.end(), probe) == probes.end()) probes.push_back(probe);
  return probes;
}

Event looked_event(const std::vector<State*>& states, const std::vector<ResultRecord>& results, WallTime now) {
  std::vector<LookedGate> gates;
  for (const State* state : states)
    gates.push_back({state->watched.gate->id, state->watched.step, std::string(to_string(state->watched.when)),
                     static_cast<int>(state->looks.size()), state->watched.gate->probes});
  Event event;
  event.kind = EventKind::looked;
  event.time = now;
  event.detail = look_detail(gates, results);
  return event;
}

Event decided_event(const State& state, GateResult result, const std::string& reason, WallTime now) {
  Event event;
  event.kind = EventKind::gate_decided;
  event.time = now;
  event.step = state.watched.step;
  event.gate = state.watched.gate->id;
  event.when = to_string(state.watched.when);
  event.word = to_string(result);
  event.text = reason;
  event.detail =
      to_json(GateDetail{state.decision.passes, state.watched.gate->need, state.decision.looks, state.opened_at, now});
  return event;
}

/// The first gate that is decided and does not go, no-go before hold; null where there is none.
const State* refusing(const std::vector<State>& states) {
  for (const GateResult result : {GateResult::no_go, GateResult::hold})
    for (const auto& state : states)
      if (state.decision.decided && state.decision.result == result) return &state;
  return nullptr;
}

bool all_go(const std::vector<State>& states) {
  return std::all_of(states.begin(), states.end(),
                     [](const State& s) { return s.decision.decided && s.decision.result == GateResult::go; });
}

void judge(std::vector<State>& states, Clock::time_point opened, Clock::time_point now) {
  for (auto& state : states)
    state.decision = evaluate_gate(*state.watched.gate, state.watched.rule, opened, state.looks, now);
}

WatchResult conclude(const std::vector<State>& states, Ledger& ledger, Tell& tell, WallTime now) {
  const State* refusal = refusing(states);
  for (const auto& state : states) {
    const bool own = state.decision.decided;
    const GateResult result = own ? state.decision.result : GateResult::hold;
    const std::string reason =
        own ? state.decision.reason : "not decided: another gate of the list refused; " + state.decision.reason;
    ledger.append(decided_event(state, result, reason, now));
    tell.say("  gate {} ({} {}): {}: {}", state.watched.gate->id, to_string(state.watched.when), state.watched.step,
             to_string(result), reason);
  }
  if (!refusal) return {};
  return {false,
          refusal->decision.result,
          refusal->watched.gate->id,
          refusal->watched.step,
          refusal->watched.when,
          refusal->decision.reason};
}

void note_look(const std::vector<State*>& states, Tell& tell) {
  for (const State* state : states) {
    const Look& look = state->looks.back();
    const char* word = look.outcome == Look::Outcome::pass           ? "passed"
                       : look.outcome == Look::Outcome::inconclusive ? "inconclusive"
                       : look.outcome == Look::Outcome::fail         ? "failed"
                                                                     : "judged nothing";
    tell.note("  gate {}: look {}: {}{}{}", state->watched.gate->id, state->looks.size(), word,
              look.reason.empty() ? "" : ": ", look.reason);
  }
}

}  // namespace

asio::awaitable<bool> unless_stopped(StopToken& stop, int level, asio::awaitable<void> work) {
  if (stop.level() >= level) co_return false;
  asio::cancellation_signal cancel;
  stop.on_request([&] {
    if (stop.level() >= level) cancel.emit(asio::cancellation_type::terminal);
  });
  const auto executor = co_await asio::this_coro::executor;
  std::exception_ptr thrown;
  try {
    co_await asio::co_spawn(executor, std::move(work),
                            asio::bind_cancellation_slot(cancel.slot(), asio::use_awaitable));
  } catch (...) {
    thrown = std::current_exception();
  }
  stop.on_request({});
  if (!thrown) co_return true;
  try {
    std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::operation_aborted || stop.level() < level) throw;
  }
  co_return false;
}

asio::awaitable<WatchResult> watch(std::vector<Watched> gates, std::size_t phase, World& world, StopToken& stop,
                                   Ledger& ledger, Tell& tell) {
  const Clock::time_point opened = world.now();
  std::vector<State> states;
  for (auto& gate : gates) states.push_back({std::move(gate), {}, {}, world.wall_now()});
  judge(states, opened, opened);
  while (true) {
    if (all_go(states) || refusing(states)) co_return conclude(states, ledger, tell, world.wall_now());
    const std::vector<State*> now_due = due(states, world.now());
    if (now_due.empty()) {
      auto next = Clock::time_point::max();
      for (const auto& state : states) next = std::min(next, state.decision.next_look);
      const bool slept = co_await unless_stopped(stop, 1, world.sleep_until(next));
      if (!slept) co_return WatchResult{true, GateResult::hold, {}, {}, GateWhen::before, "interrupted"};
      judge(states, opened, world.now());
      continue;
    }
    const Clock::time_point started = world.now();
    std::vector<ResultRecord> results;
    const bool looked = co_await unless_stopped(stop, 1, look_into(world, probes_of(now_due), phase, results));
    if (!looked) co_return WatchResult{true, GateResult::hold, {}, {}, GateWhen::before, "interrupted"};
    for (State* state : now_due) state->looks.push_back(fold_look(*state->watched.gate, results, started, world.now()));
    ledger.append(looked_event(now_due, results, world.wall_now()));
    note_look(now_due, tell);
    judge(states, opened, world.now());
  }
}

}  // namespace drydock
