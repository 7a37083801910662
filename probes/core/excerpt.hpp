#pragma once
#include <memory>
#include <string>

namespace drydock {

/// A text of which perhaps only the beginning was kept. Copies share its octets.
class Excerpt {
public:
  Excerpt() = default;
  /// `whole` is false where more came than `text`, or where more was to come.
  explicit Excerpt(std::string text, bool whole = true)
      : text_(std::make_shared<const std::string>(std::move(text))), whole_(whole) {}

  [[nodiscard]] const std::string& text() const {
    static const std::string none;
    return text_ ? *text_ : none;
  }
  [[nodiscard]] bool whole() const { return whole_; }
  friend bool operator==(const Excerpt& a, const Excerpt& b) { return a.whole_ == b.whole_ && a.text() == b.text(); }

private:
  std::shared_ptr<const std::string> text_;
  bool whole_ = true;
};

}  // namespace drydock
