#pragma once
#include <cstdint>

namespace drydock::test {

/// How much memory this thread has ever held at once, in octets, since the object was made. The operators new and
/// delete of this program count it; what other threads hold, such as scripted peers, does not count.
class HeapPeak {
public:
  HeapPeak();
  [[nodiscard]] std::int64_t octets() const;

private:
  std::int64_t before_;
};

}  // namespace drydock::test
