#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "probes/core/observation.hpp"
#include "probes/core/probe.hpp"

namespace drydock {

/// Where mail is read.
enum class MailAccess { imaps, imap, pop3s, pop3 };

/// One copy of the message that is looked for.
struct MailCopy {
  std::string id;      ///< UID of IMAP, unique id of POP3
  std::string header;  ///< CRLF lines
};

/// The inbox of one account, in which the messages of one token are looked for. Every method throws Failure where the
/// mailbox can't be read or changed; the next call connects anew. Passwords go out under TLS only.
class Mailbox {
public:
  virtual ~Mailbox() = default;
  /// Logs in, and notes what is there already: only what comes later is searched.
  virtual boost::asio::awaitable<void> open() = 0;
  /// The messages that came since and hold the token in kTokenField, oldest first.
  virtual boost::asio::awaitable<std::vector<MailCopy>> find() = 0;
  /// Removes those messages and no others. Why some are left; empty where they are gone.
  virtual boost::asio::awaitable<std::string> remove(std::vector<MailCopy> copies) = 0;
  virtual boost::asio::awaitable<void> close() = 0;
};

/// What a mailbox needs to know. All that is referred to must outlive it.
struct MailboxPlan {
  const ProbeContext& context;
  Observation& out;
  Endpoint endpoint;
  Account account;
  std::string token;
};

/// Over IMAP: one connection, kept. `imap` begins with STARTTLS.
std::unique_ptr<Mailbox> make_imap_mailbox(MailboxPlan plan, bool implicit_tls);
/// Over POP3: a connection for every look, since a POP3 session sees what was there at its login. `pop3` begins with
/// STLS.
std::unique_ptr<Mailbox> make_pop3_mailbox(MailboxPlan plan, bool implicit_tls);

/// True where the header holds kTokenField with exactly this token.
bool holds_token(const std::string& header, const std::string& token);

}  // namespace drydock
