#pragma once
#include <boost/json/object.hpp>
#include <string>

namespace drydock {

/// A JSON object as its text, which takes a quarter of the memory that its values do: there may be thousands, and few
/// are looked into.
class PackedJson {
public:
  PackedJson() = default;  ///< an empty object
  PackedJson(const boost::json::object& object);

  /// The values, made anew.
  [[nodiscard]] boost::json::object object() const;
  /// On one line; empty for an empty object.
  [[nodiscard]] const std::string& text() const { return text_; }
  friend bool operator==(const PackedJson&, const PackedJson&) = default;

private:
  std::string text_;
};

}  // namespace drydock
