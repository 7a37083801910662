#pragma once
#include <string>

#include "probes/core/probe.hpp"

namespace drydock {

class TlsProbe final : public Probe {
public:
  explicit TlsProbe(const Parameters& parameters);
  boost::asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override;

private:
  boost::asio::awaitable<void> shake_hands(const ProbeContext& context, Endpoint to, Observation& out) const;
  boost::asio::awaitable<void> try_old_protocols(const ProbeContext& context, Endpoint to, Observation& out) const;
  boost::asio::awaitable<std::string> offer_old_protocols(const ProbeContext& context, Endpoint to,
                                                          Observation& out) const;

  std::uint16_t port_;
  std::string starttls_;
};

}  // namespace drydock
