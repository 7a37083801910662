#pragma once
#include <string>
#include <vector>

#include "probes/core/probe.hpp"

namespace drydock {

/// Knocks at all ports of both lists: at those that must be open, which makes connections, as many at a time as the
/// host may have; at those that must be closed kAtOnce at a time.
class PortsProbe final : public Probe {
public:
  static constexpr std::size_t kAtOnce = 32;
  static constexpr Duration kPatience{5000};  ///< a port that is silent for so long is called silent

  static constexpr Duration kLeastPatience{2000};  ///< a SYN that was lost is sent again after 1 s (RFC 6298 §2)

  explicit PortsProbe(const Parameters& parameters);
  boost::asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override;

  /// The longest time that the knocking takes.
  static Duration waiting(const Parameters& parameters);

private:
  std::vector<std::string> open_, closed_;  ///< no port in both
  Duration patience_;
};

}  // namespace drydock
