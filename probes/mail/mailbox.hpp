#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "probes/core/observation.hpp"
#include "probes/core/probe.hpp"

namespace drydock {

/// Where mail is read.
enum class MailAccess { imaps, imap, pop3s, pop3 };

/// The header field that says which probe sent a test message to which host: a message of an earlier look of the same
/// one that comes late is told by it from one that another probe has just sent.
inline constexpr std::string_view kSenderField = "X-Cutover-Probe";

/// By what the test messages of one observation, and those of earlier looks, are known.
struct MessageMarks {
  std::string token;   ///< in kTokenField
  std::string series;  ///< with what the tokens of all looks of this run begin
  std::string sender;  ///< in kSenderField
};

/// The copies of the message that is looked for.
struct MailCopies {
  std::vector<std::string> ids;  ///< what remove() knows them by, of this mailbox alone; oldest first
  std::string header;            ///< of the first of them, CRLF lines; its beginning, where it is very long
  bool clipped = false;          ///< there was more of that header
  std::string unread = {};       ///< why messages are not counted that came and may be copies; empty where none are
};

/// What else was found when the mailbox was opened: messages of earlier looks, which came after their look was over.
struct LateCopies {
  std::vector<std::string> ids;
  std::map<std::string, std::int64_t> by_token;  ///< copies of each message
};

/// The inbox of one account, in which the messages of one token are looked for. Every method throws Failure where the
/// mailbox can't be read or changed; the next call connects anew. Passwords go out under TLS only. Holds a few MiB at
/// the most, whatever comes; where something is left out for that, it throws or says so in the transcript.
class Mailbox {
public:
  /// So many messages are looked at in one look; a search that gives more throws.
  static constexpr std::size_t kMostLookedAt = 500;
  /// Of what is in the mailbox when it is opened, so many of the newest are searched for late copies.
  static constexpr std::uint32_t kSearchedForLate = 20;

  virtual ~Mailbox() = default;
  /// Logs in, and notes what is there already: only what comes later is searched by find(). Late copies are among the
  /// newest of it.
  virtual boost::asio::awaitable<LateCopies> open() = 0;
  /// The messages that came since and hold the token.
  virtual boost::asio::awaitable<MailCopies> find() = 0;
  /// Waits until something new may be there: where the server tells of new messages (IDLE), until it does, `most` at
  /// the longest; else `pause`; not so long where somebody wants the slot that is held (ProbeContext). Never throws
  /// for what the server does.
  virtual boost::asio::awaitable<void> wait(Duration pause, Duration most) = 0;
  /// Removes these messages, wherever they are named otherwise now, and none that are not ours by the header that is
  /// read on the same connection. Why some are left; empty where they are gone.
  virtual boost::asio::awaitable<std::string> remove(std::vector<std::string> ids) = 0;
  virtual boost::asio::awaitable<void> close() = 0;
};

/// What a mailbox needs to know. All that is referred to must outlive it.
struct MailboxPlan {
  const ProbeContext& context;
  Observation& out;
  Endpoint endpoint;
  Account account;
  MessageMarks marks;
};

/// Over IMAP: one connection, kept. `imap` begins with STARTTLS.
std::unique_ptr<Mailbox> make_imap_mailbox(MailboxPlan plan, bool implicit_tls);
/// Over POP3: a connection for every look, since a POP3 session sees what was there at its login. `pop3` begins with
/// STLS.
std::unique_ptr<Mailbox> make_pop3_mailbox(MailboxPlan plan, bool implicit_tls);

/// True where the header holds kTokenField with exactly this token.
bool holds_token(const std::string& header, const std::string& token);

/// True where the header is of a message of this observation or of an earlier look of the same probe and host.
bool sent_by(const std::string& header, const MessageMarks& marks);

/// The token of a message of an earlier look of the same run, probe and host; empty where the header is of no such one.
std::string late_token(const std::string& header, const MessageMarks& marks);

}  // namespace drydock
