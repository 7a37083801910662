#include "tests/unit/mail/mail_fixture.hpp"

#include <fmt/format.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <utility>

#include "probes/net/run_probe.hpp"
#include "probes/net/stream.hpp"

namespace drydock::test {
namespace {

/// Begins a look. The copies that are there at it; nothing where the connection is to be ended.
std::optional<int> next_look(FakeInbox& inbox, PeerConnection& client) {
  const bool stalls = [&] {
    const std::lock_guard held(inbox.lock);
    return inbox.stalls_at.contains(inbox.looks + 1) && ++inbox.looks;
  }();
  if (stalls) client.stall();
  const std::lock_guard held(inbox.lock);
  const int look = ++inbox.looks;
  if (inbox.hangs_up_at.contains(look)) return std::nullopt;
  if (inbox.hangs_up_for_good && !inbox.hangs_up_at.empty() && look > *inbox.hangs_up_at.begin()) return std::nullopt;
  if (inbox.gone) return 0;
  int copies = 0;
  for (const int at : inbox.arrives)
    if (look >= at) ++copies;
  return copies;
}

std::string numbers(int first, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += fmt::format(" {}", first + i);
  return text;
}

constexpr int kFirstUid = 8;
constexpr int kFirstLate = 4;

std::string imap_search(FakeInbox& inbox, PeerConnection& client, const std::string& line, bool& hang_up) {
  if (line.find("DELETED NOT") != std::string::npos) return numbers(1, inbox.others_marked);
  if (line.find("HEADER") == std::string::npos) {
    const std::lock_guard held(inbox.lock);
    return inbox.gone || !inbox.late.empty() ? "" : numbers(kFirstUid, static_cast<int>(inbox.arrives.size()));
  }
  if (line.ends_with(" t-")) return numbers(kFirstLate, static_cast<int>(inbox.late.size()));
  const auto copies = next_look(inbox, client);
  hang_up = !copies;
  return numbers(kFirstUid, copies.value_or(0));
}

std::string imap_fetch(const FakeInbox& inbox, const std::string& rest) {
  const int uid = std::stoi(rest.substr(10));
  const std::string& header =
      uid < kFirstUid ? inbox.late.at(static_cast<std::size_t>(uid - kFirstLate)) : inbox.header;
  return fmt::format("* 4 FETCH (UID {} BODY[HEADER] {{{}}}\r\n{})\r\n", uid, header.size(), header);
}

/// Tells of a message, and awaits DONE.
void serve_idle(PeerConnection& client) {
  client.send("+ idling\r\n* OK still here\r\n* 4 EXISTS\r\n");
  if (client.line() != "DONE") client.complain("DONE was expected");
}

void note_expunge(FakeInbox& inbox, const std::string& rest) {
  const std::lock_guard held(inbox.lock);
  (rest.find(fmt::format(" {}", kFirstLate)) == std::string::npos ? inbox.gone : inbox.late_gone) = true;
}

}  // namespace

std::string header_of_earlier_look(const std::string& token) {
  return fmt::format("X-Cutover-Probe: p new 127.0.0.1\r\nX-Cutover-Token: {}\r\n\r\n", token);
}

void serve_imap(FakeInbox& first, PeerConnection& client, bool greet) {
  FakeInbox* box = &first;
  if (greet) client.send("* OK [CAPABILITY IMAP4rev1] ready\r\n");
  for (;;) {
    FakeInbox& inbox = *box;
    const std::string line = client.line();
    const std::string tag = line.substr(0, line.find(' '));
    const std::string rest = line.substr(std::min(line.size(), tag.size() + 1));
    const auto says = [&](std::string_view word) { return rest.starts_with(word); };
    std::string answer = "OK done";
    for (const auto& besides : inbox.untagged) client.send(besides + "\r\n");
    if (says("LOGIN")) {
      if (says("LOGIN \"ben") && first.bens) box = first.bens.get();
      answer = box->login_answer;
    } else if (says("CAPABILITY")) {
      client.send(fmt::format("* CAPABILITY IMAP4rev1{}{}\r\n", inbox.uidplus ? " UIDPLUS" : "",
                              inbox.idle == Idle::not_offered ? "" : " IDLE"));
    } else if (says("IDLE")) {
      if (inbox.idle == Idle::tells) serve_idle(client);
      answer = inbox.idle == Idle::tells ? "OK done" : "NO not now";
    } else if (says("SELECT")) {
      client.send("* 3 EXISTS\r\n* OK [UIDVALIDITY 1] told\r\n");
      if (inbox.tells_next_uid) client.send(fmt::format("* OK [UIDNEXT {}] next\r\n", kFirstUid));
      answer = "OK [READ-WRITE] open";
    } else if (says("STATUS") && inbox.tells_status) {
      client.send(fmt::format("* STATUS \"INBOX\" (UIDNEXT {})\r\n", kFirstUid));
    } else if (says("UID SEARCH")) {
      bool end = false;
      const std::string found = imap_search(inbox, client, rest, end);
      if (end) return client.hang_up();
      client.send("* SEARCH" + found + "\r\n");
    } else if (says("UID FETCH")) {
      client.send(imap_fetch(inbox, rest));
    } else if (says("UID STORE")) {
      answer = inbox.store_answer;
    } else if (says("UID EXPUNGE") || says("EXPUNGE")) {
      note_expunge(inbox, rest);
    } else if (says("LOGOUT")) {
      return client.hang_up();
    }
    client.send(tag + " " + answer + "\r\n");
  }
}

namespace {

/// One POP3 session over a FakeInbox: two messages of somebody's, then the late ones, then the copies.
class Pop3Service {
public:
  Pop3Service(FakeInbox& inbox, PeerConnection& client) : inbox_(&inbox), client_(client) {}

  void serve() {
    for (;;) {
      const std::string line = client_.line();
      const std::string word = line.substr(0, line.find(' '));
      if (word == "USER" && line == "USER ben" && inbox_->bens) inbox_ = inbox_->bens.get();
      if (word == "PASS")
        log_in();
      else if (word == "UIDL" && !inbox_->tells_next_uid)
        client_.send("-ERR no such command\r\n");
      else if (word == "UIDL" || word == "LIST")
        client_.send(kOk + (word == "UIDL" ? ids() : sizes()) + ".\r\n");
      else if (word == "TOP" && !inbox_->uidplus)
        client_.send("-ERR no such command\r\n");
      else if (word == "TOP" || word == "RETR")
        client_.send(kOk + header(number_in(line)) + ".\r\n");
      else if (word == "DELE")
        mark(number_in(line));
      else if (word == "QUIT")
        return quit();
      else
        client_.send(kOk);
    }
  }

private:
  static constexpr int kOthers = 2;
  inline static const std::string kOk = "+OK\r\n";

  static int number_in(const std::string& line) { return std::stoi(line.substr(line.find(' ') + 1)); }
  [[nodiscard]] int late() const { return inbox_->late_gone ? 0 : static_cast<int>(inbox_->late.size()); }
  [[nodiscard]] bool is_late(int number) const { return number > kOthers && number <= kOthers + late(); }
  [[nodiscard]] int messages() const { return kOthers + late() + copies_; }

  void log_in() {
    client_.send(inbox_->login_answer.starts_with("OK") ? kOk : "-ERR Login failed.\r\n");
    const bool opening = [&] {
      const std::lock_guard held(inbox_->lock);
      return !std::exchange(inbox_->opened, true);
    }();
    if (opening || late() > 0) return;
    const auto there = next_look(*inbox_, client_);
    if (!there) client_.hang_up();
    copies_ = *there;
  }

  [[nodiscard]] std::string ids() const {
    std::string lines;
    for (const auto& line : inbox_->uidl) lines += line + "\r\n";
    if (!inbox_->uidl.empty()) return lines;
    const int removed = static_cast<int>(inbox_->late.size()) - late();
    for (int number = 1; number <= messages(); ++number)
      lines += fmt::format("{} UID{}-200\r\n", number, number + (number > kOthers ? removed : 0));
    return lines;
  }
  [[nodiscard]] std::string sizes() const {
    std::string lines;
    for (int number = 1; number <= messages(); ++number) lines += fmt::format("{} 120\r\n", number);
    return lines;
  }
  [[nodiscard]] std::string header(int number) const {
    if (number <= kOthers) return "Subject: somebody's\r\n\r\n";
    return is_late(number) ? inbox_->late.at(static_cast<std::size_t>(number - kOthers - 1)) : inbox_->header;
  }

  void mark(int number) {
    const std::lock_guard held(inbox_->lock);
    const bool takes = inbox_->store_answer.starts_with("OK");
    (is_late(number) ? late_marked_ : inbox_->marked) = takes;
    client_.send(takes ? kOk : "-ERR no\r\n");
  }

  void quit() {
    {
      const std::lock_guard held(inbox_->lock);
      inbox_->gone = inbox_->gone || inbox_->marked;
      inbox_->late_gone = inbox_->late_gone || late_marked_;
    }
    // Only now: whoever reads the answer may look what is gone.
    client_.send(kOk);
    client_.hang_up();
  }

  FakeInbox* inbox_;
  PeerConnection& client_;
  int copies_ = 0;
  bool late_marked_ = false;
};

}  // namespace

void serve_pop3(FakeInbox& inbox, PeerConnection& client, bool greet) {
  if (greet) client.send("+OK hello\r\n");
  Pop3Service(inbox, client).serve();
}

Script smtp_script(const std::string& extensions, const std::string& rcpt, const std::string& end) {
  Script script{say("220 mail.test ESMTP"),
                hear("EHLO"),
                say("250-mail.test hello\r\n" + extensions),
                hear("MAIL"),
                say("250 OK"),
                hear("RCPT"),
                say(rcpt)};
  if (rcpt.starts_with("2"))
    for (const Move& move : Script{hear("DATA"), say("354 go on"), hear_until("."), say(end)}) script.push_back(move);
  script.push_back(hear("QUIT"));
  return script;
}

namespace {

Script mailbox_script(const std::shared_ptr<FakeInbox>& inbox, MailAccess access) {
  Script script;
  if (access == MailAccess::imap)
    script = {say("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready"),
              hear("d1 CAPABILITY"),
              say("* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n{tag} OK"),
              hear("d2 STARTTLS"),
              say("{tag} OK go"),
              tls()};
  else if (access == MailAccess::pop3)
    script = {say("+OK hello"), hear("STLS"), say("+OK go"), tls()};
  const bool imap = access == MailAccess::imaps || access == MailAccess::imap;
  const bool greeted = access == MailAccess::imap || access == MailAccess::pop3;
  script.push_back(act([inbox, imap, greeted](PeerConnection& client) {
    imap ? serve_imap(*inbox, client, !greeted) : serve_pop3(*inbox, client, !greeted);
  }));
  return script;
}

}  // namespace

MailRun::MailRun(Script smtp_moves, MailAccess access, bool proves_itself)
    : smtp(std::move(smtp_moves), {.certificate = ca.issue()}),
      mailbox(mailbox_script(inbox, access),
              {.certificate = ca.issue(),
               .implicit_tls = access == MailAccess::imaps || access == MailAccess::pop3s,
               .proves_itself = proves_itself}) {
  plan = {.from = "probe@prober.test",
          .recipients = {"jim@mail.test"},
          .mailboxes = {jim()},
          .port = smtp.port(),
          .access = access,
          .read_port = mailbox.port(),
          .within = Duration(10'000),
          .copies_within = Duration(5),
          .first_pause = Duration(5)};
  subject = subject_at(smtp.endpoint());
  subject.surroundings.trust = ca.trust_file();
  subject.parameters.set("from", plan.from);
  subject.parameters.set("to", jim());
  subject.parameters.set("within", plan.within);
}

const Observation& MailRun::run(Duration patience) {
  const auto probe = make_mail_probe(plan);
  seen = Observation{};
  const ProbeContext context{subject, Clock::now() + patience, nullptr, Duration(0), slot};
  run_on_loop([&] { return net::run_probe(*probe, context, seen); });
  return seen;
}

const Observation& MailRun::run_until(const std::function<bool()>& when) {
  const auto probe = make_mail_probe(plan);
  seen = Observation{};
  const ProbeContext context{subject, Clock::now() + std::chrono::seconds(60), nullptr};
  boost::asio::io_context loop;
  boost::asio::cancellation_signal interrupt;
  bool ended = false;
  const auto watch = [&]() -> boost::asio::awaitable<void> {
    while (!ended && !when()) co_await net::pause(Duration(2));
    interrupt.emit(boost::asio::cancellation_type::terminal);
  };
  boost::asio::co_spawn(
      loop, net::run_probe(*probe, context, seen),
      boost::asio::bind_cancellation_slot(interrupt.slot(), [&](std::exception_ptr) { ended = true; }));
  boost::asio::co_spawn(loop, watch(), boost::asio::detached);
  loop.run();
  return seen;
}

std::vector<std::string> MailRun::with(Verdict wanted) const {
  std::vector<std::string> ids;
  for (const auto& check : kMailType.checks)
    if (check.judge(seen, subject).verdict == wanted) ids.emplace_back(check.id);
  return ids;
}

}  // namespace drydock::test
