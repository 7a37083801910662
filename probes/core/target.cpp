#include "probes/core/target.hpp"

#include <fmt/format.h>

namespace drydock {

std::string Endpoint::text() const {
  return ip.find(':') == std::string::npos ? fmt::format("{}:{}", ip, port) : fmt::format("[{}]:{}", ip, port);
}

std::string_view reserved_id(Aim aim) {
  switch (aim) {
    case Aim::name_server:
    case Aim::resolver:
      return kNameServers;
    case Aim::this_machine:
      return kThisMachine;
    case Aim::host:
      break;
  }
  return {};
}

bool is_reserved_id(std::string_view id) {
  return id == kNameServers || id == kThisMachine;
}

}  // namespace drydock
