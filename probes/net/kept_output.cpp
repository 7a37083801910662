#include "probes/net/kept_output.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace drydock::net {
namespace {

/// How much is given up for whole lines, at most.
constexpr std::size_t kNearLineEnd = 4096;

std::string_view up_to_line_end(std::string_view head) {
  const std::size_t end = head.rfind('\n');
  const bool near = end != std::string_view::npos && head.size() - end <= std::min(kNearLineEnd, head.size() / 2);
  return near ? head.substr(0, end + 1) : head;
}

std::string_view from_line_start(std::string_view tail) {
  const std::size_t end = tail.find('\n');
  const bool near = end != std::string_view::npos && end < std::min(kNearLineEnd, tail.size() / 2);
  return near ? tail.substr(end + 1) : tail;
}

}  // namespace

void KeptOutput::add(std::string_view chunk) {
  total_ += chunk.size();
  const std::size_t room = std::min(head_limit_ - head_.size(), chunk.size());
  head_.append(chunk.substr(0, room));
  chunk.remove_prefix(room);
  if (chunk.size() > tail_limit_) {
    tail_.clear();
    chunk.remove_prefix(chunk.size() - tail_limit_);
  }
  if (tail_.size() + chunk.size() > 2 * tail_limit_) tail_.erase(0, tail_.size() + chunk.size() - tail_limit_);
  tail_.append(chunk);
}

std::string KeptOutput::text() const {
  if (!clipped()) return head_ + tail_;
  const std::string_view head = up_to_line_end(head_);
  const std::string_view tail = from_line_start(std::string_view(tail_).substr(tail_.size() - tail_limit_));
  return fmt::format("{}{}[{} octets left out]\n{}", head, head.empty() || head.ends_with('\n') ? "" : "\n",
                     total_ - head.size() - tail.size(), tail);
}

}  // namespace drydock::net
