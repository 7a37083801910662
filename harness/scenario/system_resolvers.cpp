#include "harness/scenario/system_resolvers.hpp"

#include <sstream>

#include "harness/scenario/yaml/file_text.hpp"
#include "probes/core/ip_address.hpp"

namespace drydock {

std::vector<std::string> system_resolvers(const std::string& file) {
  std::vector<std::string> resolvers;
  std::istringstream lines(read_file(file, 1U << 16U).text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string key;
    std::string address;
    words >> key >> address;
    address = address.substr(0, address.find('%'));
    if (key == "nameserver" && is_ip_address(address)) resolvers.push_back(address);
  }
  if (resolvers.empty()) resolvers.emplace_back("127.0.0.1");
  return resolvers;
}

}  // namespace drydock
