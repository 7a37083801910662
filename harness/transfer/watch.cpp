#include "harness/transfer/watch.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <iterator>
#include <map>
#include <set>
#include <string_view>

#include "harness/gate/waivers.hpp"
#include "harness/transfer/record.hpp"
#include "harness/transfer/waiving.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

struct State {
  Watched watched;
  std::vector<Look> looks;
  GateDecision decision;
  WallTime opened_at{};
};

asio::awaitable<void> look_into(World& world, std::vector<std::string> probes, std::size_t phase, LookRecord& seen) {
  seen = co_await world.look(probes, phase);
}

std::vector<State*> due(std::vector<State>& states, Clock::time_point now) {
  std::vector<State*> all;
  for (auto& state : states)
    if (state.decision.next_look <= now) all.push_back(&state);
  return all;
}

/// The gates' own probes, and those that waivers want to pass instead.
std::vector<std::string> probes_of(const std::vector<State*>& states, const std::vector<Waiver>& waivers,
                                   WallTime now) {
  std::vector<std::string> probes;
  const auto add = [&](const std::vector<std::string>& more) {
    for (const auto& probe : more)
      if (std::find(probes.begin(), probes.end(), probe) == probes.end()) probes.push_back(probe);
  };
  for (const State* state : states) {
    add(state->watched.gate->probes);
    add(mitigations(*state->watched.gate, waivers, now));
  }
  return probes;
}

std::string_view word(Look::Outcome outcome) {
  switch (outcome) {
    case Look::Outcome::pass:
      return "passed";
    case Look::Outcome::inconclusive:
      return "inconclusive";
    case Look::Outcome::fail:
      return "failed";
    case Look::Outcome::nothing:
      return "judged nothing";
  }
  return "judged nothing";
}

/// What went well needs no long facts, and no conversation but at the first and the last look of a gate (`whole`).
LookRecord without_plain_talk(LookRecord seen, bool whole) {
  constexpr std::size_t kLongestFact = 4 * 1024;
  std::set<int> needed;
  for (const auto& result : seen.results)
    if (result.observation && result.verdict != Verdict::pass && result.verdict != Verdict::skip)
      needed.insert(*result.observation);
  for (auto& observation : seen.observations) {
    if (needed.contains(observation.id)) continue;
    leave_out_long_facts(observation, kLongestFact);
    if (!whole) observation.transcript.clear(), observation.certificates.clear();
  }
  return seen;
}

event::Looked looked(const std::vector<State*>& states, const std::vector<ResultRecord>& results) {
  event::Looked look;
  for (const State* state : states) {
    const Look& last = state->looks.back();
    look.gates.push_back({state->watched.gate->id,
                          state->watched.step,
                          std::string(to_string(state->watched.when)),
                          static_cast<int>(state->looks.size()),
                          std::string(word(last.outcome)),
                          {last.reason}});
  }
  look.verdicts = verdict_digest(results);
  return look;
}

std::vector<GateProbes> gate_probes(const std::vector<State*>& states) {
  std::vector<GateProbes> gates;
  for (const State* state : states)
    gates.push_back({state->watched.gate->id, state->watched.step, std::string(to_string(state->watched.when)),
                     state->watched.gate->probes});
  return gates;
}

RawJson evidence(const std::vector<State*>& states, const LookRecord& seen, bool whole) {
  return {look_detail(gate_probes(states), without_plain_talk(seen, whole))};
}

std::vector<ResultRecord> by_gate(const std::vector<State*>& states, const std::vector<ResultRecord>& all) {
  const std::vector<GateProbes> gates = gate_probes(states);
  std::vector<ResultRecord> results;
  for (std::size_t i = 0; i < states.size(); ++i)
    std::ranges::move(results_for(gates[i], static_cast<int>(states[i]->looks.size()), gates, all),
                      std::back_inserter(results));
  return results;
}

std::vector<Text> texts(const std::vector<std::string>& all) {
  std::vector<Text> texts;
  for (const auto& one : all) texts.push_back({one});
  return texts;
}

event::GateDecided decided(const State& state, GateResult result, const std::string& reason, WallTime now) {
  return {state.watched.step,
          state.watched.gate->id,
          std::string(to_string(state.watched.when)),
          std::string(to_string(result)),
          {reason},
          state.decision.passes,
          state.watched.gate->need,
          state.decision.looks,
          state.opened_at,
          now,
          texts(state.decision.waived)};
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

WatchResult conclude(const std::vector<State>& states, TransferLog& log, Tell& tell, WallTime now) {
  const State* refusal = refusing(states);
  for (const auto& state : states) {
    const bool own = state.decision.decided;
    const GateResult result = own ? state.decision.result : GateResult::hold;
    const std::string reason =
        own ? state.decision.reason : "not decided: another gate of the list refused; " + state.decision.reason;
    log.append(decided(state, result, reason, now), now);
    tell.say("  gate {} ({} {}): {}: {}", state.watched.gate->id, to_string(state.watched.when), state.watched.step,
             to_string(result), reason);
  }
  WatchResult told;
  if (!refusal) return told;
  told.result = refusal->decision.result;
  told.gate = refusal->watched.gate->id;
  told.step = refusal->watched.step;
  told.when = refusal->watched.when;
  told.reason = refusal->decision.reason;
  return told;
}

/// The last results of each probe, over all the looks of a watch.
void keep_last(std::vector<ResultRecord>& seen, std::vector<ResultRecord> results) {
  std::set<std::string_view> again;
  for (const auto& result : results) again.insert(result.probe);
  std::erase_if(seen, [&](const ResultRecord& earlier) { return again.contains(earlier.probe); });
  std::move(results.begin(), results.end(), std::back_inserter(seen));
}

/// True where a decision that this look leads to is another one than the gate's last.
bool is_news(const std::vector<State>& states, const TransferLog& log) {
  if (!all_go(states) && !refusing(states)) return false;
  const auto last_result = [&](const State& state) {
    std::string result;
    for (const auto& event : log.events())
      if (const auto* earlier = event.get<event::GateDecided>(); earlier && earlier->gate == state.watched.gate->id &&
                                                                 earlier->step == state.watched.step &&
                                                                 earlier->when == to_string(state.watched.when))
        result = earlier->result;
    return result;
  };
  return std::any_of(states.begin(), states.end(),
                     [&](const State& state) { return last_result(state) != to_string(state.decision.result); });
}

/// Tells a look in one line; one that says the same as the one before is counted, and told when something else comes.
class LookTeller {
public:
  explicit LookTeller(Tell& tell) : tell_(tell) {}
  ~LookTeller() = default;

  void tell(const std::vector<State*>& states) {
    for (const State* state : states) {
      const Look& look = state->looks.back();
      const std::string words = fmt::format("{}{}{}", word(look.outcome), look.reason.empty() ? "" : ": ", look.reason);
      Said& said = said_[state];
      if (said.words == words) {
        ++said.repeated;
        continue;
      }
      flush(*state, said);
      said = {words, 0};
      tell_.note("  gate {}: look {}: {}", state->watched.gate->id, state->looks.size(), words);
    }
  }
  void end(const std::vector<State>& states) {
    for (const auto& state : states) flush(state, said_[&state]);
  }

private:
  struct Said {
    std::string words;
    int repeated = 0;
  };
  void flush(const State& state, Said& said) {
    if (said.repeated > 0)
      tell_.note("  gate {}: as before ({} time{})", state.watched.gate->id, said.repeated,
                 said.repeated == 1 ? "" : "s");
    said.repeated = 0;
  }
  Tell& tell_;
  std::map<const State*, Said> said_;
};

/// Tells a listener what is waited for, and at the end that nothing is any more.
class WatchTold {
public:
  explicit WatchTold(TransferListener* listener) : listener_(listener) {}
  ~WatchTold() {
    if (listener_) listener_->gates({}, false);
  }
  WatchTold(const WatchTold&) = delete;
  WatchTold& operator=(const WatchTold&) = delete;

  void waits(const std::vector<State>& states, Clock::time_point opened, bool looking) const {
    if (!listener_) return;
    std::vector<GateWait> all;
    for (const auto& state : states) {
      const GateDefinition& gate = *state.watched.gate;
      const bool lacks = !state.looks.empty() && state.looks.back().outcome != Look::Outcome::pass;
      all.push_back({gate.id, state.decision.looks, state.decision.passes, std::max(gate.need, 1),
                     lacks ? state.looks.back().reason : std::string(), state.decision.next_look,
                     opened + gate.within});
    }
    listener_->gates(all, looking);
  }

private:
  TransferListener* listener_;
};

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

asio::awaitable<WatchResult> watch(std::vector<Watched> gates, std::size_t phase, const Scenario& scenario,
                                   World& world, StopToken& stop, TransferLog& log, Tell& tell,
                                   TransferListener* listener) {
  const WatchTold told(listener);
  const Clock::time_point opened = world.now();
  world.begin_gates();
  std::vector<State> states;
  for (auto& gate : gates) states.push_back({std::move(gate), {}, {}, world.wall_now()});
  LookTeller teller(tell);
  std::vector<ResultRecord> seen;
  WatchResult interrupted;
  interrupted.interrupted = true;
  judge(states, opened, opened);
  while (true) {
    if (all_go(states) || refusing(states)) {
      teller.end(states);
      WatchResult result = conclude(states, log, tell, world.wall_now());
      result.seen = std::move(seen);
      co_return result;
    }
    const std::vector<State*> now_due = due(states, world.now());
    if (now_due.empty()) {
      told.waits(states, opened, false);
      auto next = Clock::time_point::max();
      for (const auto& state : states) next = std::min(next, state.decision.next_look);
      const bool slept = co_await unless_stopped(stop, 1, world.sleep_until(next));
      if (!slept) {
        teller.end(states);
        co_return interrupted;
      }
      judge(states, opened, world.now());
      continue;
    }
    told.waits(states, opened, true);
    const bool first = now_due.front()->looks.empty();
    const Clock::time_point started = world.now();
    LookRecord look;
    log.refresh();
    const std::vector<Waiver> waivers = waivers_in_force(scenario, log);
    const bool looked_whole =
        co_await unless_stopped(stop, 1, look_into(world, probes_of(now_due, waivers, world.wall_now()), phase, look));
    if (!looked_whole) {
      teller.end(states);
      co_return interrupted;
    }
    apply_waivers(look.results, waivers, world.wall_now());
    for (State* state : now_due)
      state->looks.push_back(fold_look(*state->watched.gate, look.results, started, world.now()));
    judge(states, opened, world.now());
    const bool news = is_news(states, log);
    log.append_look(
        looked(now_due, look.results), news, [&] { return evidence(now_due, look, first || news); }, world.wall_now());
    teller.tell(now_due);
    if (listener) listener->looked(look.observations, by_gate(now_due, look.results));
    keep_last(seen, std::move(look.results));
  }
}

}  // namespace drydock
