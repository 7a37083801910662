#pragma once
#include <string>

#include "harness/check/matcher.hpp"

/// What a person reads of matchers and of the values that they judge.
namespace drydock {

/// As it is written in a scenario.
std::string text_of(const Scalar& scalar);

/// What a person can take in of a long value.
std::string shown(const FactValue& value);

/// Why the fact fails, in one short line: a long value stands in `actual` only.
std::string failure(const std::string& fact, const Matcher& matcher, const std::string& actual,
                    const std::string& wanted);

}  // namespace drydock
