#pragma once
#include <optional>
#include <string>

#include "harness/record/run_record.hpp"
#include "harness/run/judging.hpp"
#include "probes/core/safe_text.hpp"

namespace drydock {

/// One attempt at one probe.
struct Attempt {
  int id = 0;      ///< of the observation
  int number = 1;  ///< counts from 1
  WallTime started{};
  Duration took{};
  std::vector<ObservationRecord::Beside> beside{};  ///< what else its checks went by
};

/// How long the texts may be that a look keeps in its records. Most looks keep all; one at thousands of pages keeps the
/// first ones, and then only short texts.
class TextAllowance {
public:
  static constexpr std::size_t kOfALook = 32 * 1024 * 1024;  ///< octets of texts that are not short
  static constexpr std::size_t kLongestText = 1024 * 1024, kTextOfAFail = 16 * 1024, kShortText = 4 * 1024;

  /// Octets of the longest text that may be kept now.
  [[nodiscard]] std::size_t longest(bool went_well) const;
  /// Counts what was kept of an observation when `longest` was allowed.
  void spend(const Observation& seen, std::size_t longest);

private:
  std::size_t left_ = kOfALook;
};

/// Makes records of what was seen and judged: every text through the filter, secrets removed, and what stands in many
/// of them there once.
class Recorder {
public:
  /// `redactor` may be null, else must outlive it.
  explicit Recorder(const Redactor* redactor = nullptr) : redactor_(redactor), filter_(redactor) {}

  /// What an attempt saw. Texts of more octets than `longest_text` are left out, by name.
  ObservationRecord observation(const ProbeDefinition& probe, const Observation& seen, const Subject& subject,
                                const Attempt& attempt, std::size_t longest_text);
  /// One judged check; what passed has no command to try it by. `seen`: what it was judged from; null where nothing was
  /// looked at.
  ResultRecord result(const ProbeDefinition& probe, const Subject& subject, const Judged& judged,
                      const ObservationRecord* seen);
  /// That a probe is not looked at, and why.
  ResultRecord skip(const ProbeDefinition& probe, const Subject& subject, const std::string& why);
  [[nodiscard]] const TextFilter& filter() const { return filter_; }

private:
  const Redactor* redactor_;
  TextFilter filter_;
  SharedTexts texts_;
};

/// What passed is kept small: of a long conversation only the first and the last kEndOfTalk lines stay, and a remark
/// between them says how many are gone.
void keep_ends_of_talk(std::vector<ObservationRecord::Line>& transcript);
inline constexpr std::size_t kEndOfTalk = 12;

}  // namespace drydock
