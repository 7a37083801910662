#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "harness/cli/live_lines.hpp"
#include "harness/run/engine.hpp"
#include "harness/transfer/listener.hpp"
#include "probes/core/safe_text.hpp"

namespace drydock::cli {

/// What a transfer is doing, on standard error. On a terminal: live lines with the step, the action, its age and the
/// last line of its output, or the gates, what they lack and when they are looked at next. Elsewhere one plain line
/// every 30 s while an action runs; what else there is to tell is told by the transfer itself.
class TransferView : public TransferListener, public RunListener {
public:
  /// `shown`: false with --quiet. `redactor`: what all that is shown passes; must outlive it.
  TransferView(bool shown, const Redactor* redactor) : filter_(redactor), shown_(shown), draws_(shown && can_draw()) {}

  void step(std::size_t number, std::size_t of, const std::string& id) override;
  void action_started(const std::string& what) override;
  void action_said(std::string_view chunk) override;
  void action_ended() override;
  void gates(const std::vector<GateWait>& gates, bool looking) override;
  void probe_started(const std::string& probe, const std::string& host) override;
  void probe_finished(const std::string& probe, const std::string& host) override;

  /// Draws, or tells what still runs, until it is cancelled.
  boost::asio::awaitable<void> live();
  /// Takes the live lines away; call it before anything else is written.
  void clear() { lines_.clear(); }
  /// The lines as of this moment, for a terminal of any width.
  [[nodiscard]] std::vector<std::string> lines(Clock::time_point now) const;
  [[nodiscard]] bool draws() const { return draws_; }

private:
  [[nodiscard]] std::string still_runs(Clock::time_point now) const;
  [[nodiscard]] std::string said() const;
  TextFilter filter_;
  bool shown_, draws_;
  std::string step_, action_;
  Clock::time_point action_began_{}, last_told_{};
  std::string last_line_, line_;
  std::vector<GateWait> gates_;
  bool looking_ = false;
  std::vector<std::string> probes_;  ///< under way
  LiveLines lines_;
};

/// `20:14:03Z `, for lines that no terminal shows as they come.
std::string time_stamp();

}  // namespace drydock::cli
