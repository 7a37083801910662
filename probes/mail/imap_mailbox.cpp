#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "probes/client/imap_client.hpp"
#include "probes/codec/message.hpp"
#include "probes/mail/mailbox.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

/// Servers may offer IDLE and never tell: so long it is believed.
/// Courier, for one, tells what came only once IDLE ends; a message mostly comes at once.
constexpr Duration kShortestIdle{200}, kLongestIdle{2000};

void demand(const ImapReply& reply, std::string_view what) {
  if (!reply.ok()) throw Failure(ErrorKind::protocol, fmt::format("{} was refused with \"{}\"", what, reply.text()));
}

/// A look at more would take long and prove nothing: the server does not search for what it was asked.
void demand_few(std::size_t messages) {
  if (messages > Mailbox::kMostLookedAt)
    throw Failure(ErrorKind::protocol, fmt::format("the search for one message gave {}, of which {} are looked at at "
                                                   "the most",
                                                   messages, Mailbox::kMostLookedAt));
}

std::string cannot_be_read(std::uint32_t uid) {
  return fmt::format("message {} is found and can't be read", uid);
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 10 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// A UID names a message as long as UIDVALIDITY stays the same (RFC 3501 §2.3.1.1): what is found is known by both.
std::string id_of(std::string_view validity, std::uint32_t uid) {
  return fmt::format("{}/{}", validity, uid);
}

/// The UID of an id that was given under this validity; nothing where it was another.
std::optional<std::uint32_t> uid_of(std::string_view id, std::string_view validity) {
  const std::size_t slash = id.rfind('/');
  std::uint32_t uid = 0;
  if (slash == std::string_view::npos || id.substr(0, slash) != validity) return std::nullopt;
  std::from_chars(id.data() + slash + 1, id.data() + id.size(), uid);
  return uid;
}

/// A server that puts logins off says nothing about the password.
Failure login_failure(const Answer& answer, const Account& account) {
  if (answer.is("BYE") || tells_not_now(answer) || puts_off(answer))
    return {ErrorKind::temporary, fmt::format("the login was put off with \"{}\"", answer.text())};
  return {ErrorKind::protocol,
          fmt::format("the login was refused with \"{}\"; {}", answer.text(), net::doubt_password(account.password))};
}

class ImapMailbox : public Mailbox {
public:
  ImapMailbox(MailboxPlan plan, TlsMode tls) : plan_(std::move(plan)), tls_(tls) {}

  asio::awaitable<LateCopies> open() override {
    co_await connect();
    first_uid_ = next_uid_;
    if (messages_ == 0) co_return LateCopies{};
    const std::uint32_t first = messages_ > kSearchedForLate ? messages_ - kSearchedForLate + 1 : 1;
    std::optional<ImapClient> session = take();
    const auto uids =
        co_await session->uid_search(fmt::format("{}:* HEADER {} {}", first, kTokenField, plan_.marks.series));
    demand_few(uids.size());
    LateCopies late;
    for (const std::uint32_t uid : uids) {
      const auto header = co_await session->fetch_header(uid);
      const std::string token = header ? late_token(header->octets, plan_.marks) : std::string();
      if (token.empty()) continue;
      late.ids.push_back(id_of(validity_, uid));
      ++late.by_token[token];
    }
    session_ = std::move(session);
    co_return late;
  }

  asio::awaitable<MailCopies> find() override {
    if (!session_)
      co_await connect();
    else
      co_await noop();
    const std::string since = first_uid_.empty() ? "" : fmt::format("UID {}:* ", first_uid_);
    std::optional<ImapClient> session = take();
    const auto uids =
        co_await session->uid_search(fmt::format("{}HEADER {} {}", since, kTokenField, plan_.marks.token));
    demand_few(uids.size());
    std::map<std::uint32_t, bool> looked_at;
    MailCopies copies;
    for (const std::uint32_t uid : uids) {
      const auto known = looked_at_.find(uid);
      std::optional<bool> ours = known == looked_at_.end() ? std::nullopt : std::optional(known->second);
      if (!ours) ours = co_await look_at(*session, uid);
      if (!ours) copies.unread = cannot_be_read(uid);
      if (!ours) continue;
      looked_at.emplace(uid, *ours);
      if (*ours) copies.ids.push_back(id_of(validity_, uid));
    }
    looked_at_ = std::move(looked_at);
    copies.header = header_;
    copies.clipped = clipped_;
    session_ = std::move(session);
    co_return copies;
  }

  asio::awaitable<void> wait(Duration pause, Duration most) override {
    std::optional<ImapClient> session = take();
    if (session && idles_ && session->has("IDLE")) {
      try {
        co_await session->idle(Clock::now() + std::min(most, std::clamp(pause, kShortestIdle, kLongestIdle)),
                               plan_.context.slot);
        session_ = std::move(session);
        co_return;
      } catch (const Failure& failure) {
        plan_.out.transcript.note(fmt::format("waiting by IDLE failed: {}", failure.what()));
        session.reset();
        idles_ = false;
      }
    }
    session_ = std::move(session);
    co_await net::pause_while_unwanted(Clock::now() + std::min(pause, most), plan_.context.slot);
  }

  asio::awaitable<std::string> remove(std::vector<std::string> ids) override {
    if (ids.empty()) co_return "";
    if (!session_) co_await connect();
    if (read_only_) co_return "the mailbox is open for reading only";
    std::optional<ImapClient> session = take();
    const auto uids = co_await ours_among(*session, std::move(ids));
    if (uids.empty()) {
      session_ = std::move(session);
      co_return "";
    }
    const std::string set = fmt::format("{}", fmt::join(uids, ","));
    const ImapReply marked =
        co_await session->command(fmt::format("UID STORE {} +FLAGS.SILENT (\\Deleted)", set), "store");
    demand(marked, "STORE");
    std::string trouble = co_await expunge(*session, set);
    session_ = std::move(session);
    co_return trouble;
  }

  asio::awaitable<void> close() override {
    std::optional<ImapClient> session = take();
    if (session) co_await session->logout();
  }

private:
  /// The session, which is put back only after it did what was asked: whoever throws leaves none behind.
  std::optional<ImapClient> take() {
    std::optional<ImapClient> session = std::move(session_);
    session_.reset();
    return session;
  }

  asio::awaitable<void> connect() {
    net::demand_readable(plan_.account.password, plan_.account.login);
    ImapClient session = co_await ImapClient::open_ready(plan_.context, plan_.endpoint, tls_, plan_.out);
    const ImapReply login =
        co_await session.login(plan_.account.login, plan_.account.password.reveal(), net::PasswordIs::real);
    if (!login.ok()) throw login_failure(login.answer(), plan_.account);
    const ImapReply box = co_await session.command("SELECT INBOX", "select", {"EXISTS"});
    demand(box, "the inbox");
    if (session.capabilities().empty()) {
      const ImapReply asked = co_await session.ask_capabilities();
      demand(asked, "CAPABILITY");
    }
    messages_ = 0;
    for (const auto& response : box.data)
      if (response.name == "EXISTS") messages_ = response.number.value_or(0);
    read_only_ = code_name(box.last) == "READ-ONLY";
    note_validity(box);
    const ImapResponse* next = box.with_code("UIDNEXT");
    next_uid_ = next && is_number(code_argument(*next)) ? std::string(code_argument(*next)) : std::string();
    if (next_uid_.empty()) next_uid_ = co_await ask_next_uid(session);
    session_.emplace(std::move(session));
  }

  /// Forgets all UIDs where they may name other messages now: where UIDVALIDITY changed, and where the server tells
  /// none, so that they hold for one connection only (RFC 3501 §6.3.1).
  void note_validity(const ImapReply& box) {
    ++connections_;
    const ImapResponse* told = box.with_code("UIDVALIDITY");
    std::string validity =
        told && is_number(code_argument(*told)) ? std::string(code_argument(*told)) : fmt::format("-{}", connections_);
    if (validity == validity_) return;
    validity_ = std::move(validity);
    first_uid_.clear();
    looked_at_.clear();
  }

  /// For servers that do not tell it at SELECT, such as Courier; empty where it can't be had.
  static asio::awaitable<std::string> ask_next_uid(ImapClient& session) {
    const ImapReply reply = co_await session.command("STATUS INBOX (UIDNEXT)", "status", {"STATUS"});
    for (const auto& response : reply.data) {
      if (response.name != "STATUS" || response.values.size() < 2) continue;
      const auto& items = response.values[1].items;
      if (items.size() >= 2 && items[0].is("UIDNEXT") && is_number(items[1].text)) co_return items[1].text;
    }
    co_return std::string();
  }

  /// Whether a message is the one that is looked for; nothing where the server gives no header. The first one's header
  /// is kept.
  asio::awaitable<std::optional<bool>> look_at(ImapClient& session, std::uint32_t uid) {
    auto header = co_await session.fetch_header(uid);
    if (!header) co_return std::nullopt;
    if (header->dropped > 0)
      plan_.out.transcript.note(
          fmt::format("{} octets of the header of message {} were not kept", header->dropped, uid));
    const bool ours = holds_token(header->octets, plan_.marks.token);
    if (!ours && header->dropped > 0) co_return std::nullopt;  // it may stand in the rest
    if (ours && header_.empty()) {
      clipped_ = header->dropped > 0;
      header_ = std::move(header->octets);
    }
    co_return ours;
  }

  /// The messages of these ids, as long as they are ours by their headers. Where one is not, ours may have another UID
  /// now: then all that are there are searched.
  asio::awaitable<std::vector<std::uint32_t>> ours_among(ImapClient& session, std::vector<std::string> ids) {
    std::vector<std::uint32_t> ours;
    bool as_they_were = true;
    for (const auto& id : ids) {
      const auto uid = uid_of(id, validity_);
      const auto header = uid ? co_await session.fetch_header(*uid) : std::nullopt;
      const bool is_one = header && sent_by(header->octets, plan_.marks);
      if (is_one) ours.push_back(*uid);
      as_they_were = as_they_were && is_one;
    }
    if (as_they_were) co_return ours;
    const auto uids = co_await session.uid_search(fmt::format("HEADER {} {}", kTokenField, plan_.marks.series));
    demand_few(uids.size());
    ours.clear();
    for (const std::uint32_t uid : uids) {
      const auto header = co_await session.fetch_header(uid);
      if (!header) throw Failure(ErrorKind::protocol, cannot_be_read(uid));
      if (sent_by(header->octets, plan_.marks)) ours.push_back(uid);
    }
    co_return ours;
  }

  /// Lets the server tell of new messages, and sees whether it is still there.
  asio::awaitable<void> noop() {
    std::optional<ImapClient> session = take();
    const ImapReply reply = co_await session->command("NOOP", "noop");
    demand(reply, "NOOP");
    session_ = std::move(session);
  }

  /// Removes the messages of `set`, which are marked. Without UIDPLUS (RFC 4315) EXPUNGE takes everybody's marked
  /// messages: so only where there are no others.
  static asio::awaitable<std::string> expunge(ImapClient& session, std::string set) {
    std::string line = "UID EXPUNGE " + set;
    if (!session.has("UIDPLUS")) {
      const auto others = co_await session.uid_search(fmt::format("DELETED NOT UID {}", set));
      if (!others.empty())
        co_return fmt::format(
            "marked as deleted only: {} other messages are marked too, and without UIDPLUS they would go as well",
            others.size());
      line = "EXPUNGE";
    }
    const ImapReply reply = co_await session.command(line, "expunge");
    demand(reply, "EXPUNGE");
    const auto left = co_await session.uid_search("UID " + set);
    co_return left.empty() ? std::string() : fmt::format("{} messages are still there after EXPUNGE", left.size());
  }

  MailboxPlan plan_;
  TlsMode tls_;
  std::optional<ImapClient> session_;
  std::string next_uid_;  ///< at the last SELECT
  std::string validity_;  ///< UIDVALIDITY at the last SELECT; where none was told, of that connection
  int connections_ = 0;
  std::string first_uid_;       ///< messages before it are none of ours; empty where the server did not tell
  std::uint32_t messages_ = 0;  ///< in the mailbox, at the last SELECT
  bool read_only_ = false;
  bool idles_ = true;                        ///< IDLE has not failed yet
  std::map<std::uint32_t, bool> looked_at_;  ///< UIDs of the last look, and whether they hold the token
  std::string header_;                       ///< of the first copy
  bool clipped_ = false;                     ///< there was more of it
};

}  // namespace

std::unique_ptr<Mailbox> make_imap_mailbox(MailboxPlan plan, bool implicit_tls) {
  return std::make_unique<ImapMailbox>(std::move(plan), implicit_tls ? TlsMode::implicit : TlsMode::starttls);
}

}  // namespace drydock
