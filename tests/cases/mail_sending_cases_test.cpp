// What drydock once said wrongly of mail that was sent and looked for, by kind.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/cases/mail_host.hpp"
#include "tests/cases/verdicts.hpp"
#include "tests/support/scripted_peer.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_ca.hpp"

namespace drydock::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

/// Mailboxes behind SMTP and IMAP at one address of this machine, which no other test has, and a scenario about them.
class MailSendingCases : public testing::Test {
protected:
  void SetUp() override {
    if (const auto why = why_no_low_ports(); !why.empty()) GTEST_SKIP() << why;
  }

  /// Begins to serve at 127.0.70.N.
  void serve(int number, const Script* instead_of_imap = nullptr) {
    address_ = fmt::format("127.0.70.{}", number);
    smtp_.emplace(boxes.smtp(), PeerOptions{.address = address_});
    imap_.emplace(
        instead_of_imap ? *instead_of_imap : boxes.imap(),
        PeerOptions{
            .address = address_, .port = 993, .certificate = ca.issue({.names = {"mail.test"}}), .implicit_tls = true});
  }

  /// `probes`: the list; `mail: {PORT` becomes the server's port.
  [[nodiscard]] std::string scenario(std::string probes) const {
    for (std::size_t at = probes.find("PORT"); at != std::string::npos; at = probes.find("PORT"))
      probes.replace(at, 4, std::to_string(smtp_->port()));
    return fmt::format(R"(drydock: 1
name: mail
names: {{canonical: mail.test}}
domains: [mail.test]
trust: ca.pem
hosts: {{new: {{address: {}, hostname: mail.test}}}}
secrets: {{jim: {{file: jim.password}}}}
accounts:
  jim: {{login: jim, password: "${{secrets.jim}}", mail: jim@mail.test}}
  ben: {{login: ben, password: "${{secrets.jim}}", mail: ben@mail.test}}
probes:
{})",
                       address_, probes);
  }

  Said look(const std::string& probes, const std::vector<std::string>& words = {}) {
    return run_scenario(scenario(probes), files(), words);
  }

  [[nodiscard]] std::vector<std::pair<std::string, std::string>> files() const {
    return {{"ca.pem", ca.pem()}, {"jim.password", "right-horse-42\n"}};
  }

  TestCa ca;
  Mailboxes boxes;
  std::string address_;
  std::optional<ScriptedPeer> smtp_;
  std::optional<ScriptedPeer> imap_;
};

// Where nobody can log in to look for it, no message is sent; "no message was accepted" would blame the server.
TEST_F(MailSendingCases, WhatWasNotSentIsSaidToBeNotSent) {
  boxes.imap_answers = {{"LOGIN", "NO Login failed."}};
  serve(1);
  const Said said = look("  - {id: m, mail: {from: p@elsewhere.test, to: jim, port: PORT, within: 1s}}\n");
  EXPECT_EQ(boxes.taken(), 0u);
  for (const char* check : {"mail.accepted", "mail.delivered", "mail.single-copy"}) {
    EXPECT_EQ(said.verdict(check), "inconclusive") << said.text;
    EXPECT_THAT(said.message(check), HasSubstr("nothing was sent")) << check << said.text;
    EXPECT_THAT(said.message(check), Not(HasSubstr("no message was accepted"))) << check;
  }
}

// An alias that leads to two people: found in both mailboxes, and removed from both.
TEST_F(MailSendingCases, AnAliasOfTwoPeopleIsCleanedInBothMailboxes) {
  boxes.leads_to = {{"crew@mail.test", {"jim", "ben"}}};
  serve(2);
  const Said said = look(R"(  - id: m
    mail: {from: p@elsewhere.test, to: [jim, ben], recipient: crew@mail.test, port: PORT, within: 2s,
           copies_within: 300ms}
)");
  EXPECT_EQ(boxes.taken(), 1u) << said.text;
  EXPECT_EQ(said.verdict("mail.delivered"), "pass") << said.text;
  EXPECT_EQ(said.verdict("mail.cleaned"), "pass") << said.text;
  EXPECT_EQ(boxes.left("jim") + boxes.left("ben"), 0u) << said.text;
}

// The same where only one of the two gets it: the other's mail is lost.
TEST_F(MailSendingCases, AnAliasThatReachesOneOfTwoIsAFail) {
  boxes.leads_to = {{"crew@mail.test", {"jim"}}};
  serve(3);
  const Said said = look(R"(  - id: m
    mail: {from: p@elsewhere.test, to: [jim, ben], recipient: crew@mail.test, port: PORT, within: 1s,
           copies_within: 300ms}
)");
  EXPECT_EQ(said.verdict("mail.delivered"), "fail") << said.text;
  EXPECT_THAT(said.message("mail.delivered"), HasSubstr("ben")) << said.text;
  EXPECT_EQ(boxes.left("jim"), 0u) << said.text;
}

// Interrupted while it waits for further copies of the message that came: that one is removed before drydock ends.
TEST_F(MailSendingCases, AnInterruptedLookTakesItsMessageAway) {
  serve(4);
  const TemporaryFolder folder;
  for (const auto& [name, text] : files()) std::ofstream(folder.path() / name) << text;
  std::ofstream(folder.path() / "m.yaml")
      << scenario("  - {id: m, mail: {from: p@elsewhere.test, to: jim, port: PORT, within: 20s}}\n");
  RunningDrydock drydock({"run", (folder.path() / "m.yaml").string()}, folder.path());
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (boxes.shown() == 0 && std::chrono::steady_clock::now() < patience)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  ASSERT_EQ(boxes.left("jim"), 1u) << drydock.said();
  drydock.signal(SIGINT);
  const auto ended = drydock.wait();
  EXPECT_EQ(ended.exit, 130) << ended.out << ended.err;
  EXPECT_EQ(boxes.left("jim"), 0u) << ended.out << ended.err;
}

// A mailbox that falls silent until the time is over, and answers again: the message is taken away all the same.
TEST_F(MailSendingCases, ALookWhoseTimeIsOverTakesItsMessageAway) {
  boxes.stalls = 1;
  serve(5);
  const Said said =
      look("  - {id: m, timeout: 1s, mail: {from: p@elsewhere.test, to: jim, port: PORT, within: 100ms}}\n");
  EXPECT_EQ(boxes.taken(), 1u) << said.text;
  EXPECT_EQ(boxes.left("jim"), 0u) << said.text;
}

// Checks that do not apply are skipped whether or not the probe could look: no `tagged`, nothing to judge about a
// scanner.
TEST_F(MailSendingCases, WhatDoesNotApplyIsSkippedAlsoWhereANeedIsNotMet) {
  serve(6);
  std::uint16_t closed = 0;
  {
    const ScriptedPeer gone({stall()}, {.address = address_});
    closed = gone.port();
  }
  const Said said =
      look(fmt::format("  - {{id: s, smtp: {{port: {}, tls: none}}}}\n"
                       "  - {{id: m, needs: [s], mail: {{from: p@elsewhere.test, to: jim, port: PORT, within: 1s}}}}\n",
                       closed));
  EXPECT_EQ(said.verdict("mail.delivered"), "inconclusive") << said.text;
  EXPECT_EQ(said.verdict("mail.scanned"), "skip") << said.text;
  EXPECT_EQ(said.verdict("mail.speed"), "skip") << said.text;
}

// One red check of sixteen is no reason not to look whether mail arrives: the service can be talked to.
TEST_F(MailSendingCases, ANeedIsThatTheServiceCanBeTalkedTo) {
  boxes.leads_to = {{"jim@mail.test", {"jim"}}, {"postmaster@mail.test", {"jim"}}};
  serve(7);
  const Said said = look(
      "  - {id: s, smtp: {port: PORT, tls: none, recipients: [jim@mail.test, kathy@mail.test]}}\n"
      "  - {id: m, needs: [s], mail: {from: p@elsewhere.test, to: jim, port: PORT, within: 1s}}\n");
  EXPECT_EQ(said.verdict("smtp.recipients"), "fail") << said.text;
  EXPECT_EQ(said.verdict("mail.delivered"), "pass") << said.text;
}

// Mails that don't arrive wait side by side: waiting holds no place at the host.
TEST_F(MailSendingCases, WaitingHoldsNoPlaceAtTheHost) {
  boxes.leads_to = {{"jim@mail.test", {}}};
  serve(8);
  std::string probes;
  for (int n = 0; n < 13; ++n)
    probes += fmt::format("  - {{id: m{}, mail: {{from: p@elsewhere.test, to: jim, port: PORT, within: 3s}}}}\n", n);
  const auto begun = std::chrono::steady_clock::now();
  const Said said = look(probes);
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  EXPECT_EQ(said.all("fail").size(), 13u) << said.text;
  EXPECT_LT(took, 5.9) << said.text;
}

}  // namespace
}  // namespace drydock::test
