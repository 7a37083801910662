#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "probes/core/parameter.hpp"
#include "probes/core/surroundings.hpp"
#include "probes/core/target.hpp"

namespace drydock {

/// What the scenario says of the target, apart from the probe's own parameters: names, domains, expectations.
struct Expected {
  std::string hostname;                  ///< what the host may call itself in this phase; empty: unknown
  std::vector<std::string> addresses;    ///< all of the host's, as the scenario has them
  std::vector<std::string> wrong_names;  ///< hostnames of other phases and other hosts: an interim name, the old host's
  std::vector<std::string> domains;      ///< mail domains of the scenario
  /// Names of the facts that the scenario's `expect` speaks of, without the type's prefix (`status`, `exit`). A check
  /// that stands in where nothing is said about a fact is skipped when its fact is here.
  std::vector<std::string> facts;
  /// Those of them that are texts of which something must be shown: an empty one would not do. A page with another
  /// site's or no words of its own can't pass for the right one then.
  std::vector<std::string> markers;
};

/// What an observation is about: everything that a probe is told and that a check judges against. Plain data.
struct Subject {
  std::string probe;  ///< id in the scenario
  std::string token;  ///< unique to this observation; [a-z0-9-], begins with the run's token
  Target target;
  Expected expected;
  Surroundings surroundings;
  Parameters parameters;  ///< token already put in
  /// Ids of the checks that the scenario switched off. What is done for their sake alone is not done.
  std::vector<std::string> switched_off;
  /// Ids of the checks for whose sake nothing may be asked this time, since what the host may be asked (`limits`) is
  /// used up. An expectation that speaks of their facts changes nothing about that.
  std::vector<std::string> withheld;

  /// Whether nothing is to be done for the sake of this check alone: switched off, or withheld.
  [[nodiscard]] bool is_off(std::string_view check) const;
  [[nodiscard]] bool is_withheld(std::string_view check) const;
};

}  // namespace drydock
