#pragma once
#include <string>
#include <vector>

namespace drydock {

/// Keeps a variable of the environment, which holds a secret, from every program that is started from now on.
void withhold_from_children(const std::string& variable);

/// Our environment as programs that we start get it, `NAME=VALUE` each.
std::vector<std::string> environment_for_children();

}  // namespace drydock
