#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tests/support/scripted_peer.hpp"

/// Small mail servers for what is asked through the command line: each is right in all that a test does not change.
namespace drydock::test {

/// An SMTP server for jim@mail.test, who logs in with the first of kTestPasswords.
struct SmtpHost {
  std::string greeting = "220 mail.test ESMTP";
  std::string extensions = "STARTTLS";                 ///< in clear; empty: none
  std::string secure_extensions = "AUTH PLAIN LOGIN";  ///< inside TLS
  std::map<std::string, std::string> answers = {};     ///< by how a command begins, in place of the usual one
  std::set<std::string> hangs_up_after = {};           ///< how commands begin that are answered and followed by the end
  bool implicit = false;                               ///< TLS has begun already
  /// Of every login that was tried inside TLS, in order, whether it was jim's right one. Is written by the peer's
  /// threads: to be read once drydock has ended.
  std::shared_ptr<std::vector<bool>> logins = std::make_shared<std::vector<bool>>();

  [[nodiscard]] Script script() const;
};

/// Mailboxes by login, any password of which is right, and the SMTP server that fills them.
class Mailboxes {
public:
  std::map<std::string, std::vector<std::string>> leads_to = {{"jim@mail.test", {"jim"}}};  ///< recipient → logins
  std::map<std::string, std::string> imap_answers = {};  ///< by how a command (its tag left out) begins
  int stalls = 0;                                        ///< searches by the header that are never answered

  /// Takes messages, in clear.
  Script smtp();
  /// Shows them by IMAP, under TLS that has begun.
  Script imap();
  [[nodiscard]] std::size_t left(const std::string& login);
  /// Messages that were ever taken, and headers that were ever shown.
  [[nodiscard]] std::size_t taken();
  [[nodiscard]] std::size_t shown();

private:
  void take(const std::vector<std::string>& recipients, const std::string& message);
  std::string command(const std::string& line, std::string& login);
  std::string find(const std::string& criteria, const std::string& login);
  bool stalls_now(const std::string& command);
  std::string show(int uid, const std::string& login);

  std::mutex lock_;
  std::map<std::string, std::map<int, std::string>> messages_;
  std::map<std::string, std::set<int>> marked_;
  std::size_t taken_ = 0;
  std::size_t shown_ = 0;
  int next_uid_ = 8;
};

/// Whether this process may listen on ports below 1024, where mail is submitted and mailboxes are read; else the reason
/// to skip.
std::string why_no_low_ports();

}  // namespace drydock::test
