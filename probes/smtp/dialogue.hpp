#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "probes/client/smtp_client.hpp"
#include "probes/smtp/facts.hpp"
#include "probes/smtp/settings.hpp"

namespace drydock {

/// One run of the type smtp: several connections one after another, each for one purpose with an error budget of its
/// own. A connection that breaks leaves its facts unset and is charged to the check that the command which broke is
/// about (smtp.broken, smtp.unanswered); the others are still made. The first break becomes out.error too.
///
/// What the server breaks off is done once more on another connection: where that breaks too, it is no chance.
/// Silence is waited for twice at most, and where no connection or greeting comes once; then no other is made. Where
/// the server asks for it (421, too many connections) a connection is made again after a pause that doubles.
class SmtpDialogue {
public:
  SmtpDialogue(const ProbeContext& context, Observation& out, Duration back_off)
      : context_(context), out_(out), back_off_(back_off), settings_(context.subject) {}

  boost::asio::awaitable<void> run();

private:
  /// A purpose: makes one connection, and throws where it ends early.
  using Purpose = boost::asio::awaitable<void> (SmtpDialogue::*)();

  boost::asio::awaitable<void> attempt(std::string_view check, Purpose purpose);
  void charge(std::string_view check, const Failure& failure);
  [[nodiscard]] std::string_view culprit_of(std::string_view check) const;
  void note_break(const Fact<std::vector<Record>>& fact, std::string_view check, const std::string& words);
  boost::asio::awaitable<SmtpClient> open(ErrorBudget budget);
  boost::asio::awaitable<SmtpClient> open_for_mail(ErrorBudget budget);

  // meeting.cpp: greeting, names, TLS
  boost::asio::awaitable<void> meet();
  boost::asio::awaitable<void> greet(SmtpClient& session);
  boost::asio::awaitable<bool> speaks_tls_at_once();
  boost::asio::awaitable<void> meet_privately(SmtpClient& session);
  boost::asio::awaitable<void> inject();
  boost::asio::awaitable<std::string> smuggle(bool& smuggled);
  void record_hello(const SmtpClient& session);
  void record_session(const net::TlsSession& session);

  // login.cpp: AUTH
  boost::asio::awaitable<void> log_in_clear();
  boost::asio::awaitable<void> try_clear_login();
  boost::asio::awaitable<void> test_auth();
  boost::asio::awaitable<void> log_in();
  boost::asio::awaitable<Reply> authenticate(SmtpClient& session, std::string_view mechanism);
  boost::asio::awaitable<void> log_in_wrongly();
  boost::asio::awaitable<void> try_wrong_logins();
  [[nodiscard]] std::string why_withheld() const;
  [[nodiscard]] std::string mechanism_for_mail() const;
  [[nodiscard]] bool may_send() const;

  // questions.cpp: RCPT and the content scanner
  boost::asio::awaitable<void> ask_all();
  boost::asio::awaitable<void> ask_some();
  boost::asio::awaitable<void> ask_deferred();
  boost::asio::awaitable<void> defer_some();
  boost::asio::awaitable<void> send_from_nobody();
  boost::asio::awaitable<void> test_scanner();
  boost::asio::awaitable<void> send_spam();
  boost::asio::awaitable<void> send_plain();
  boost::asio::awaitable<void> send(const Fact<Reply>& fact, std::string_view subject, std::string body);
  void note(const Fact<Rows<Reply>>& fact, const std::string& key, const Reply& reply);
  [[nodiscard]] bool is_right_refusal(const RcptQuestion& question) const;
  [[nodiscard]] std::string sender() const;
  [[nodiscard]] std::string taken_recipient() const;
  [[nodiscard]] std::string scanner_recipient() const;

  const ProbeContext& context_;
  Observation& out_;
  Duration back_off_;
  SmtpSettings settings_;
  TlsMode tls_ = settings_.tls();     ///< what connections after the first use: none where STARTTLS does not work
  std::vector<std::string> offered_;  ///< SASL mechanisms inside TLS
  std::string why_untrusted_;         ///< why the first connection's certificate is not enough for a password
  std::string mechanism_;             ///< that log_in() tries
  std::vector<RcptQuestion> questions_;
  std::size_t next_ = 0;           ///< of questions_, or of the addresses that are to be deferred
  std::size_t told_to_wait_ = -1;  ///< the question to which 421 was the answer once
  int refusals_ = 0;               ///< of those who should be taken
  int silences_ = 0;
  bool given_up_ = false;
};

}  // namespace drydock
