#include "harness/journal/wal.hpp"

#include <cstdint>
#include <cstring>
#include <map>
#include <utility>

namespace drydock {
namespace {

constexpr std::size_t kHeader = 32;
constexpr std::size_t kFrameHeader = 24;
constexpr std::uint32_t kMagic = 0x377f0682;
constexpr std::uint32_t kLargestPage = 65536;
/// Octets 18 and 19 of the main file: 2 means WAL, 1 means that no log is needed.
constexpr std::size_t kWriteVersion = 18;
constexpr std::size_t kReadVersion = 19;

std::uint32_t big(std::string_view octets, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = (value << 8) | static_cast<unsigned char>(octets[at + i]);
  return value;
}
std::uint32_t little(std::string_view octets, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = (value << 8) | static_cast<unsigned char>(octets[at + i]);
  return value;
}

struct Checksum {
  bool big_endian;
  std::uint32_t first = 0, second = 0;
  void add(std::string_view octets) {
    for (std::size_t at = 0; at + 8 <= octets.size(); at += 8) {
      first += (big_endian ? big(octets, at) : little(octets, at)) + second;
      second += (big_endian ? big(octets, at + 4) : little(octets, at + 4)) + first;
    }
  }
  [[nodiscard]] bool is(std::uint32_t a, std::uint32_t b) const { return first == a && second == b; }
};

bool page_size_ok(std::uint32_t size) {
  return size >= 512 && size <= kLargestPage && (size & (size - 1)) == 0;
}

/// Calls apply(pages, count) for each commit, in order.
template <class Apply>
void each_commit(std::string_view wal, std::uint32_t page, Checksum sum, Apply apply) {
  std::map<std::uint32_t, std::string_view> pending;
  for (std::size_t at = kHeader; at + kFrameHeader + page <= wal.size(); at += kFrameHeader + page) {
    const std::string_view frame = wal.substr(at, kFrameHeader);
    if (frame.substr(8, 8) != wal.substr(16, 8)) return;
    sum.add(frame.substr(0, 8));
    sum.add(wal.substr(at + kFrameHeader, page));
    const std::uint32_t number = big(frame, 0);
    if (!sum.is(big(frame, 16), big(frame, 20)) || number == 0) return;
    pending[number] = wal.substr(at + kFrameHeader, page);
    if (const std::uint32_t pages = big(frame, 4); pages != 0) apply(std::exchange(pending, {}), pages);
  }
}

}  // namespace

std::string merge_wal(std::string main, std::string_view wal) {
  if (wal.size() >= kHeader && (big(wal, 0) & ~1U) == kMagic && page_size_ok(big(wal, 8))) {
    const std::uint32_t page = big(wal, 8);
    Checksum sum{(big(wal, 0) & 1U) == 1U};
    sum.add(wal.substr(0, 24));
    if (sum.is(big(wal, 24), big(wal, 28)))
      each_commit(wal, page, sum, [&](const std::map<std::uint32_t, std::string_view>& frames, std::uint32_t pages) {
        main.resize(static_cast<std::size_t>(pages) * page);
        for (const auto& [number, octets] : frames)
          if (number <= pages) main.replace(static_cast<std::size_t>(number - 1) * page, page, octets);
      });
  }
  if (main.size() > kReadVersion) main[kWriteVersion] = main[kReadVersion] = 1;
  return main;
}

}  // namespace drydock
