#pragma once
#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/drydock_process.hpp"

/// What drydock says of a server, as a user gets it: through the command line and the JSON report. Only keys that
/// reports of every version have are read, so that DRYDOCK_UNDER_TEST may name an older drydock.
namespace drydock::test {

struct Said {
  int exit = -1;
  boost::json::value report;
  std::string text;  ///< standard output and error

  /// Of a check: its worst result: "pass", "warn", "fail", "inconclusive", "skip"; "absent" where there is none.
  [[nodiscard]] std::string verdict(const std::string& check) const;
  /// The message of that result, with its expected and actual.
  [[nodiscard]] std::string message(const std::string& check) const;
  /// The command to try that result by hand; empty where there is none.
  [[nodiscard]] std::string by_hand(const std::string& check) const;
  /// Every check with a verdict of this kind, sorted.
  [[nodiscard]] std::vector<std::string> all(const std::string& verdict) const;
};

/// `drydock WORDS... --report json=...`, to its end.
Said ask(std::vector<std::string> words);
/// `drydock run` of a scenario with this text, in a folder of its own together with `files` (name, text).
Said run_scenario(const std::string& yaml, const std::vector<std::pair<std::string, std::string>>& files = {},
                  const std::vector<std::string>& words = {});

}  // namespace drydock::test
