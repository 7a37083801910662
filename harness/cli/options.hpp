#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace drydock::cli {

/// What every verb knows.
struct OutputOptions {
  bool quiet = false;
  bool verbose = false;
  bool no_color = false;
  std::vector<std::string> reports;  ///< FORMAT=PATH as written
};

/// What every verb with a scenario knows.
struct ScenarioOptions {
  std::string file;
  std::vector<std::string> set;   ///< NAME=VALUE as written
  std::vector<std::string> vars;  ///< files
  std::string journal;            ///< empty: NAME.journal beside the scenario
};

struct RunOptions {
  std::vector<std::string> on, only, tags;
  std::string phase;
};

struct ProbeOptions {
  std::string type, address, name;
  std::vector<std::string> keys;  ///< KEY=VALUE as written
};

struct LabOptions {
  std::string verb;
  std::string run;  ///< --run DIR
  int copy = 0;
  std::vector<std::string> faults;
  std::string fault;  ///< of `fault` and `mend`
  bool moved = false, netns = false, foreground = false;
  std::vector<std::string> command;
};

}  // namespace drydock::cli
