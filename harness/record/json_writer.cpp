#include "harness/record/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <ostream>

#include "harness/record/plain_text.hpp"

namespace drydock {
namespace {

namespace json = boost::json;

constexpr std::size_t kBuffer = 64 * 1024;
/// Octets, about, of what stands on one line.
constexpr std::size_t kShort = 120;

/// Whether it takes no more octets than it is given.
class Room {
public:
  explicit Room(std::size_t octets) : left_(octets) {}

  bool holds(const json::value& value) {
    if (const auto* text = value.if_string()) return take(text->size());
    if (const auto* object = value.if_object()) return holds(*object);
    if (const auto* list = value.if_array())
      return take(0) && std::ranges::all_of(*list, [&](const json::value& item) { return holds(item); });
    return take(0);
  }
  bool holds(const json::object& object) {
    return take(0) && std::ranges::all_of(object, [&](const auto& member) {
             return take(member.key().size()) && holds(member.value());
           });
  }

private:
  bool take(std::size_t octets) {
    constexpr std::size_t kAround = 4;  // quotes, comma, blank
    const bool enough = octets + kAround <= left_;
    left_ -= enough ? octets + kAround : 0;
    return enough;
  }
  std::size_t left_;
};

/// Nothing that plain_lines() or JSON would write otherwise.
bool is_plain(char octet) {
  return octet >= ' ' && octet <= '~' && octet != '"' && octet != '\\';
}

}  // namespace

JsonWriter::JsonWriter(std::ostream& out, bool indented) : out_(out), indented_(indented) {}

void JsonWriter::finish() {
  out_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  buffer_.clear();
}

void JsonWriter::begin(char open, bool one_line) {
  before_value();
  buffer_ += open;
  const bool within = !levels_.empty() && levels_.back().one_line;
  levels_.push_back({open == '{' ? '}' : ']', one_line || within || !indented_});
}

void JsonWriter::end() {
  const Level level = levels_.back();
  levels_.pop_back();
  if (!level.empty && !level.one_line) new_line();
  buffer_ += level.close;
}

void JsonWriter::key(std::string_view name) {
  before_value();
  quoted(plain_line(name));
  buffer_ += indented_ ? ": " : ":";
  after_key_ = true;
}

/// What separates it from what stands before.
void JsonWriter::before_value() {
  if (buffer_.size() >= kBuffer) finish();
  if (std::exchange(after_key_, false) || levels_.empty()) return;
  Level& level = levels_.back();
  if (!std::exchange(level.empty, false)) buffer_ += ',';
  if (!level.one_line) new_line();
}

void JsonWriter::new_line() {
  buffer_ += '\n';
  buffer_.append(2 * levels_.size(), ' ');
}

void JsonWriter::finish_line() {
  buffer_ += '\n';
  finish();
}

void JsonWriter::literal(std::string_view octets) {
  before_value();
  buffer_ += octets;
}

void JsonWriter::text(std::string_view value) {
  before_value();
  quoted(value);
}

void JsonWriter::quoted(std::string_view value) {
  if (!std::ranges::all_of(value, is_plain)) {
    buffer_ += json::serialize(json::string_view(plain_lines(value)));
    return;
  }
  buffer_ += '"';
  buffer_ += value;
  buffer_ += '"';
}

void JsonWriter::number(std::int64_t value) {
  literal(fmt::format_int(value).c_str());
}

/// As people write it: 12.4, not 1.24E1.
void JsonWriter::number(double value) {
  before_value();
  fmt::format_to(std::back_inserter(buffer_), "{}", value);
}

void JsonWriter::value(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return null();
    case json::kind::bool_:
      return boolean(value.get_bool());
    case json::kind::int64:
      return number(value.get_int64());
    case json::kind::uint64:
      return literal(fmt::format_int(value.get_uint64()).c_str());
    case json::kind::double_:
      return number(value.get_double());
    case json::kind::string:
      return text(value.get_string());
    case json::kind::array:
      begin_array(Room(kShort).holds(value));
      for (const auto& item : value.get_array()) this->value(item);
      return end();
    case json::kind::object:
      return object(value.get_object());
  }
}

void JsonWriter::object(const json::object& value) {
  begin_object(Room(kShort).holds(value));
  for (const auto& [name, item] : value) {
    key(name);
    this->value(item);
  }
  end();
}

}  // namespace drydock
