#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fault_sweep.hpp"
#include "tests/unit/imap/imap_fixture.hpp"

namespace drydock::test {
namespace {

using ::testing::IsEmpty;

/// The type as it is, but for the pause between two logins.
ProbeType quick_type() {
  ProbeType type = kImapType;
  type.make = [](const Parameters& parameters) {
    ImapPlan plan = imap_plan(parameters);
    plan.pause_before_second_login = Duration(5);
    return make_imap_probe(plan);
  };
  return type;
}

TEST(ImapSweep, EveryBreakOfTheImplicitDialogueEndsWell) {
  const TestCa ca;
  const ProbeType type = quick_type();
  const Script main = Script{tls()} + greets() + logs_in();                        // moves 0 to 8
  const Script second = Script{tls()} + test::wrong_password("NO Login failed.");  // moves 9 to 11
  SweepPlan plan{.type = type, .scripts = {main, second}, .peer = {.certificate = ca.issue()}};
  plan.subject = [&](const Endpoint& to) {
    Subject subject = subject_at(to);
    subject.surroundings.trust = ca.trust_file();
    subject.parameters.set("tls", std::string("implicit"));
    subject.parameters.set("as", jim());
    return subject;
  };
  // A greeting that comes endlessly is a greeting still, so that the check needs TLS only here.
  plan.needs = {{"imap.greeting", 0},
                {"imap.certificate-chain", 0},
                {"imap.certificate-name", 0},
                {"imap.certificate-validity", 0},
                {"imap.login", 6},
                {"imap.capabilities", 2},
                {"imap.wrong-password", 11}};
  plan.of_anybody = {"imap.wrong-password"};  // a made-up one may go to anybody
  EXPECT_THAT(fault_sweep(plan), IsEmpty());
}

TEST(ImapSweep, EveryBreakOfTheStarttlsDialogueEndsWell) {
  const TestCa ca;
  const ProbeType type = quick_type();
  const std::string words = "IMAP4rev1 STARTTLS LOGINDISABLED";
  const Move greeting = act([](PeerConnection& client) { client.send("* OK ready\r\n"); });
  const Script main =
      Script{greeting} + offers(words) + Script{hear("d2 STARTTLS"), say("{tag} OK go"), tls()} + offers("IMAP4rev1");
  SweepPlan plan{.type = type, .scripts = {main}, .peer = {.certificate = ca.issue()}};
  plan.subject = [&](const Endpoint& to) {
    Subject subject = subject_at(to);
    subject.surroundings.trust = ca.trust_file();
    subject.parameters.set("tls", std::string("starttls"));
    return subject;
  };
  plan.needs = {{"imap.greeting", 0},
                {"imap.certificate-name", 4},
                {"imap.certificate-chain", 4},
                {"imap.certificate-validity", 4},
                {"imap.capabilities", 1}};
  EXPECT_THAT(fault_sweep(plan), IsEmpty());
}

}  // namespace
}  // namespace drydock::test
