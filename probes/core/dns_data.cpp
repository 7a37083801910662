#include "probes/core/dns_data.hpp"

#include <arpa/inet.h>

#include "probes/core/text.hpp"

namespace drydock {

std::string comparable(std::string_view text, bool folds) {
  if (!folds) return std::string(text);
  std::string form = ascii_lower(text);
  in6_addr address{};
  if (form.find(':') != std::string::npos && inet_pton(AF_INET6, form.c_str(), &address) == 1) {
    char canonical[INET6_ADDRSTRLEN];
    if (inet_ntop(AF_INET6, &address, canonical, sizeof canonical)) return canonical;
  }
  if (form.size() > 1 && form.back() == '.') form.pop_back();
  return form;
}

std::vector<DnsData> as_names(const std::vector<std::string>& names) {
  std::vector<DnsData> data;
  for (const auto& name : names) data.push_back({name, true});
  return data;
}

std::vector<std::string> texts_of(const std::vector<DnsData>& data) {
  std::vector<std::string> texts;
  for (const auto& one : data) texts.push_back(one.text);
  return texts;
}

}  // namespace drydock
