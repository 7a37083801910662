#pragma once
#include <string>
#include <vector>

#include "harness/scenario/sections/loading.hpp"

namespace drydock {

/// A probe after repetition, names put in.
struct RawProbe {
  Node node;
  std::string id;  ///< empty where it could not be read
};

/// The probes of the list, each `for_each` written out; notes their ids in `loading`.
std::vector<RawProbe> expand_probes(Loading& loading, const Node& section);

/// The type whose key this is, or null.
const ProbeType* type_of(const Loading& loading, std::string_view key);
std::vector<std::string> type_names(const Loading& loading);

/// Says where `needs` goes in a circle.
void look_for_circles(Loading& loading);
/// Gives each probe the checks that its `needs` names, and says which there are not.
void look_for_needed_checks(Loading& loading);

}  // namespace drydock
