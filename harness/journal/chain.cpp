#include <fmt/format.h>

#include <array>
#include <charconv>

#include "harness/journal/journal.hpp"
#include "probes/core/digest.hpp"

namespace drydock {
std::string chain_hash(const JournalEntry& entry) {
  thread_local Sha256 hash;
  std::array<char, 24> number{};
  const auto end = std::to_chars(number.data(), number.data() + number.size(), entry.seq).ptr;
  hash.add(entry.previous);
  for (const std::string_view part : {std::string_view(number.data(), end), std::string_view(entry.time),
                                      std::string_view(entry.kind), std::string_view(entry.payload)}) {
    hash.add("\n");
    hash.add(part);
  }
  return hash.hex();
}

void ChainCheck::tell(std::string problem) {
  if (problems_.size() < kMost) problems_.push_back(std::move(problem));
}

void ChainCheck::add(const JournalEntry& entry) {
  if (entry.seq != tail_.seq + 1)
    tell(fmt::format("entry {} is missing; the next one is {}", tail_.seq + 1, entry.seq));
  if (entry.previous != tail_.hash)
    tell(
        fmt::format("entry {} does not follow the one before it: something was taken out, put in or moved", entry.seq));
  if (chain_hash(entry) != entry.hash)
    tell(fmt::format("entry {} ({}, {}) was changed: its hash does not fit", entry.seq, entry.kind, entry.time));
  tail_.seq = entry.seq;
  tail_.hash = entry.hash;
}

std::vector<std::string> ChainCheck::finish(std::string_view head, std::int64_t count) const {
  std::vector<std::string> problems = problems_;
  if (count != tail_.seq)
    problems.push_back(fmt::format(
        "the journal says that it has {} entries, but the last one is {}: its end was cut off", count, tail_.seq));
  else if (head != tail_.hash)
    problems.push_back(fmt::format("entry {} is not the one that the journal knows as its last", tail_.seq));
  return problems;
}

}  // namespace drydock
