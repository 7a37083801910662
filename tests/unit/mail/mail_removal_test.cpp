// Mailboxes that change under the probe's eyes: what is deleted is the test message, and never anybody else's.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "probes/mail/facts.hpp"
#include "tests/unit/mail/mail_fixture.hpp"

namespace drydock::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kOurs = "Subject: cutover test\r\nX-Cutover-Token: t-1\r\n\r\n";
const std::string kSomebodys = "Subject: the contract\r\n\r\n";

/// An IMAP mailbox with messages by UID. `before` is called before each command is answered, and may change it.
struct ImapBox {
  int validity = 1;  ///< 0: is not told
  std::map<int, std::string> messages;
  std::function<void(ImapBox&, const std::string& command)> before = [](ImapBox&, const std::string&) {};
  bool hangs_up = false;   ///< instead of the next answer
  bool is_silent = false;  ///< to UID FETCH: no data

  void serve(PeerConnection& client) {
    client.send("* OK [CAPABILITY IMAP4rev1 UIDPLUS] ready\r\n");
    for (;;) {
      const std::string line = client.line();
      const std::size_t space = line.find(' ');
      const std::string command = line.substr(space + 1);
      before(*this, command);
      if (std::exchange(hangs_up, false)) return client.hang_up();
      answer(client, command);
      if (command == "LOGOUT") return client.hang_up();
      client.send(line.substr(0, space) + " OK done\r\n");
    }
  }

private:
  static int number_in(const std::string& text) { return std::stoi(text); }
  void answer(PeerConnection& client, const std::string& command) {
    if (command == "CAPABILITY") client.send("* CAPABILITY IMAP4rev1 UIDPLUS\r\n");
    if (command.starts_with("SELECT")) {
      client.send(fmt::format("* {} EXISTS\r\n", messages.size()));
      if (validity > 0) client.send(fmt::format("* OK [UIDVALIDITY {}] told\r\n", validity));
      client.send(fmt::format("* OK [UIDNEXT {}] told\r\n", messages.empty() ? 1 : messages.rbegin()->first + 1));
    }
    if (command.starts_with("UID SEARCH")) client.send("* SEARCH" + found(command) + "\r\n");
    if (command.starts_with("UID FETCH")) fetch(client, number_in(command.substr(10)));
    if (command.starts_with("UID EXPUNGE")) messages.erase(number_in(command.substr(12)));
  }
  [[nodiscard]] std::string found(const std::string& command) const {
    const std::size_t set = command.find("UID ", 4);
    const int from = set == std::string::npos ? 0 : number_in(command.substr(set + 4));
    const bool by_header = command.find("HEADER") != std::string::npos;
    std::string text;
    for (const auto& [uid, header] : messages)
      if (by_header ? uid >= from && header == kOurs : uid == from) text += fmt::format(" {}", uid);
    return text;
  }
  void fetch(PeerConnection& client, int uid) const {
    if (is_silent || !messages.contains(uid)) return;
    const std::string& header = messages.at(uid);
    client.send(fmt::format("* 1 FETCH (UID {} BODY[HEADER] {{{}}}\r\n{})\r\n", uid, header.size(), header));
  }
};

/// A mail probe that reads this mailbox instead of the fixture's.
template <class Box>
struct BoxRun : MailRun {
  explicit BoxRun(MailAccess access) : MailRun(smtp_script(), access) { plan.read_port = service.port(); }
  Box box;
  ScriptedPeer service{Script{act([this](PeerConnection& client) { box.serve(client); })},
                       {.certificate = ca.issue(), .implicit_tls = true}};
};

struct ImapRun : BoxRun<ImapBox> {
  ImapRun() : BoxRun(MailAccess::imaps) {}
  /// At the second look after the message came, the mailbox is another: `change` makes it so, and the server hangs up.
  void change_before_removal(std::function<void(ImapBox&)> change) {
    box.before = [change = std::move(change), noops = 0](ImapBox& now, const std::string& command) mutable {
      if (command != "NOOP") return;
      if (++noops == 1) now.messages[5] = kOurs;
      if (noops != 2) return;
      change(now);
      now.hangs_up = true;
    };
  }
};

TEST(MailRemovalOverImap, TakesNobodysMailWhereUidsAreGivenAnew) {
  for (const int validity : {2, 0}) {
    ImapRun test;
    test.box.validity = validity == 0 ? 0 : 1;
    test.box.messages[4] = kSomebodys;
    test.change_before_removal([validity](ImapBox& box) {
      box.validity = validity;
      box.messages = {{4, kSomebodys}, {5, kSomebodys}, {7, kOurs}};
    });
    test.run();
    EXPECT_EQ(test.with(Verdict::pass), kDelivery) << transcript_text(test.seen);
    EXPECT_EQ(test.box.messages, (std::map<int, std::string>{{4, kSomebodys}, {5, kSomebodys}})) << validity;
    EXPECT_EQ(*test.seen.get(kMail.copies), 1);
  }
}

TEST(MailRemovalOverImap, TakesNobodysMailWhereTheServerNamesItLikeOurs) {
  ImapRun test;
  test.change_before_removal([](ImapBox& box) { box.messages = {{5, kSomebodys}, {6, kOurs}}; });
  test.run();
  EXPECT_EQ(test.with(Verdict::pass), kDelivery) << transcript_text(test.seen);
  EXPECT_EQ(test.box.messages, (std::map<int, std::string>{{5, kSomebodys}}));
}

TEST(MailRemovalOverImap, PassesWhereTheMessageIsGone) {
  ImapRun test;
  int searches = 0;
  test.box.before = [&](ImapBox& box, const std::string& command) {
    if (command == "NOOP" && searches == 0) box.messages[1] = kOurs;
    if (command.starts_with("UID SEARCH") && ++searches == 3) box.messages.clear();
  };
  test.subject.switched_off = {"mail.single-copy"};
  test.run();
  EXPECT_EQ(test.verdict("mail.cleaned"), Verdict::pass) << transcript_text(test.seen);
}

TEST(MailRemovalOverImap, WarnsWhereTheMessageCannotBeReadAgain) {
  ImapRun test;
  int fetches = 0;
  test.box.before = [&](ImapBox& box, const std::string& command) {
    if (command == "NOOP") box.messages[1] = kOurs;
    if (command.starts_with("UID FETCH")) box.is_silent = ++fetches > 1;
  };
  test.run();
  EXPECT_EQ(test.verdict("mail.delivered"), Verdict::pass) << transcript_text(test.seen);
  EXPECT_EQ(test.verdict("mail.cleaned"), Verdict::warn);
  EXPECT_THAT(test.judge("mail.cleaned").actual, HasSubstr("can't be read"));
  EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
}

TEST(MailSingleCopyOverImap, KeepsTheHighestCountOfAllLooks) {
  ImapRun test;
  int searches = 0;
  test.box.before = [&](ImapBox& box, const std::string& command) {
    if (command == "NOOP" && searches == 0) box.messages = {{1, kOurs}, {2, kOurs}};
    if (command.starts_with("UID SEARCH") && ++searches == 2) box.messages.erase(1);
  };
  test.run();
  EXPECT_EQ(*test.seen.get(kMail.copies), 2) << transcript_text(test.seen);
  EXPECT_THAT(test.with(Verdict::fail), ::testing::ElementsAre("mail.single-copy"));
  EXPECT_THAT(test.box.messages, IsEmpty());
  EXPECT_EQ(test.verdict("mail.cleaned"), Verdict::pass);
}

TEST(MailRemoval, OfEarlierMessagesHindersNothing) {
  for (const MailAccess access : {MailAccess::imaps, MailAccess::pop3s}) {
    MailRun test(smtp_script(), access);
    test.inbox->late = {header_of_earlier_look("t-0")};
    test.inbox->store_answer = "NO read-only";
    test.inbox->arrives = {};
    test.plan.within = Duration(50);
    test.run();
    EXPECT_EQ(test.verdict("mail.accepted"), Verdict::pass) << transcript_text(test.seen);
    EXPECT_EQ(test.verdict("mail.cleaned"), Verdict::warn);
    EXPECT_THAT(test.judge("mail.cleaned").actual, HasSubstr("messages of earlier looks are left"));
  }
}

// ---- POP3

/// A POP3 mailbox, with unique ids or without. `before` is called at each login, with its number from 1.
struct PopBox {
  struct Message {
    std::string id, header;
  };
  bool has_ids = false;
  std::vector<Message> messages = {{"a", kSomebodys}, {"b", kSomebodys}, {"c", kSomebodys}};
  std::function<void(PopBox&, int session)> before = [](PopBox&, int) {};
  bool refuses = false;  ///< TOP and RETR of our message
  int sessions = 0;

  void serve(PeerConnection& client) {
    client.send("+OK hello\r\n");
    std::set<int> marked;
    for (;;) {
      const std::string line = client.line();
      const std::string word = line.substr(0, line.find(' '));
      if (word == "PASS") before(*this, ++sessions);
      if (word == "DELE") marked.insert(number_in(line));
      if (word == "QUIT") remove(marked);
      if (word == "UIDL" && !has_ids)
        client.send("-ERR no such command\r\n");
      else if (word == "UIDL" || word == "LIST")
        client.send("+OK\r\n" + listed(word == "UIDL") + ".\r\n");
      else if (word == "TOP" || word == "RETR")
        retrieve(client, at(number_in(line)));
      else
        client.send("+OK\r\n");
      if (word == "QUIT") break;
    }
    client.hang_up();
  }
  [[nodiscard]] std::vector<std::string> headers() const {
    std::vector<std::string> all;
    for (const auto& message : messages) all.push_back(message.header);
    return all;
  }

private:
  static int number_in(const std::string& line) { return std::stoi(line.substr(line.find(' ') + 1)); }
  [[nodiscard]] const std::string& at(int number) const {
    return messages.at(static_cast<std::size_t>(number - 1)).header;
  }
  [[nodiscard]] std::string listed(bool ids) const {
    std::string lines;
    for (std::size_t i = 0; i < messages.size(); ++i)
      lines += fmt::format("{} {}\r\n", i + 1, ids ? messages[i].id : "120");
    return lines;
  }
  void remove(const std::set<int>& numbers) {
    for (auto number = numbers.rbegin(); number != numbers.rend(); ++number)
      messages.erase(messages.begin() + *number - 1);
  }
  void retrieve(PeerConnection& client, const std::string& header) const {
    if (refuses && header == kOurs)
      client.send("-ERR [SYS/TEMP] can not open message\r\n");
    else
      client.send("+OK\r\n" + header + ".\r\n");
  }
};

struct PopRun : BoxRun<PopBox> {
  PopRun() : BoxRun(MailAccess::pop3s) {}
  [[nodiscard]] std::vector<std::string> deletions() const {
    std::vector<std::string> all;
    for (const auto& line : service.heard())
      if (line.starts_with("DELE")) all.push_back(line);
    return all;
  }
};

TEST(MailRemovalOverPop3, TakesNobodysMailWhereNumbersShift) {
  for (const bool has_ids : {false, true}) {
    PopRun test;
    test.box.has_ids = has_ids;
    test.box.before = [](PopBox& box, int session) {
      if (session == 2) box.messages.push_back({"d", kOurs});
      if (session == 4) box.messages.erase(box.messages.begin());
    };
    test.run();
    EXPECT_EQ(test.with(Verdict::pass), kDelivery) << transcript_text(test.seen);
    EXPECT_EQ(test.box.headers(), (std::vector<std::string>{kSomebodys, kSomebodys}));
    EXPECT_THAT(test.deletions(), ::testing::ElementsAre("DELE 3"));
  }
}

TEST(MailRemovalOverPop3, FindsTheMessageThatHasTheNumberOfAnEarlierOne) {
  for (const bool ids_are_numbers : {false, true}) {
    PopRun test;
    test.box.has_ids = ids_are_numbers;
    test.box.messages = {{"1", kSomebodys}, {"2", kSomebodys}, {"3", kSomebodys}};
    test.box.before = [](PopBox& box, int session) {
      if (session == 2) box.messages = {{"1", kSomebodys}, {"2", kOurs}, {"3", kSomebodys}};
    };
    test.run();
    EXPECT_EQ(test.with(Verdict::pass), kDelivery) << transcript_text(test.seen);
    EXPECT_THAT(test.deletions(), ::testing::ElementsAre("DELE 2"));
  }
}

TEST(MailRemovalOverPop3, TakesNobodysMailWhereUniqueIdsAreGivenAnew) {
  PopRun test;
  test.box.has_ids = true;
  test.box.before = [](PopBox& box, int session) {
    if (session == 2) box.messages.push_back({"d", kOurs});
    if (session == 4) box.messages = {{"w", kSomebodys}, {"d", kSomebodys}, {"x", kOurs}, {"c", kSomebodys}};
  };
  test.run();
  EXPECT_EQ(test.with(Verdict::pass), kDelivery) << transcript_text(test.seen);
  EXPECT_EQ(test.box.headers(), (std::vector<std::string>{kSomebodys, kSomebodys, kSomebodys}));
}

TEST(MailRemovalOverPop3, DeletesNothingThatItCannotReadAgain) {
  PopRun test;
  test.box.before = [](PopBox& box, int session) {
    if (session == 2) box.messages.push_back({"d", kOurs});
    box.refuses = session == 4;
  };
  test.run();
  EXPECT_EQ(test.verdict("mail.delivered"), Verdict::pass) << transcript_text(test.seen);
  EXPECT_EQ(test.verdict("mail.single-copy"), Verdict::pass);
  EXPECT_EQ(test.verdict("mail.cleaned"), Verdict::warn);
  EXPECT_THAT(test.judge("mail.cleaned").actual, HasSubstr("-ERR [SYS/TEMP] can not open message"));
  EXPECT_THAT(test.deletions(), IsEmpty());
}

TEST(MailDeliveredOverPop3, IsInconclusiveWhereAMessageCannotBeRead) {
  for (const bool has_ids : {false, true}) {
    PopRun test;
    test.box.has_ids = has_ids;
    test.box.refuses = true;
    test.box.before = [](PopBox& box, int session) {
      if (session == 2) box.messages.push_back({"d", kOurs});
    };
    test.plan.within = Duration(100);
    test.run();
    EXPECT_EQ(test.verdict("mail.delivered"), Verdict::inconclusive) << transcript_text(test.seen);
    EXPECT_THAT(test.judge("mail.delivered").message, HasSubstr("-ERR [SYS/TEMP] can not open message"));
    EXPECT_EQ(test.verdict("mail.single-copy"), Verdict::inconclusive);
    EXPECT_EQ(test.verdict("mail.cleaned"), Verdict::warn);
    EXPECT_THAT(test.with(Verdict::fail), IsEmpty());
    EXPECT_THAT(test.deletions(), IsEmpty());
  }
}

}  // namespace
}  // namespace drydock::test
