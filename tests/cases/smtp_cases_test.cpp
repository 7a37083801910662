// What drydock once said wrongly of mail servers, by kind.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>

#include "tests/cases/verdicts.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock::test {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

/// A mail server for mail.test that takes mail for jim, kathy and postmaster, and passes nothing on.
struct MailHost {
  std::string mail = "250 ok";  ///< reply to MAIL
  /// Reply to RCPT of `address`.
  std::function<std::string(const std::string& address, bool tls)> rcpt = [](const std::string& address, bool) {
    return is_ours(address) ? "250 2.1.5 ok" : "550 5.7.1 relay not permitted";
  };
  bool offers_tls = false;
  bool implicit_tls = false;
  milliseconds thinks_before_greeting{0};
  milliseconds thinks_at_rcpt{0};

  static bool is_ours(const std::string& address) {
    for (const char* user : {"jim", "kathy", "postmaster", "Postmaster"})
      if (address == user + std::string("@mail.test")) return true;
    return address == "postmaster";
  }

  /// One connection.
  [[nodiscard]] Script script() const {
    return {act([this](PeerConnection& peer) {
      std::this_thread::sleep_for(thinks_before_greeting);
      peer.send("220 mail.test ESMTP\r\n");
      bool tls = implicit_tls;
      while (answer(peer, peer.line(), tls)) {
      }
    })};
  }

private:
  bool answer(PeerConnection& peer, const std::string& line, bool& tls) const {
    const auto is = [&line](const char* command) { return line.starts_with(command); };
    std::string reply = "250 ok";
    if (is("EHLO"))
      reply = std::string("250-mail.test\r\n250-8BITMIME\r\n250-PIPELINING\r\n") +
              (tls          ? "250-AUTH PLAIN LOGIN\r\n"
               : offers_tls ? "250-STARTTLS\r\n"
                            : "") +
              "250 SIZE 1000";
    else if (is("STARTTLS"))
      reply = "220 go ahead";
    else if (is("AUTH"))
      reply = tls ? "535 5.7.8 no" : "503 5.5.1 not here";
    else if (is("MAIL"))
      reply = mail;
    else if (is("RCPT TO:<"))
      reply = reply_to(line.substr(9, line.rfind('>') - 9), tls);
    else if (is("NOOP"))
      return true;  // what came before TLS was dropped
    else if (is("QUIT"))
      reply = "221 bye";
    peer.send(reply + "\r\n");
    if (is("STARTTLS")) {
      peer.start_tls();
      tls = true;
    }
    return !is("QUIT");
  }

  [[nodiscard]] std::string reply_to(const std::string& address, bool tls) const {
    std::this_thread::sleep_for(thinks_at_rcpt);
    return rcpt(address, tls);
  }
};

const std::string kProber = "vantage={address: 127.0.0.1, name: probe.elsewhere.test}";

/// `drydock probe TYPE` at the peer as the prober of mail.test's domain.
Said ask_mail_host(const std::string& type, const ScriptedPeer& peer, std::vector<std::string> words) {
  std::vector<std::string> all{"probe",
                               type,
                               fmt::format("{}:{}", peer.endpoint().ip, peer.port()),
                               "--name",
                               "mail.test",
                               kProber,
                               "domains=[mail.test]"};
  if (type == "smtp_relay") all.emplace_back("outside=somebody@elsewhere.test");
  all.insert(all.end(), words.begin(), words.end());
  return ask(std::move(all));
}

// ---- a refusal beside nobody who is taken

class SmtpCasesDislike : public testing::TestWithParam<const char*> {
protected:
  SmtpCasesDislike() {
    host_.rcpt = [](const std::string&, bool) { return std::string(GetParam()); };
  }
  MailHost host_;
};

// Who refuses this prober refuses it everything: nothing is known about relaying.
TEST_P(SmtpCasesDislike, ProvesNothingAboutRelaying) {
  const ScriptedPeer peer(host_.script());
  const Said said = ask_mail_host("smtp_relay", peer, {});
  EXPECT_EQ(said.verdict("smtp.relay-denied"), "inconclusive") << said.text;
  EXPECT_EQ(said.exit, 3);
}

// Nor is anything known about users who do not exist.
TEST_P(SmtpCasesDislike, ProvesNothingAboutUnknownUsers) {
  const ScriptedPeer peer(host_.script());
  const Said said = ask_mail_host("smtp", peer, {"tls=none", "unknown=refused", "recipients=[jim@mail.test]"});
  EXPECT_EQ(said.verdict("smtp.unknown-recipient"), "inconclusive") << said.text;
}

INSTANTIATE_TEST_SUITE_P(
    Words, SmtpCasesDislike,
    testing::Values("550 rejected because 127.0.0.1 is in a black list at dnsbl.test",
                    "504 5.5.2 <probe.elsewhere.test>: Helo command rejected: need fully-qualified hostname",
                    "554 5.7.1 <probe.elsewhere.test[127.0.0.1]>: Client host rejected: Access denied"));

class SmtpCasesSender : public testing::TestWithParam<const char*> {};

// Where the prober's sender is not taken, nobody was asked for.
TEST_P(SmtpCasesSender, ThatIsRefusedLeavesRelayingUnasked) {
  MailHost host;
  host.mail = GetParam();
  const ScriptedPeer peer(host.script());
  const Said said = ask_mail_host("smtp_relay", peer, {});
  EXPECT_EQ(said.verdict("smtp.relay-denied"), "inconclusive") << said.text;
}

INSTANTIATE_TEST_SUITE_P(Words, SmtpCasesSender,
                         testing::Values("501 5.1.7 Bad sender address syntax",
                                         "550 5.7.23 SPF check of the sender failed"));

/// Takes every local part of its own domain for itself.
MailHost catch_all() {
  MailHost host;
  host.rcpt = [](const std::string& address, bool) {
    return address.ends_with("@mail.test") || address == "postmaster" ? "250 ok" : "550 5.7.1 relay not permitted";
  };
  return host;
}

// What a catch-all takes for itself looks like relaying, and need not be.
TEST(SmtpCases, ACatchAllIsNoRelay) {
  const MailHost host = catch_all();
  const ScriptedPeer peer(host.script());
  const Said said = ask_mail_host("smtp_relay", peer, {});
  EXPECT_EQ(said.verdict("smtp.relay-denied"), "inconclusive") << said.text;
  EXPECT_THAT(said.message("smtp.relay-denied"), HasSubstr("percent hack"));
}

// Where the catch-all is meant, all that goes elsewhere is refused.
TEST(SmtpCases, ADeclaredCatchAllThatPassesNothingOnPasses) {
  const MailHost host = catch_all();
  const ScriptedPeer peer(host.script());
  const Said said = ask_mail_host("smtp_relay", peer, {"unknown=accepted"});
  EXPECT_EQ(said.verdict("smtp.relay-denied"), "pass") << said.text;
}

// ---- a password that is wrong

struct OddPassword {
  const char* name;
  const char* file;
  const char* oddity;
};
class SmtpCasesPassword : public testing::TestWithParam<OddPassword> {};

// A login that is refused may be the password's fault: what is odd about its file is said.
TEST_P(SmtpCasesPassword, MayBeWrongItself) {
  const TestCa ca;
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "jim") << GetParam().file;
  MailHost host;
  host.offers_tls = true;
  const ScriptedPeer peer(host.script(), {.certificate = ca.issue({.names = {"mail.test"}})});
  const Said said = ask_mail_host("smtp", peer,
                                  {"trust=" + ca.trust_file(), fmt::format("as={{login: jim, password: {{file: {}}}}}",
                                                                           (folder.path() / "jim").string())});
  EXPECT_EQ(said.verdict("smtp.auth"), "fail") << said.text;
  EXPECT_THAT(said.message("smtp.auth"), HasSubstr("password itself may be wrong"));
  EXPECT_THAT(said.message("smtp.auth"), HasSubstr(GetParam().oddity));
  EXPECT_THAT(said.message("smtp.auth"), Not(HasSubstr("right password")));
}

INSTANTIATE_TEST_SUITE_P(Files, SmtpCasesPassword,
                         testing::Values(OddPassword{"ByteOrderMark", "\xEF\xBB\xBFSesame-7\n", "byte order mark"},
                                         OddPassword{"TrailingBlank", "Sesame-7 \n", "blank"},
                                         OddPassword{"TwoLines", "Sesame-7\nof jim\n", "2 lines"}),
                         [](const auto& one) { return one.param.name; });

// ---- relaying elsewhere than in clear on port 25

// A relay that is open inside TLS alone is open, and the command that is shown begins TLS.
TEST(SmtpCases, ARelayThatIsOpenInsideTlsIsFound) {
  const TestCa ca;
  MailHost host;
  host.offers_tls = true;
  host.rcpt = [](const std::string& address, bool tls) {
    return tls || MailHost::is_ours(address) ? "250 ok" : "550 5.7.1 relay not permitted";
  };
  const ScriptedPeer peer(host.script(), {.certificate = ca.issue({.names = {"mail.test"}})});
  const Said said = ask_mail_host("smtp_relay", peer, {});
  EXPECT_EQ(said.verdict("smtp.relay-denied"), "fail") << said.text;
  EXPECT_THAT(said.by_hand("smtp.relay-denied"), HasSubstr(" --tls"));
}

// One that is open in clear alone is shown by a command that does not begin TLS.
TEST(SmtpCases, ARelayThatIsOpenInClearIsFound) {
  const TestCa ca;
  MailHost host;
  host.offers_tls = true;
  host.rcpt = [](const std::string& address, bool tls) {
    return !tls || MailHost::is_ours(address) ? "250 ok" : "550 5.7.1 relay not permitted";
  };
  const ScriptedPeer peer(host.script(), {.certificate = ca.issue({.names = {"mail.test"}})});
  const Said said = ask_mail_host("smtp_relay", peer, {});
  EXPECT_EQ(said.verdict("smtp.relay-denied"), "fail") << said.text;
  EXPECT_THAT(said.by_hand("smtp.relay-denied"), Not(HasSubstr(" --tls")));
}

/// A peer at a port that only root may listen at; null where this user may not.
std::unique_ptr<ScriptedPeer> peer_at(const MailHost& host, PeerOptions options) {
  try {
    return std::make_unique<ScriptedPeer>(host.script(), std::move(options));
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

class SmtpCasesPort : public testing::TestWithParam<std::uint16_t> {};

// A relay that is open at a port for submission is found without being asked for.
TEST_P(SmtpCasesPort, ThatTakesMailIsAskedAboutRelaying) {
  const TestCa ca;
  const Certificate certificate = ca.issue({.names = {"mail.test"}});
  const std::uint16_t port = GetParam();
  const std::string address = fmt::format("127.91.{}.{}", getpid() / 250 % 250, getpid() % 250 + 1);
  const MailHost closed;
  MailHost open;
  open.implicit_tls = port == 465;
  open.rcpt = [](const std::string&, bool) { return "250 ok"; };
  const auto first = peer_at(closed, {.address = address, .port = 25});
  const auto other =
      peer_at(open, {.address = address, .port = port, .certificate = certificate, .implicit_tls = open.implicit_tls});
  if (!first || !other) GTEST_SKIP() << "this user may not listen at port 25";
  const Said said = ask({"probe", "smtp_relay", address, "--name", "mail.test", kProber, "domains=[mail.test]",
                         "outside=somebody@elsewhere.test"});
  EXPECT_EQ(said.verdict("smtp.relay-denied"), "fail") << said.text;
  EXPECT_THAT(said.by_hand("smtp.relay-denied"), HasSubstr(fmt::format("--port {}", port)));
}

INSTANTIATE_TEST_SUITE_P(ForSubmission, SmtpCasesPort, testing::Values(587, 465));

// ---- our own patience

// A server that is slow to greet is slow on each connection: each has the time limit to itself.
TEST(SmtpCases, ASlowGreetingOnEachConnectionIsWaitedFor) {
  const TestCa ca;
  MailHost host;
  host.offers_tls = true;
  host.thinks_before_greeting = milliseconds(500);
  const ScriptedPeer peer(host.script(), {.certificate = ca.issue({.names = {"mail.test"}})});
  const Said said = ask_mail_host(
      "smtp", peer,
      {"trust=" + ca.trust_file(), "timeout=2s", "unknown=refused", "recipients=[jim@mail.test, kathy@mail.test]"});
  EXPECT_EQ(said.exit, 0) << said.text;
  EXPECT_GE(peer.connections(), 4U);
}

// Slow answers are divided among connections.
TEST(SmtpCases, SlowAnswersAreWaitedFor) {
  MailHost host;
  host.thinks_before_greeting = milliseconds(300);
  host.thinks_at_rcpt = milliseconds(400);
  const ScriptedPeer peer(host.script());
  const Said said = ask_mail_host(
      "smtp", peer, {"tls=none", "timeout=2s", "unknown=refused", "recipients=[jim@mail.test, kathy@mail.test]"});
  EXPECT_EQ(said.exit, 0) << said.text;
}

// Where the time is over, it is said whose it was and which key gives more.
TEST(SmtpCases, ATimeOutSaysWhoseTimeWasOver) {
  MailHost host;
  host.thinks_before_greeting = milliseconds(1500);
  const ScriptedPeer peer(host.script());
  const Said said = ask_mail_host("smtp", peer, {"tls=none", "timeout=500ms"});
  EXPECT_EQ(said.verdict("smtp.greeting"), "inconclusive") << said.text;
  EXPECT_THAT(said.message("smtp.greeting"), HasSubstr("no greeting within"));
  EXPECT_THAT(said.message("smtp.greeting"), HasSubstr("timeout"));
}

// ---- a server that lets one client have few connections

class SmtpCasesCrowd : public testing::TestWithParam<int> {};

// Many probes of one server share what it allows: it is asked again later, and never judged by "too many connections".
TEST_P(SmtpCasesCrowd, IsAskedAgainWhereItIsFull) {
  MailHost host;
  host.thinks_before_greeting = milliseconds(50);
  std::atomic<int> open = 0;
  struct Place {
    explicit Place(std::atomic<int>& all) : all_(all), number(++all) {}
    ~Place() { --all_; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    std::atomic<int>& all_;
    int number;
  };
  const ScriptedPeer peer({act([&](PeerConnection& client) {
    const Place place(open);
    if (place.number <= GetParam()) return client.follow(host.script());
    client.send("421 4.7.0 mail.test Too many connections from your host\r\n");
  })});
  const Said said = run_scenario(fmt::format(R"(drydock: 1
name: a crowd
hosts: {{new: {{address: 127.0.0.1, hostname: mail.test}}}}
domains: [mail.test]
vantages: {{prober: {{address: 127.0.0.1, name: probe.elsewhere.test}}}}
probes:
  - id: smtp-${{each}}
    for_each: [1, 2, 3, 4, 5, 6, 7, 8]
    name: mail.test
    smtp: {{port: {}, tls: none, unknown: refused, recipients: ["jim@mail.test", "kathy@mail.test"]}}
)",
                                             peer.port()));
  EXPECT_EQ(said.exit, 0) << said.text;
}

INSTANTIATE_TEST_SUITE_P(Limits, SmtpCasesCrowd, testing::Values(5, 2));

}  // namespace
}  // namespace drydock::test
