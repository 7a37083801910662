#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace drydock {

/// A handle to one secret value. Copies share the value; it is filled once, before anything that uses it runs.
/// Never printed: only reveal() gives the value out. Not thread safe; used on the event loop only.
class Secret {
public:
  /// A secret that nobody has resolved yet; `name` is what messages call it.
  explicit Secret(std::string name = {});
  /// A secret whose value is at hand.
  static Secret of(std::string name, std::string value);

  void fill(std::string value);
  /// Notes that the source can't be read; `why` is shown to the user and holds no secret.
  void mark_missing(std::string why);

  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] bool available() const;
  /// The value. Throws std::logic_error when it is not available: ask first.
  [[nodiscard]] const std::string& reveal() const;
  /// Why it is not available; empty when it is.
  [[nodiscard]] const std::string& why_missing() const;

private:
  struct State;
  std::shared_ptr<State> state_;
};

/// What stands where a secret was removed.
inline constexpr std::string_view kRemovedSecret = "[secret]";

/// Removes secret values from text: plain, base64 at every alignment (so also inside a SASL PLAIN blob, RFC 4616),
/// and URL-encoded. A base64 run that holds a secret is removed whole. Of a value of several lines, such as a key file,
/// each line and each quoted part of 8 octets or more is removed too. Where clip() or clip_middle() cut a text in the
/// middle of a secret, what is left of it beside the mark is removed as well.
class Redactor {
public:
  /// Values shorter than 3 octets are ignored: removing them would destroy the text around them.
  void add(std::string_view value);
  [[nodiscard]] std::string operator()(std::string_view text) const;
  [[nodiscard]] bool empty() const { return needles_.empty(); }

private:
  void add_part(std::string_view part);
  void add_form(std::string_view value);
  [[nodiscard]] std::size_t secret_before(std::string_view text) const;
  [[nodiscard]] std::size_t secret_after(std::string_view text) const;
  void remove_at_cuts(std::string& text) const;
  struct Needle {
    std::string text;
    bool base64;
  };
  std::vector<Needle> needles_;
};

}  // namespace drydock
