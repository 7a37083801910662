#include "probes/smtp/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/codec/message.hpp"
#include "probes/smtp/settings.hpp"
#include "tests/support/reply.hpp"
#include "tests/unit/smtp/smtp_test_support.hpp"

namespace drydock::test {
namespace {

namespace asio = boost::asio;
using testing::ElementsAre;
using testing::HasSubstr;

/// What a client of SmtpSession needs, against a scripted peer.
struct SessionScene {
  explicit SessionScene(Script script) : peer(std::move(script)) { subject = subject_at(peer.endpoint(), "mail.test"); }

  /// Opens a session in clear and hands it to `talk`.
  void run(asio::awaitable<void> (*talk)(SmtpSession&)) {
    run_on_loop([this, talk]() -> asio::awaitable<void> { return hold(talk); });
  }
  asio::awaitable<void> hold(asio::awaitable<void> (*talk)(SmtpSession&)) {
    const ProbeContext context{subject, Clock::now() + std::chrono::seconds(20)};
    SmtpSession session =
        co_await SmtpSession::open_ready(context, peer.endpoint(), SmtpTls::none, seen, ErrorBudget("a test"));
    co_await talk(session);
  }

  ScriptedPeer peer;
  Subject subject;
  Observation seen;
};

const Script kHello = {say("220 mail.test ESMTP"), hear("EHLO prober.test"), say("250 mail.test")};

Script hello_and(Script rest) {
  Script script = kHello;
  script.insert(script.end(), rest.begin(), rest.end());
  return script;
}

asio::awaitable<void> sends_a_message(SmtpSession& session) {
  const Reply from = co_await session.mail("probe@prober.test", "BODY=8BITMIME");
  const Reply to = co_await session.rcpt("jim@mail.test");
  const Reply reply = co_await session.data("Subject: x\r\n\r\n.leading dot\r\n");
  EXPECT_EQ(from.code + to.code, 500);
  EXPECT_EQ(reply.text(), "250 2.0.0 OK id=1");
  EXPECT_EQ(reply.enhanced->text(), "2.0.0");
  co_await session.quit();
}

TEST(SmtpSession, SendsAMessageWithStuffedDots) {
  SessionScene scene(hello_and({hear("MAIL FROM:<probe@prober.test> BODY=8BITMIME"), say("250 OK"),
                                hear("RCPT TO:<jim@mail.test>"), say("250 OK"), hear("DATA"), say("354 go on"),
                                hear_until("."), say("250 2.0.0 OK id=1"), hear("QUIT")}));
  scene.run(sends_a_message);
  EXPECT_EQ(scene.peer.complaints(), "");
  const auto heard = scene.peer.heard();
  EXPECT_THAT(std::vector<std::string>(heard.begin() + 4, heard.begin() + 8),
              ElementsAre("Subject: x", "", "..leading dot", "."));
}

asio::awaitable<void> sends_to_a_full_disk(SmtpSession& session) {
  const Reply reply = co_await session.data("x");
  EXPECT_EQ(reply.code, 452);
  EXPECT_EQ(session.budget().left(), ErrorBudget::kMost - 1);
}

TEST(SmtpSession, DataThatIsRefusedSendsNoMessage) {
  SessionScene scene(hello_and({hear("DATA"), say("452 Space shortage")}));
  scene.run(sends_to_a_full_disk);
  EXPECT_EQ(scene.peer.heard().size(), 2U);
}

asio::awaitable<void> is_told_to_go(SmtpSession& session) {
  const Reply reply = co_await session.mail("probe@prober.test");
  (void)reply;
}

TEST(SmtpSession, ThrowsWhenToldToGo) {
  SessionScene scene(hello_and({hear("MAIL"), say("421 too busy")}));
  try {
    scene.run(is_told_to_go);
    FAIL() << "no Failure";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.kind(), ErrorKind::temporary);
    EXPECT_THAT(failure.what(), HasSubstr("421 too busy"));
  }
}

asio::awaitable<void> smuggles(SmtpSession& session) {
  const Reply reply = co_await session.rcpt("x@y>\r\nDATA\r\n");
  (void)reply;
}

TEST(SmtpSession, NeverSendsALineEndInsideACommand) {
  SessionScene scene(hello_and({stall()}));
  EXPECT_THROW(scene.run(smuggles), std::invalid_argument);
}

TEST(SmtpSession, NamesItselfByTheVantageOrAnAddress) {
  EXPECT_EQ(ehlo_name({"p", "", "prober.test"}, "127.0.0.1"), "prober.test");
  EXPECT_EQ(probe_sender({"p", "", "prober.test"}), "probe@prober.test");
  const std::string fallback = ehlo_name({}, "::1");
  EXPECT_TRUE(fallback == "[IPv6:::1]" || fallback.find('.') != std::string::npos) << fallback;
}

TEST(SmtpSettings, TlsFollowsThePort) {
  const auto tls_of = [](std::int64_t port) {
    Subject subject;
    subject.parameters.set("port", port);
    return SmtpSettings(subject).tls();
  };
  EXPECT_EQ(tls_of(25), SmtpTls::starttls);
  EXPECT_EQ(tls_of(587), SmtpTls::starttls);
  EXPECT_EQ(tls_of(465), SmtpTls::implicit);
}

RcptAnswer classify(std::string_view text, std::string_view recipient = "x@elsewhere.test") {
  return classify_rcpt(test::reply(text), {"192.0.2.7", "prober.test", "probe@prober.test"}, recipient);
}

TEST(SmtpReplies, ClassifiesByCodeFirst) {
  EXPECT_EQ(classify("250 OK"), RcptAnswer::accepted);
  EXPECT_EQ(classify("251 will forward"), RcptAnswer::accepted);
  EXPECT_EQ(classify("252 perhaps"), RcptAnswer::unverified);
  EXPECT_EQ(classify("450 Unrouteable address"), RcptAnswer::deferred);
  EXPECT_EQ(classify(""), RcptAnswer::deferred);
}

TEST(SmtpReplies, KnowRefusalsThatSayThatMailIsNotPassedOn) {
  for (const char* text :
       {"550 relay not permitted", "550 5.7.1 relaying denied", "554 5.7.1 <x@elsewhere.test>: Relay access denied",
        "550 5.7.1 Unable to relay", "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
        "550 5.7.54 SMTP; no", "550 Relaying denied, see http://mail.test/ or ask abuse@mail.test",
        "550 5.7.1 Relaying denied. IP name lookup failed [192.0.2.7]", "513 Relaying denied."})
    EXPECT_EQ(classify(text), RcptAnswer::relay_denied) << text;
  EXPECT_EQ(classify("554 5.7.1 relay.mail.test: Access denied"), RcptAnswer::refused) << "its name, not its reason";
}

TEST(SmtpReplies, KnowRefusalsOfTheRecipient) {
  for (const char* text : {"550 5.1.1 who?", "550 Unrouteable address", "550 <x@elsewhere.test>: user unknown in table",
                           "550 No such user here", "553 sorry, no mailbox here by that name"})
    EXPECT_EQ(classify(text), RcptAnswer::unknown_user) << text;
  for (const char* text : {"501 recipient address must contain a domain", "501 5.1.3 Bad recipient address syntax",
                           "550 restricted characters in address", "501 no"})
    EXPECT_EQ(classify(text), RcptAnswer::bad_address) << text;
  EXPECT_EQ(classify("550 Administrative prohibition"), RcptAnswer::refused);
}

TEST(SmtpReplies, KnowRefusalsThatSpeakOfTheProberWhateverElseTheySay) {
  for (const char* text :
       {"550 rejected because 192.0.2.7 is in a black list at dnsbl.test",
        "504 5.5.2 <probe>: Helo command rejected: need fully-qualified hostname",
        "554 5.7.1 <prober.test[192.0.2.7]>: Client host rejected: Access denied", "554 [192.0.2.7] is not liked here",
        "550 5.7.1 too many unknown users from you", "550 5.1.1 Too many unknown users", "550 5.7.25 no reverse name",
        "550 host prober.test is not welcome", "554 5.7.1 Blocked, see http://lists.test/?192.0.2.7",
        "550 relaying denied: listed at relays.test", "550 5.7.1 Your network may send nothing",
        "550 message rate exceeded", "550 Spammers are not welcome", "554 dynamic IP space",
        "550 hourly limit reached"})
    EXPECT_EQ(classify(text), RcptAnswer::about_prober) << text;
  for (const char* text : {"550 5.7.27 null MX", "550 5.1.8 bad sender's system address", "550 Sender verify failed",
                           "550 5.7.1 <probe@prober.test>: no", "550 SPF check failed"})
    EXPECT_EQ(classify(text), RcptAnswer::about_sender) << text;
}

TEST(SmtpReplies, KnowDemands) {
  for (const char* text : {"530 5.7.0 Authentication required", "550 5.7.1 Authentication required",
                           "530 5.7.57 Client was not authenticated to send mail", "553 You must log in first",
                           "530 5.7.1 Authentication required, TLS alone is not enough", "530 no"})
    EXPECT_EQ(classify(text), RcptAnswer::demands_login) << text;
  for (const char* text :
       {"530 5.7.0 Must issue a STARTTLS command first", "538 5.7.11 Encryption required", "530 SSL first"})
    EXPECT_EQ(classify(text), RcptAnswer::demands_tls) << text;
}

TEST(SmtpReplies, WhatTheServerRepeatsOfTheRecipientIsNotItsWord) {
  EXPECT_EQ(classify("550 5.1.1 <blacklist@helo.test>: user unknown", "blacklist@helo.test"), RcptAnswer::unknown_user);
  EXPECT_EQ(classify("550 no user blacklist at rbl.test", "x@rbl.test"), RcptAnswer::about_prober);
  EXPECT_EQ(classify("550 5.1.1 nobody of that name at rbl.test", "x@rbl.test"), RcptAnswer::unknown_user);
  EXPECT_EQ(classify("554 5.7.1 <x@prober.test>: Relay access denied", "x@prober.test"), RcptAnswer::relay_denied);
  EXPECT_EQ(classify("550 5.1.1 <x@prober.test>: no", "x@prober.test"), RcptAnswer::unknown_user);
  EXPECT_EQ(classify("550 no mail for x@prober.test.org", "y@elsewhere.test"), RcptAnswer::refused) << "another name";
}

TEST(SmtpReplies, KnowRefusalsOfContent) {
  const auto content = [](std::string_view text) { return classify_content(test::reply(text)); };
  for (const char* text : {"550 spam", "554 5.7.1 Message blocked: contains a virus", "554 5.6.0 mail not processed",
                           "550 5.7.1 GTUBE pattern", "550 lab_scan: spam marker found"})
    EXPECT_EQ(content(text), ContentAnswer::content) << text;
  for (const char* text : {"550 Administrative prohibition", "554 5.7.1 rejected by policy"})
    EXPECT_EQ(content(text), ContentAnswer::refused) << text;
  for (const char* text :
       {"550 5.7.23 SPF check of the sender failed", "550 5.7.26 DMARC: spam", "552 5.2.2 mailbox full",
        "550 5.7.1 your IP sends spam", "554 spam from 192.0.2.7, listed at zen.spamhaus.test",
        "550 5.1.1 unknown user", "550 5.7.1 relaying denied", "550 5.7.1 Authentication required",
        "552 5.3.4 message too big"})
    EXPECT_EQ(content(text), ContentAnswer::about_other) << text;
  EXPECT_EQ(content("451 later"), ContentAnswer::deferred);
  EXPECT_EQ(content("250 OK"), ContentAnswer::accepted);
}

TEST(SmtpSettings, QuotesForTheShell) {
  EXPECT_EQ(shell_word("jim@mail.test"), "jim@mail.test");
  EXPECT_EQ(shell_word("a!b@c"), "'a!b@c'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace drydock::test
