#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "probes/core/fact.hpp"

namespace drydock {

/// The head of an HTTP/1 answer, line by line (RFC 9112 §4 and §5). Where one head follows another, as after an interim
/// answer, the later one counts. Holds what it is given: the caller bounds that.
class HttpHead {
public:
  /// One line, with its line end or without. True where it ended a head that is no interim one (1xx).
  bool take(std::string_view raw);

  /// As far as they have come.
  [[nodiscard]] int status() const { return status_; }                   ///< 0 to 999; 0 where it is no number
  [[nodiscard]] const std::string& version() const { return version_; }  ///< 1.1
  [[nodiscard]] const std::string& reason() const { return reason_; }
  [[nodiscard]] const Fields& fields() const { return fields_; }  ///< names in lower case, folded lines put together
  /// What stands under Content-Length, where that is no length: of several ones all must be the same (RFC 9112 §6.3).
  [[nodiscard]] const std::optional<std::string>& wrong_length() const { return wrong_length_; }

private:
  void take_status(std::string_view line);
  void check_lengths();

  int status_ = 0;
  std::string version_, reason_;
  Fields fields_;
  std::optional<std::string> wrong_length_;
};

}  // namespace drydock
