#pragma once
#include <string>
#include <vector>

#include "harness/journal/journal.hpp"

namespace drydock::test {

struct WholeJournal {
  std::vector<JournalEntry> entries;
  JournalTail tail;
  std::vector<std::string> problems;
};

/// Every entry at once: journals of tests are small.
inline WholeJournal whole_journal(const std::string& path) {
  WholeJournal whole;
  auto [tail, problems] = read_journal(path, [&](JournalEntry&& entry) {
    if (entry.seq == 1) whole.entries.clear();
    whole.entries.push_back(std::move(entry));
  });
  whole.tail = std::move(tail);
  whole.problems = std::move(problems);
  return whole;
}

}  // namespace drydock::test
