#include "probes/mail/mailbox.hpp"

#include <algorithm>

#include "probes/codec/header_fields.hpp"
#include "probes/codec/message.hpp"
#include "probes/core/text.hpp"

namespace drydock {
namespace {

/// The values of the fields of this name.
std::vector<std::string> values_of(const Fields& fields, std::string_view name) {
  std::vector<std::string> values;
  for (const auto& [field, value] : fields)
    if (field == ascii_lower(name)) values.push_back(value);
  return values;
}

}  // namespace

bool holds_token(const std::string& header, const std::string& token) {
  const auto tokens = values_of(parse_header_fields(header, header.size()), kTokenField);
  return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
}

bool sent_by(const std::string& header, const MessageMarks& marks) {
  return holds_token(header, marks.token) || !late_token(header, marks).empty();
}

std::string late_token(const std::string& header, const MessageMarks& marks) {
  const Fields fields = parse_header_fields(header, header.size());
  const auto tokens = values_of(fields, kTokenField);
  const auto senders = values_of(fields, kSenderField);
  const bool ours = tokens.size() == 1 && senders.size() == 1 && senders.front() == marks.sender;
  if (!ours || tokens.front() == marks.token || !tokens.front().starts_with(marks.series)) return {};
  return tokens.front();
}

}  // namespace drydock
