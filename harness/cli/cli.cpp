#include "harness/cli/cli.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <functional>
#include <iostream>
#include <string_view>

#include "harness/cli/output.hpp"
#include "harness/cli/standard_streams.hpp"
#include "harness/cli/transfer_verbs.hpp"
#include "harness/cli/verbs.hpp"
#include "harness/record/exit_code.hpp"
#include "harness/report/nagios.hpp"
#include "harness/scenario/diagnostics.hpp"

namespace drydock::cli {
namespace {

/// The arguments of every verb, and the one verb that was chosen.
struct Arguments {
  OutputOptions output;
  ScenarioOptions scenario;
  RunOptions run;
  ProbeOptions probe;
  LabOptions lab;
  TransferArguments transfer;
  std::string recorded, check, type;
  bool judge = false;
  bool json = false;
  bool acts = false;  ///< the verb changes something, and its exit code says how that went
  std::function<int()> chosen;
};

class Parser {
public:
  explicit Parser(Arguments& arguments) : a_(arguments) {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", "drydock " DRYDOCK_VERSION);
    app_.failure_message([](const CLI::App* app, const CLI::Error& error) {
      std::string command = "drydock";
      for (auto chosen = app->get_subcommands(); !chosen.empty(); chosen = chosen.front()->get_subcommands())
        command += " " + chosen.front()->get_name();
      return fmt::format("drydock: {}; `{} --help` tells what there is\n", error.what(), command);
    });
    add_scenario_verbs();
    add_transfer_verbs();
    add_catalogue_verbs();
    add_lab();
  }
  CLI::App& app() { return app_; }

private:
  CLI::App& verb(const std::string& name, const std::string& what, std::function<int()> action) {
    CLI::App& sub = *app_.add_subcommand(name, what);
    add_common(sub);
    sub.callback([this, action = std::move(action)] { a_.chosen = action; });
    return sub;
  }
  void add_common(CLI::App& sub) {
    sub.add_flag("--quiet", a_.output.quiet, "No progress on standard error");
    sub.add_flag("--verbose", a_.output.verbose, "Also what passed, and every transcript whole");
    sub.add_flag("--no-color", a_.output.no_color, "No colours (NO_COLOR does the same)");
    sub.set_version_flag("--version", "drydock " DRYDOCK_VERSION);
  }
  void add_reports(CLI::App& sub) {
    sub.add_option(
           "--report", a_.output.reports,
           fmt::format("FORMAT=PATH: {}; PATH - is standard output, {} alone too; repeatable", format_names(), kNagios))
        ->allow_extra_args(false);
  }
  CLI::App& scenario_verb(const std::string& name, const std::string& what, std::function<int()> action) {
    CLI::App& sub = verb(name, what, std::move(action));
    sub.add_option("SCENARIO", a_.scenario.file, "The scenario file (YAML)")->required();
    sub.add_option("--set", a_.scenario.set, "NAME=VALUE for one of the scenario's vars; repeatable")
        ->allow_extra_args(false);
    sub.add_option("--vars", a_.scenario.vars, "A YAML file of vars; repeatable")->allow_extra_args(false);
    sub.add_option("--journal", a_.scenario.journal, "The journal; NAME.journal beside the scenario unless said");
    return sub;
  }
  void add_scenario_verbs() {
    scenario_verb("check", "Read and validate; list what would run; send nothing",
                  [this] { return check(a_.scenario, a_.output); });
    auto& run = scenario_verb("run", "Run probes and print verdicts",
                              [this] { return run_probes(a_.scenario, a_.run, a_.output); });
    run.add_option("--on", a_.run.on, "Only probes on this host; repeatable")->allow_extra_args(false);
    run.add_option("--only", a_.run.only, "Only probes whose id matches this glob; repeatable")
        ->allow_extra_args(false);
    run.add_option("--tag", a_.run.tags, "Only probes with this tag; repeatable")->allow_extra_args(false);
    run.add_option("--phase", a_.run.phase, "Where the move stands; the journal's phase, or the first, unless said");
    add_reports(run);
    auto& probe =
        verb("probe", "One probe by hand, no file needed", [this] { return cli::probe(a_.probe, a_.output); });
    probe.add_option("TYPE", a_.probe.type, "smtp, http, dns, ...")->required();
    probe.add_option("ADDRESS", a_.probe.address, "IP, IP:port or [v6]:port")->required();
    probe.add_option("KEY=VALUE", a_.probe.keys,
                     "A parameter of the type, or a key of a probe; VALUE is a YAML flow value");
    probe.add_option("--name", a_.probe.name, "The name spoken: SNI, Host, EHLO target, certificate name");
    add_reports(probe);
    auto& report = verb("report", "Reports again from what was recorded",
                        [this] { return cli::report(a_.recorded, a_.judge, a_.output); });
    report.add_option("JOURNAL|REPORT.json", a_.recorded, "A journal, or a JSON report")->required();
    report.add_flag("--judge", a_.judge,
                    "Judge what was seen again, by the checks of this drydock and the scenario as it is");
    add_reports(report);
  }
  CLI::App& transfer_verb(const std::string& name, const std::string& what, TransferVerb action, bool acts) {
    return scenario_verb(name, what, [this, action, acts] {
      a_.acts = acts && !a_.transfer.dry_run;
      return action(a_.scenario, a_.transfer, a_.output);
    });
  }
  void add_person(CLI::App& sub) {
    sub.add_option("STEP", a_.transfer.step, "The step")->required();
    sub.add_option("--as", a_.transfer.person, "Who you are")->required();
    sub.add_option("--because", a_.transfer.reason, "Why")->required();
  }
  void add_take_over(CLI::App& sub) {
    auto* take_over = sub.add_flag("--take-over", a_.transfer.take_over,
                                   "Go on although another machine had begun to, and surely does not any more");
    sub.add_option("--because", a_.transfer.reason, "Why, with --take-over")->needs(take_over);
  }
  void add_transfer_verbs() {
    auto& plan =
        transfer_verb("plan", "Show the steps, their gates and where the transfer stands", plan_transfer, false);
    add_reports(plan);
    auto& cutover = transfer_verb("cutover", "Carry the transfer on from where it stands", cutover_transfer, true);
    cutover.add_option("--until", a_.transfer.until, "Stop after this step");
    cutover.add_flag("--dry-run", a_.transfer.dry_run, "Look at the next gate, act on nothing, write nothing");
    cutover.add_option("--output", a_.transfer.output, "A folder that gets all that actions say, a file each");
    cutover.add_option("--as", a_.transfer.person, "Who acts; the login name unless said");
    add_take_over(cutover);
    add_reports(cutover);
    add_person(transfer_verb("approve", "Approve a step", approve_step, true));
    auto& mark = transfer_verb("mark", "Say what became of a step that only a person can know", mark_step, true);
    add_person(mark);
    auto* done = mark.add_flag("--done", a_.transfer.done, "It is done");
    auto* again = mark.add_flag("--again", a_.transfer.again, "Do it again");
    auto* skipped = mark.add_flag("--skipped", a_.transfer.skipped, "Go on without it");
    done->excludes(again)->excludes(skipped);
    again->excludes(skipped);
    add_waive();
    auto& rollback = transfer_verb("rollback", "Undo the last finished step", rollback_transfer, true);
    auto* to = rollback.add_option("--to", a_.transfer.to, "Keep this step, undo what came after it");
    rollback.add_flag("--all", a_.transfer.all, "Undo everything")->excludes(to);
    rollback.add_flag("--force", a_.transfer.force, "Also beyond a point of no return");
    rollback.add_flag("--dry-run", a_.transfer.dry_run, "List what would be undone, in order; change nothing");
    rollback.add_option("--output", a_.transfer.output, "A folder that gets all that actions say, a file each");
    rollback.add_option("--as", a_.transfer.person, "Who acts; the login name unless said");
    add_take_over(rollback);
    add_reports(rollback);
    auto& history = transfer_verb("history", "The journal, in words", tell_history, false);
    history.add_flag("--verify", a_.transfer.verify, "Check that nobody changed it");
  }
  void add_waive() {
    auto& waive =
        transfer_verb("waive", "Accept one failing check for a time; written into the journal", waive_check, true);
    waive.add_option("CHECK", a_.transfer.waiver.check, "The check's id, such as smtp.vrfy or expect.status")
        ->required();
    waive.add_option("--probe", a_.transfer.waiver.probe, "The probe whose check it is")->required();
    waive.add_option("--host", a_.transfer.host, "Only on this host");
    waive.add_option("--row", a_.transfer.row, "Only this row of a table");
    waive.add_option("--mitigation", a_.transfer.mitigation, "A probe that must pass instead");
    waive.add_option("--as", a_.transfer.person, "Who you are")->required();
    waive.add_option("--second", a_.transfer.second, "Who accepts it too; a critical check needs two");
    waive.add_option("--because", a_.transfer.reason, "Why")->required();
    waive.add_option("--until", a_.transfer.waiver.until, "RFC 3339 date, to the end of its day UTC")->required();
  }
  void add_catalogue_verbs() {
    auto& checks = verb("checks", "Every check", [this] { return list_checks(a_.type, a_.json); });
    checks.add_option("TYPE", a_.type, "Only those of this probe type, such as smtp_relay");
    checks.add_flag("--json", a_.json, "As JSON");
    auto& explain = verb("explain", "What a check catches, why it matters, how to see it by hand, how to mend it",
                         [this] { return cli::explain(a_.check); });
    explain
        .add_option("CHECK|TYPE", a_.check,
                    "Its id, such as smtp.relay-denied, or a probe type: its parameters, facts and checks")
        ->required();
    verb("schema", "JSON Schema of the scenario file, for editors", print_schema);
  }
  CLI::App& lab_verb(CLI::App& parent, const std::string& name, const std::string& what) {
    CLI::App& sub = *parent.add_subcommand(name, what);
    add_common(sub);
    sub.add_option("--run", a_.lab.run, "The lab's folder, as `up` printed it");
    sub.add_option("--copy", a_.lab.copy, "Which copy: K of 127.K.x.y")->check(CLI::Range(0, 255));
    sub.callback([this, name] {
      a_.lab.verb = name;
      a_.acts = true;
      a_.chosen = [this] { return lab(a_.lab); };
    });
    return sub;
  }
  void add_lab() {
    CLI::App& parent = *app_.add_subcommand("lab", "Practice hosts: real servers on this machine");
    parent.require_subcommand(1);
    auto& up = lab_verb(parent, "up", "Start an old and a new host and their DNS");
    up.add_option("--fault", a_.lab.faults, "With this fault; repeatable")->allow_extra_args(false);
    up.add_flag("--moved", a_.lab.moved, "As after a finished transfer");
    up.add_flag("--netns", a_.lab.netns, "In a network namespace of its own");
    up.add_flag("--foreground", a_.lab.foreground, "Stay until it ends");
    lab_verb(parent, "down", "End it and remove its folder");
    lab_verb(parent, "status", "Addresses, units, faults");
    lab_verb(parent, "faults", "Every fault that can be made");
    lab_verb(parent, "fault", "Make the running lab wrong")
        .add_option("NAME", a_.lab.fault, "See `drydock lab faults`")
        ->required();
    lab_verb(parent, "mend", "Make it right again")
        .add_option("NAME", a_.lab.fault, "See `drydock lab faults`")
        ->required();
    auto& exec = lab_verb(parent, "exec", "Become a command inside the lab's network");
    exec.add_option("COMMAND", a_.lab.command, "After --")->required();
  }

  Arguments& a_;
  CLI::App app_{
      "drydock decides whether a new host is ready to take over from an old one, and moves the service across only "
      "while it is.",
      "drydock"};
};

/// What is wrong with the word where a verb is wanted; empty where nothing is.
std::string wrong_verb(CLI::App& app, int argc, char** argv) {
  CLI::App* parent = &app;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    std::vector<std::string> verbs;
    CLI::App* chosen = nullptr;
    for (CLI::App* sub : parent->get_subcommands([](const CLI::App*) { return true; })) {
      verbs.push_back(sub->get_name());
      if (sub->get_name() == word) chosen = sub;
    }
    if (verbs.empty() || word.starts_with('-')) return {};
    if (!chosen) return fmt::format("there is no verb `{}`{}", word, suggestion(word, verbs, "the verbs are"));
    parent = chosen;
  }
  return {};
}

int say(const std::string& message, int exit) {
  if (!message.empty()) fmt::print(std::cerr, "drydock: {}\n", message);
  return exit;
}

/// Where nothing is acted on, the words were all there was to do.
int unless_lost(int exit) {
  if (exit == exit_code::kMachine || exit > exit_code::kSignalBase || !standard_output_lost()) return exit;
  const std::string why = why_output_was_lost();
  return say(why.empty() ? why : "standard output could not be written: " + why, exit_code::kMachine);
}

/// The reports that are asked for, also where the other arguments can't be read.
std::vector<std::string> reports_in(int argc, char** argv) {
  constexpr std::string_view kOption = "--report";
  std::vector<std::string> reports;
  for (int i = 1; i < argc && argv[i] != std::string_view("--"); ++i) {
    const std::string_view word = argv[i];
    if (word == kOption && i + 1 < argc)
      reports.emplace_back(argv[++i]);
    else if (word.starts_with(kOption) && word.substr(kOption.size()).starts_with('='))
      reports.emplace_back(word.substr(kOption.size() + 1));
  }
  return reports;
}

/// How a command ends of which there is nothing to report: a monitoring plugin says that, too, on standard output.
int unreported(const std::string& message, int exit, const std::vector<std::string>& reports) {
  if (std::ranges::none_of(reports, asks_for_plugin)) return exit;
  if (std::ranges::any_of(reports, plugin_prints))
    fmt::print(std::cout, "{}\n",
               nagios_line(nagios::kUnknown, message.empty() ? "refused; standard error tells why" : message));
  return nagios::kUnknown;
}

int carry_out(Arguments& arguments, int argc, char** argv) {
  Parser parser(arguments);
  const auto reports = reports_in(argc, argv);
  const auto end = [&](const std::string& message, int exit) {
    return unreported(message, say(message, exit), reports);
  };
  if (const std::string wrong = wrong_verb(parser.app(), argc, argv); !wrong.empty())
    return end(wrong, exit_code::kUsage);
  try {
    parser.app().parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = parser.app().exit(error);
    return code == 0 ? exit_code::kDone : unreported(error.what(), exit_code::kUsage, reports);
  }
  try {
    return arguments.chosen();
  } catch (const UsageError& error) {
    return end(error.what(), exit_code::kUsage);
  } catch (const std::exception& error) {
    return end(fmt::format("can't go on: {}", error.what()), exit_code::kMachine);
  }
}

}  // namespace

int run(int argc, char** argv) {
  guard_standard_streams();
  Arguments arguments;
  int exit = carry_out(arguments, argc, argv);
  if (!arguments.acts) exit = unless_lost(exit);
  const bool is_plugin = std::ranges::any_of(reports_in(argc, argv), asks_for_plugin);
  return is_plugin ? std::min(exit, nagios::kUnknown) : exit;
}

}  // namespace drydock::cli
