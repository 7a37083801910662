#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>

#include "probes/mail/mailbox.hpp"
#include "probes/mail/pop3_session.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

class Pop3Mailbox : public Mailbox {
public:
  Pop3Mailbox(MailboxPlan plan, Pop3Tls tls) : plan_(std::move(plan)), tls_(tls) {}

  asio::awaitable<void> open() override {
    Pop3Session session = co_await connect();
    const auto entries = co_await messages(session);
    for (const auto& entry : entries) seen_.emplace(entry.value, std::nullopt);
    co_await session.quit();
  }

  asio::awaitable<std::vector<MailCopy>> find() override {
    Pop3Session session = co_await connect();
    const auto entries = co_await messages(session);
    std::vector<MailCopy> copies;
    for (const auto& entry : entries) {
      if (!seen_.contains(entry.value)) {
        const auto header = co_await session.header(entry.number);
        if (!header) continue;
        seen_.emplace(entry.value, holds_token(*header, plan_.token) ? header : std::nullopt);
      }
      if (const auto& header = seen_.at(entry.value)) copies.push_back({entry.value, *header});
    }
    co_await session.quit();
    co_return copies;
  }

  asio::awaitable<std::string> remove(std::vector<MailCopy> copies) override {
    std::set<std::string> ids;
    for (const auto& copy : copies) ids.insert(copy.id);
    Pop3Session session = co_await connect();
    const auto entries = co_await messages(session);
    std::string trouble;
    for (const auto& entry : entries) {
      if (!ids.contains(entry.value)) continue;
      const auto header = co_await session.header(entry.number);
      if (!header || !holds_token(*header, plan_.token)) continue;
      const Pop3Status deleted = co_await session.dele(entry.number);
      if (!deleted.ok) trouble = fmt::format("DELE was refused with \"-ERR {}\"", printable(deleted.text));
    }
    const Pop3Status end = co_await session.quit();
    if (!end.ok) trouble = fmt::format("QUIT was answered with \"-ERR {}\"", printable(end.text));
    co_return trouble;
  }

  asio::awaitable<void> close() override { co_return; }

private:
  asio::awaitable<Pop3Session> connect() {
    if (!plan_.account.password.available())
      throw Failure(ErrorKind::credential, fmt::format("the password of {} can't be read: {}", plan_.account.login,
                                                       plan_.account.password.why_missing()));
    Pop3Session session = co_await Pop3Session::open_ready(plan_.context, plan_.endpoint, tls_, plan_.out);
    const Pop3Status login =
        co_await session.login(plan_.account.login, plan_.account.password.reveal(), net::PasswordIs::real);
    if (!login.ok)
      throw Failure(ErrorKind::protocol, fmt::format("the login was refused with \"-ERR {}\"", printable(login.text)));
    co_return session;
  }

  /// All messages with a value that names each: its unique id, or its number where the server has no unique ids.
  static asio::awaitable<std::vector<Pop3Entry>> messages(Pop3Session& session) {
    auto entries = co_await session.unique_ids();
    if (entries) co_return std::move(*entries);
    std::vector<Pop3Entry> numbers = co_await session.list();
    for (auto& entry : numbers) entry.value = std::to_string(entry.number);
    co_return numbers;
  }

  MailboxPlan plan_;
  Pop3Tls tls_;
  /// What was looked at, by id: the header where it holds the token.
  std::map<std::string, std::optional<std::string>> seen_;
};

}  // namespace

std::unique_ptr<Mailbox> make_pop3_mailbox(MailboxPlan plan, bool implicit_tls) {
  return std::make_unique<Pop3Mailbox>(std::move(plan), implicit_tls ? Pop3Tls::implicit : Pop3Tls::starttls);
}

}  // namespace drydock
