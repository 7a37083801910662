#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/observe.hpp"
#include "tests/support/scripted_peer.hpp"
#include "tests/support/test_ca.hpp"

/// A mail server for tests: healthy unless told otherwise, the same on every connection.
namespace drydock::test {

struct FakeSmtp {
  bool implicit = false;  ///< the connection is encrypted when it begins
  std::string greeting = "220 mail.test ESMTP";
  std::string name = "mail.test";
  std::vector<std::string> extensions = {"SIZE 1000", "8BITMIME", "PIPELINING", "STARTTLS"};
  std::vector<std::string> secure_extensions = {"SIZE 1000", "8BITMIME", "PIPELINING", "AUTH PLAIN LOGIN"};
  std::string ehlo_refusal;  ///< instead of the reply to EHLO; HELO still works
  std::string secure_ehlo;   ///< instead of the reply to EHLO inside TLS, where not empty
  std::string starttls = "220 go ahead";
  bool obeys_injected = false;  ///< carries what came before TLS over into TLS
  bool hangs_up_on_injected = false;
  std::string clear_auth = "503 AUTH not advertised";
  std::map<std::string, std::string> passwords = {{"jim", "Sesame-7"}};
  std::set<std::string> broken_mechanisms;  ///< answer 435
  std::string bad_password = "535 Incorrect authentication data";
  bool any_password = false;
  bool demands_auth = false;  ///< MAIL gets 530 without AUTH
  std::string mail = "250 OK";
  std::string null_sender = "250 OK";  ///< reply to MAIL FROM:<>
  std::map<std::string, std::string> recipients = {{"jim@mail.test", "250 Accepted"},
                                                   {"kathy@mail.test", "250 2.1.5 Accepted"},
                                                   {"postmaster", "250 OK"},
                                                   {"Postmaster@mail.test", "250 OK"}};
  std::string other_recipients = "550 Unrouteable address";
  std::string takes_users_at;                 ///< every user whose path ends so is taken, where not empty
  std::string null_sender_recipients;         ///< reply to every RCPT of the null sender, where not empty
  std::string content = "550 spam";           ///< reply to a message with GTUBE
  std::string plain_content = "250 OK id=1";  ///< reply to any other message
  std::string drops_at;                       ///< hangs up on the command that begins with this
  bool drops_inside_tls_only = false;
  std::string stalls_at;                       ///< says nothing more from the command that begins with this
  bool drops_after_refusal = false;            ///< hangs up after each 4xx and 5xx to RCPT, MAIL and AUTH
  std::map<std::string, std::string> answers;  ///< replies to commands that begin so; a 421 is followed by hanging up
  std::string secure_other_recipients;         ///< inside TLS instead of other_recipients, where not empty
  Duration thinks_before_greeting{0};
  Duration thinks_at_rcpt{0};

  /// The script that behaves so. The object must outlive the peer.
  [[nodiscard]] Script script() const;
};

/// A peer with a certificate of `ca` for mail.test and 127.0.0.1.
PeerOptions with_certificate(const TestCa& ca, CertificateOptions options = {.names = {"mail.test"}});

}  // namespace drydock::test
