#include "tests/unit/mail/mail_fixture.hpp"

#include <fmt/format.h>

namespace drydock::test {
namespace {

/// Begins a look. The copies that are there at it; nothing where the connection is to be ended.
std::optional<int> next_look(FakeInbox& inbox) {
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

std::string imap_search(FakeInbox& inbox, const std::string& line, bool& hang_up) {
  if (line.find("DELETED NOT") != std::string::npos) return numbers(1, inbox.others_marked);
  if (line.find("HEADER") == std::string::npos) {
    const std::lock_guard held(inbox.lock);
    return inbox.gone ? "" : numbers(kFirstUid, static_cast<int>(inbox.arrives.size()));
  }
  const auto copies = next_look(inbox);
  hang_up = !copies;
  return numbers(kFirstUid, copies.value_or(0));
}

}  // namespace

void serve_imap(FakeInbox& inbox, PeerConnection& client, bool greet) {
  if (greet) client.send("* OK [CAPABILITY IMAP4rev1] ready\r\n");
  for (;;) {
    const std::string line = client.line();
    const std::string tag = line.substr(0, line.find(' '));
    const std::string rest = line.substr(std::min(line.size(), tag.size() + 1));
    const auto says = [&](std::string_view word) { return rest.starts_with(word); };
    std::string answer = "OK done";
    if (says("LOGIN")) {
      answer = inbox.login_answer;
    } else if (says("CAPABILITY")) {
      client.send(fmt::format("* CAPABILITY IMAP4rev1{}\r\n", inbox.uidplus ? " UIDPLUS" : ""));
    } else if (says("SELECT")) {
      client.send("* 3 EXISTS\r\n");
      if (inbox.tells_next_uid) client.send(fmt::format("* OK [UIDNEXT {}] next\r\n", kFirstUid));
      answer = "OK [READ-WRITE] open";
    } else if (says("STATUS") && inbox.tells_status) {
      client.send(fmt::format("* STATUS \"INBOX\" (UIDNEXT {})\r\n", kFirstUid));
    } else if (says("UID SEARCH")) {
      bool end = false;
      const std::string found = imap_search(inbox, rest, end);
      if (end) return client.hang_up();
      client.send("* SEARCH" + found + "\r\n");
    } else if (says("UID FETCH")) {
      const std::string uid = rest.substr(10, rest.find(' ', 10) - 10);
      client.send(
          fmt::format("* 4 FETCH (UID {} BODY[HEADER] {{{}}}\r\n{})\r\n", uid, inbox.header.size(), inbox.header));
    } else if (says("UID STORE")) {
      answer = inbox.store_answer;
    } else if (says("UID EXPUNGE") || says("EXPUNGE")) {
      const std::lock_guard held(inbox.lock);
      inbox.gone = true;
    } else if (says("LOGOUT")) {
      return client.hang_up();
    }
    client.send(tag + " " + answer + "\r\n");
  }
}

void serve_pop3(FakeInbox& inbox, PeerConnection& client, bool greet) {
  if (greet) client.send("+OK hello\r\n");
  const std::string ok = "+OK\r\n";
  int old = 2;
  int copies = 0;
  for (;;) {
    const std::string line = client.line();
    const std::string word = line.substr(0, line.find(' '));
    if (word == "PASS") {
      client.send(inbox.login_answer.starts_with("OK") ? ok : "-ERR Login failed.\r\n");
      const bool first = [&] {
        const std::lock_guard held(inbox.lock);
        return inbox.looks++ == 0;
      }();
      if (first) continue;
      {
        const std::lock_guard held(inbox.lock);
        --inbox.looks;
      }
      const auto there = next_look(inbox);
      if (!there) return client.hang_up();
      copies = *there;
    } else if (word == "UIDL" && !inbox.tells_next_uid) {
      client.send("-ERR no such command\r\n");
    } else if (word == "UIDL" || word == "LIST") {
      std::string lines = ok;
      for (int number = 1; number <= old + copies; ++number)
        lines += word == "LIST" ? fmt::format("{} 120\r\n", number) : fmt::format("{} UID{}-200\r\n", number, number);
      client.send(lines + ".\r\n");
    } else if (word == "TOP" && !inbox.uidplus) {
      client.send("-ERR no such command\r\n");
    } else if (word == "TOP" || word == "RETR") {
      client.send(ok + inbox.header + ".\r\n");
    } else if (word == "DELE") {
      const std::lock_guard held(inbox.lock);
      inbox.marked = inbox.store_answer.starts_with("OK");
      client.send(inbox.marked ? ok : "-ERR no\r\n");
    } else if (word == "QUIT") {
      {
        const std::lock_guard held(inbox.lock);
        inbox.gone = inbox.gone || inbox.marked;
      }
      client.send(ok);
      return client.hang_up();
    } else {
      client.send(ok);
    }
  }
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
          .to = jim(),
          .port = smtp.port(),
          .access = access,
          .read_port = mailbox.port(),
          .within = Duration(10'000),
          .first_pause = Duration(5),
          .shortest_settle = Duration(5)};
  subject = subject_at(smtp.endpoint());
  subject.trust = ca.trust_file();
  subject.parameters.set("from", plan.from);
  subject.parameters.set("to", jim());
  subject.parameters.set("within", plan.within);
}

const Observation& MailRun::run(Duration patience) {
  seen = observe(*make_mail_probe(plan), subject, patience);
  return seen;
}

std::vector<std::string> MailRun::with(Verdict wanted) const {
  std::vector<std::string> ids;
  for (const auto& check : kMailType.checks)
    if (check.judge(seen, subject).verdict == wanted) ids.emplace_back(check.id);
  return ids;
}

}  // namespace drydock::test
