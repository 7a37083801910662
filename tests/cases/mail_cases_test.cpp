// What drydock once said wrongly of mail that it sent and looked for, by kind.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "tests/cases/verdicts.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;
using Instant = std::chrono::steady_clock::time_point;

/// A mail server and the mailbox of jim behind it. Must outlive the peers that use it.
class PostOffice {
public:
  std::chrono::milliseconds second_copy_after{0};  ///< of the first message; 0: there is none
  bool copy_after_removal = false;                 ///< one more comes once the first was deleted
  std::string uidl_gap = " ";                      ///< between the number and the name in a line of UIDL
  std::string untagged;                            ///< what IMAP says besides to each command, with its CRLF

  [[nodiscard]] std::size_t kept() const {
    const std::lock_guard held(mutex_);
    return messages_.size();
  }

  Script smtp() {
    return {act([this](PeerConnection& peer) {
      peer.send("220 mail.test ESMTP\r\n");
      for (std::string line = peer.line(); line != "QUIT"; line = peer.line()) {
        if (line == "DATA") {
          peer.send("354 go on\r\n");
          take(peer);
        }
        peer.send(line.starts_with("EHLO") ? "250 mail.test\r\n" : "250 ok\r\n");
      }
      peer.send("221 bye\r\n");
    })};
  }

  Script imap() {
    return {act([this](PeerConnection& peer) {
      peer.send("* OK [CAPABILITY IMAP4rev1 UIDPLUS] ready\r\n");
      for (bool over = false; !over;) {
        const std::string line = peer.line();
        const std::size_t space = std::min(line.find(' '), line.size() - 1);
        const std::string command = line.substr(space + 1);
        peer.send(untagged + imap_data(command));
        over = command == "LOGOUT";
        peer.send(line.substr(0, space) + " OK done\r\n");
      }
    })};
  }

  Script pop3() {
    return {act([this](PeerConnection& peer) {
      peer.send("+OK hello\r\n");
      const std::map<int, std::string> there = now_there();
      for (bool over = false; !over;) {
        const std::string line = peer.line();
        peer.send(pop3_answer(line, there));
        over = line == "QUIT";
      }
    })};
  }

private:
  struct Message {
    std::string header;
    Instant there_from;
  };

  void take(PeerConnection& peer) {
    std::string header;
    bool in_header = true;
    for (std::string line = peer.line(); line != "."; line = peer.line()) {
      in_header = in_header && !line.empty();
      if (in_header) header += line + "\r\n";
    }
    const std::lock_guard held(mutex_);
    const Instant now = std::chrono::steady_clock::now();
    messages_[next_++] = {header + "\r\n", now};
    const auto after = std::exchange(second_copy_after, std::chrono::milliseconds(0));
    if (after.count() > 0) messages_[next_++] = {header + "\r\n", now + after};
  }

  void remove(int number) {
    const std::lock_guard held(mutex_);
    const auto found = messages_.find(number);
    if (found == messages_.end()) return;
    const Message gone = found->second;
    messages_.erase(found);
    if (std::exchange(copy_after_removal, false)) messages_[next_++] = gone;
  }

  /// The headers of what has arrived, by number.
  [[nodiscard]] std::map<int, std::string> now_there() const {
    const std::lock_guard held(mutex_);
    std::map<int, std::string> there;
    for (const auto& [number, message] : messages_)
      if (message.there_from <= std::chrono::steady_clock::now()) there.emplace(number, message.header);
    return there;
  }

  std::string imap_data(const std::string& command) {
    const auto is = [&command](const char* start) { return command.starts_with(start); };
    const auto there = now_there();
    if (is("CAPABILITY")) return "* CAPABILITY IMAP4rev1 UIDPLUS\r\n";
    if (is("SELECT") || is("EXAMINE"))
      return fmt::format("* {} EXISTS\r\n* OK [UIDVALIDITY 1] told\r\n* OK [UIDNEXT {}] told\r\n", there.size(), next_);
    if (is("UID SEARCH")) {
      std::string found;
      const std::string wanted = command.substr(command.rfind(' ') + 1);
      for (const auto& [uid, header] : there)
        if (command.find("HEADER") == std::string::npos ? std::to_string(uid) == wanted
                                                        : header.find(wanted) != std::string::npos)
          found += fmt::format(" {}", uid);
      return "* SEARCH" + found + "\r\n";
    }
    if (is("UID FETCH")) {
      const int uid = std::stoi(command.substr(10));
      const auto found = there.find(uid);
      if (found == there.end()) return "";
      return fmt::format("* 1 FETCH (UID {} BODY[HEADER] {{{}}}\r\n{})\r\n", uid, found->second.size(), found->second);
    }
    if (is("UID EXPUNGE")) {
      std::string numbers = command.substr(12);
      for (std::size_t comma = 0; comma != std::string::npos; numbers.erase(0, comma + 1)) {
        comma = numbers.find(',');
        remove(std::stoi(numbers));
        if (comma == std::string::npos) break;
      }
    }
    return "";
  }

  std::string pop3_answer(const std::string& line, const std::map<int, std::string>& there) {
    const std::string word = line.substr(0, line.find(' '));
    const int number = line.size() > word.size() && std::isdigit(static_cast<unsigned char>(line[word.size() + 1]))
                           ? std::stoi(line.substr(word.size() + 1))
                           : 0;
    std::string list;
    for (const auto& [one, header] : there)
      list += word == "UIDL" ? fmt::format("{}{}uid-{}\r\n", one, uidl_gap, one) : fmt::format("{} 120\r\n", one);
    if (word == "UIDL" || word == "LIST") return "+OK\r\n" + list + ".\r\n";
    if ((word == "TOP" || word == "RETR") && there.contains(number)) return "+OK\r\n" + there.at(number) + ".\r\n";
    if (word == "DELE") remove(number);
    return "+OK\r\n";
  }

  mutable std::mutex mutex_;
  std::map<int, Message> messages_;
  int next_ = 1;
};

/// Such an office at an address that no other process has, where a mailbox can be read at the port that users know.
class MailCases : public testing::Test {
protected:
  static constexpr std::uint16_t kImaps = 993, kPop3s = 995;

  void serve(std::uint16_t port) {
    const std::string address = fmt::format("127.91.{}.{}", getpid() / 250 % 250, getpid() % 250 + 1);
    try {
      smtp_ = std::make_unique<ScriptedPeer>(office_.smtp(), PeerOptions{.address = address});
      mailbox_ = std::make_unique<ScriptedPeer>(port == kImaps ? office_.imap() : office_.pop3(),
                                                PeerOptions{.address = address,
                                                            .port = port,
                                                            .certificate = ca_.issue({.names = {"mail.test"}}),
                                                            .implicit_tls = true});
    } catch (const std::runtime_error&) {
      GTEST_SKIP() << "this user may not listen at port " << port;
    }
    read_ = port == kImaps ? "imaps" : "pop3s";
  }
  Said send_mail(const std::vector<std::string>& further = {}) {
    const TemporaryFolder folder;
    std::ofstream(folder.path() / "jim") << "Sesame-7\n";
    std::vector<std::string> words{"probe",
                                   "mail",
                                   smtp_->endpoint().text(),
                                   "--name",
                                   "mail.test",
                                   "trust=" + ca_.trust_file(),
                                   "from=probe@elsewhere.test",
                                   "read=" + read_,
                                   "within=5s",
                                   fmt::format("to={{login: jim, mail: jim@mail.test, password: {{file: {}}}}}",
                                               (folder.path() / "jim").string())};
    words.insert(words.end(), further.begin(), further.end());
    return ask(std::move(words));
  }

  TestCa ca_;
  PostOffice office_;
  std::string read_;
  std::unique_ptr<ScriptedPeer> smtp_, mailbox_;
};

// A message may come a second time, some seconds after the first: it is counted, and taken away.
TEST_F(MailCases, ASecondCopyThatComesLaterIsCountedAndRemoved) {
  office_.second_copy_after = std::chrono::seconds(2);
  serve(kImaps);
  if (IsSkipped()) return;
  const Said said = send_mail();
  EXPECT_EQ(said.verdict("mail.single-copy"), "fail") << said.text;
  EXPECT_EQ(said.exit, 1);
  EXPECT_EQ(office_.kept(), 0U);
}

// One that comes after a look is told and taken away at the next.
TEST_F(MailCases, ACopyThatComesAfterALookIsToldAtTheNext) {
  office_.second_copy_after = std::chrono::milliseconds(500);
  office_.copy_after_removal = true;
  serve(kImaps);
  if (IsSkipped()) return;
  const Said said = send_mail({"tries=2", "pause=100ms"});
  EXPECT_EQ(said.verdict("mail.single-copy"), "warn") << said.text;
  EXPECT_THAT(said.message("mail.single-copy"), HasSubstr("earlier look"));
  EXPECT_EQ(office_.kept(), 0U);
}

class MailCasesGap : public MailCases, public testing::WithParamInterface<const char*> {};

// A server may put more than one blank into a line of UIDL: the message has arrived all the same.
TEST_P(MailCasesGap, BetweenNumberAndNameIsRead) {
  office_.uidl_gap = GetParam();
  serve(kPop3s);
  if (IsSkipped()) return;
  const Said said = send_mail();
  EXPECT_EQ(said.verdict("mail.delivered"), "pass") << said.text;
  EXPECT_EQ(said.exit, 0);
  EXPECT_EQ(office_.kept(), 0U);
}

INSTANTIATE_TEST_SUITE_P(OfUidl, MailCasesGap, testing::Values("  ", "\t"));

// Untagged data that nobody needs may hold what this reader does not expect.
TEST_F(MailCases, AFlagWithABracketHindersNothing) {
  office_.untagged = "* FLAGS (\\Seen [draft)\r\n";
  serve(kImaps);
  if (IsSkipped()) return;
  const Said said = send_mail();
  EXPECT_EQ(said.verdict("mail.delivered"), "pass") << said.text;
  EXPECT_EQ(said.exit, 0);
}

// `drydock probe imap` of a mailbox that has such a flag.
TEST_F(MailCases, AFlagWithABracketHindersNoLogin) {
  office_.untagged = "* FLAGS (\\Seen [draft)\r\n* OK [PERMANENTFLAGS (\\Seen [draft \\*)] limited\r\n";
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "jim") << "Sesame-7\n";
  const ScriptedPeer peer(office_.imap(), {.certificate = ca_.issue({.names = {"mail.test"}}), .implicit_tls = true});
  const Said said =
      ask({"probe", "imap", peer.endpoint().text(), "--name", "mail.test", "trust=" + ca_.trust_file(), "tls=implicit",
           fmt::format("as={{login: jim, password: {{file: {}}}}}", (folder.path() / "jim").string())});
  EXPECT_EQ(said.verdict("imap.login"), "pass") << said.text;
  EXPECT_EQ(said.verdict("imap.capabilities"), "pass") << said.text;
}

}  // namespace
}  // namespace drydock::test
