#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <iostream>

#include "harness/cli/interruptions.hpp"
#include "harness/cli/output.hpp"
#include "harness/cli/prepared.hpp"
#include "harness/cli/progress.hpp"
#include "harness/cli/verbs.hpp"
#include "harness/gate/waivers.hpp"
#include "harness/record/exit_code.hpp"
#include "harness/run/engine.hpp"
#include "harness/scenario/diagnostics.hpp"
#include "harness/transfer/waiving.hpp"

namespace drydock::cli {

namespace asio = boost::asio;

namespace {

struct Looking {
  int signal = 0;             ///< that interrupted the run; 0: none
  std::exception_ptr defect;  ///< anything but an interruption
  Duration took{};
  LookRecord seen;
};

/// Looks at the probes until they have all ended or a signal arrives.
Looking look(Engine& engine, const std::vector<std::string>& probes, const std::set<std::string>& hosts,
             Progress& progress) {
  asio::io_context loop(1);
  Looking looking;
  asio::cancellation_signal stop_look, stop_progress;
  Interruptions interruptions(loop, Interruptions::Second::ends_drydock, [&](int number) {
    looking.signal = number;
    stop_progress.emit(asio::cancellation_type::all);
    progress.clear();
    fmt::print(std::cerr, "drydock: stopping; once more ends it at once\n");
    stop_look.emit(asio::cancellation_type::all);
  });
  const auto begun = Clock::now();
  asio::co_spawn(loop, engine.look(probes, hosts),
                 asio::bind_cancellation_slot(stop_look.slot(), [&](const std::exception_ptr& error, LookRecord seen) {
                   looking.seen = error ? engine.seen() : std::move(seen);
                   looking.took = std::chrono::duration_cast<Duration>(Clock::now() - begun);
                   if (!looking.signal) looking.defect = error;
                   interruptions.end();
                   stop_progress.emit(asio::cancellation_type::all);
                 }));
  asio::co_spawn(loop, progress.live(),
                 asio::bind_cancellation_slot(stop_progress.slot(), [](const std::exception_ptr&) {}));
  loop.run();
  progress.clear();
  return looking;
}

void print_chain(const Engine& engine, Duration took) {
  std::string words;
  Duration sum{};
  for (const auto& [probe, duration] : engine.longest_chain()) {
    words +=
        fmt::format("{}{} {:.2f} s", words.empty() ? "" : " -> ", probe, static_cast<double>(duration.count()) / 1000);
    sum += duration;
  }
  fmt::print(std::cerr, "longest chain of needs: {} = {:.2f} s; the whole run took {:.2f} s\n", words,
             static_cast<double>(sum.count()) / 1000, static_cast<double>(took.count()) / 1000);
}

std::vector<std::string> host_ids(const Scenario& scenario) {
  std::vector<std::string> ids;
  for (const auto& host : scenario.hosts) ids.push_back(host.id);
  ids.insert(ids.end(), {std::string(kNameServers), std::string(kThisMachine)});
  return ids;
}

/// A filter that chooses nothing by itself: refused where nothing is left at all, told where other filters of its kind
/// choose something, since a slip of the finger would otherwise look like a smaller run that passed.
void look_for_idle_filters(const Scenario& scenario, const RunOptions& wanted, bool nothing_chosen) {
  std::vector<std::string> ids, tags, idle;
  for (const auto& probe : scenario.probes) {
    ids.push_back(probe.id);
    tags.insert(tags.end(), probe.tags.begin(), probe.tags.end());
  }
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  for (const auto& glob : wanted.only)
    if (select_probes(scenario, {{}, {glob}, {}}).empty())
      idle.push_back(fmt::format("--only {}: no probe's id matches{}", glob, suggestion(glob, ids, "the probes are")));
  for (const auto& tag : wanted.tags)
    if (select_probes(scenario, {{}, {}, {tag}}).empty())
      idle.push_back(fmt::format("--tag {}: no probe has this tag{}", tag, suggestion(tag, tags, "the tags are")));
  if (nothing_chosen && !idle.empty()) throw UsageError(fmt::format("{}", fmt::join(idle, "\n")));
  if (nothing_chosen) throw UsageError("--on, --only and --tag together choose no probe; `drydock check` lists them");
  for (const auto& line : idle) fmt::print(std::cerr, "drydock: warning: {}\n", line);
}

/// Hands what is seen to the reports that are written as it goes, waivers put on. A fail whose waiver depends on
/// another probe is held back until the end of the look.
class WaivedStream final : public RunListener {
public:
  WaivedStream(Output& output, const std::vector<Waiver>& waivers) : output_(output), waivers_(waivers) {}
  void observation(const ObservationRecord& seen) override { output_.observation(seen); }
  void result(const ResultRecord& result) override {
    if (awaits_mitigation(result, waivers_)) return;
    std::vector<ResultRecord> one{result};
    apply_waivers(one, waivers_, std::chrono::system_clock::now());
    output_.result(one.front());
  }
  /// `results`: all of the look, waivers put on.
  void end(const std::vector<ResultRecord>& results) {
    for (const auto& result : results)
      if (awaits_mitigation(result, waivers_)) output_.result(result);
  }

private:
  Output& output_;
  const std::vector<Waiver>& waivers_;
};

int observe_and_report(const Scenario& scenario, const std::vector<Waiver>& waivers, std::size_t phase,
                       const std::vector<std::string>& probes, const std::set<std::string>& hosts,
                       const std::optional<std::string>& journal, const OutputOptions& options,
                       const std::vector<ProtectedFile>& protected_files) {
  Output output(options, protected_files);
  resolve_secrets(scenario, true);
  const Redactor redactor = redactor_for(scenario);
  RunRecord record = new_record(scenario, phase, new_token());
  record.journal = journal;
  record.started = std::chrono::system_clock::now();
  output.begin(record);
  Progress progress(!options.quiet, options.verbose);
  EngineOptions engine_options;
  engine_options.phase = phase;
  engine_options.token = record.token;
  WaivedStream stream(output, waivers);
  engine_options.listeners = {&progress, &stream};
  engine_options.redactor = &redactor;
  engine_options.whole_transcripts = options.verbose;
  Engine engine(scenario, engine_options);
  Looking looking = look(engine, probes, hosts, progress);
  if (looking.defect) std::rethrow_exception(looking.defect);
  record.finished = std::chrono::system_clock::now();
  record.observations = std::move(looking.seen.observations);
  record.results = std::move(looking.seen.results);
  apply_waivers(record.results, waivers, *record.finished);
  stream.end(record.results);
  if (looking.signal) record.ending = Ending{exit_code::kSignalBase + looking.signal, "interrupted"};
  const bool complete = output.finish(record);
  if (options.verbose) print_chain(engine, looking.took);
  if (looking.signal) fmt::print(std::cerr, "drydock: interrupted; what was seen until then is reported\n");
  return output.exit_of(record, complete ? summarise(record).exit : exit_code::kMachine);
}

}  // namespace

int run_probes(const ScenarioOptions& scenario_options, const RunOptions& wanted, const OutputOptions& options) {
  Prepared prepared = prepare(scenario_options);
  const Scenario& scenario = prepared.scenario;
  std::size_t phase = prepared.phase;
  if (!wanted.phase.empty()) {
    const auto named = scenario.phase(wanted.phase);
    if (!named)
      throw UsageError(fmt::format("--phase {}: the scenario has no such phase{}", wanted.phase,
                                   suggestion(wanted.phase, scenario.phases, "its phases are")));
    phase = *named;
  } else if (!prepared.lost_phase.empty()) {
    throw UsageError(
        fmt::format("the transfer stands in the phase '{}', which the scenario does not have{}; say --phase",
                    prepared.lost_phase, suggestion(prepared.lost_phase, scenario.phases, "its phases are")));
  }
  for (const auto& host : wanted.on)
    if (!scenario.host(host) && !is_reserved_id(host))
      throw UsageError(fmt::format("--on {}: the scenario has no such host{}", host,
                                   suggestion(host, host_ids(scenario), "its hosts are")));
  const auto probes = select_probes(scenario, {wanted.on, wanted.only, wanted.tags});
  look_for_idle_filters(scenario, wanted, probes.empty());
  const std::set<std::string> hosts(wanted.on.begin(), wanted.on.end());
  const auto journal = prepared.log ? std::optional(prepared.journal) : std::nullopt;
  const auto waivers = prepared.log ? waivers_in_force(scenario, *prepared.log) : scenario.waivers;
  return observe_and_report(scenario, waivers, phase, probes, hosts, journal, options,
                            files_of(prepared, scenario_options));
}

int probe(const ProbeOptions& wanted, const OutputOptions& options) {
  ProbeArguments arguments{wanted.type, wanted.address, wanted.name, {}};
  for (const auto& text : wanted.keys) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) throw UsageError(fmt::format("'{}' is no KEY=VALUE", text));
    arguments.keys.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  LoadResult loaded = load_probe_arguments(arguments);
  print(loaded.diagnostics);
  if (!loaded.scenario) throw UsageError("");
  return observe_and_report(*loaded.scenario, {}, 0, {loaded.scenario->probes.front().id}, {}, std::nullopt, options,
                            files_of(*loaded.scenario));
}

}  // namespace drydock::cli
