#include "harness/run/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "harness/run/instance.hpp"
#include "harness/run/judging.hpp"
#include "harness/run/turnstile.hpp"
#include "probes/net/run_probe.hpp"
#include "probes/net/stream.hpp"

namespace drydock {

namespace asio = boost::asio;

namespace {

/// One instance under way, and what became of it.
struct Task {
  explicit Task(const asio::any_io_executor& executor) : finished(std::in_place, executor) {}

  Instance instance;
  std::vector<Task*> needs;
  std::optional<Latch> finished;  ///< only while a look is under way: it belongs to that look's executor
  bool did_pass = false;
  std::vector<Judged> judged;
  Subject subject;  ///< as of the last attempt, token put in
  Observation seen;
  int attempts = 0;
  std::optional<std::string> first_failure;
  std::optional<WallTime> started;
  std::optional<Clock::time_point> begun;  ///< the first attempt
  Duration took{};
  std::optional<std::string> cause;  ///< the needed probe that did not pass
  std::vector<ResultRecord> results;
};

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

}  // namespace

struct Engine::State {
  const Scenario& scenario;
  EngineOptions options;
  std::uint64_t observations = 0;
  std::set<std::string> answered;
  std::vector<std::unique_ptr<Task>> tasks;
  std::map<std::string, std::unique_ptr<Turnstile>> turnstiles;
  std::vector<ResultRecord> skipped;
  mutable std::vector<ResultRecord> all;

  std::vector<std::string> with_needs(const std::vector<std::string>& ids) const;
  void make_tasks(const std::vector<std::string>& ids, const std::set<std::string>& hosts,
                  const asio::any_io_executor& executor);
  void join_needs();
  asio::awaitable<void> run(Task& task);
  asio::awaitable<void> attempt(Task& task);
  asio::awaitable<void> observe(Task& task);
  void publish(Task& task);
  void publish_unfinished();
  void conclude();
  void judge_silent_ports_again();
  void let_go_of_executor();
  ResultRecord record(const Task& task, const Judged& judged) const;
  std::string clean(const std::string& text) const { return TextFilter(options.redactor)(text); }
  Turnstile& turnstile(const std::string& ip, const asio::any_io_executor& executor);
};

Engine::Engine(const Scenario& scenario, EngineOptions options)
    : state_(std::make_unique<State>(State{scenario, std::move(options), 0, {}, {}, {}, {}, {}})) {}
Engine::~Engine() = default;

void Engine::enter(std::size_t phase) {
  state_->options.phase = phase;
}
std::size_t Engine::phase() const {
  return state_->options.phase;
}

std::vector<std::string> Engine::State::with_needs(const std::vector<std::string>& ids) const {
  std::set<std::string> chosen;
  std::vector<std::string> open = ids;
  while (!open.empty()) {
    const std::string id = std::move(open.back());
    open.pop_back();
    const auto* probe = scenario.probe(id);
    if (!probe || !chosen.insert(id).second) continue;
    open.insert(open.end(), probe->needs.begin(), probe->needs.end());
  }
  std::vector<std::string> ordered;
  for (const auto& probe : scenario.probes)
    if (chosen.contains(probe.id)) ordered.push_back(probe.id);
  return ordered;
}

void Engine::State::make_tasks(const std::vector<std::string>& ids, const std::set<std::string>& hosts,
                               const asio::any_io_executor& executor) {
  for (const auto& id : with_needs(ids)) {
    const auto& probe = *scenario.probe(id);
    if (!probe.in_phase[options.phase]) {
      ResultRecord skip;
      skip.probe = id;
      skip.check = "probe";
      skip.severity = probe.severity.value_or(Severity::critical);
      skip.verdict = Verdict::skip;
      skip.message = fmt::format("out of phase: not looked at in '{}'", scenario.phases[options.phase]);
      skipped.push_back(std::move(skip));
      continue;
    }
    // What is only needed is looked at wherever it runs: a filter by host must not hide a cause.
    const bool chosen = std::find(ids.begin(), ids.end(), id) != ids.end();
    for (auto& instance : make_instances(scenario, probe, options.phase, chosen ? hosts : std::set<std::string>{})) {
      tasks.push_back(std::make_unique<Task>(executor));
      tasks.back()->instance = std::move(instance);
    }
  }
  join_needs();
}

/// A probe on a host needs the needed probe on the same host where that runs there, else everywhere.
void Engine::State::join_needs() {
  for (auto& task : tasks)
    for (const auto& id : task->instance.probe->needs) {
      std::vector<Task*> same_host, anywhere;
      for (auto& other : tasks) {
        if (other->instance.probe->id != id) continue;
        anywhere.push_back(other.get());
        if (other->instance.subject.host == task->instance.subject.host) same_host.push_back(other.get());
      }
      const auto& chosen = same_host.empty() ? anywhere : same_host;
      task->needs.insert(task->needs.end(), chosen.begin(), chosen.end());
    }
}

Turnstile& Engine::State::turnstile(const std::string& ip, const asio::any_io_executor& executor) {
  auto& place = turnstiles[ip];
  if (!place) place = std::make_unique<Turnstile>(executor, options.per_host);
  return *place;
}

asio::awaitable<void> Engine::State::run(Task& task) {
  const auto& probe = *task.instance.probe;
  for (Task* needed : task.needs) co_await needed->finished->wait();
  const auto unmet =
      std::find_if(task.needs.begin(), task.needs.end(), [](const Task* needed) { return !needed->did_pass; });
  if (unmet != task.needs.end()) {
    const Task& needed = **unmet;
    // The first cause, not the nearest: that is what has to be mended.
    task.cause = needed.cause.value_or(needed.instance.probe->id);
    task.judged =
        judge_unseen(probe, Judgement::inconclusive(fmt::format("not looked at: it needs '{}', which did not pass",
                                                                needed.instance.probe->id)));
  } else {
    const auto executor = co_await asio::this_coro::executor;
    const auto place = co_await turnstile(task.instance.subject.ip, executor).enter();
    co_await attempt(task);
  }
  task.did_pass = passed(probe, task.judged);
  publish(task);
  task.finished->open();
}

asio::awaitable<void> Engine::State::attempt(Task& task) {
  const auto& probe = *task.instance.probe;
  const std::string& host = task.instance.subject.host;
  if (options.listener) options.listener->probe_started(probe.id, host);
  task.begun = Clock::now();
  for (task.attempts = 1;; ++task.attempts) {
    co_await observe(task);
    if (passed(probe, task.judged) || task.attempts >= probe.tries) break;
    if (!task.first_failure) task.first_failure = describe_failure(task.judged);
    co_await net::pause(probe.pause);
  }
  task.took = std::chrono::duration_cast<Duration>(Clock::now() - *task.begun);
  if (options.listener) options.listener->probe_finished(probe.id, host);
}

asio::awaitable<void> Engine::State::observe(Task& task) {
  const auto& probe = *task.instance.probe;
  task.subject = task.instance.subject;
  task.subject.token = fmt::format("{}-{}", options.token, base36(++observations, 5));
  task.subject.parameters = task.instance.subject.parameters.with_token(task.subject.token);
  task.seen = Observation{};
  task.started = std::chrono::system_clock::now();
  const auto runnable = probe.type->make(task.subject.parameters);
  const ProbeContext context{task.subject, Clock::now() + probe.timeout, &answered};
  co_await net::run_probe(*runnable, context, task.seen);
  task.subject.address_answered = answered.contains(task.subject.ip);
  task.judged = judge_observation(probe, task.seen, task.subject);
}

ResultRecord Engine::State::record(const Task& task, const Judged& judged) const {
  const auto filled = [this](const std::string& text) {
    return text.empty() ? std::optional<std::string>{} : std::optional<std::string>{clean(text)};
  };
  const Judgement& judgement = judged.judgement;
  const Subject& aimed = task.instance.subject;
  ResultRecord result;
  result.probe = task.instance.probe->id;
  result.check = judged.check;
  result.severity = judged.severity;
  result.verdict = judgement.verdict;
  result.host = filled(aimed.host);
  result.address = filled(task.seen.address.empty() ? aimed.ip : task.seen.address);
  result.name = filled(aimed.name);
  result.stage = filled(judgement.stage.empty() ? task.seen.stage : judgement.stage);
  result.message = clean(judgement.message);
  result.expected = filled(judgement.expected);
  result.actual = filled(judgement.actual);
  result.attempts = std::max(task.attempts, 1);
  if (task.first_failure) result.first_failure = clean(*task.first_failure);
  result.started = task.started;
  result.duration_ms = static_cast<double>(task.took.count());
  result.rfc = filled(judged.rfc);
  result.spec = filled(judged.spec);
  result.hint = filled(judgement.hint);
  result.reproduce = filled(judgement.reproduce);
  result.cause = task.cause;
  for (const auto& line : task.seen.transcript.lines())
    result.transcript.push_back({static_cast<double>(line.at.count()) / 1000.0, line.direction, clean(line.text)});
  if (const auto dropped = task.seen.transcript.dropped(); dropped > 0)
    result.transcript.push_back(
        {result.transcript.back().at_ms, '*', fmt::format("{} more lines were not kept", dropped)});
  return result;
}

void Engine::State::publish(Task& task) {
  task.results.clear();
  for (const auto& judged : task.judged) task.results.push_back(record(task, judged));
  for (std::size_t i = 0; options.listener && i < task.results.size(); ++i)
    if (!task.judged[i].judgement.depends_on_answer) options.listener->result(task.results[i]);
}

/// An interrupted look leaves no probe out: who reads its report must not take what is missing for what was not chosen.
/// Nothing that an interrupted dialogue has seen is judged.
void Engine::State::publish_unfinished() {
  for (auto& task : tasks) {
    if (!task->results.empty()) continue;
    std::string why = "not looked at: interrupted before it began";
    if (task->begun) {
      task->took = std::chrono::duration_cast<Duration>(Clock::now() - *task->begun);
      why = fmt::format("interrupted after {:.1f} s", static_cast<double>(task->took.count()) / 1000);
    }
    task->judged = judge_unseen(*task->instance.probe, Judgement::inconclusive(why));
    publish(*task);
  }
}

void Engine::State::conclude() {
  judge_silent_ports_again();
  for (const auto& skip : skipped)
    if (options.listener) options.listener->result(skip);
}

/// Silence on a port that must be closed counts only where another port of the address answered in the same run, and
/// that is known when the run is over.
void Engine::State::judge_silent_ports_again() {
  for (auto& task : tasks) {
    const auto depends = [](const Judged& judged) { return judged.judgement.depends_on_answer; };
    if (std::none_of(task->judged.begin(), task->judged.end(), depends)) continue;
    task->subject.address_answered = answered.contains(task->subject.ip);
    const auto before = task->judged;
    task->judged = judge_observation(*task->instance.probe, task->seen, task->subject);
    task->results.clear();
    for (std::size_t i = 0; i < task->judged.size(); ++i) {
      task->results.push_back(record(*task, task->judged[i]));
      if (depends(before[i]) && options.listener) options.listener->result(task->results.back());
    }
  }
}

/// What a look has seen outlives the executor it ran on; its timers must not.
void Engine::State::let_go_of_executor() {
  for (auto& task : tasks) task->finished.reset();
  turnstiles.clear();
}

asio::awaitable<std::vector<ResultRecord>> Engine::look(std::vector<std::string> probe_ids,
                                                        std::set<std::string> hosts) {
  const auto executor = co_await asio::this_coro::executor;
  state_->tasks.clear();
  state_->skipped.clear();
  struct LetGo {
    State& state;
    ~LetGo() { state.let_go_of_executor(); }
  } const let_go{*state_};
  state_->answered.clear();
  state_->make_tasks(probe_ids, hosts, executor);
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
      state_->conclude();
      std::rethrow_exception(errors[which]);
    }
  }
  state_->conclude();
  co_return results();
}

const std::vector<ResultRecord>& Engine::results() const {
  auto& all = state_->all;
  all.clear();
  for (const auto& probe : state_->scenario.probes) {
    for (const auto& skip : state_->skipped)
      if (skip.probe == probe.id) all.push_back(skip);
    for (const auto& task : state_->tasks)
      if (task->instance.probe == &probe) all.insert(all.end(), task->results.begin(), task->results.end());
  }
  return all;
}

std::vector<std::pair<std::string, Duration>> Engine::longest_chain() const {
  using Chain = std::vector<std::pair<std::string, Duration>>;
  const auto length = [](const Chain& chain) {
    Duration sum{};
    for (const auto& link : chain) sum += link.second;
    return sum;
  };
  std::map<const Task*, Chain> chains;
  const auto chain_of = [&](const Task* task, const auto& self) -> const Chain& {
    if (const auto known = chains.find(task); known != chains.end()) return known->second;
    Chain longest;
    for (const Task* needed : task->needs) {
      const Chain& candidate = self(needed, self);
      if (length(candidate) >= length(longest)) longest = candidate;
    }
    longest.emplace_back(task->instance.probe->id, task->took);
    return chains[task] = std::move(longest);
  };
  Chain longest;
  for (const auto& task : state_->tasks) {
    const Chain& candidate = chain_of(task.get(), chain_of);
    if (length(candidate) > length(longest)) longest = candidate;
  }
  return longest;
}

}  // namespace drydock
