#pragma once
#include <string>

#include "harness/scenario/loader.hpp"

namespace drydock::test {

/// Loads with the practice types; the file is called t.yaml.
LoadResult load(const std::string& text, LoadOptions options = {});

/// Every diagnostic as it is shown.
std::string shown(const LoadResult& result);

/// The start of a right scenario with the hosts old and new; probes follow.
std::string head();

/// A right scenario of tests/golden/scenario in a copy of that folder in which private files are private, as Git can't
/// keep them.
std::string example(const std::string& name);

std::string golden(const std::string& name);
std::string read_whole(const std::string& path);

}  // namespace drydock::test
