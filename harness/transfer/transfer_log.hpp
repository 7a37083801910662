#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/journal/journal.hpp"
#include "harness/plan/event.hpp"
#include "harness/plan/standing.hpp"
#include "harness/scenario/scenario.hpp"

namespace drydock {

/// What one look at gates saw, as the journal keeps it: shared by all looks with the same verdicts.
struct LookEvidence {
  std::int64_t entry = 0;
  std::string gates;     ///< which gates it was for
  std::string verdicts;  ///< digest of every check's verdict
  std::string seen;      ///< JSON, see look_detail()
  WallTime when{};
};

/// The last look at one gate of one step.
struct LastLook {
  event::Looked::Gate gate;
  std::int64_t entry = 0;
  std::shared_ptr<const LookEvidence> evidence;  ///< null where the journal does not hold it
};

/// A transfer's journal as events, and the way to append more. A log that only reads keeps what is appended in memory.
/// Looks are not kept one by one, however many there are: only the last of each gate, and what it saw.
class TransferLog {
public:
  using Append = std::function<void(const std::string& boundary)>;

  /// Reads the journal once. `filter`: what all that is appended passes. Throws JournalError, also where it does not
  /// verify.
  static TransferLog read(const std::string& path, TextFilter filter = TextFilter());
  /// With nothing but `opened`, as of a transfer that has not begun.
  static TransferLog in_memory(const Scenario& scenario, WallTime now, TextFilter filter = TextFilter());
  /// What there is: the journal, or a log in memory where there is none yet.
  static TransferLog read_or_begin(const std::string& path, const Scenario& scenario, WallTime now,
                                   TextFilter filter = TextFilter());

  /// Opens the journal for appending, or makes it, and takes in what others have appended since it was read. Throws
  /// JournalError.
  void open_for_writing(const std::string& path, const Scenario& scenario, WallTime now);

  /// What all that is appended from here on passes.
  void pass_through(TextFilter filter) { filter_ = filter; }

  /// Durable when it returns. Throws JournalError.
  void append(EventContent what, WallTime when);
  /// The same, but only where nobody else has appended since this log last looked; false where somebody has: then
  /// nothing is appended and what they appended is taken in.
  [[nodiscard]] bool append_if_last(EventContent what, WallTime when);
  /// Appends a look. Where its verdicts are those of an earlier look at the same gates, only that one is named, unless
  /// it is to be kept `whole` or a day has passed since. `see` makes what it saw, and is called only where that is
  /// kept.
  void append_look(event::Looked look, bool whole, const std::function<RawJson()>& see, WallTime when);
  /// Takes in what other processes have appended.
  void refresh();

  /// All entries but looks.
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  [[nodiscard]] const event::Opened& opened() const { return opened_; }
  /// In the order in which the gates were first looked at.
  [[nodiscard]] std::vector<const LastLook*> last_looks() const;
  [[nodiscard]] const LastLook* last_look(const std::string& step, const std::string& when,
                                          const std::string& gate) const;
  /// The vars in force: those of `opened` and what was changed later.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> vars() const;
  /// Who has begun and not ended, by the journal; null where nobody has.
  [[nodiscard]] const event::Began* owner() const;
  /// Who has begun last, ended or not.
  [[nodiscard]] const event::Began* last_began() const;
  /// How many entries others have appended since this log was opened that may move a step. What was decided by an
  /// earlier number must be decided again.
  [[nodiscard]] std::int64_t moves_of_others() const { return moves_of_others_; }
  [[nodiscard]] bool exists() const { return exists_; }
  [[nodiscard]] bool is_writing() const { return journal_.has_value(); }
  [[nodiscard]] std::optional<WallTime> last_time() const { return last_time_; }
  [[nodiscard]] std::int64_t size() const { return tail_.seq; }

  /// Called with `before KIND` and `after KIND` round each append.
  Append at_boundary;

private:
  explicit TransferLog(TextFilter filter) : filter_(filter) {}
  void take(JournalEntry&& entry);
  void take(Event event);
  void take_look(const Event& event, const event::Looked& look);
  void take_pending();
  void forget();
  void take_in(std::int64_t own);
  bool write(EventContent what, WallTime when, bool only_if_last);
  [[nodiscard]] std::shared_ptr<const LookEvidence> same_verdicts(const event::Looked& look) const;

  TextFilter filter_;
  std::optional<Journal> journal_;
  JournalTail tail_;
  bool exists_ = false;
  std::int64_t moves_of_others_ = 0;
  std::optional<WallTime> last_time_;
  event::Opened opened_;
  std::vector<Event> events_;
  std::optional<JournalEntry> pending_look_;  ///< a repeated look that is read only if it turns out to be the last
  std::deque<std::shared_ptr<const LookEvidence>> evidence_;
  std::vector<std::string> look_order_;
  std::map<std::string, LastLook> looks_;  ///< by step, when and gate
};

/// The first entry's content.
event::Opened opened_by(const Scenario& scenario, WallTime now);

/// What differs from the journal and must not, a line each with both values.
std::vector<std::string> forbidden_changes(const Scenario& scenario, const TransferLog& log);

/// `gate` and `step` with their place: the key by which looks and decisions are told apart.
std::string gate_key(const std::string& step, const std::string& when, const std::string& gate);

}  // namespace drydock
