#include "harness/cli/transfer_verbs.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <iostream>

#include "harness/cli/interruptions.hpp"
#include "harness/cli/output.hpp"
#include "harness/cli/prepared.hpp"
#include "harness/cli/standard_streams.hpp"
#include "harness/cli/transfer_view.hpp"
#include "harness/record/exit_code.hpp"
#include "harness/run/engine.hpp"
#include "harness/transfer/transfer.hpp"

namespace drydock::cli {

namespace asio = boost::asio;

namespace {

/// What every verb of a transfer starts from.
struct Session {
  Prepared prepared;
  Output output;
  Redactor redactor;
  std::string token = new_token();

  /// `run_commands`: false where nothing is sent or written, so that no secret's command need run.
  Session(const ScenarioOptions& scenario, const OutputOptions& options, bool run_commands = true)
      : prepared(prepare(scenario)), output(options, files_of(prepared, scenario)) {
    if (prepared.scenario.transfer.empty())
      throw UsageError(
          fmt::format("{}: this scenario has no transfer; `drydock run` looks at its probes", scenario.file));
    // Also where nothing is sent: what a person types into --because must not carry a secret into the journal.
    resolve_secrets(prepared.scenario, run_commands);
    redactor = redactor_for(prepared.scenario);
  }
  TransferOptions transfer_options(bool quiet = false) {
    TransferOptions options;
    options.journal = prepared.journal;
    options.log = prepared.log;
    options.arguments = prepared.arguments;
    options.redactor = &redactor;
    options.out = output.human() ? &std::cout : nullptr;
    options.err = &std::cerr;
    options.progress = quiet ? nullptr : &std::cerr;
    options.token = token;
    options.output_lost = words_lost;
    return options;
  }
};

using Transfer = std::function<asio::awaitable<TransferResult>(const Scenario&, World&, StopToken&, TransferOptions)>;

/// How long a pager or a stopped terminal may hold up a transfer.
constexpr Duration kPatienceWithReaders{5000};

void pass_on(int signal, StopToken& stop, TransferView& view) {
  view.clear();
  fmt::print(std::cerr, "{}\n",
             stop.level() == 0
                 ? "drydock: stopping: nothing new starts, what is under way is finished; once more ends it"
                 : "drydock: ending what is under way");
  stop.request(signal);
}

/// Carries a transfer's coroutine to its end on a loop of its own.
TransferResult carry(const Session& session, TransferView& view, Engine& engine, TransferOptions options,
                     const Transfer& transfer) {
  asio::io_context loop(1);
  StopToken stop;
  Interruptions interruptions(loop, Interruptions::Second::is_heard, [&](int number) { pass_on(number, stop, view); });
  const BriefPatience patience(kPatienceWithReaders);
  const auto world = make_world(session.prepared.scenario, engine);
  TransferResult result;
  std::exception_ptr defect;
  asio::cancellation_signal stop_view;
  asio::co_spawn(loop, transfer(session.prepared.scenario, *world, stop, std::move(options)),
                 [&](const std::exception_ptr& error, TransferResult ended) {
                   defect = error;
                   result = std::move(ended);
                   interruptions.end();
                   stop_view.emit(asio::cancellation_type::all);
                 });
  asio::co_spawn(loop, view.live(), asio::bind_cancellation_slot(stop_view.slot(), [](const std::exception_ptr&) {}));
  loop.run();
  view.clear();
  if (defect) std::rethrow_exception(defect);
  return result;
}

/// What goes on, drawn for people, and each look handed to the reports that are written as it goes.
class StreamingView final : public TransferView {
public:
  StreamingView(bool shown, const Redactor* redactor, Output& output)
      : TransferView(shown, redactor), output_(output) {}
  void looked(const std::vector<ObservationRecord>& observations, const std::vector<ResultRecord>& results) override {
    for (const auto& seen : observations) output_.observation(seen);
    for (const auto& result : results) output_.result(result);
  }

private:
  Output& output_;
};

/// Lines that are drawn on a terminal need no time; what is read later does.
TellStyle style_of(TransferView& view) {
  TellStyle style;
  style.before = [&view] { view.clear(); };
  if (!view.draws()) style.stamp = time_stamp;
  return style;
}

int run_transfer(const ScenarioOptions& scenario, const OutputOptions& output, const std::string& output_folder,
                 const Transfer& transfer) {
  Session session(scenario, output);
  StreamingView view(!output.quiet, &session.redactor, session.output);
  RunRecord begun = new_record(session.prepared.scenario, session.prepared.phase, session.token);
  begun.journal = session.prepared.journal;
  begun.started = std::chrono::system_clock::now();
  session.output.begin(begun);
  EngineOptions options;
  options.phase = session.prepared.phase;
  options.token = session.token;
  options.listeners = {&view};
  options.redactor = &session.redactor;
  options.whole_transcripts = output.verbose;
  Engine engine(session.prepared.scenario, options);
  TransferOptions how = session.transfer_options(output.quiet);
  how.style = style_of(view);
  how.listener = &view;
  how.output_folder = output_folder;
  TransferResult result = carry(session, view, engine, std::move(how), transfer);
  session.output.write_reports(result.record);
  return session.output.exit_of(result.record, result.exit);
}

}  // namespace

int plan_transfer(const ScenarioOptions& scenario, const TransferArguments&, const OutputOptions& output) {
  Session session(scenario, output, false);
  const TransferResult result = plan(session.prepared.scenario, session.transfer_options());
  const bool complete = session.output.write_reports(result.record);
  return session.output.exit_of(result.record, complete ? result.exit : exit_code::kMachine);
}

int cutover_transfer(const ScenarioOptions& scenario, const TransferArguments& arguments, const OutputOptions& output) {
  const CutoverOptions what{arguments.until, arguments.dry_run, arguments.take_over, arguments.reason};
  const std::string person = arguments.person;
  return run_transfer(scenario, output, arguments.output,
                      [what, person](const Scenario& loaded, World& world, StopToken& stop, TransferOptions options) {
                        options.person = person;
                        return cutover(loaded, world, stop, std::move(options), what);
                      });
}

int rollback_transfer(const ScenarioOptions& scenario, const TransferArguments& arguments,
                      const OutputOptions& output) {
  const RollbackOptions what{arguments.to,      arguments.all,       arguments.force,
                             arguments.dry_run, arguments.take_over, arguments.reason};
  const std::string person = arguments.person;
  return run_transfer(scenario, output, arguments.output,
                      [what, person](const Scenario& loaded, World& world, StopToken& stop, TransferOptions options) {
                        options.person = person;
                        return rollback(loaded, world, stop, std::move(options), what);
                      });
}

int approve_step(const ScenarioOptions& scenario, const TransferArguments& arguments, const OutputOptions& output) {
  Session session(scenario, output);
  TransferOptions options = session.transfer_options();
  options.person = arguments.person;
  return approve(session.prepared.scenario, std::move(options), arguments.step, arguments.reason);
}

int mark_step(const ScenarioOptions& scenario, const TransferArguments& arguments, const OutputOptions& output) {
  const std::string word = arguments.done ? "done" : arguments.again ? "again" : arguments.skipped ? "skipped" : "";
  if (word.empty()) throw UsageError("mark wants one of --done, --again, --skipped");
  Session session(scenario, output);
  TransferOptions options = session.transfer_options();
  options.person = arguments.person;
  return mark(session.prepared.scenario, std::move(options), arguments.step, word, arguments.reason);
}

int waive_check(const ScenarioOptions& scenario, const TransferArguments& arguments, const OutputOptions& output) {
  const auto given = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); };
  Session session(scenario, output);
  Waiver waiver = arguments.waiver;
  waiver.host = given(arguments.host);
  waiver.row = given(arguments.row);
  waiver.mitigation = given(arguments.mitigation);
  waiver.as = {arguments.person};
  if (!arguments.second.empty()) waiver.as.push_back(arguments.second);
  waiver.because = arguments.reason;
  return waive(session.prepared.scenario, session.transfer_options(), waiver);
}

int tell_history(const ScenarioOptions& scenario, const TransferArguments& arguments, const OutputOptions&) {
  const std::string journal = scenario.journal.empty() ? default_journal(scenario.file) : scenario.journal;
  return history(journal, arguments.verify, std::cout, std::cerr);
}

}  // namespace drydock::cli
