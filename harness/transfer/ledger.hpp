#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/journal/journal.hpp"
#include "harness/plan/event.hpp"
#include "harness/plan/standing.hpp"
#include "harness/scenario/scenario.hpp"

namespace drydock {

/// The journal's entries as events, and the way to append more. A ledger that only reads keeps what is appended in
/// memory.
class Ledger {
public:
  /// Reads; empty but for `opened` where there is no journal yet. Throws JournalError, also where it does not verify.
  static Ledger read(const std::string& path, const Scenario& scenario, WallTime now);
  /// Reads what there is; without a scenario. Throws JournalError.
  static Ledger read(const std::string& path);
  /// Opens for appending, making the journal with `opened` where there is none. Throws JournalError.
  static Ledger write(const std::string& path, const Scenario& scenario, WallTime now);

  /// Durable when it returns. The time of `event` is when it happened. Throws JournalError.
  void append(const Event& event);
  /// Takes in what other processes have appended.
  void refresh();
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  [[nodiscard]] const OpenedDetail& opened() const { return opened_; }
  /// The vars in force: those of `opened` and what was changed later.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> vars() const;
  [[nodiscard]] bool exists() const { return exists_; }
  /// Called with `before KIND` and `after KIND` round each append.
  std::function<void(const std::string&)> at_boundary;

private:
  void take(const std::vector<JournalEntry>& entries);
  std::optional<Journal> journal_;
  bool exists_ = false;
  std::int64_t last_ = 0;
  OpenedDetail opened_;
  std::vector<Event> events_;
};

/// The first entry's content.
OpenedDetail opened_detail(const Scenario& scenario, WallTime now);

/// See transfer.hpp, forbidden_changes().
std::vector<std::string> forbidden_changes(const Scenario& scenario, const Ledger& ledger);

}  // namespace drydock
