#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "harness/run/turnstile.hpp"
#include "harness/scenario/scenario.hpp"

namespace drydock {

/// How many probes may talk at once, to each address and in all, and fewer where an address has shown that it does not
/// bear so many.
class Places {
public:
  /// `per_server`: at an address that is no host's (those have `limits.connections`). `in_all`: 0 for as many as
  /// probes_at_once() says. `scenario` must outlive it.
  Places(const Scenario& scenario, int per_server, int in_all);

  /// For the looks of this executor; what was held before must have been given back.
  void open(const boost::asio::any_io_executor& executor);
  /// Nothing is left that belongs to the executor.
  void close();

  // While it is open:
  [[nodiscard]] Turnstile& at(const std::string& ip);
  [[nodiscard]] Turnstile& in_all() { return *in_all_; }

  /// A server turned a probe away for now: one place fewer at its address, for good. It has said what it bears.
  void turned_away(const std::string& ip);
  /// A server took so long from the connection to its first word. Where that is much longer than it once was (`where`:
  /// IP and port), it does not keep up: one place fewer at its address until this look ends.
  void first_word(const std::string& ip, const std::string& where, Duration after);

private:
  const Scenario& scenario_;
  int per_server_, most_in_all_;
  std::optional<boost::asio::any_io_executor> executor_;
  std::map<std::string, std::unique_ptr<Turnstile>> at_address_;
  std::unique_ptr<Turnstile> in_all_;
  std::map<std::string, int> fewer_;            ///< by address: for good
  std::map<std::string, Duration> first_word_;  ///< by address and port: the shortest
};

/// How many probes may be under way at once in all, so that they never run out of file descriptors (RLIMIT_NOFILE).
int probes_at_once();

}  // namespace drydock
