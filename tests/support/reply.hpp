#pragma once
#include <string_view>

#include "probes/codec/reply.hpp"

namespace drydock::test {

/// The reply of one line, as production reads it: `250 2.1.5 Accepted`.
inline Reply reply(std::string_view line) {
  ReplyParser parser;
  const auto added = parser.add_line(line);
  return added && parser.complete() ? parser.take() : Reply{};
}

}  // namespace drydock::test
