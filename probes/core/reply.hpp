#pragma once
#include <optional>
#include <string>
#include <vector>

namespace drydock {

/// An enhanced mail system status code, RFC 3463 §2: `5.1.1`.
struct EnhancedCode {
  int success = 0;  ///< 2, 4 or 5
  int subject = 0;  ///< 0 to 999
  int detail = 0;   ///< 0 to 999

  [[nodiscard]] std::string text() const;
  friend bool operator==(const EnhancedCode&, const EnhancedCode&) = default;
};

/// A whole reply: RFC 5321 §4.2 or RFC 959 §4.2.
struct Reply {
  int code = 0;                          ///< 100 to 699 (FTP), 200 to 599 (SMTP)
  std::vector<std::string> lines;        ///< the text of each line, without code and separator; never empty
  std::optional<EnhancedCode> enhanced;  ///< of the first line that has one whose class fits `code`
  bool irregular = false;                ///< NUL, a bare CR or another control octet stood in it

  [[nodiscard]] bool positive() const { return code >= 200 && code < 300; }
  [[nodiscard]] bool temporary() const { return code >= 400 && code < 500; }
  [[nodiscard]] bool permanent() const { return code >= 500 && code < 600; }
  /// On one line, without the codes: `Accepted`; lines joined by " / ", clipped at 500 octets, control octets escaped.
  [[nodiscard]] std::string words() const;
  /// On one line, for people: `250 2.1.5 Accepted`; lines joined by " / ", clipped at 500 octets, control octets
  /// escaped.
  [[nodiscard]] std::string text() const;
  friend bool operator==(const Reply&, const Reply&) = default;
};

}  // namespace drydock
