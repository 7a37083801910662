#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "probes/codec/imap_response.hpp"

namespace drydock {

using ImapLiterals = std::vector<ImapResponseReader::Literal>;

/// The text of a data response: literals[i] stands between lines[i] and lines[i + 1].
struct ImapDataText {
  const std::vector<std::string>& lines;
  ImapLiterals& literals;  ///< their octets are moved out
  std::string_view first;  ///< what is left of the first line behind the response's name
};

/// Reads the values (RFC 3501 §4). What is wrong with them; empty where all is well.
std::string read_imap_values(const ImapDataText& text, const ImapLimits& limits, std::vector<ImapValue>& values);

}  // namespace drydock
