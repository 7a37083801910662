#pragma once
#include <string>

#include "fixtures/lab/lab.hpp"

namespace drydock::lab {

/// A running lab in a network and a folder of its own, which ends with this object.
class PracticeLab {
public:
  /// `options.place` and `options.netns` are set here. `trouble()` tells where it did not start.
  explicit PracticeLab(UpOptions options = {});
  ~PracticeLab();
  PracticeLab(const PracticeLab&) = delete;
  PracticeLab& operator=(const PracticeLab&) = delete;

  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  [[nodiscard]] const Place& place() const { return place_; }
  /// What a line of shell says (both streams) inside the lab's network, killed after 60 s. It may use $L (the lab's
  /// folder), $P (jim's password), $OLD, $NEW, $C (the canonical name), and the functions `on HOST COMMAND...` (ssh as
  /// the operator), `fetch` (curl that pins $C to $NEW) and `send` (swaks to $NEW from the prober).
  std::string say(const std::string& line) const;
  /// The verb's output, both streams.
  std::string make_fault(const std::string& name) const;
  std::string mend_fault(const std::string& name) const;

private:
  Place place_;
  std::string trouble_;
};

/// True where labs can run: root, and nothing missing. Tests of real servers are skipped elsewhere.
bool can_run_labs();

}  // namespace drydock::lab
