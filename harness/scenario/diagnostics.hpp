#pragma once
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/scenario/loader.hpp"
#include "harness/scenario/yaml/node.hpp"

namespace drydock {

/// Collects what is wrong with a scenario. Never throws, drops exact repetitions (a definition that is read twice).
class Diagnostics {
public:
  /// A scenario with more problems than this is not listed to its end.
  static constexpr std::size_t kMost = 500;

  void error(const Place& place, std::string message) { add(true, place, std::move(message)); }
  void warning(const Place& place, std::string message) { add(false, place, "warning: " + std::move(message)); }
  /// The line of this place holds a secret: no diagnostic shows it, neither those before nor those to come.
  void conceal(const Place& place);
  [[nodiscard]] bool has_errors() const { return has_errors_; }
  /// Everything in the order of the sources; leaves the collector empty.
  std::vector<Diagnostic> take();

private:
  void add(bool is_error, const Place& place, std::string message);

  std::vector<Diagnostic> found_;
  std::vector<std::string> sources_;
  std::set<std::pair<std::string, int>> concealed_;  ///< file and line
  bool has_errors_ = false;
};

SourcePosition position(const Place& place);

/// The candidate that a slip of the finger turns into `word`; empty where none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// `; did you mean `x`?` or, where nothing is near, `; known here: a, b, c` (`known` names what is listed); empty where
/// there are no candidates.
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates,
                       std::string_view known = "known here");

}  // namespace drydock
