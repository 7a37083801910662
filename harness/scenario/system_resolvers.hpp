#pragma once
#include <string>
#include <vector>

namespace drydock {

/// The resolvers of this machine (resolv.conf(5)); its own address where none are named, as the C library does.
std::vector<std::string> system_resolvers(const std::string& file = "/etc/resolv.conf");

}  // namespace drydock
