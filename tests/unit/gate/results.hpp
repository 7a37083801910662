#pragma once
#include <string>

#include "harness/record/run_record.hpp"

namespace drydock::test {

/// What a check of a probe came to.
inline ResultRecord result_of(const std::string& probe, const std::string& check, Verdict verdict, Severity severity,
                              const std::string& message) {
  ResultRecord result;
  result.probe = probe;
  result.check = check;
  result.verdict = verdict;
  result.severity = severity;
  result.message = message;
  return result;
}

}  // namespace drydock::test
