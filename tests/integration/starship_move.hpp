#pragma once
#include <functional>
#include <string>
#include <vector>

#include "harness/plan/event.hpp"
#include "tests/support/drydock_process.hpp"

namespace drydock::test {

/// An entry of the journal: of this kind, of this step.
struct Wanted {
  std::string_view kind;
  std::string step;
  bool operator()(const Event& event) const { return kind_of(event.what) == kind && step_of(event.what) == step; }
};
Wanted entry(std::string_view kind, std::string step = {});

long count(const std::vector<Event>& events, const std::function<bool(const Event&)>& wanted);

/// Adds a failure to the test where an action that ended well began again.
void expect_nothing_done_twice(const std::vector<Event>& events);

using Words = std::vector<std::string>;

/// The shipped move of Starship on practice hosts of its own, with gates that want one look.
class StarshipMove {
public:
  StarshipMove();
  [[nodiscard]] const PracticeHosts& lab() const { return lab_; }
  void keep_journal_at(std::filesystem::path journal) { journal_ = std::move(journal); }
  /// NAME=VALUE each, for every drydock of this move.
  void surround_with(Words environment) { environment_ = std::move(environment); }

  [[nodiscard]] net::ChildResult say(const std::string& verb, const Words& more = {}) const;
  [[nodiscard]] RunningDrydock start_cutover(const Words& more = {}) const;
  /// Approves the opening of mail, which is the only step that waits for a person.
  [[nodiscard]] net::ChildResult approve() const;

  /// What the journal holds; nothing where there is none yet.
  [[nodiscard]] std::vector<Event> events() const;
  [[nodiscard]] bool verifies() const;
  /// Waits until the journal holds such an entry after the first `from`: true; false where `running` ended without one.
  /// Throws std::runtime_error after four minutes.
  [[nodiscard]] bool comes(RunningDrydock& running, const Wanted& wanted, std::size_t from = 0) const;
  /// The same; throws where it ended without such an entry.
  void await(RunningDrydock& running, const Wanted& wanted, std::size_t from = 0) const;

private:
  [[nodiscard]] Words words(const std::string& verb, const Words& more) const;
  [[nodiscard]] bool holds(const Wanted& wanted, std::size_t from) const;
  PracticeHosts lab_;
  std::filesystem::path file_, journal_;
  Words environment_;
};

}  // namespace drydock::test
