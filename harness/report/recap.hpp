#pragma once
#include <array>
#include <map>
#include <string>
#include <vector>

#include "harness/record/run_record.hpp"

/// What formats share: where a result stands, which comes first, what is not well in one line each, and all that there
/// is to read of one. Pure. What is returned is made of a record's texts as they are, unless it says otherwise.
namespace drydock {

/// Whether it makes a run red: a critical fail that nobody accepted.
bool reddens(const ResultRecord& result);

/// How something looks at first glance: not judged, well, not quite, bad. Words always say it besides.
enum class Tone { plain, green, yellow, red };
Tone tone_of(const ResultRecord& result);
Tone tone_of(const Summary& summary);

/// FAIL, `FAIL, waived`, or the verdict as it is written.
std::string label_of(const ResultRecord& result);

/// `no-relay smtp.relay-denied on new (127.0.20.1:25)`; with `name` also the name spoken.
std::string place(const ResultRecord& result, const SharedText& name = {});

/// The same with the name spoken, and its severity where it matters, catalogue number and RFC: a warning never reddens
/// a run.
std::string title(const ResultRecord& result);

/// ` (gate new-is-ready before switch-dns)`; empty for what no gate looked at.
std::string gate_suffix(const ResultRecord& result);

/// What comes first: critical fails, other fails, warnings, waived fails.
inline constexpr std::array<int, 4> kRanks{0, 1, 2, 3};
/// One of kRanks; -1 for every other verdict.
int rank(const ResultRecord& result);

/// Whether the result is about the early end of the dialogue that it was judged from: its message says what ended it.
bool tells_of_the_end(const RunRecord& record, const ResultRecord& result);

/// How many lines of what was said last stand beside a result for people.
inline constexpr std::size_t kTailOfTranscript = 6;
/// False for what a certificate shows: that stands in no line of what was said.
bool is_in_transcript(const ResultRecord& result, const ObservationRecord& seen);

/// Checks that could not be judged, for a dialogue whose early end is a fail: they are told with that, by observation.
using Consequences = std::map<int, std::vector<std::string>>;
Consequences consequences_of_ends(const RunRecord& record);

/// What could not be judged, blames no other probe and is not told with a fail; the checks of one probe on one address
/// are a group, and none is empty.
std::vector<std::vector<const ResultRecord*>> unseen(const RunRecord& record);

/// The probes that were not looked at because another did not pass, each once, by that one.
std::map<std::string, std::vector<std::string>> probes_by_cause(const RunRecord& record);

/// `1 pass, 1 warn, 2 fail (1 waived), 2 inconclusive, 1 skip`
std::string counts_of(const Summary& summary);

struct RecapLine {
  std::string label;  ///< FAIL, inconclusive, the state of a step
  bool red = false;   ///< a critical fail, or a step that failed
  std::string text;   ///< what, and up to 160 octets of why
};
enum class Warnings { left_out, told };
/// What is not well, the worst first: steps, fails, what could not be judged, and warnings where they are wanted.
std::vector<RecapLine> recap(const RunRecord& record, const Summary& summary, Warnings warnings = Warnings::left_out);

/// Message, expected, actual, hint, how to see it by hand, and what was said: plain, a line each, what has more lines
/// indented.
std::string evidence(const RunRecord& record, const ResultRecord& result);

/// `not judged: smtp, imap`: probes that were not judged, and not because of another one, among them those that were
/// under way. Empty where there is none.
std::string not_judged(const RunRecord& record);

}  // namespace drydock
