#pragma once
#include <string>
#include <vector>

#include "probes/core/probe.hpp"

namespace drydock {

class CommandProbe final : public Probe {
public:
  explicit CommandProbe(const Parameters& parameters) : argv_(parameters.texts("argv")) {}
  /// Throws Failure(local) where the host has no `ssh` entry or the program is not to be had on this machine, and
  /// Failure(unreachable) where ssh could not connect or log in.
  boost::asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override;

private:
  std::vector<std::string> argv_;
};

}  // namespace drydock
