#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "probes/core/check.hpp"
#include "probes/core/observation.hpp"
#include "probes/core/subject.hpp"

namespace drydock {

/// One way in which the same fact of two hosts is not the same.
struct Difference {
  std::string row;                 ///< of a table, or a redirect's number and column; empty: the fact as a whole
  std::string reference, subject;  ///< what each of them has, for people, clipped; `none` where it has none
  friend bool operator==(const Difference&, const Difference&) = default;
};

/// What the comparison of one fact came to.
struct Comparison {
  std::string unseen;  ///< why nothing can be said, in plain words; empty: they were compared
  std::vector<Difference> differences;
  std::size_t dates = 0;  ///< how many were left out of account on both sides together
  [[nodiscard]] bool differs() const { return !differences.empty(); }
};

/// One host as it was seen, and what it was told to look at.
struct Side {
  const Observation& seen;
  const Subject& subject;
};

/// Pure. Compares a fact by the rule of its type and its declared parity:
///   - a host's hostname, its addresses and the name spoken are its own: they may stand where the other's stand;
///     so may, in a list, an address that the scenario does not know;
///   - replies and answers by code, enhanced code and status; their words are free;
///   - lists and DNS data without order, tables row by row, DNS names and URLs by what they mean;
///   - texts with any line ends; in pages and output of commands dates and times of day are left out of account;
///   - `at_least`: the subject may have more.
/// A fact that one side lacks is `none` there where its dialogue came to its end, else nothing is said. Facts that are
/// free, or that are expected to differ, are always equal.
Comparison compare(const FactSpec& fact, const Side& reference, const Side& subject);

/// Whether `compare` looks at the fact at all.
bool is_compared(const FactSpec& fact);

/// The check that says whether a subject could be compared at all, and the one of this fact: `same.status`.
inline constexpr std::string_view kSame = "same";
std::string same_check(const FactSpec& fact);
bool is_comparison(std::string_view check);
/// What a difference of this fact weighs where the scenario says nothing: what a server offers besides, less than what
/// it answers.
Severity weight_of_difference(const FactSpec& fact);

}  // namespace drydock
