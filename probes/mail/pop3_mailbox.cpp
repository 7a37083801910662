#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "probes/mail/mailbox.hpp"
#include "probes/mail/pop3_session.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

class Pop3Mailbox : public Mailbox {
public:
  Pop3Mailbox(MailboxPlan plan, Pop3Tls tls) : plan_(std::move(plan)), tls_(tls) {}

  asio::awaitable<LateCopies> open() override {
    Pop3Session session = co_await connect();
    const auto entries = co_await messages(session);
    for (const auto& entry : entries) there_before_.insert(entry.value);
    LateCopies late;
    // Numbers change when a message goes: what is named by its number stays.
    const std::size_t first = by_number_                          ? entries.size()
                              : entries.size() > kSearchedForLate ? entries.size() - kSearchedForLate
                                                                  : 0;
    for (std::size_t i = first; i < entries.size(); ++i) {
      auto header = co_await session.header(entries[i].number);
      const std::string token = header ? late_token(header->octets(), plan_.marks) : std::string();
      if (token.empty()) continue;
      late.ids.push_back(entries[i].value);
      ++late.by_token[token];
    }
    co_await session.quit();
    co_return late;
  }

  asio::awaitable<MailCopies> find() override {
    Pop3Session session = co_await connect();
    const auto entries = co_await messages(session);
    std::map<std::string, bool> looked_at;
    MailCopies copies;
    for (const auto& entry : entries) {
      if (there_before_.contains(entry.value)) continue;
      if (looked_at.size() >= kMostLookedAt)
        throw Failure(ErrorKind::local,
                      fmt::format("more than {} messages came at once, and no more are looked at", kMostLookedAt));
      const auto known = looked_at_.find(entry.value);
      std::optional<bool> ours = known == looked_at_.end() ? std::nullopt : std::optional(known->second);
      if (!ours) ours = co_await look_at(session, entry.number);
      if (!ours) continue;
      looked_at.emplace(entry.value, *ours);
      if (*ours) copies.ids.push_back(entry.value);
    }
    looked_at_ = std::move(looked_at);
    copies.header = header_;
    co_await session.quit();
    co_return copies;
  }

  asio::awaitable<void> wait(Duration pause, Duration most) override { co_await net::pause(std::min(pause, most)); }

  asio::awaitable<std::string> remove(std::vector<std::string> copies) override {
    const std::set<std::string> ids(copies.begin(), copies.end());
    Pop3Session session = co_await connect();
    const auto entries = co_await messages(session);
    std::string trouble;
    for (const auto& entry : entries) {
      if (!ids.contains(entry.value)) continue;
      auto header = co_await session.header(entry.number);
      if (!header || !is_ours(header->octets())) continue;
      const Pop3Status deleted = co_await session.dele(entry.number);
      if (!deleted.ok) trouble = fmt::format("DELE was refused with \"{}\"", refusal(deleted));
    }
    const Pop3Status end = co_await session.quit();
    if (!end.ok) trouble = fmt::format("QUIT was answered with \"{}\"", refusal(end));
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
    if (!login.ok) throw Failure(ErrorKind::protocol, fmt::format("the login was refused with \"{}\"", refusal(login)));
    co_return session;
  }

  /// All messages with a value that names each: its unique id, or its number where the server has no unique ids, or
  /// gives one of them twice.
  asio::awaitable<std::vector<Pop3Entry>> messages(Pop3Session& session) {
    auto entries = co_await session.unique_ids();
    by_number_ = !entries || !are_unique(*entries);
    if (!by_number_) co_return std::move(*entries);
    std::vector<Pop3Entry> numbers = co_await session.list();
    for (auto& entry : numbers) entry.value = std::to_string(entry.number);
    co_return numbers;
  }

  static bool are_unique(const std::vector<Pop3Entry>& entries) {
    std::set<std::string_view> ids;
    return std::all_of(entries.begin(), entries.end(),
                       [&](const Pop3Entry& entry) { return ids.insert(entry.value).second; });
  }

  /// Whether a message is the one that is looked for; nothing where it is gone. The first one's header is kept.
  asio::awaitable<std::optional<bool>> look_at(Pop3Session& session, std::uint32_t number) {
    auto header = co_await session.header(number);
    if (!header) co_return std::nullopt;
    if (header->dropped() > 0)
      plan_.out.transcript.note(
          fmt::format("{} octets of the header of message {} were not kept", header->dropped(), number));
    const bool ours = holds_token(header->octets(), plan_.marks.token);
    if (ours && header_.empty()) header_ = std::move(header->octets());
    co_return ours;
  }

  [[nodiscard]] bool is_ours(const std::string& header) const {
    return holds_token(header, plan_.marks.token) || !late_token(header, plan_.marks).empty();
  }

  MailboxPlan plan_;
  Pop3Tls tls_;
  bool by_number_ = false;                 ///< messages are named by their numbers
  std::set<std::string> there_before_;     ///< ids of what was there when it was opened
  std::map<std::string, bool> looked_at_;  ///< ids of the last look that came since, and whether they hold the token
  std::string header_;                     ///< of the first copy
};

}  // namespace

std::unique_ptr<Mailbox> make_pop3_mailbox(MailboxPlan plan, bool implicit_tls) {
  return std::make_unique<Pop3Mailbox>(std::move(plan), implicit_tls ? Pop3Tls::implicit : Pop3Tls::starttls);
}

}  // namespace drydock
