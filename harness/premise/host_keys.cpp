#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "harness/premise/premise.hpp"

namespace drydock {
namespace {

bool names(const std::string& hosts, const std::string& wanted) {
  std::istringstream list(hosts);
  for (std::string name; std::getline(list, name, ',');)
    if (name == wanted) return true;
  return false;
}

}  // namespace

std::vector<std::string> keys_in(std::string_view known_hosts, std::string_view ip, std::uint16_t port) {
  const std::string wanted = port == 22 ? std::string(ip) : fmt::format("[{}]:{}", ip, port);
  std::vector<std::string> keys;
  std::istringstream lines{std::string(known_hosts)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hosts, type, key;
    words >> hosts >> type >> key;
    if (key.empty() || hosts.starts_with('#') || hosts.starts_with('@') || !names(hosts, wanted)) continue;
    keys.push_back(type + " " + key);
  }
  return keys;
}

}  // namespace drydock
