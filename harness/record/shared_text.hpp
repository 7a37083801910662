#pragma once
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace drydock {

/// A text or none, read like a std::optional<std::string>, of which copies share the octets: a look at thousands of
/// pages has a dozen texts in each of a hundred thousand results, and most of them are the same. Immutable, but for
/// assignment.
class SharedText {
public:
  SharedText() = default;
  SharedText(std::nullopt_t) {}
  SharedText(std::string text) : kept_(new Kept(std::move(text))) {}
  SharedText(const char* text) : SharedText(std::string(text)) {}
  SharedText(std::optional<std::string> text) {
    if (text) kept_ = new Kept(std::move(*text));
  }

  [[nodiscard]] bool has_value() const { return kept_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  /// Only call it where there is one.
  const std::string& operator*() const { return kept_->text; }
  const std::string* operator->() const { return &kept_->text; }
  [[nodiscard]] std::string value_or(std::string_view otherwise) const {
    return kept_ ? kept_->text : std::string(otherwise);
  }
  void reset() { kept_.reset(); }

  friend bool operator==(const SharedText& a, const SharedText& b) {
    return a.kept_ == b.kept_ || (a.kept_ && b.kept_ && a.kept_->text == b.kept_->text);
  }
  template <class T>
    requires std::convertible_to<const T&, std::string_view>
  friend bool operator==(const SharedText& a, const T& b) {
    return a.kept_ && a.kept_->text == std::string_view(b);
  }
  friend bool operator==(const SharedText& a, std::nullopt_t) { return !a.kept_; }

private:
  struct Kept : boost::intrusive_ref_counter<Kept> {
    explicit Kept(std::string kept) : text(std::move(kept)) {}
    const std::string text;
  };
  boost::intrusive_ptr<const Kept> kept_;
};

/// Gives equal texts the same octets. Keeps no more than so many texts: what is new after that is not shared.
class SharedTexts {
public:
  static constexpr std::size_t kMost = 1000;

  /// None where it is empty.
  SharedText operator()(std::string_view text);

private:
  std::unordered_map<std::string, SharedText> known_;
};

}  // namespace drydock
