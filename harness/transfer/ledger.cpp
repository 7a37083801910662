#include "harness/transfer/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
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
  for (const auto& host : scenario.hosts) hosts.emplace_back(host.id, host.address);
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

[[noreturn]] void broken(const std::string& path, const std::string& problem) {
  throw JournalError(fmt::format("{} does not verify: {}", path, problem));
}

}  // namespace

OpenedDetail opened_detail(const Scenario& scenario, WallTime now) {
  OpenedDetail detail;
  detail.tool = std::string("drydock ") + DRYDOCK_VERSION;
  detail.name = scenario.name;
  detail.file = scenario.file;
  detail.sha256 = scenario.sha256;
  detail.run = run_id(now);
  const Vantage& vantage = scenario.vantages.front();
  detail.vantage = vantage.address.empty() || vantage.name.empty() ? vantage.address + vantage.name
                                                                   : vantage.address + " " + vantage.name;
  detail.vars = pairs_of(scenario.vars);
  detail.hosts = hosts_of(scenario);
  detail.names = pairs_of(scenario.names);
  detail.phases = scenario.phases;
  for (const auto& step : scenario.transfer)
    detail.steps.push_back({step.id, step.text, step.enters ? scenario.phases.at(*step.enters) : std::string(),
                            step.before, step.after, step.point_of_no_return});
  return detail;
}

void Ledger::take(const std::vector<JournalEntry>& entries) {
  for (const auto& entry : entries) {
    last_ = entry.seq;
    const auto kind = event_kind(entry.kind);
    const auto time = parse_time(entry.time);
    if (!kind || !time)
      throw JournalError(fmt::format("entry {} of the journal is of a kind that this drydock does not know: {}",
                                     entry.seq, entry.kind));
    try {
      events_.push_back(from_payload(*kind, *time, entry.payload));
      if (*kind == EventKind::opened) opened_ = opened_from_json(events_.back().detail);
    } catch (const std::runtime_error& error) {
      throw JournalError(fmt::format("entry {} of the journal can't be read: {}", entry.seq, error.what()));
    }
  }
}

Ledger Ledger::read(const std::string& path) {
  const JournalSnapshot snapshot = read_journal(path);
  if (!snapshot.problems.empty()) broken(path, snapshot.problems.front());
  if (snapshot.entries.empty() || snapshot.entries.front().kind != to_string(EventKind::opened))
    broken(path, "its first entry is not that of a transfer");
  Ledger ledger;
  ledger.exists_ = true;
  ledger.take(snapshot.entries);
  return ledger;
}

Ledger Ledger::read(const std::string& path, const Scenario& scenario, WallTime now) {
  if (journal_exists(path)) return read(path);
  Ledger ledger;
  ledger.opened_ = opened_detail(scenario, now);
  Event event;
  event.kind = EventKind::opened;
  event.time = now;
  event.detail = to_json(ledger.opened_);
  ledger.events_.push_back(std::move(event));
  return ledger;
}

Ledger Ledger::write(const std::string& path, const Scenario& scenario, WallTime now) {
  Ledger ledger;
  if (journal_exists(path)) {
    ledger.journal_ = Journal::open(path);
  } else {
    Event event;
    event.detail = to_json(opened_detail(scenario, now));
    ledger.journal_ = Journal::create(path, now, to_string(EventKind::opened), to_payload(event));
  }
  ledger.exists_ = true;
  ledger.refresh();
  if (ledger.events_.empty() || ledger.events_.front().kind != EventKind::opened)
    broken(path, "its first entry is not that of a transfer");
  return ledger;
}

void Ledger::append(const Event& event) {
  if (!journal_) {
    events_.push_back(event);
    return;
  }
  const std::string kind(to_string(event.kind));
  if (at_boundary) at_boundary("before " + kind);
  journal_->append(event.time, kind, to_payload(event));
  if (at_boundary) at_boundary("after " + kind);
  refresh();
}

void Ledger::refresh() {
  if (journal_) take(journal_->since(last_));
}

std::vector<std::pair<std::string, std::string>> Ledger::vars() const {
  Pairs vars = opened_.vars;
  for (const auto& event : events_)
    if (event.kind == EventKind::vars_changed) vars = pairs_from_json(event.detail);
  return vars;
}

std::vector<std::string> forbidden_changes(const Scenario& scenario, const Ledger& ledger) {
  std::vector<std::string> problems;
  if (!ledger.exists()) return problems;
  const OpenedDetail& opened = ledger.opened();
  if (opened.name != scenario.name) {
    problems.push_back(
        fmt::format("this journal is of another scenario: '{}' in the journal, '{}' in {}; name another journal with "
                    "--journal",
                    opened.name, scenario.name, scenario.file));
    return problems;
  }
  compare("the address of host", opened.hosts, hosts_of(scenario), problems);
  compare("the name", opened.names, pairs_of(scenario.names), problems);
  const Standing standing = stand(outline_of(opened), ledger.events());
  const std::string changed_vars = vars_that_differ(ledger.vars(), pairs_of(scenario.vars));
  for (const auto& done : standing.steps) {
    if (!done.finished && !done.begun) continue;
    const StepDefinition* step = scenario.step(done.id);
    if (!step)
      problems.push_back(fmt::format("step '{}' has begun in the journal and is gone from the scenario", done.id));
    else if (step->text != done.text && !changed_vars.empty() && done.finished)
      problems.push_back(
          fmt::format("step '{}' is finished, and other vars change its text ({}); in the journal: {}; now: {}",
                      done.id, changed_vars, done.text, step->text));
  }
  return problems;
}

std::vector<std::string> forbidden_changes(const Scenario& scenario, const std::string& journal) {
  if (!journal_exists(journal)) return {};
  return forbidden_changes(scenario, Ledger::read(journal));
}

std::optional<Recorded> recorded(const std::string& journal) {
  if (!journal_exists(journal)) return std::nullopt;
  const Ledger ledger = Ledger::read(journal);
  Recorded result;
  for (const auto& [name, value] : ledger.vars()) result.vars[name] = value;
  const Standing standing = stand(outline_of(ledger.opened()), ledger.events());
  if (standing.phase < ledger.opened().phases.size()) result.phase = ledger.opened().phases[standing.phase];
  return result;
}

}  // namespace drydock
