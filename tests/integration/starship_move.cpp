#include "tests/integration/starship_move.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <thread>

#include "tests/support/whole_journal.hpp"

namespace drydock::test {
namespace {

constexpr std::chrono::seconds kLimit{240};
constexpr std::chrono::milliseconds kPollEvery{20};

Event decoded(const JournalEntry& entry) {
  return {entry.seq, parse_time(entry.time).value(), from_payload(entry.kind, entry.payload)};
}

}  // namespace

Wanted entry(std::string_view kind, std::string step) {
  return {kind, std::move(step)};
}

long count(const std::vector<Event>& events, const std::function<bool(const Event&)>& wanted) {
  return std::count_if(events.begin(), events.end(), wanted);
}

void expect_nothing_done_twice(const std::vector<Event>& events) {
  std::map<std::string, bool> done;
  for (const auto& event : events) {
    if (kind_of(event.what) == event::ActionIntended::kKind) {
      EXPECT_FALSE(done[std::string(step_of(event.what))])
          << "the action of " << step_of(event.what) << " was finished and began again";
    }
    if (kind_of(event.what) == event::ActionEnded::kKind && event.get<event::ActionEnded>()->outcome == "done")
      done[std::string(step_of(event.what))] = true;
  }
}

StarshipMove::StarshipMove() : file_(lab_.folder() / "starship.yaml"), journal_(lab_.folder() / "starship.journal") {
  std::filesystem::copy_file(DRYDOCK_SOURCE_DIR "/scenarios/starship.yaml", file_);
}

Words StarshipMove::words(const std::string& verb, const Words& more) const {
  Words all{verb,    file_.string(), "--vars", lab_.vars().string(), "--journal", journal_.string(),
            "--set", "pace=1s",      "--set",  "steady=1",           "--set",     "settled=1"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

net::ChildResult StarshipMove::say(const std::string& verb, const Words& more) const {
  return lab_.start(words(verb, more), environment_).wait(kLimit);
}

RunningDrydock StarshipMove::start_cutover(const Words& more) const {
  return lab_.start(words("cutover", more), environment_);
}

net::ChildResult StarshipMove::approve() const {
  return say("approve", {"open-mail-on-new", "--as", "ada", "--because", "the gates before it went"});
}

std::vector<Event> StarshipMove::events() const {
  std::vector<Event> events;
  if (!journal_exists(journal_.string())) return events;
  for (const auto& entry : whole_journal(journal_.string()).entries) events.push_back(decoded(entry));
  return events;
}

bool StarshipMove::verifies() const {
  return whole_journal(journal_.string()).problems.empty();
}

/// Quick, because a blow has to fall before the action ends: only entries of the kind are decoded.
bool StarshipMove::holds(const Wanted& wanted, std::size_t from) const {
  if (!journal_exists(journal_.string())) return false;
  const auto entries = whole_journal(journal_.string()).entries;
  for (std::size_t i = from; i < entries.size(); ++i)
    if (entries[i].kind == wanted.kind && wanted(decoded(entries[i]))) return true;
  return false;
}

bool StarshipMove::comes(RunningDrydock& running, const Wanted& wanted, std::size_t from) const {
  const auto deadline = std::chrono::steady_clock::now() + kLimit;
  while (std::chrono::steady_clock::now() < deadline) {
    const bool over = running.ended();
    if (holds(wanted, from)) return true;
    if (over) return false;
    std::this_thread::sleep_for(kPollEvery);
  }
  throw std::runtime_error("the journal does not get the entry that is waited for");
}

void StarshipMove::await(RunningDrydock& running, const Wanted& wanted, std::size_t from) const {
  if (comes(running, wanted, from)) return;
  const net::ChildResult ended = running.wait();
  throw std::runtime_error("drydock ended too early, with exit " + std::to_string(ended.exit) + ":\n" + ended.out +
                           ended.err);
}

}  // namespace drydock::test
