#pragma once
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace drydock {

/// JSON text (RFC 8259), piece by piece: what is written is not held, but for a few kilobytes. Every text passes
/// plain_lines() first. What is indented has two blanks for each level; a list or an object that is told to stand on
/// one line does, with all in it. Does not look whether brackets and keys are in order.
class JsonWriter {
public:
  /// `out` must outlive it.
  JsonWriter(std::ostream& out, bool indented);

  void begin_object(bool one_line = false) { begin('{', one_line); }
  void begin_array(bool one_line = false) { begin('[', one_line); }
  void end();
  /// Of the value that is written next.
  void key(std::string_view name);

  void text(std::string_view value);
  void null() { literal("null"); }
  void boolean(bool value) { literal(value ? "true" : "false"); }
  void number(std::int64_t value);
  void number(double value);  ///< finite
  /// What is short stands on one line.
  void value(const boost::json::value& value);
  void object(const boost::json::object& value);
  /// After the last value: `out` has everything then.
  void finish();
  void finish_line();

private:
  struct Level {
    char close;
    bool one_line;
    bool empty = true;
  };
  void begin(char open, bool one_line);
  void literal(std::string_view octets);
  void before_value();
  void new_line();
  void quoted(std::string_view value);

  std::ostream& out_;
  bool indented_;
  bool after_key_ = false;
  std::vector<Level> levels_;
  std::string buffer_;
};

}  // namespace drydock
