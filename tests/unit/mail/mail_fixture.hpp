#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "probes/mail/probe.hpp"
#include "probes/mail/type.hpp"
#include "tests/support/observe.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock::test {

inline constexpr auto kPassword = "right-horse-42";

inline Account jim() {
  return {.id = "jim", .login = "jim", .mail = "jim@mail.test", .password = Secret::of("jim", kPassword)};
}
inline Account ben() {
  return {.id = "ben", .login = "ben", .mail = "ben@mail.test", .password = Secret::of("ben", kPassword)};
}

/// The checks that pass where a message was accepted, arrived once and was deleted.
inline const std::vector<std::string> kDelivery{"mail.accepted", "mail.delivered", "mail.single-copy", "mail.cleaned"};

/// What IMAP's IDLE comes to.
enum class Idle { not_offered, refused, tells };

/// What a mailbox server holds and how it behaves, over all its connections.
struct FakeInbox {
  std::vector<int> arrives = {1};  ///< for each copy, the look (from 1) at which it is there
  bool tells_next_uid = true;      ///< IMAP: UIDNEXT; POP3: UIDL
  bool tells_status = true;        ///< IMAP: UIDNEXT by STATUS
  bool uidplus = true;             ///< POP3: TOP
  int others_marked = 0;           ///< other messages with \Deleted
  Idle idle = Idle::not_offered;
  std::set<int> hangs_up_at = {};  ///< looks that it ends instead of answering
  std::set<int> stalls_at = {};    ///< IMAP: looks that it never answers
  bool hangs_up_for_good = false;  ///< ... and every connection after that
  std::string store_answer = "OK stored";
  std::string login_answer = "OK LOGIN Ok.";
  std::vector<std::string> uidl = {};      ///< POP3: lines of UIDL instead of its own
  std::vector<std::string> late = {};      ///< headers of the messages that are there before, and hold our field
  std::shared_ptr<FakeInbox> bens = {};    ///< the mailbox of the login ben
  std::vector<std::string> untagged = {};  ///< IMAP: what it says besides at every command
  std::string header =
      "X-Lab-Scan: clean (pid 4)\r\nReceived: from prober.test\r\n\tby drydock.test with esmtps; now\r\n"
      "Received: by earlier.test; then\r\nX-Cutover-Token: t-1\r\n\r\n";
  // Under `lock`.
  std::mutex lock = {};
  int looks = 0;
  bool opened = false;  ///< POP3: somebody has logged in already
  bool gone = false;    ///< the copies were deleted
  bool late_gone = false;
  bool marked = false;
};

/// The header of a message that this probe sent in an earlier look.
std::string header_of_earlier_look(const std::string& token);

/// Serves IMAP under TLS that has begun. `greet`: the greeting is still to be said.
void serve_imap(FakeInbox& inbox, PeerConnection& client, bool greet = true);
/// Serves POP3 likewise.
void serve_pop3(FakeInbox& inbox, PeerConnection& client, bool greet = true);

/// An SMTP server that takes one message.
Script smtp_script(const std::string& extensions = "250 HELP", const std::string& rcpt = "250 Accepted",
                   const std::string& end = "250 OK id=1oXyZ0-0001Ab-2C");

/// One mail probe between an SMTP server and a mailbox server, with short pauses.
struct MailRun {
  explicit MailRun(Script smtp_moves = smtp_script(), MailAccess access = MailAccess::imaps, bool proves_itself = true);

  const Observation& run(Duration patience = std::chrono::seconds(20));
  /// Runs it and interrupts it once `when` holds, as SIGINT does.
  const Observation& run_until(const std::function<bool()>& when);
  [[nodiscard]] Judgement judge(std::string_view check) const { return test::judge(kMailType, check, seen, subject); }
  [[nodiscard]] Verdict verdict(std::string_view check) const { return judge(check).verdict; }
  /// Ids of the checks with this verdict, in the table's order.
  [[nodiscard]] std::vector<std::string> with(Verdict wanted) const;

  TestCa ca;
  std::shared_ptr<FakeInbox> inbox = std::make_shared<FakeInbox>();
  ScriptedPeer smtp;
  ScriptedPeer mailbox;
  MailPlan plan;
  Subject subject;
  Slot* slot = nullptr;  ///< as of ProbeContext
  Observation seen;
};

}  // namespace drydock::test
