#include "harness/run/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <iterator>
#include <utility>

#include "harness/run/allowance.hpp"
#include "harness/run/comparing.hpp"
#include "harness/run/longest_chain.hpp"
#include "harness/run/look_under_way.hpp"
#include "harness/run/places.hpp"
#include "harness/run/recording.hpp"
#include "harness/run/task.hpp"
#include "probes/net/run_probe.hpp"
#include "probes/net/stream.hpp"

namespace drydock {

namespace asio = boost::asio;

namespace {

/// fail2ban drops or rejects; either way it looks like a service that is gone.
constexpr std::string_view kPossibleBan =
    "this address took a connection before, so it may have banned this prober (fail2ban: ignoreip); look from "
    "elsewhere";

/// How often a probe is looked at again, besides its `tries`, where the server turned it away for now.
constexpr int kMostTurnedAway = 2;
constexpr Duration kLongestPause{60'000};  ///< between two attempts, where the scenario has no longer one

bool met_no_connection(const Observation& seen) {
  return seen.error && seen.error_stage == "connect" &&
         (seen.error->kind == ErrorKind::timeout || seen.error->kind == ErrorKind::refused);
}

std::string describe_failure(const std::vector<Judged>& judged) {
  for (const auto wanted : {Verdict::fail, Verdict::inconclusive})
    for (const auto& one : judged)
      if (one.judgement.verdict == wanted && one.severity != Severity::advisory)
        return fmt::format("{} {}: {}", one.check, to_string(wanted), one.judgement.message);
  return {};
}

std::string base36(std::uint64_t number, std::size_t width) {
  std::string text(width, '0');
  for (auto place = text.rbegin(); place != text.rend(); ++place, number /= 36)
    *place = "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36];
  return text;
}

Duration since(Clock::time_point begun) {
  return std::chrono::duration_cast<Duration>(Clock::now() - begun);
}

/// The server said "not now" before its service was reached, or to a later connection: too many, as a rule, of which
/// some may be ours. What has been seen to be wrong stays so.
bool is_turned_away(const ProbeDefinition& probe, const Work& work) {
  const bool is_wrong =
      std::ranges::any_of(work.judged, [](const Judged& one) { return one.judgement.verdict == Verdict::fail; });
  const bool never_let_in = work.seen.error && work.seen.error->kind == ErrorKind::temporary &&
                            !reached(probe, work.judged, work.seen, work.subject);
  return !is_wrong && (never_let_in || work.seen.put_off);
}

/// Nothing could be said: the server puts its clients off, or does not keep up.
bool wants_patience(const std::vector<Judged>& judged) {
  return std::ranges::any_of(judged, [](const Judged& one) {
    return one.judgement.verdict == Verdict::inconclusive && one.severity != Severity::advisory;
  });
}

/// How many results there will be.
std::size_t results_of(const std::vector<std::unique_ptr<Task>>& tasks) {
  std::size_t results = 0;
  for (const auto& task : tasks)
    results += task->skip.empty() ? task->probe.type->checks.size() + task->probe.expectations.size() : 1;
  return results;
}

bool is_well(const std::vector<Judged>& judged) {
  return std::ranges::all_of(judged, [](const Judged& one) {
    return one.judgement.verdict == Verdict::pass || one.judgement.verdict == Verdict::skip;
  });
}

}  // namespace

struct Engine::State {
  const Scenario& scenario;
  EngineOptions options;
  int observations = 0;
  std::vector<std::unique_ptr<Task>> tasks{};
  Places places{scenario, options.per_server, options.at_once};
  TextAllowance texts{};
  Recorder recorder{options.redactor};
  LookUnderWay records{};
  Allowances allowances{};
  std::set<std::string> met{};  ///< addresses with their ports that took a connection, over all looks

  asio::awaitable<void> run(Task& task);
  asio::awaitable<void> attempt(Task& task);
  asio::awaitable<void> observe(Task& task, int number);
  asio::awaitable<void> look_at(Task& task, const Subject& aimed, int number, Sight& sight);
  asio::awaitable<void> look_at_reference(Task& task);
  asio::awaitable<void> compare_with_reference(Task& task);
  asio::awaitable<void> await_others(Task& task);
  [[nodiscard]] Evidence evidence_for(Task& task) const;
  [[nodiscard]] std::string lacks(const Task& needed, const ProbeDefinition& by) const;
  void judge(Task& task);
  std::size_t keep(Task& task, const Sight& sight, bool went_well);
  void keep_observation(Task& task);
  void publish(Task& task);
  void publish_unfinished();
  void add_result(Task& task, ResultRecord result);
  void tell_skips();
  void let_go_of_executor();
  ResultRecord record(Task& task, const Judged& judged);
};

Engine::Engine(const Scenario& scenario, EngineOptions options)
    : state_(std::make_unique<State>(State{scenario, std::move(options)})) {}
Engine::~Engine() = default;

void Engine::begin_gates() {
  state_->allowances.forget_verdicts();
}
void Engine::enter(std::size_t phase) {
  state_->options.phase = phase;
}
std::size_t Engine::phase() const {
  return state_->options.phase;
}

asio::awaitable<void> Engine::State::run(Task& task) {
  const auto& probe = task.probe;
  for (const std::size_t needed : task.needs) co_await tasks[needed]->finished->wait();
  const auto unmet =
      std::ranges::find_if(task.needs, [&](std::size_t needed) { return !lacks(*tasks[needed], probe).empty(); });
  const bool is_left_out = !task.skip.empty();  // which is told at the end of the look
  if (task.only_reference) {
    co_await look_at_reference(task);
    co_return;
  }
  if (!is_left_out && unmet != task.needs.end()) {
    const Task& needed = *tasks[*unmet];
    // The first cause, not the nearest: that is what has to be mended.
    task.cause = needed.cause.value_or(needed.probe.id);
    task.work().judged =
        judge_unseen(probe, task.work().aimed,
                     Judgement::inconclusive(fmt::format("not looked at: it needs {}", lacks(needed, probe))));
    publish(task);
  } else if (!is_left_out) {
    co_await attempt(task);
    const Work& work = task.work();
    task.was_reached = reached(probe, work.judged, work.seen, work.subject);
    if (task.compared_with_it > 0) task.kept = std::make_unique<Work>(work);
    if (probe.compare != Compare::no) co_await compare_with_reference(task);
    publish(task);
  }
  task.seen_once->open();
  task.finished->open();
}

/// What a probe that needs this one does not get, in words; empty where it gets all.
std::string Engine::State::lacks(const Task& needed, const ProbeDefinition& by) const {
  const std::string& id = needed.probe.id;
  const auto checks = by.needed_checks.find(id);
  if (checks == by.needed_checks.end())
    return needed.was_reached ? ""
                              : fmt::format("'{}', {}", id,
                                            needed.probe.type->reached_by.empty() ? "which did not pass"
                                                                                  : "whose service was not reached");
  for (const std::string& check : checks->second) {
    bool is_met = false;
    for (std::size_t i = needed.first_result; i < needed.first_result + needed.results; ++i) {
      const ResultRecord& result = records.result(i);
      const bool well = result.verdict == Verdict::pass || result.verdict == Verdict::warn;
      is_met = is_met || (result.check == check && well);
    }
    if (!is_met) return fmt::format("{} of '{}', which did not pass", check, id);
  }
  return {};
}

asio::awaitable<void> Engine::State::attempt(Task& task) {
  const auto& probe = task.probe;
  // Twice as long each time that something stayed inconclusive.
  const Duration longest_pause = std::max<Duration>(probe.pause, kLongestPause);
  Duration pause = probe.pause;
  int turned_away = 0;
  for (int number = 1;; ++number) {
    co_await observe(task, number);
    task.seen_once->open();
    task.took = since(*task.begun);
    const Work& work = task.work();
    task.awaits_others = awaits_others(probe, work.seen, work.subject);
    if (task.awaits_others) co_await await_others(task);
    judge(task);
    if (passed(probe, work.judged)) break;
    const bool again = is_turned_away(probe, work) && turned_away < kMostTurnedAway;
    if (again) {
      ++turned_away;
      places.turned_away(task.ip);
    }
    if (!again && number - turned_away >= probe.tries) break;
    if (!task.first_failure) task.first_failure = describe_failure(work.judged);
    if (wants_patience(work.judged)) pause = std::min(2 * pause, longest_pause);
    co_await net::pause(pause);
  }
  for (auto* listener : options.listeners) listener->probe_finished(probe.id, task.work().aimed.target.id);
}

asio::awaitable<void> Engine::State::observe(Task& task, int number) {
  Work& work = task.work();
  work.judged.clear();
  co_await look_at(task, work.aimed, number, work);
  if (task.shown_facts)
    task.shown = std::make_unique<Task::Shown>(work.attempt.id, work.seen.narrowed_to(*task.shown_facts));
  task.is_shut_out = met_no_connection(work.seen) && met.contains(work.seen.address);
  if (!met_no_connection(work.seen) && !work.seen.address.empty()) met.insert(work.seen.address);
}

/// Holds a slot for as long as it looks, and no longer.
asio::awaitable<void> Engine::State::look_at(Task& task, const Subject& aimed, int number, Sight& sight) {
  const auto& probe = task.probe;
  HeldSlot slot(places.at(task.ip), places.in_all());
  co_await slot.enter();
  if (!task.begun) {
    task.begun = Clock::now();
    for (auto* listener : options.listeners) listener->probe_started(probe.id, aimed.target.id);
  }
  sight.attempt = {.id = ++observations, .number = number, .started = std::chrono::system_clock::now()};
  sight.subject = aimed;
  sight.subject.token = fmt::format("{}-{}", options.token, base36(static_cast<std::uint64_t>(sight.attempt.id), 5));
  sight.subject.parameters = aimed.parameters.with_token(sight.subject.token);
  sight.seen = Observation{};
  const auto begun = Clock::now();
  sight.stand_ins = allowances.withhold(scenario, probe, sight.subject, begun);
  for (const auto& [check, stand_in] : sight.stand_ins) sight.subject.withheld.push_back(check);
  const auto runnable = probe.type->make(sight.subject.parameters);
  std::set<std::string> answered;
  const ProbeContext context{sight.subject, begun + probe.timeout, &answered, probe.patience, &slot};
  co_await net::run_probe(*runnable, context, sight.seen);
  sight.attempt.took = since(begun);
  if (sight.seen.first_word) places.first_word(task.ip, sight.seen.address, *sight.seen.first_word);
  if (met_no_connection(sight.seen)) allowances.give_back(probe, sight.subject, begun);
}

/// Nothing of it is judged: others are compared with it.
asio::awaitable<void> Engine::State::look_at_reference(Task& task) {
  auto kept = std::make_unique<Work>();
  kept->aimed = *task.aimed;
  co_await look_at(task, kept->aimed, 1, *kept);
  for (auto* listener : options.listeners) listener->probe_finished(task.probe.id, kept->aimed.target.id);
  keep(task, *kept, false);
  task.kept = std::move(kept);
  task.seen_once->open();
  task.finished->open();
}

/// Once more at both where they differ: what is unsteady on the reference itself is no difference.
asio::awaitable<void> Engine::State::compare_with_reference(Task& task) {
  Work& work = task.work();
  if (!task.reference) {
    if (!task.why_not_compared.empty())
      work.judged.push_back(not_compared(task.probe, Judgement::skip(task.why_not_compared)));
    co_return;
  }
  task.is_comparing = true;
  Task& reference = *tasks[*task.reference];
  co_await reference.finished->wait();
  if (reference.kept) {
    const Work& kept = *reference.kept;
    const Pair pair{{kept.seen, kept.subject}, {work.seen, work.subject}, kept.attempt.id};
    std::optional<Pair> again;
    Sight there, here;
    if (differ(task.probe, pair)) {
      co_await look_at(reference, kept.aimed, kept.attempt.number + 1, there);
      keep(reference, there, false);
      co_await look_at(task, work.aimed, work.attempt.number + 1, here);
      keep(task, here, false);
      again.emplace(Pair{{there.seen, there.subject}, {here.seen, here.subject}, there.attempt.id});
    }
    std::ranges::move(judge_comparison(task.probe, pair, again), std::back_inserter(work.judged));
  } else {
    work.judged.push_back(
        not_compared(task.probe, Judgement::inconclusive("what it is compared with was not looked at there")));
  }
  task.is_comparing = false;
  if (--reference.compared_with_it == 0) reference.kept.reset();
}

asio::awaitable<void> Engine::State::await_others(Task& task) {
  for (const auto& [role, probes] : task.beside)
    for (const std::size_t other : probes) co_await tasks[other]->seen_once->wait();
}

/// What is there by now, and a note of what that was.
Evidence Engine::State::evidence_for(Task& task) const {
  Evidence evidence;
  for (const auto& [role, probes] : task.beside) {
    ObservationRecord::Beside beside{std::string(role->name), {}};
    for (const std::size_t other : probes)
      if (const auto& shown = tasks[other]->shown) {
        evidence.add(*role, shown->seen);
        beside.observations.push_back(shown->id);
      }
    if (!beside.observations.empty()) task.work().attempt.beside.push_back(std::move(beside));
  }
  return evidence;
}

void Engine::State::judge(Task& task) {
  Work& work = task.work();
  const Evidence evidence = task.awaits_others ? evidence_for(task) : Evidence{};
  task.awaits_others = false;
  work.judged = judge_observation(task.probe, work.seen, work.subject, work.stand_ins, evidence);
  if (!met_no_connection(work.seen)) allowances.note(task.probe, work.subject, work.judged, work.attempt.started);
  keep_observation(task);
}

std::size_t Engine::State::keep(Task& task, const Sight& sight, bool went_well) {
  const std::size_t longest = texts.longest(went_well);
  texts.spend(sight.seen, longest);
  ObservationRecord seen = recorder.observation(task.probe, sight.seen, sight.subject, sight.attempt, longest);
  seen.reference = task.only_reference;
  if (went_well && !options.whole_transcripts) keep_ends_of_talk(seen.transcript);
  const std::size_t place = records.add(std::move(seen));
  for (auto* listener : options.listeners) listener->observation(records.observation(place));
  return place;
}

void Engine::State::keep_observation(Task& task) {
  const Work& work = task.work();
  task.observation = keep(task, work, is_well(work.judged));
}

ResultRecord Engine::State::record(Task& task, const Judged& judged) {
  const ObservationRecord* seen =
      task.observation && !task.is_between_tries ? &records.observation(*task.observation) : nullptr;
  ResultRecord result = recorder.result(task.probe, task.work().aimed, judged, seen);
  if (task.first_failure) result.first_failure = recorder.filter()(*task.first_failure);
  const Verdict verdict = judged.judgement.verdict;
  if (task.is_shut_out && verdict != Verdict::skip && verdict != Verdict::pass)
    result.hint = (result.hint ? *result.hint + "; " : "") + std::string(kPossibleBan);
  result.cause = task.cause;
  return result;
}

void Engine::State::publish(Task& task) {
  for (const auto& judged : task.work().judged) add_result(task, record(task, judged));
  task.forget();
}

void Engine::State::add_result(Task& task, ResultRecord result) {
  if (!std::exchange(task.is_told, true)) task.first_result = records.results();
  ++task.results;
  const ResultRecord& added = records.add(task.place, std::move(result));
  for (auto* listener : options.listeners) listener->result(added);
}

/// An interrupted look leaves no probe out: who reads its report must not take what is missing for what was not chosen.
/// Nothing that an interrupted dialogue has seen is judged; what only waited for others is, beside what is there.
void Engine::State::publish_unfinished() {
  for (auto& task : tasks) {
    if (task->is_told || !task->skip.empty() || task->only_reference) continue;
    if (task->is_comparing) {
      task->work().judged.push_back(
          not_compared(task->probe, Judgement::inconclusive("interrupted before it was compared")));
      publish(*task);
      continue;
    }
    if (task->awaits_others) {
      judge(*task);
      publish(*task);
      continue;
    }
    std::string why = "not looked at: interrupted before it began";
    Work& work = task->work();
    if (task->begun) {
      work.attempt.took = since(*task->begun);
      why = fmt::format("interrupted after {:.1f} s", static_cast<double>(work.attempt.took.count()) / 1000);
      task->is_between_tries = task->observation && records.observation(*task->observation).id == work.attempt.id;
      if (task->is_between_tries)
        why += fmt::format(", before it was tried again; until then: {}", describe_failure(work.judged));
    }
    work.judged = judge_unseen(task->probe, work.aimed, Judgement::inconclusive(why));
    if (task->begun && !task->is_between_tries) keep_observation(*task);
    publish(*task);
  }
}

void Engine::State::tell_skips() {
  for (const auto& task : tasks)
    if (!task->skip.empty()) add_result(*task, recorder.skip(task->probe, *task->aimed, task->skip));
}

/// What a look has seen outlives the executor it ran on; its timers must not.
void Engine::State::let_go_of_executor() {
  for (auto& task : tasks) {
    task->seen_once.reset();
    task->finished.reset();
  }
  places.close();
}

asio::awaitable<LookRecord> Engine::look(std::vector<std::string> probe_ids, std::set<std::string> hosts) {
  const auto executor = co_await asio::this_coro::executor;
  state_->tasks.clear();
  struct LetGo {
    State& state;
    ~LetGo() { state.let_go_of_executor(); }
  } const let_go{*state_};
  state_->texts = TextAllowance{};
  state_->places.open(executor);
  for (auto& planned : plan_look(state_->scenario, probe_ids, hosts, state_->options.phase))
    state_->tasks.push_back(std::make_unique<Task>(std::move(planned), state_->tasks.size(), executor));
  state_->records = LookUnderWay(state_->tasks.size(), results_of(state_->tasks));
  using Operation = decltype(asio::co_spawn(executor, state_->run(*state_->tasks.front()), asio::deferred));
  std::vector<Operation> operations;
  for (auto& task : state_->tasks) operations.push_back(asio::co_spawn(executor, state_->run(*task), asio::deferred));
  if (!operations.empty()) {
    auto group = asio::experimental::make_parallel_group(std::move(operations));
    const auto [order, errors] =
        co_await group.async_wait(asio::experimental::wait_for_one_error(), asio::use_awaitable);
    for (const auto which : order) {
      if (!errors[which]) continue;
      state_->publish_unfinished();
      state_->tell_skips();
      std::rethrow_exception(errors[which]);
    }
  }
  state_->tell_skips();
  co_return state_->records.take();
}

LookRecord Engine::seen() const {
  return state_->records.so_far();
}

std::vector<std::pair<std::string, Duration>> Engine::longest_chain() const {
  return drydock::longest_chain(state_->tasks);
}

}  // namespace drydock
