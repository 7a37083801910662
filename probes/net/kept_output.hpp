#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace drydock::net {

/// Head and tail of what a stream says, in memory of at most one and a half times the limit.
class KeptOutput {
public:
  explicit KeptOutput(std::size_t limit) : head_limit_(limit / 2), tail_limit_(limit - limit / 2) {}
  void add(std::string_view chunk);
  [[nodiscard]] bool clipped() const { return total_ > head_limit_ + tail_limit_; }
  /// All of it where it keeps to the limit. Else its first and last half, with the line `[N octets left out]` between
  /// them. Both halves end and begin with whole lines where a line end is near: half a line says little, and a secret
  /// that is cut in two is not recognised any more.
  [[nodiscard]] std::string text() const;

private:
  std::size_t head_limit_, tail_limit_;
  std::string head_, tail_;
  std::uint64_t total_ = 0;
};

}  // namespace drydock::net
