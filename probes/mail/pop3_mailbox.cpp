#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "probes/client/pop3_client.hpp"
#include "probes/mail/mailbox.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

/// A server that puts logins off says nothing about the password.
Failure login_failure(const Pop3Status& answer, const Account& account) {
  if (puts_off(answer))
    return {ErrorKind::temporary, fmt::format("the login was put off with \"{}\"", refusal(answer))};
  return {ErrorKind::protocol,
          fmt::format("the login was refused with \"{}\"; {}", refusal(answer), net::doubt_password(account.password))};
}

class Pop3Mailbox : public Mailbox {
public:
  Pop3Mailbox(MailboxPlan plan, TlsMode tls) : plan_(std::move(plan)), tls_(tls) {}

  asio::awaitable<LateCopies> open() override {
    Pop3Client session = co_await connect();
    const auto entries = co_await messages(session);
    for (const auto& entry : entries) there_before_.insert(entry.value);
    LateCopies late;
    const std::size_t first = entries.size() > kSearchedForLate ? entries.size() - kSearchedForLate : 0;
    for (std::size_t i = first; i < entries.size(); ++i) {
      Pop3Retrieval got = co_await session.header(entries[i].number);
      const std::string token = got.header ? late_token(got.header->octets(), plan_.marks) : std::string();
      if (token.empty()) continue;
      late.ids.push_back(entries[i].value);
      ++late.by_token[token];
    }
    co_await session.quit();
    co_return late;
  }

  asio::awaitable<MailCopies> find() override {
    Pop3Client session = co_await connect();
    std::map<std::string, bool> looked_at;
    MailCopies copies;
    for (const auto& entry : newer(co_await messages(session))) {
      const auto known = looked_at_.find(entry.value);
      std::optional<bool> ours = known == looked_at_.end() ? std::nullopt : std::optional(known->second);
      if (!ours) ours = co_await look_at(session, entry.number, copies.unread);
      if (!ours) continue;
      if (!entry.value.empty()) looked_at.emplace(entry.value, *ours);
      if (*ours) copies.ids.push_back(entry.value);
    }
    looked_at_ = std::move(looked_at);
    copies.header = header_;
    copies.clipped = clipped_;
    co_await session.quit();
    co_return copies;
  }

  asio::awaitable<void> wait(Duration pause, Duration most) override {
    co_await net::pause_while_unwanted(Clock::now() + std::min(pause, most), plan_.context.slot);
  }

  asio::awaitable<std::string> remove(std::vector<std::string> ids) override {
    Pop3Client session = co_await connect();
    std::vector<Pop3Entry> others = co_await messages(session);
    const auto is_named = [&](const Pop3Entry& entry) {
      return !entry.value.empty() && std::find(ids.begin(), ids.end(), entry.value) != ids.end();
    };
    const auto named = std::partition(others.begin(), others.end(), is_named);
    std::string trouble;
    const std::size_t gone = co_await remove_ours(session, {others.begin(), named}, trouble);
    others.erase(others.begin(), named);
    // Where one is missing it may have another name now.
    if (gone < ids.size() && trouble.empty()) co_await remove_ours(session, newer(std::move(others)), trouble);
    const Pop3Status end = co_await session.quit();
    if (!end.ok) trouble = fmt::format("QUIT was answered with \"{}\"", refusal(end));
    co_return trouble;
  }

  asio::awaitable<void> close() override { co_return; }

private:
  asio::awaitable<Pop3Client> connect() {
    net::demand_readable(plan_.account.password, plan_.account.login);
    Pop3Client session = co_await Pop3Client::open_ready(plan_.context, plan_.endpoint, tls_, plan_.out);
    const Pop3Status login =
        co_await session.login(plan_.account.login, plan_.account.password.reveal(), net::PasswordIs::real);
    if (!login.ok) throw login_failure(login, plan_.account);
    co_return session;
  }

  /// All messages with their unique ids; without, where the server has none. A number names a message in its own
  /// session only (RFC 1939 §5): none is kept.
  asio::awaitable<std::vector<Pop3Entry>> messages(Pop3Client& session) {
    auto entries = co_await session.unique_ids();
    if (entries && are_names(*entries)) co_return std::move(*entries);
    there_before_.clear();
    std::vector<Pop3Entry> numbers = co_await session.list();
    for (auto& entry : numbers) entry.value.clear();
    co_return numbers;
  }

  /// False where one is given twice, and where they are the messages' numbers and no more.
  static bool are_names(const std::vector<Pop3Entry>& entries) {
    std::set<std::string_view> ids;
    std::size_t numbers = 0;
    for (const auto& entry : entries) {
      ids.insert(entry.value);
      if (entry.value == std::to_string(entry.number)) ++numbers;
    }
    return ids.size() == entries.size() && (numbers == 0 || numbers < entries.size());
  }

  /// Those of them that were not there at open(); all where that can't be told. Throws where they are too many.
  [[nodiscard]] std::vector<Pop3Entry> newer(std::vector<Pop3Entry> entries) const {
    std::erase_if(entries, [&](const Pop3Entry& entry) { return there_before_.contains(entry.value); });
    if (entries.size() > kMostLookedAt)
      throw Failure(ErrorKind::local, fmt::format("{} messages may be the one that is looked for, of which {} are "
                                                  "looked at at the most",
                                                  entries.size(), kMostLookedAt));
    return entries;
  }

  /// Deletes those that are ours by their headers; how many. `trouble`: why some may be left.
  asio::awaitable<std::size_t> remove_ours(Pop3Client& session, std::vector<Pop3Entry> entries, std::string& trouble) {
    std::size_t gone = 0;
    for (const auto& entry : entries) {
      const auto header = co_await read(session, entry.number, trouble);
      if (!header || !sent_by(header->octets(), plan_.marks)) continue;
      const Pop3Status deleted = co_await session.dele(entry.number);
      if (deleted.ok)
        ++gone;
      else
        trouble = fmt::format("DELE was refused with \"{}\"", refusal(deleted));
    }
    co_return gone;
  }

  /// The header of a message; nothing where the server gives none: `unread` tells then what it says.
  asio::awaitable<std::optional<Pop3Header>> read(Pop3Client& session, std::uint32_t number, std::string& unread) {
    Pop3Retrieval got = co_await session.header(number);
    if (!got.header)
      unread = fmt::format("message {} can't be read: TOP and RETR are refused, \"{}\"", number, refusal(got.refused));
    co_return std::move(got.header);
  }

  /// Whether a message is the one that is looked for; nothing where it can't be read. The first one's header is kept.
  asio::awaitable<std::optional<bool>> look_at(Pop3Client& session, std::uint32_t number, std::string& unread) {
    auto header = co_await read(session, number, unread);
    if (!header) co_return std::nullopt;
    if (header->dropped() > 0)
      plan_.out.transcript.note(
          fmt::format("{} octets of the header of message {} were not kept", header->dropped(), number));
    const bool ours = holds_token(header->octets(), plan_.marks.token);
    if (!ours && header->dropped() > 0) {
      unread = fmt::format("the header of message {} is too long to be kept", number);
      co_return std::nullopt;  // the token may stand in the rest
    }
    if (ours && header_.empty()) {
      clipped_ = header->dropped() > 0;
      header_ = std::move(header->octets());
    }
    co_return ours;
  }

  MailboxPlan plan_;
  TlsMode tls_;
  std::set<std::string> there_before_;     ///< unique ids of what was there when it was opened; none without such
  std::map<std::string, bool> looked_at_;  ///< ids of the last look that came since, and whether they hold the token
  std::string header_;                     ///< of the first copy
  bool clipped_ = false;                   ///< there was more of it
};

}  // namespace

std::unique_ptr<Mailbox> make_pop3_mailbox(MailboxPlan plan, bool implicit_tls) {
  return std::make_unique<Pop3Mailbox>(std::move(plan), implicit_tls ? TlsMode::implicit : TlsMode::starttls);
}

}  // namespace drydock
