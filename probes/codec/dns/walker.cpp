#include "probes/codec/dns/walker.hpp"

#include "probes/core/text.hpp"

namespace drydock::dns {
namespace {

constexpr std::size_t kLongestName = 255;

unsigned octet(std::string_view octets, std::size_t at) {
  return static_cast<std::uint8_t>(octets[at]);
}

}  // namespace

unsigned get16(std::string_view octets, std::size_t at) {
  return octet(octets, at) << 8U | octet(octets, at + 1);
}

std::string_view Walker::take(std::size_t count) {
  if (!good_ || count > octets_.size() - at_) {
    good_ = false;
    return {};
  }
  const auto part = octets_.substr(at_, count);
  at_ += count;
  return part;
}

unsigned Walker::take16() {
  const auto part = take(2);
  return good_ ? get16(part, 0) : 0;
}

std::uint64_t Walker::take48() {
  std::uint64_t value = 0;
  for (const char c : take(6)) value = value << 8U | static_cast<std::uint8_t>(c);
  return value;
}

std::string Walker::take_name() {
  std::string name;
  std::size_t position = at_;
  std::size_t barrier = at_;
  bool jumped = false;
  while (good_ && position < octets_.size() && name.size() < kLongestName) {
    const unsigned length = octet(octets_, position);
    if (length >= 0xC0) {
      if (position + 1 >= octets_.size()) break;
      const std::size_t target = get16(octets_, position) & 0x3FFFU;
      if (!jumped) at_ = position + 2;
      jumped = true;
      if (target >= barrier) break;
      barrier = position = target;
      continue;
    }
    if (length > 63 || length >= octets_.size() - position) break;
    name += static_cast<char>(length);
    name += ascii_lower(octets_.substr(position + 1, length));
    position += length + 1;
    if (length > 0) continue;
    if (!jumped) at_ = position;
    if (name.size() <= kLongestName) return name;
    break;
  }
  good_ = false;
  return {};
}

void Walker::take_question() {
  take_name();
  take(4);
}

void Walker::take_strings(std::size_t end) {
  while (good_ && at_ < end) {
    const auto length = take(1);
    if (good_) take(octet(length, 0));
  }
}

void Walker::take_data(unsigned type, std::size_t end) {
  constexpr unsigned kA = 1, kNs = 2, kCname = 5, kSoa = 6, kPtr = 12, kMx = 15, kTxt = 16, kAaaa = 28, kSrv = 33,
                     kDname = 39, kSpf = 99;
  switch (type) {
    case kA:
      take(4);
      break;
    case kAaaa:
      take(16);
      break;
    case kNs:
    case kCname:
    case kPtr:
    case kDname:
      take_name();
      break;
    case kMx:
      take(2);
      take_name();
      break;
    case kSrv:
      take(6);
      take_name();
      break;
    case kSoa:
      take_name();
      take_name();
      take(20);
      break;
    case kTxt:
    case kSpf:
      take_strings(end);
      break;
    default:
      take(end - at_);
  }
  good_ = good_ && at_ == end;
}

unsigned Walker::take_record() {
  take_name();
  const unsigned type = take16();
  take(6);
  const std::size_t length = take16();
  if (!good_ || length > octets_.size() - at_)
    good_ = false;
  else if (length > 0)
    take_data(type, at_ + length);
  return type;
}

}  // namespace drydock::dns
