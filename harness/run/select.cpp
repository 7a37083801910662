#include <fnmatch.h>

#include <algorithm>

#include "harness/run/engine.hpp"

namespace drydock {
namespace {

bool any_glob(const std::vector<std::string>& globs, const std::string& text) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](const std::string& glob) { return fnmatch(glob.c_str(), text.c_str(), 0) == 0; });
}

bool any_common(const std::vector<std::string>& wanted, const std::vector<std::string>& has) {
  return std::any_of(wanted.begin(), wanted.end(),
                     [&](const std::string& one) { return std::find(has.begin(), has.end(), one) != has.end(); });
}

}  // namespace

std::vector<std::string> select_probes(const Scenario& scenario, const Selection& selection) {
  std::vector<std::string> ids;
  for (const auto& probe : scenario.probes) {
    if (!selection.on.empty() && !any_common(selection.on, probe.on)) continue;
    if (!selection.only.empty() && !any_glob(selection.only, probe.id)) continue;
    if (!selection.tags.empty() && !any_common(selection.tags, probe.tags)) continue;
    ids.push_back(probe.id);
  }
  return ids;
}

}  // namespace drydock
