#pragma once
#include <functional>
#include <utility>

#include "harness/record/exit_code.hpp"

namespace drydock {

/// Carries SIGINT, SIGTERM and SIGHUP into a transfer. The first request: nothing new starts and the action under way
/// is finished; the second: that action is ended, and the step is half-done. Event loop only.
class StopToken {
public:
  /// Call this on the event loop, once a signal.
  void request(int signal) {
    signal_ = signal;
    ++level_;
    const auto callback = on_request_;
    if (callback) callback();
  }
  [[nodiscard]] int level() const { return level_; }
  [[nodiscard]] int signal() const { return signal_; }
  [[nodiscard]] int exit_code() const { return exit_code::kSignalBase + signal_; }
  /// Told each request; replaces the one before.
  void on_request(std::function<void()> callback) { on_request_ = std::move(callback); }

private:
  int level_ = 0;
  int signal_ = 0;
  std::function<void()> on_request_;
};

}  // namespace drydock
