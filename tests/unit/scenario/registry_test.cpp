#include "probes/registry.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

namespace drydock {
namespace {

TEST(ProbeTypes, ThatMakeSeveralConnectionsGiveEachItsOwnTime) {
  std::vector<std::string> names;
  for (const ProbeType* type : probe_types())
    if (type->connections) names.emplace_back(type->name);
  EXPECT_THAT(names, testing::UnorderedElementsAre("smtp", "smtp_relay", "imap", "http", "ftp", "tls"));
}

TEST(ProbeTypes, SayByACheckOfTheirOwnThatTheServiceWasReached) {
  for (const ProbeType* type : probe_types())
    if (!type->reached_by.empty())
      EXPECT_TRUE(std::ranges::any_of(type->checks, [&](const CheckSpec& one) { return one.id == type->reached_by; }))
          << type->name;
}

}  // namespace
}  // namespace drydock
