#pragma once
#include <boost/asio/awaitable.hpp>
#include <map>
#include <string>

#include "harness/cli/live_lines.hpp"
#include "harness/run/engine.hpp"

namespace drydock::cli {

/// What goes on, on standard error. On a terminal: one live line a running probe with its age, and the counts;
/// elsewhere nothing, or, where asked, one plain line for each probe that has ended.
class Progress : public RunListener {
public:
  /// `shown`: false with --quiet. `plain`: lines where there is no terminal.
  explicit Progress(bool shown, bool plain = false);
  ~Progress() override;

  void probe_started(const std::string& probe, const std::string& host) override;
  void probe_finished(const std::string& probe, const std::string& host) override;
  void result(const ResultRecord& result) override;

  /// Redraws the live lines until it is cancelled; returns at once where there is no terminal.
  boost::asio::awaitable<void> live();
  /// Takes the live lines away.
  void clear();

private:
  struct Tally {
    int pass = 0, warn = 0, fail = 0, inconclusive = 0, skip = 0;
    void count(Verdict verdict);
    [[nodiscard]] std::string words() const;
  };
  void draw();
  bool shown_;
  bool plain_;
  bool terminal_;
  Clock::time_point begun_ = Clock::now();
  std::map<std::string, Clock::time_point> running_;  ///< `probe on host`
  Tally total_;
  LiveLines lines_;
};

}  // namespace drydock::cli
