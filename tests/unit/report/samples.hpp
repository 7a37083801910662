#pragma once
#include <string>

#include "harness/record/run_record.hpp"

/// Records that the tests of the formats share.
namespace drydock::test {

ResultRecord result_of(std::string probe, std::string check, Severity severity, Verdict verdict, std::string message);

/// Tells of a second attempt, of which the result was judged.
ObservationRecord observation_of(int id, const ResultRecord& result);

/// One of everything, with text that every format has to escape.
RunRecord sample();

/// A step was undone because an action of it failed; one fail is waived.
RunRecord moved_back();

inline const std::string kTurnsAround = "\xE2\x80\xAE";  // U+202E

/// Control characters, line ends, what turns text around, markup of XML, octets that are no UTF-8.
extern const std::string kForged;

/// Every text in it is this one.
RunRecord forged(const std::string& text);

std::string written(const std::string& format, const RunRecord& record);

}  // namespace drydock::test
