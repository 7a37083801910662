#include "probes/core/child_environment.hpp"

#include <unistd.h>

#include <mutex>
#include <set>

namespace drydock {
namespace {

struct Withheld {
  std::mutex mutex;
  std::set<std::string> names;
};

Withheld& withheld() {
  static Withheld all;
  return all;
}

}  // namespace

void withhold_from_children(const std::string& variable) {
  const std::lock_guard lock(withheld().mutex);
  withheld().names.insert(variable);
}

std::vector<std::string> environment_for_children() {
  const std::lock_guard lock(withheld().mutex);
  std::vector<std::string> all;
  for (char** entry = environ; *entry; ++entry) {
    std::string text = *entry;
    if (!withheld().names.contains(text.substr(0, text.find('=')))) all.push_back(std::move(text));
  }
  return all;
}

}  // namespace drydock
