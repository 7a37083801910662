#include "harness/transfer/session.hpp"

#include <exception>

#include "harness/transfer/actor.hpp"
#include "harness/transfer/carrier.hpp"
#include "harness/transfer/output_file.hpp"
#include "harness/transfer/owner.hpp"
#include "harness/transfer/record.hpp"

namespace drydock {
namespace asio = boost::asio;

Session::Session(const Scenario& scenario, World& world, const TransferOptions& options, std::string verb,
                 std::string arguments, bool read_only)
    : scenario_(scenario),
      world_(world),
      options_(options),
      verb_(std::move(verb)),
      arguments_(std::move(arguments)),
      read_only_(read_only),
      tell_(options.out, options.progress, options.style),
      errors_(options.err, options.err, {options.style.before, {}}) {}

std::optional<int> Session::open() {
  if (scenario_.transfer.empty()) return refuse("this scenario has no transfer: there is nothing to do");
  const WallTime now = world_.wall_now();
  if (!read_only_) {
    std::string who;
    auto holder = Holder::take(options_.journal, "drydock " + verb_, now, who);
    if (holder) {
      holder_.emplace(std::move(*holder));
    } else {
      return held(fmt::format("another drydock holds this transfer: {}", who));
    }
  }
  const TextFilter filter(options_.redactor);
  if (options_.log)
    log_.emplace(std::move(*options_.log));
  else
    log_.emplace(TransferLog::read_or_begin(options_.journal, scenario_, now, filter));
  log_->pass_through(filter);
  const auto changes = forbidden_changes(scenario_, options_, *log_);
  for (const auto& line : changes) errors_.say("{}", line);
  if (!changes.empty()) return exit_code::kUsage;
  return std::nullopt;
}

std::optional<int> Session::ask_for_owner(const TakeOver& take_over) {
  const auto owner = read_only_ ? owner_of(options_.journal, *log_) : owner_by_journal(*log_);
  if (!owner || (read_only_ && !owner->here)) return std::nullopt;
  if (owner->here && owner->has_lock)
    return held(fmt::format("the transfer is under way now, by {}, so what comes next is not known yet", owner->who));
  if (owner->here)
    return held(
        fmt::format("{} still carries this transfer on, although its lock was removed: wait for its end, or "
                    "interrupt it",
                    owner->who));
  if (take_over.wanted) {
    if (take_over.because.empty() || options_.person.empty())
      return refuse("--take-over wants --as NAME and --because TEXT, for those who read the journal later");
    take_over_ = event::TakenOver{this_actor(options_.person), {take_over.because}, {owner->who}};
    return std::nullopt;
  }
  errors_.say("{}; nothing was done. See whether it still runs there; where it surely does not: {}",
              elsewhere_words(*owner),
              command_line(scenario_, options_, verb_,
                           arguments_ + (arguments_.empty() ? "" : " ") + "--take-over --as NAME --because TEXT"));
  return exit_code::kHeld;
}

std::optional<int> Session::begin() {
  if (!read_only_) {
    log_->open_for_writing(options_.journal, scenario_, world_.wall_now());
    log_->at_boundary = options_.at_boundary;
    if (take_over_) {
      const auto owner = owner_by_journal(*log_);
      const bool same = owner && owner->who == take_over_->from.value;
      if (!same || !log_->append_if_last(*take_over_, world_.wall_now()))
        return held("others have written into the journal meanwhile, so it is not taken over");
    }
    const event::Began began{verb_, std::string("drydock ") + DRYDOCK_VERSION, this_actor(options_.person), arguments_};
    do {
      if (const auto refused = ask_for_owner({})) return refused;
    } while (!log_->append_if_last(began, world_.wall_now()));
    owns_ = true;
    note_vars();
  }
  tell_heading(tell_, scenario_, options_, standing().phase);
  return std::nullopt;
}

int Session::refuse(const std::string& why) {
  errors_.say("{}", why);
  if (why.find(": drydock ") == std::string::npos)
    errors_.say("see where it stands: {}", command_line(scenario_, options_, "plan"));
  return exit_code::kUsage;
}

int Session::held(const std::string& why) {
  errors_.say("{}", why);
  errors_.say("nothing was done; see where it stands: {}", command_line(scenario_, options_, "plan"));
  return exit_code::kHeld;
}

/// The result; the end is noted in the journal.
TransferResult Session::finish(int exit) {
  TransferResult result{exit, {}};
  if (!log_) {
    result.record = record_of(TransferLog::in_memory(scenario_, world_.wall_now()));
    result.record.steps.clear();
    result.record.ending = ending_of(verb_, exit);
    return result;
  }
  if (owns_ && exit != exit_code::kMachine) stop(exit);
  result.record = record_of(*log_);
  result.record.tool = std::string("drydock ") + DRYDOCK_VERSION;
  result.record.token = options_.token;
  if (log_->exists()) result.record.journal = options_.journal;
  result.record.ending = ending_of(read_only_ ? "plan" : verb_, exit);
  return result;
}

int Session::machine_failed(const std::exception& error) {
  if (dynamic_cast<const JournalDamaged*>(&error)) return drydock::machine_failed(errors_, scenario_, options_, error);
  errors_.say("drydock can't go on, and no further action was started: {}", error.what());
  errors_.say("when this is mended, the same command goes on: {}",
              command_line(scenario_, options_, verb_,
                           arguments_ + (read_only_ ? arguments_.empty() ? "--dry-run" : " --dry-run" : "")));
  return exit_code::kMachine;
}

/// Where another has begun since, it is the other one's right that an end would end.
void Session::stop(int exit) {
  if (options_.output_lost && options_.output_lost())
    log_->append(event::OutputLost{{"nobody may have read what was told"}}, world_.wall_now());
  while (log_->last_began() && is_this_process(log_->last_began()->actor))
    if (log_->append_if_last(event::Stopped{verb_, exit}, world_.wall_now())) return;
}

void Session::note_vars() {
  const std::vector<std::pair<std::string, std::string>> now(scenario_.vars.begin(), scenario_.vars.end());
  if (now != log_->vars()) log_->append(event::VarsChanged{now}, world_.wall_now());
}

std::optional<int> Session::refuse_missing(const std::vector<std::string>& secrets) {
  const bool keeps = !options_.output_folder.empty() && !read_only_;
  if (const std::string why = keeps ? why_no_output(options_.output_folder) : ""; !why.empty())
    return refuse("--output: " + why);
  for (const auto& line : secrets) errors_.say("{}", line);
  if (!secrets.empty()) return refuse("nothing was sent");
  return std::nullopt;
}

asio::awaitable<TransferResult> Session::carry_out(asio::awaitable<int> verb) {
  int exit = exit_code::kMachine;
  try {
    exit = co_await std::move(verb);
    co_return finish(exit);
  } catch (const std::exception& error) {
    exit = machine_failed(error);
  }
  co_return finish(exit);
}

}  // namespace drydock
