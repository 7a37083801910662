#include "harness/transfer/waiving.hpp"

#include <exception>

#include "harness/record/exit_code.hpp"
#include "harness/transfer/actor.hpp"
#include "harness/transfer/carrier.hpp"
#include "harness/transfer/transfer.hpp"

namespace drydock {
namespace {

std::optional<std::string> given(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

Waiver waiver_of(const event::Waived& waived) {
  Waiver waiver;
  waiver.check = waived.check;
  waiver.probe = waived.probe;
  waiver.host = given(waived.host);
  waiver.address = given(waived.address);
  waiver.row = given(waived.row);
  waiver.as = {waived.actor.person.value};
  if (!waived.second.value.empty()) waiver.as.push_back(waived.second.value);
  waiver.because = waived.because.value;
  waiver.until = waived.until;
  waiver.mitigation = given(waived.mitigation);
  return waiver;
}

event::Waived event_of(const Waiver& waiver) {
  event::Waived waived;
  waived.check = waiver.check;
  waived.probe = waiver.probe;
  waived.host = waiver.host.value_or("");
  waived.address = waiver.address.value_or("");
  waived.row = waiver.row.value_or("");
  waived.mitigation = waiver.mitigation.value_or("");
  waived.until = waiver.until;
  waived.actor = this_actor(waiver.as.front());
  if (waiver.as.size() > 1) waived.second = {waiver.as.back()};
  waived.because = {waiver.because};
  return waived;
}

int waive_or_throw(const Scenario& scenario, const TransferOptions& options, const Waiver& waiver, Tell& tell,
                   Tell& errors) {
  if (!journal_exists(options.journal)) {
    errors.say(
        "the transfer has not begun (there is no {}), so there is nothing to write a waiver into; put it into the "
        "scenario, under `waivers`",
        options.journal);
    return exit_code::kUsage;
  }
  const TextFilter filter(options.redactor);
  TransferLog log = options.log ? std::move(*options.log) : TransferLog::read(options.journal, filter);
  log.pass_through(filter);
  const auto changes = forbidden_changes(scenario, options, log);
  for (const auto& line : changes) errors.say("{}", line);
  if (!changes.empty()) return exit_code::kUsage;
  if (const auto refusal = refuse_waiver(waiver, scenario)) {
    const bool alone = refusal->key == "as" && waiver.as.size() == 1 && !waiver.as.front().empty();
    errors.say("{}: {}{}; nothing was written. See probes and checks: {}", refusal->key, refusal->message,
               alone ? " with --second NAME" : "", command_line(scenario, options, "check"));
    return exit_code::kUsage;
  }
  if (has_expired(waiver, std::chrono::system_clock::now())) {
    errors.say(
        "until: {} is past, so this waiver would accept nothing; give a day to come. See which waivers there are: {}",
        waiver.until, command_line(scenario, options, "plan"));
    return exit_code::kUsage;
  }
  log.open_for_writing(options.journal, scenario, std::chrono::system_clock::now());
  log.append(event_of(waiver), std::chrono::system_clock::now());
  tell_heading(tell, scenario, options, stand(outline_of(scenario), log.events()).phase);
  tell.say("{} of probe {}{} is waived by {} until {}; it stays a fail in every report, and no longer stops a gate",
           waiver.check, waiver.probe, waiver.host ? " on " + *waiver.host : "", printable(names_of(waiver)),
           waiver.until);
  tell.say("next: {}", command_line(scenario, options, "cutover"));
  return exit_code::kDone;
}

}  // namespace

std::vector<Waiver> waivers_in_force(const Scenario& scenario, const TransferLog& log) {
  std::vector<Waiver> waivers = scenario.waivers;
  for (const auto& event : log.events())
    if (const auto* waived = event.get<event::Waived>())
      if (Waiver waiver = waiver_of(*waived); !refuse_waiver(waiver, scenario)) waivers.push_back(std::move(waiver));
  return waivers;
}

int waive(const Scenario& scenario, TransferOptions options, const Waiver& waiver) {
  Tell tell(options.out, options.err), errors(options.err, options.err);
  try {
    return waive_or_throw(scenario, options, waiver, tell, errors);
  } catch (const std::exception& error) {
    return machine_failed(errors, scenario, options, error);
  }
}

}  // namespace drydock
