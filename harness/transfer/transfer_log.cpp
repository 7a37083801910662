#include "harness/transfer/transfer_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>

#include "harness/transfer/transfer.hpp"

namespace drydock {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string run_id(WallTime now) {
  std::random_device random;
  return fmt::format("{:x}-{:08x}", std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count(),
                     random());
}

const std::string* value_of(const Pairs& pairs, const std::string& key) {
  for (const auto& [name, value] : pairs)
    if (name == key) return &value;
  return nullptr;
}

Pairs hosts_of(const Scenario& scenario) {
  Pairs hosts;
  for (const auto& host : scenario.hosts)
    hosts.emplace_back(host.id, fmt::format("{}", fmt::join(host.addresses(), " ")));
  return hosts;
}

Pairs pairs_of(const std::map<std::string, std::string>& map) {
  return {map.begin(), map.end()};
}

void compare(std::string_view what, const Pairs& before, const Pairs& now, std::vector<std::string>& problems) {
  for (const auto& [key, value] : before) {
    const std::string* present = value_of(now, key);
    if (!present)
      problems.push_back(fmt::format("{} '{}' is '{}' in the journal and gone from the scenario", what, key, value));
    else if (*present != value)
      problems.push_back(
          fmt::format("{} '{}' is '{}' in the journal and '{}' now; a transfer can't change it on the way", what, key,
                      value, *present));
  }
}

std::string vars_that_differ(const Pairs& before, const Pairs& now) {
  std::string words;
  for (const auto& [key, value] : before)
    if (const std::string* present = value_of(now, key); present && *present != value)
      words += fmt::format("{}{} was '{}' and is '{}'", words.empty() ? "" : ", ", key, value, *present);
  return words;
}

/// How many looks with different verdicts are remembered, so that a gate that wavers between them does not fill the
/// journal.
constexpr std::size_t kKeptEvidence = 64;
/// After this a look is kept whole again, although it saw what an earlier one saw.
constexpr std::chrono::hours kEvidenceLasts{24};

std::string gates_of(const event::Looked& look) {
  std::string all;
  for (const auto& gate : look.gates) all += gate_key(gate.step, gate.when, gate.gate) + '\0';
  return all;
}

/// What a person says beside the steps, and what was seen, moves none.
bool may_move(std::string_view kind) {
  constexpr std::array kAside{event::Approved::kKind, event::ApprovalsVoid::kKind, event::Waived::kKind,
                              event::Looked::kKind, event::GateDecided::kKind};
  return std::find(kAside.begin(), kAside.end(), kind) == kAside.end();
}

[[noreturn]] void broken(const std::string& path, const std::string& problem) {
  throw JournalDamaged(fmt::format("{} does not verify: {}", path, problem));
}

}  // namespace

event::Opened opened_by(const Scenario& scenario, WallTime now) {
  event::Opened opened;
  opened.tool = std::string("drydock ") + DRYDOCK_VERSION;
  opened.name = scenario.name;
  opened.file = scenario.file;
  opened.sha256 = scenario.sha256;
  opened.run = run_id(now);
  const Vantage& vantage = scenario.vantages.front();
  opened.vantage = vantage.address.empty() || vantage.name.empty() ? vantage.address + vantage.name
                                                                   : vantage.address + " " + vantage.name;
  opened.vars = pairs_of(scenario.vars);
  opened.hosts = hosts_of(scenario);
  opened.names = pairs_of(scenario.names);
  opened.phases = scenario.phases;
  for (const auto& step : scenario.transfer)
    opened.steps.push_back({step.id, text_of(step), step.enters ? scenario.phases.at(*step.enters) : std::string(),
                            step.before, step.after, step.point_of_no_return});
  return opened;
}

std::string gate_key(const std::string& step, const std::string& when, const std::string& gate) {
  return step + '\n' + when + '\n' + gate;
}

void TransferLog::forget() {
  events_.clear();
  evidence_.clear();
  look_order_.clear();
  looks_.clear();
  pending_look_.reset();
  last_time_.reset();
}

void TransferLog::take(JournalEntry&& entry) {
  if (entry.seq == 1) forget();
  tail_ = {entry.seq, entry.hash};
  if (is_repeated_look(entry.kind, entry.payload)) {
    last_time_ = parse_time(entry.time).value_or(last_time_.value_or(WallTime{}));
    pending_look_ = std::move(entry);
    return;
  }
  take_pending();
  const auto time = parse_time(entry.time);
  Event event{entry.seq, time.value_or(last_time_.value_or(WallTime{})), from_payload(entry.kind, entry.payload)};
  if (!time) event.what = event::Unknown{entry.kind, entry.payload, "its time can't be read: " + entry.time};
  take(std::move(event));
}

/// Only the last of many repeated looks says something that the others don't.
void TransferLog::take_pending() {
  if (!pending_look_) return;
  const JournalEntry entry = std::move(*pending_look_);
  pending_look_.reset();
  Event event{entry.seq, *last_time_, from_payload(entry.kind, entry.payload)};
  take(std::move(event));
}

void TransferLog::take(Event event) {
  last_time_ = event.time;
  if (const auto* look = event.get<event::Looked>()) {
    take_look(event, *look);
    return;
  }
  if (const auto* opened = event.get<event::Opened>(); opened && events_.empty()) opened_ = *opened;
  events_.push_back(std::move(event));
}

void TransferLog::take_look(const Event& event, const event::Looked& look) {
  std::shared_ptr<const LookEvidence> evidence;
  if (look.seen) {
    evidence = std::make_shared<LookEvidence>(
        LookEvidence{event.seq, gates_of(look), look.verdicts, look.seen->value, event.time});
    evidence_.push_back(evidence);
    if (evidence_.size() > kKeptEvidence) evidence_.pop_front();
  } else {
    const auto found = std::find_if(evidence_.begin(), evidence_.end(),
                                    [&](const auto& one) { return one->entry == look.same_as.value_or(0); });
    if (found != evidence_.end()) evidence = *found;
  }
  for (const auto& gate : look.gates) {
    const std::string key = gate_key(gate.step, gate.when, gate.gate);
    if (!looks_.contains(key)) look_order_.push_back(key);
    looks_[key] = {gate, event.seq, evidence};
  }
}

TransferLog TransferLog::read(const std::string& path, TextFilter filter) {
  TransferLog log(filter);
  const JournalReading reading = read_journal(path, [&](JournalEntry&& entry) { log.take(std::move(entry)); });
  log.take_pending();
  if (!reading.problems.empty()) broken(path, reading.problems.front());
  if (log.events_.empty() || !log.events_.front().get<event::Opened>())
    broken(path, "its first entry is not that of a transfer");
  log.exists_ = true;
  return log;
}

TransferLog TransferLog::read_or_begin(const std::string& path, const Scenario& scenario, WallTime now,
                                       TextFilter filter) {
  return journal_exists(path) ? read(path, filter) : in_memory(scenario, now, filter);
}

TransferLog TransferLog::in_memory(const Scenario& scenario, WallTime now, TextFilter filter) {
  TransferLog log(filter);
  log.opened_ = opened_by(scenario, now);
  log.events_.push_back({0, now, log.opened_});
  log.last_time_ = now;
  return log;
}

void TransferLog::open_for_writing(const std::string& path, const Scenario& scenario, WallTime now) {
  if (journal_exists(path)) {
    journal_ = Journal::open(path, tail_);
  } else {
    if (exists_) throw JournalError(fmt::format("{} was there when it was read, and is gone now", path));
    EventContent opened = opened_by(scenario, now);
    clean(opened, filter_);
    journal_ = Journal::create(path, now, event::Opened::kKind, to_payload(opened));
  }
  exists_ = true;
  refresh();
  if (events_.empty() || !events_.front().get<event::Opened>())
    broken(path, "its first entry is not that of a transfer");
}

bool TransferLog::write(EventContent what, WallTime when, bool only_if_last) {
  clean(what, filter_);
  if (!journal_) {
    take(Event{0, when, std::move(what)});
    return true;
  }
  const std::string kind(kind_of(what));
  if (at_boundary) at_boundary("before " + kind);
  const auto entry =
      journal_->append(when, kind, to_payload(what), only_if_last ? std::optional(tail_.seq) : std::nullopt);
  if (entry && at_boundary) at_boundary("after " + kind);
  take_in(entry ? entry->seq : 0);
  return entry.has_value();
}

void TransferLog::append(EventContent what, WallTime when) {
  write(std::move(what), when, false);
}

bool TransferLog::append_if_last(EventContent what, WallTime when) {
  return write(std::move(what), when, true);
}

std::shared_ptr<const LookEvidence> TransferLog::same_verdicts(const event::Looked& look) const {
  const std::string gates = gates_of(look);
  for (auto one = evidence_.rbegin(); one != evidence_.rend(); ++one)
    if ((*one)->gates == gates && (*one)->verdicts == look.verdicts) return *one;
  return nullptr;
}

void TransferLog::append_look(event::Looked look, bool whole, const std::function<RawJson()>& see, WallTime when) {
  const auto same = same_verdicts(look);
  const bool recent = same && same->entry > 0 && when - same->when < kEvidenceLasts && when >= same->when;
  if (recent && !whole)
    look.same_as = same->entry;
  else
    look.seen = see();
  append(std::move(look), when);
}

void TransferLog::refresh() {
  take_in(0);
}

/// `own`: the number of the entry that this log itself has appended; 0: none.
void TransferLog::take_in(std::int64_t own) {
  if (!journal_) return;
  for (auto& entry : journal_->since(tail_.seq)) {
    if (entry.seq != own && may_move(entry.kind)) ++moves_of_others_;
    take(std::move(entry));
  }
  take_pending();
}

std::vector<const LastLook*> TransferLog::last_looks() const {
  std::vector<const LastLook*> all;
  for (const auto& key : look_order_) all.push_back(&looks_.at(key));
  return all;
}

const LastLook* TransferLog::last_look(const std::string& step, const std::string& when,
                                       const std::string& gate) const {
  const auto found = looks_.find(gate_key(step, when, gate));
  return found == looks_.end() ? nullptr : &found->second;
}

const event::Began* TransferLog::owner() const {
  for (auto event = events_.rbegin(); event != events_.rend(); ++event) {
    if (event->get<event::Stopped>() || event->get<event::TakenOver>()) return nullptr;
    if (const auto* began = event->get<event::Began>()) return began;
  }
  return nullptr;
}

const event::Began* TransferLog::last_began() const {
  for (auto event = events_.rbegin(); event != events_.rend(); ++event)
    if (const auto* began = event->get<event::Began>()) return began;
  return nullptr;
}

std::vector<std::pair<std::string, std::string>> TransferLog::vars() const {
  for (auto event = events_.rbegin(); event != events_.rend(); ++event)
    if (const auto* changed = event->get<event::VarsChanged>()) return changed->vars;
  return opened_.vars;
}

std::vector<std::string> forbidden_changes(const Scenario& scenario, const TransferLog& log) {
  std::vector<std::string> problems;
  if (!log.exists()) return problems;
  const event::Opened& opened = log.opened();
  if (opened.name != scenario.name) {
    problems.push_back(fmt::format("this journal is of another scenario: '{}' in the journal, '{}' in {}", opened.name,
                                   scenario.name, scenario.file));
    return problems;
  }
  compare("the address of host", opened.hosts, hosts_of(scenario), problems);
  compare("the name", opened.names, pairs_of(scenario.names), problems);
  const Standing standing = stand(outline_of(opened), log.events());
  const std::string changed_vars = vars_that_differ(log.vars(), pairs_of(scenario.vars));
  for (const auto& done : standing.steps) {
    if (!done.finished && !done.begun) continue;
    const StepDefinition* step = scenario.step(done.id);
    if (!step)
      problems.push_back(fmt::format("step '{}' has begun in the journal and is gone from the scenario", done.id));
    else if (edited(done.text, text_of(*step)) && !changed_vars.empty() && done.finished)
      problems.push_back(
          fmt::format("step '{}' is finished, and other vars change its text ({}); in the journal: {}; now: {}",
                      done.id, changed_vars, done.text.text.value, step->text));
  }
  return problems;
}

std::optional<Recorded> recorded(const TransferLog& log) {
  if (!log.exists()) return std::nullopt;
  Recorded result;
  for (const auto& [name, value] : log.vars()) result.vars[name] = value;
  const Standing standing = stand(outline_of(log.opened()), log.events());
  if (standing.phase < log.opened().phases.size()) result.phase = log.opened().phases[standing.phase];
  return result;
}

}  // namespace drydock
