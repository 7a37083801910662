#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "probes/core/duration.hpp"
#include "probes/core/error.hpp"
#include "probes/core/fact.hpp"
#include "probes/core/safe_text.hpp"

namespace drydock {

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
  bool answered = false;       ///< the address that was aimed at took or refused a connection, or answered a datagram
  /// A later connection, or a login, was turned away because of how many there are: some of them may be ours.
  bool put_off = false;
  /// How long the peer took on the first connection until its first word (under TLS: the first inside).
  std::optional<Duration> first_word;
  Transcript transcript;
  std::vector<std::string> certificates;  ///< PEM, leaf first, of the last TLS handshake

  /// Notes a fact. Setting it again replaces it.
  template <class T>
  void set(const Fact<T>& fact, std::type_identity_t<T> value) {
    put(fact.name, fact_value<T>(std::move(value)));
  }
  /// Notes that there is none, where the peer's whole answer proves it.
  template <class T>
  void set_absent(const Fact<T>& fact) {
    facts_.erase(std::string(fact.name));
    absent_.emplace(fact.name);
  }
  /// The fact, to be filled in place; made empty where it was not seen yet.
  template <class T>
  [[nodiscard]] T& at(const Fact<T>& fact) {
    auto [found, made] = facts_.try_emplace(std::string(fact.name), FactValue(std::in_place_type<T>));
    return std::get<T>(found->second);
  }
  /// Null where it was not seen.
  template <class T>
    requires(!FactWord<T>)
  [[nodiscard]] const T* get(const Fact<T>& fact) const {
    const FactValue* value = find(fact.name);
    return value ? std::get_if<T>(value) : nullptr;
  }
  template <FactWord E>
  [[nodiscard]] std::optional<E> get(const Fact<E>& fact) const {
    const FactValue* value = find(fact.name);
    const std::string* word = value ? std::get_if<std::string>(value) : nullptr;
    return word ? fact_word<E>(*word) : std::nullopt;
  }
  template <class T>
  [[nodiscard]] bool has(const Fact<T>& fact) const {
    return find(fact.name) != nullptr;
  }
  /// By its full name (`smtp.banner`), for what knows facts only from their tables.
  [[nodiscard]] const FactValue* find(std::string_view fact) const;
  /// True where it is proven that there is none; one that was merely not seen is not.
  [[nodiscard]] bool proves_absent(std::string_view fact) const { return absent_.contains(fact); }
  [[nodiscard]] const std::map<std::string, FactValue, std::less<>>& facts() const { return facts_; }
  /// Names of the facts of which it is proven that there is none.
  [[nodiscard]] const std::set<std::string, std::less<>>& absent() const { return absent_; }

  /// All its facts as one row, and an observation of nothing but such a row: so that what judges one thing judges each
  /// of several.
  [[nodiscard]] Record as_record() const;
  /// The same with no more of its facts than these, and without what was said.
  [[nodiscard]] Observation narrowed_to(const std::set<std::string_view>& facts) const;
  static Observation of(const Record& record);

private:
  void put(std::string_view name, FactValue value);

  std::map<std::string, FactValue, std::less<>> facts_;
  std::set<std::string, std::less<>> absent_;
};

/// A value as a person reads it: lists joined by ", ", text as it is.
std::string describe(const FactValue& value);

}  // namespace drydock
