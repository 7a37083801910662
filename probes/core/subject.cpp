#include "probes/core/subject.hpp"

#include <fmt/format.h>

namespace drydock {

std::string Endpoint::text() const {
  return ip.find(':') == std::string::npos ? fmt::format("{}:{}", ip, port) : fmt::format("[{}]:{}", ip, port);
}

}  // namespace drydock
