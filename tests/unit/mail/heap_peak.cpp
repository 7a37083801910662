#include "tests/unit/mail/heap_peak.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

thread_local std::int64_t live = 0;
thread_local std::int64_t peak = 0;

std::int64_t size_of(void* block) {
  return static_cast<std::int64_t>(::malloc_usable_size(block));
}

void let_go(void* block) noexcept {
  if (!block) return;
  live -= size_of(block);
  std::free(block);
}

}  // namespace

void* operator new(std::size_t size) {
  void* block = std::malloc(std::max<std::size_t>(size, 1));
  if (!block) throw std::bad_alloc();
  live += size_of(block);
  peak = std::max(peak, live);
  return block;
}
void operator delete(void* block) noexcept {
  let_go(block);
}
void operator delete(void* block, std::size_t) noexcept {
  let_go(block);
}

namespace drydock::test {

HeapPeak::HeapPeak() : before_(live) {
  peak = live;
}

std::int64_t HeapPeak::octets() const {
  return peak - before_;
}

}  // namespace drydock::test
