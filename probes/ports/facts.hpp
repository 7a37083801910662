#pragma once
#include <array>
#include <utility>

#include "probes/core/fact.hpp"
#include "probes/net/stream.hpp"

namespace drydock {

/// What the type `ports` sees.
struct PortsFacts {
  Fact<std::vector<std::string>> open{"ports.open", "ports that took the connection", Parity::same};
  Fact<std::vector<std::string>> refused{"ports.refused", "ports that answered with RST"};
  Fact<std::vector<std::string>> prohibited{"ports.prohibited",
                                            "ports for which ICMP said that an administrator forbids it"};
  Fact<std::vector<std::string>> silent{"ports.silent", "ports from which nothing came"};
  Fact<std::vector<std::string>> unreachable{"ports.unreachable",
                                             "ports for which there was no route, or ICMP said so"};
};
inline constexpr PortsFacts kPorts;

/// Which fact lists the ports in each state.
inline constexpr std::array<std::pair<net::PortState, const Fact<std::vector<std::string>>*>, 5> kPortStates = {
    {{net::PortState::open, &kPorts.open},
     {net::PortState::refused, &kPorts.refused},
     {net::PortState::prohibited, &kPorts.prohibited},
     {net::PortState::silent, &kPorts.silent},
     {net::PortState::unreachable, &kPorts.unreachable}}};

}  // namespace drydock
