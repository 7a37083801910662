#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>

#include "probes/smtp/dialogue.hpp"

/// The part of the dialogue about AUTH.
namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr int kAuthenticated = 235;

}  // namespace

/// Never with a real name or password: whether the server would look at one at all is what is asked. Hanging up is an
/// answer where it happens twice: once may be chance.
asio::awaitable<void> SmtpDialogue::log_in_clear() {
  const auto* advertised = out_.get(kSmtp.ehlo_auth);
  if (!advertised || !advertised->empty()) co_return;
  try {
    co_await try_clear_login();
    co_return;
  } catch (const Failure& failure) {
    if (!is_hang_up(failure) || out_.stage != "auth") throw;
    out_.transcript.note(fmt::format("{}; once more", failure.what()));
  }
  try {
    co_await try_clear_login();
  } catch (const Failure& failure) {
    if (!is_hang_up(failure) || out_.stage != "auth") throw;
    out_.set(kSmtp.clear_auth_hung_up, true);
  }
}

asio::awaitable<void> SmtpDialogue::try_clear_login() {
  SmtpClient session = co_await SmtpClient::open(context_, settings_.endpoint(), TlsMode::none, out_,
                                                 ErrorBudget("AUTH without TLS", 2));
  co_await session.hello();
  const Reply reply =
      co_await session.auth_plain("nobody-" + context_.subject.token, "no password at all", net::PasswordIs::made_up);
  out_.set(kSmtp.clear_auth, reply);
  co_await session.quit();
}

std::string SmtpDialogue::why_withheld() const {
  const Account& account = *settings_.account();
  if (!account.password.available()) return account.password.why_missing();
  if (account.login.empty()) return "the account has no login";
  if (account.password.reveal().find('\0') != std::string::npos) return "the password holds a NUL";
  return why_untrusted_;
}

asio::awaitable<void> SmtpDialogue::test_auth() {
  if (!out_.has(kSmtp.secure_auth)) co_return;
  if (const std::string withheld = why_withheld(); !withheld.empty()) {
    out_.set(kSmtp.auth_withheld, withheld);
    co_return;
  }
  if (!settings_.wants(smtp_check::kAuth, kSmtp.auth)) co_return;
  for (const std::string& mechanism : SmtpSettings::spoken(offered_)) {
    mechanism_ = mechanism;
    co_await attempt(smtp_check::kAuth, &SmtpDialogue::log_in);
  }
}

asio::awaitable<Reply> SmtpDialogue::authenticate(SmtpClient& session, std::string_view mechanism) {
  const Account& account = *settings_.account();
  if (mechanism == "PLAIN") {
    Reply reply = co_await session.auth_plain(account.login, account.password.reveal(), net::PasswordIs::real);
    co_return reply;
  }
  Reply reply = co_await session.auth_login(account.login, account.password.reveal(), net::PasswordIs::real);
  co_return reply;
}

asio::awaitable<void> SmtpDialogue::log_in() {
  SmtpClient session = co_await open(ErrorBudget("AUTH " + mechanism_, 1));
  const Reply reply = co_await authenticate(session, mechanism_);
  note(kSmtp.auth, mechanism_, reply);
  co_await session.quit();
}

/// The first mechanism by which the account has logged in, or that is still to be tried; empty where none is left: who
/// was refused once is not tried again.
std::string SmtpDialogue::mechanism_for_mail() const {
  const auto* tried = out_.get(kSmtp.auth);
  for (const std::string& mechanism : SmtpSettings::spoken(offered_)) {
    if (!tried) return mechanism;
    for (const auto& [name, reply] : *tried)
      if (name == mechanism && reply.code == kAuthenticated) return mechanism;
  }
  return {};
}

/// Whether MAIL would be listened to on this port.
bool SmtpDialogue::may_send() const {
  if (!settings_.submission()) return true;
  return settings_.why_no_auth().empty() && why_withheld().empty() && !mechanism_for_mail().empty();
}

/// A server that hangs up after the first refusal is asked about the second name on another connection.
asio::awaitable<void> SmtpDialogue::log_in_wrongly() {
  try {
    co_await try_wrong_logins();
    co_return;
  } catch (const ServerEnded& ended) {
    if (asks_to_wait(ended.reply()) || !out_.has(kSmtp.wrong_password)) throw;
  }
  co_await try_wrong_logins();
}

asio::awaitable<void> SmtpDialogue::try_wrong_logins() {
  const std::vector<std::string> mechanisms = SmtpSettings::spoken(offered_);
  if (mechanisms.empty()) co_return;
  SmtpClient session = co_await open(ErrorBudget("AUTH that must fail", 2));
  const std::string wrong = "wrong-" + context_.subject.token;
  const auto* noted = out_.get(kSmtp.wrong_password);
  for (std::size_t next = noted ? noted->size() : 0; next < 2; ++next) {
    const bool known = next == 0;
    const std::string login = known ? settings_.account()->login : "nobody-" + context_.subject.token;
    Reply reply;
    if (mechanisms.front() == "PLAIN")
      reply = co_await session.auth_plain(login, wrong, net::PasswordIs::made_up);
    else
      reply = co_await session.auth_login(login, wrong, net::PasswordIs::made_up);
    note(kSmtp.wrong_password, known ? "wrong password" : "unknown user", reply);
    if (reply.code == kAuthenticated) break;
  }
  co_await session.quit();
}

}  // namespace drydock
