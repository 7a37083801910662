#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fault_sweep.hpp"
#include "tests/unit/smtp/smtp_test_support.hpp"

namespace drydock::test {
namespace {

using testing::IsEmpty;

Script operator+(Script left, const Script& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Script greets() {
  return {say("220 mail.test ESMTP")};
}

Script says_hello(const std::string& extension) {
  return {hear("EHLO prober.test"),
          say("250-mail.test Hello\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 " + extension)};
}

/// Moves: 5.
Script private_connection(const std::string& extension) {
  return greets() + says_hello("STARTTLS") + Script{hear("STARTTLS"), say("220 go ahead"), tls()} +
         says_hello(extension);
}

TEST(SmtpSweep, EveryBreakOfTlsAndOfTheSafeStateEndsWell) {
  const TestCa ca;
  const ProbeType type = quick_smtp();
  const Script meet = private_connection("HELP") + Script{hear("QUIT")};                              // moves 0 to 4
  const Script inject = greets() + says_hello("STARTTLS") +                                           // 5 and 6
                        Script{hear("STARTTLS"), hear("NOOP"), say("220 go ahead"), tls()} +          // 7 and 8
                        says_hello("HELP") + Script{hear("QUIT"), say("221 bye")};                    // 9 and 10
  const Script clear = greets() + says_hello("STARTTLS") + Script{hear("AUTH"), say("503 not now")};  // 11 to 13
  const Script later =
      private_connection("HELP") + Script{hear("MAIL FROM:<probe@prober.test>"), say("250 OK"),
                                          hear("RCPT TO:<jim@mail.test>"), say("450 later")};  // 14 to 20
  SweepPlan plan{.type = type, .scripts = {meet, inject, clear, later}, .peer = with_certificate(ca)};
  plan.patience = Duration(250);
  plan.subject = [&](const Endpoint& to) {
    Subject subject = subject_at(to, "mail.test");
    subject.expected.hostname = "mail.test";
    subject.surroundings.trust = ca.trust_file();
    subject.parameters.set("defers", std::vector<std::string>{"jim@mail.test"});
    return subject;
  };
  plan.needs = {{"smtp.greeting", 1},
                {"smtp.name", 1},
                {"smtp.capabilities", 4},
                {"smtp.starttls", 6},
                {"smtp.certificate-chain", 3},
                {"smtp.certificate-name", 3},
                {"smtp.certificate-validity", 3},
                {"smtp.auth-clear", 13},
                {"smtp.defers", 20}};
  plan.of_anybody = {"smtp.starttls", "smtp.auth-clear", "smtp.defers"};
  EXPECT_THAT(fault_sweep(plan), IsEmpty());
}

TEST(SmtpSweep, EveryBreakOfTheQuestionsAtRcptEndsWell) {
  const ProbeType type = quick_smtp();
  const auto connection = [] { return greets() + says_hello("HELP"); };
  const auto takes = [](const char* command, const char* reply) { return Script{hear(command), say(reply)}; };
  const Script meet = connection();                                                // moves 0 and 1
  const Script clear = connection() + takes("AUTH", "503 no");                     // 2 to 4
  const Script asks = connection() + takes("MAIL FROM:<probe@", "250 OK") +        // 5 to 7
                      takes("RCPT TO:<postmaster>", "250 OK") +                    // 8
                      takes("RCPT TO:<Postmaster@mail.test>", "250 OK") +          // 9
                      takes("RCPT TO:<no-such-user-t-1@mail.test>", "550 who?") +  // 10
                      takes("RCPT TO:<jim@mail.test>", "250 OK");                  // 11
  const Script nobody = connection() + takes("MAIL FROM:<>", "250 OK") + takes("RCPT TO:<jim", "250 OK");  // 12 to 15
  const auto message = [&](const char* reply) {
    return connection() + takes("MAIL FROM:<probe@", "250 OK") + takes("RCPT TO:<jim", "250 OK") +
           takes("DATA", "354 go on") + Script{hear_until("."), say(reply)};
  };
  const Script spam = message("550 spam");  // 16 to 21
  const Script plain = message("250 OK");   // 22 to 27
  SweepPlan plan{.type = type, .scripts = {meet, clear, asks, nobody, spam, plain}};
  plan.patience = Duration(250);
  plan.subject = [](const Endpoint& to) {
    Subject subject = subject_at(to, "mail.test");
    subject.expected.hostname = "mail.test";
    subject.expected.domains = {"mail.test"};
    subject.parameters.set("tls", std::string("none"));
    subject.parameters.set("recipients", std::vector<std::string>{"jim@mail.test"});
    subject.parameters.set("scanner", scanner_that_refuses());
    return subject;
  };
  plan.needs = {{"smtp.greeting", 1},           {"smtp.name", 1},         {"smtp.capabilities", 1},
                {"smtp.auth-clear", 4},         {"smtp.postmaster", 9},   {"smtp.recipients", 11},
                {"smtp.unknown-recipient", 10}, {"smtp.null-sender", 15}, {"smtp.scanner", 27}};
  EXPECT_THAT(fault_sweep(plan), IsEmpty());
}

TEST(SmtpSweep, EveryBreakOfAuthInsideTlsEndsWell) {
  const TestCa ca;
  const ProbeType type = quick_smtp();
  const auto connection = [] { return Script{tls()} + greets() + says_hello("AUTH PLAIN LOGIN"); };
  const Script meet = connection();                                                     // moves 0 to 2
  const Script plain = connection() + Script{hear("AUTH PLAIN "), say("235 welcome")};  // 3 to 6
  const Script login =
      connection() + Script{hear("AUTH LOGIN"), say("334 VXNlcm5hbWU6"), hear(), say("334 UGFzc3dvcmQ6"), hear(),
                            say("235 welcome")};  // 7 to 12
  const Script wrong =
      connection() + Script{hear("AUTH PLAIN "), say("535 no"), hear("AUTH PLAIN "), say("535 no")};  // 13 to 17
  SweepPlan plan{.type = type, .scripts = {meet, plain, login, wrong}, .peer = with_certificate(ca)};
  plan.patience = Duration(250);
  plan.subject = [&](const Endpoint& to) {
    Subject subject = subject_at(to, "mail.test");
    subject.surroundings.trust = ca.trust_file();
    subject.parameters.set("tls", std::string("implicit"));
    subject.parameters.set("as", Account{"jim", "jim", "", Secret::of("jim", "Sesame-7")});
    return subject;
  };
  plan.needs = {{"smtp.greeting", 2},
                {"smtp.capabilities", 2},
                {"smtp.certificate-chain", 0},
                {"smtp.certificate-name", 0},
                {"smtp.certificate-validity", 0},
                {"smtp.auth", 12},
                {"smtp.auth-wrong-password", 17}};
  plan.of_anybody = {"smtp.auth-wrong-password"};  // a made-up one may go to anybody
  EXPECT_THAT(fault_sweep(plan), IsEmpty());
}

TEST(SmtpSweep, EveryBreakOfTheRelayTestEndsWell) {
  const ProbeType type = quick_relay();
  const auto group = [](std::size_t transactions) {
    Script script = greets() + says_hello("HELP") +
                    Script{hear("MAIL FROM:<probe@"), say("250 OK"), hear("RCPT TO:<postmaster@"), say("250 OK")};
    for (std::size_t i = 0; i < 3; ++i) {
      if (transactions > 1) script = script + Script{hear("RSET"), say("250 OK"), hear("MAIL FROM:<"), say("250 OK")};
      script = script + Script{hear("RCPT TO:<"), say("550 relay not permitted")};
    }
    return script;
  };
  SweepPlan plan{.type = type, .scripts = {group(1), group(1), group(1), group(3)}};
  plan.patience = Duration(250);
  plan.subject = [](const Endpoint& to) {
    Subject subject = subject_at(to, "mail.test");
    subject.parameters.set("outside", std::string("somebody@elsewhere.test"));
    return subject;
  };
  plan.needs = {{"smtp.relay-denied", 33}};
  EXPECT_THAT(fault_sweep(plan), IsEmpty());
}

}  // namespace
}  // namespace drydock::test
