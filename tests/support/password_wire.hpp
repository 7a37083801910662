#pragma once
#include <string>
#include <string_view>

namespace drydock::test {

/// The passwords that tests call real. Made-up ones may go anywhere.
inline constexpr std::string_view kTestPasswords[] = {"Sesame-7", "right-horse-42", "p\xc3\xa4ssw\xc3\xb6"};

/// Reads along what a client sends where no password may go out: without TLS, or to a peer that has not proved whose
/// address it is. Every ScriptedPeer has one on each connection; it fails the test that is running.
class PasswordWire {
public:
  /// The next octets that came.
  void hear(std::string_view octets);

private:
  std::string kept_;  ///< the last octets, so that a password in two pieces is found
};

/// Whether the octets hold the password: as it is, quoted, in base64 at any alignment, in hex or percent-encoded.
bool holds_password(std::string_view octets, std::string_view password);

}  // namespace drydock::test
