#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <memory>

#include "harness/journal/journal.hpp"

namespace drydock {
namespace {

std::string sha256(std::string_view octets) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(octets.data(), octets.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw JournalError("OpenSSL can't compute SHA-256");
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace

std::string chain_hash(const JournalEntry& entry) {
  return sha256(fmt::format("{}\n{}\n{}\n{}\n{}", entry.previous, entry.seq, entry.time, entry.kind, entry.payload));
}

std::vector<std::string> check_chain(const std::vector<JournalEntry>& entries, std::string_view head,
                                     std::int64_t count) {
  std::vector<std::string> problems;
  std::string previous(64, '0');
  std::int64_t seq = 0;
  for (const auto& entry : entries) {
    ++seq;
    if (entry.seq != seq) {
      problems.push_back(fmt::format("entry {} is missing; the next one is {}", seq, entry.seq));
      seq = entry.seq;
    }
    if (entry.previous != previous)
      problems.push_back(
          fmt::format("entry {} does not follow the one before it: something was taken out, put in or moved", seq));
    if (chain_hash(entry) != entry.hash)
      problems.push_back(
          fmt::format("entry {} ({}, {}) was changed: its hash does not fit", seq, entry.kind, entry.time));
    previous = entry.hash;
  }
  if (count != seq)
    problems.push_back(fmt::format(
        "the journal says that it has {} entries, but the last one is {}: its end was cut off", count, seq));
  else if (head != previous)
    problems.push_back(fmt::format("entry {} is not the one that the journal knows as its last", seq));
  return problems;
}

}  // namespace drydock
