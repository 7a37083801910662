#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace drydock {

/// A text that diagnostics point into.
class Source {
public:
  Source(std::string name, std::string_view text);
  [[nodiscard]] const std::string& name() const { return name_; }
  /// The line of that number (from 1) without its end; empty where there is none.
  [[nodiscard]] const std::string& line(int number) const;
  [[nodiscard]] int lines() const { return static_cast<int>(lines_.size()); }

private:
  std::string name_;
  std::vector<std::string> lines_;
};

/// A place in a source: line and column from 1, columns in characters.
struct Place {
  std::shared_ptr<const Source> source;
  int line = 1;
  int column = 1;
};

/// One YAML node with its place. A value; copies are deep.
struct Node {
  enum class Kind {
    nothing,  ///< null
    scalar,
    sequence,
    mapping,
    refused  ///< a problem was reported already: readers are silent about it
  };
  struct Entry;

  Kind kind = Kind::nothing;
  Place place;
  std::string text;     ///< scalar; kTokenMark where ${token} stands
  bool quoted = false;  ///< in quotes or a block scalar
  bool put_in = false;  ///< a name was put in: read as the type its key wants
  std::string secret;   ///< the whole scalar is ${secrets.NAME}
  std::vector<Node> items;
  std::vector<Entry> entries;  ///< in the order of the file; keys are unique

  [[nodiscard]] bool is(Kind wanted) const { return kind == wanted; }
  /// The value under `key` of a mapping, or null.
  [[nodiscard]] const Node* find(std::string_view key) const;
  [[nodiscard]] const Entry* entry(std::string_view key) const;

  static Node scalar(Place place, std::string text);
  static Node sequence(Place place, std::vector<Node> items);
  static Node mapping(Place place, std::vector<Entry> entries);
};

struct Node::Entry {
  std::string key;
  Place key_place;
  Node value;
};

/// YAML 1.2 core schema, with two exceptions that the language makes: a leading zero makes a word, and so do .inf and
/// .nan.
std::optional<bool> core_boolean(std::string_view text);
std::optional<std::int64_t> core_integer(std::string_view text);
std::optional<double> core_real(std::string_view text);

/// What a node is, in words: `a list`, `a map`, `the word "no"`, `the number 5`, `nothing`.
std::string kind_in_words(const Node& node);

/// The octets that a copy of the node takes, roughly; bounds what aliases and repetition make of a small file.
std::size_t weight(const Node& node);
inline constexpr std::size_t kMaxWeight = 32U << 20U;

}  // namespace drydock
