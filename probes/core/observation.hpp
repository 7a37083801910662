#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "probes/core/duration.hpp"
#include "probes/core/error.hpp"
#include "probes/core/safe_text.hpp"

namespace drydock {

/// Header fields in the order they came; names in lower case.
using Fields = std::vector<std::pair<std::string, std::string>>;

using FactValue = std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>, Fields>;

enum class FactType { boolean, integer, real, text, list, fields };

/// How the same fact of the old and of the new host relate.
enum class Parity { same, differs, at_least, free, normalised };

/// One declared fact. `name` carries the probe type as prefix: `smtp.ehlo.extensions`; units stand in the name
/// (`mail.seconds`) or in the meaning.
struct FactSpec {
  std::string_view name;
  FactType type = FactType::text;
  std::string_view meaning;
  Parity parity = Parity::free;
  std::string_view normaliser = {};  ///< names the normaliser where parity is `normalised`
};

/// One line of a conversation. `at` counts from the start of the observation.
struct TranscriptLine {
  std::chrono::microseconds at{};
  char direction = '*';  ///< '>' sent, '<' received, '*' a remark of the probe
  std::string text;      ///< control octets escaped as \xHH, clipped at kMaxLine
};

/// What was said, in order. Bounded: past kMaxLines lines or kMaxOctets octets only a count is kept.
class Transcript {
public:
  static constexpr std::size_t kMaxLines = 2000;
  static constexpr std::size_t kMaxLine = 2048;
  static constexpr std::size_t kMaxOctets = 256 * 1024;

  explicit Transcript(Clock::time_point start = Clock::now()) : start_(start) {}
  void sent(std::string_view line) { add('>', line); }
  void received(std::string_view line) { add('<', line); }
  void note(std::string_view line) { add('*', line); }
  [[nodiscard]] const std::vector<TranscriptLine>& lines() const { return lines_; }
  [[nodiscard]] std::size_t dropped() const { return dropped_; }

private:
  void add(char direction, std::string_view line);
  Clock::time_point start_;
  std::vector<TranscriptLine> lines_;
  std::size_t octets_ = 0;
  std::size_t dropped_ = 0;
};

/// What one attempt of one probe saw. Filled while the probe runs, so that a time-out keeps what was seen.
/// Judged afterwards, never by the probe itself.
class Observation {
public:
  std::string address;  ///< what was dialled, as `ip:port` or `[v6]:port`
  std::string stage;    ///< the step of the dialogue that was reached: connect, banner, ehlo, starttls, rcpt, ...
  std::optional<Error> error;  ///< set when the dialogue ended early
  std::string error_stage;     ///< the stage at which it ended early
  Transcript transcript;
  std::vector<std::string> certificates;  ///< PEM, leaf first, of the last TLS handshake

  /// Notes a fact by its full name (`smtp.banner`). Setting it again replaces it.
  void set(std::string_view fact, FactValue value);
  /// Appends to a list fact, making it when needed.
  void append(std::string_view fact, std::string value);
  [[nodiscard]] const FactValue* find(std::string_view fact) const;
  /// The fact as T, or null when it was not seen or is of another type.
  template <class T>
  [[nodiscard]] const T* get(std::string_view fact) const {
    const FactValue* value = find(fact);
    return value ? std::get_if<T>(value) : nullptr;
  }
  [[nodiscard]] const std::map<std::string, FactValue, std::less<>>& facts() const { return facts_; }

private:
  std::map<std::string, FactValue, std::less<>> facts_;
};

/// A value as a person reads it: lists joined by ", ", text as it is.
std::string describe(const FactValue& value);

}  // namespace drydock
