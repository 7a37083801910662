#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

namespace drydock::cli {

/// Hears SIGINT, SIGTERM and SIGHUP while it lives; one object at a time. SIGHUP stays ignored where it was (nohup),
/// and counts only as the first signal: a shell and the kernel both send it for one lost terminal, and who lost it did
/// not ask twice.
class Interruptions {
public:
  enum class Second {
    is_heard,      ///< like the first
    ends_drydock,  ///< at once and its commands too, with exit code 128 and its number, whatever blocks the loop
  };
  /// `heard` is called on the loop with the number of each signal.
  Interruptions(boost::asio::io_context& loop, Second second, std::function<void(int signal)> heard);
  /// What the signals did before they do again, but that SIGHUP stays without effect where a signal was heard.
  ~Interruptions();
  Interruptions(const Interruptions&) = delete;
  Interruptions& operator=(const Interruptions&) = delete;

  /// Nothing is heard any more, so that the loop can end; signals do as before.
  void end();

private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace drydock::cli
