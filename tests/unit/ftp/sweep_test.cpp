// The dialogue broken at every word of the server.
#include <gmock/gmock.h>

#include <memory>

#include "tests/support/fault_sweep.hpp"
#include "tests/unit/ftp/ftp_test_support.hpp"

namespace drydock::test {
namespace {

using testing::IsEmpty;

void append(Script& script, const Script& more) {
  script.insert(script.end(), more.begin(), more.end());
}

Script passive(const std::string& type) {
  return {hear("PASV"), open_data(), say("227 Entering Passive Mode ({pasv})."), hear("TYPE " + type), say("200 ok")};
}

Script listing(const std::string& names) {
  Script script = passive("A");
  append(script, {hear("NLST"), say("150 here it comes"), data_tls(), data_say(names), data_end(), say("226 done")});
  return script;
}

const Script kInspection{tls(),
                         say("220 ftp.test ready"),
                         hear("FEAT"),
                         say("211-Features:\r\n SIZE\r\n211 End"),
                         hear("USER anonymous"),
                         say("331 and"),
                         hear("PASS"),
                         say("530 no"),
                         hear("QUIT"),
                         say("221 bye")};
const Script kLogin{tls(),
                    say("220 ftp.test ready"),
                    hear("USER jim"),
                    say("331 and"),
                    hear("PASS right-horse-42"),
                    say("230 in"),
                    hear("PBSZ"),
                    say("200 ok"),
                    hear("PROT P"),
                    say("200 ok"),
                    hear("PWD"),
                    say("257 \"/\" it is")};

SweepPlan plan_of(const TestCa& ca, std::vector<Script> scripts) {
  SweepPlan plan{.type = kFtpType, .scripts = std::move(scripts)};
  plan.peer.certificate = ca.issue({.names = {"ftp.test"}});
  plan.patience = std::chrono::milliseconds(400);
  plan.subject = [&ca](const Endpoint& to) {
    Subject subject = with_account(ftp_subject(to, "implicit"));
    subject.surroundings.trust = ca.trust_file();
    subject.parameters.set("anonymous", std::string("refused"));
    return subject;
  };
  return plan;
}

TEST(FtpSweep, SurvivesEveryBrokenLogin) {
  const TestCa ca;
  Script session = kLogin;
  append(session, listing("readme\r\n"));
  const Script wrong{tls(),
                     say("220 ftp.test ready"),
                     hear("USER jim"),
                     say("331 and"),
                     hear("PASS wrong-"),
                     say("530 no"),
                     hear("QUIT"),
                     say("221 bye")};
  SweepPlan plan = plan_of(ca, {kInspection, session, wrong});
  plan.needs = {{"ftp.greeting", 1},
                {"ftp.tls", 0},
                {"ftp.certificate-chain", 0},
                {"ftp.certificate-name", 0},
                {"ftp.certificate-validity", 0},
                {"ftp.anonymous", 4},
                {"ftp.login", 9},
                {"ftp.passive-address", 18},
                {"ftp.wrong-password", 22}};
  plan.tolerated = {5, 17, 23};  // the replies to QUIT; a listing carries no length
  EXPECT_THAT(fault_sweep(plan), IsEmpty());
}

/// With TLS begun on the way, and all that is asked without it.
TEST(FtpSweep, SurvivesEveryBreakAroundAuthTls) {
  const TestCa ca;
  const Script greeting{say("220 ftp.test ready")};
  const Script auth{hear("AUTH TLS"), say("234 go ahead"), tls()};
  const Script stranger{hear("USER anonymous"), say("331 and"), hear("PASS"), say("530 no")};
  const Script quit{hear("QUIT"), say("221 bye")};
  const auto joined = [](std::initializer_list<Script> parts) {
    Script whole;
    for (const Script& part : parts) append(whole, part);
    return whole;
  };
  const Script features{hear("FEAT"), say("211-Features:\r\n SIZE\r\n211 End")};
  const Script inspection = joined({greeting, features, auth, stranger, quit});                  // moves 0 to 6
  const Script in_clear = joined({greeting, stranger, quit});                                    // 7 to 10
  const Script name = joined({greeting, {hear("USER jim"), say("550 TLS is required")}, quit});  // 11 to 13
  const Script session = joined({greeting, auth, {kLogin.begin() + 2, kLogin.end()}, listing("a\r\n")});  // 14 to 27
  const Script wrong = joined(
      {greeting, auth, {hear("USER jim"), say("331 and"), hear("PASS wrong-"), say("530 no")}, quit});  // 28 to 33
  SweepPlan plan = plan_of(ca, {inspection, in_clear, name, session, wrong});
  const auto subject = plan.subject;
  plan.subject = [subject](const Endpoint& to) {
    Subject aimed = subject(to);
    aimed.parameters.set("tls", std::string("starttls"));
    aimed.parameters.set("clear", std::string("refused"));
    return aimed;
  };
  plan.needs = {{"ftp.greeting", 0},
                {"ftp.tls", 3},
                {"ftp.certificate-chain", 3},
                {"ftp.certificate-name", 3},
                {"ftp.certificate-validity", 3},
                {"ftp.anonymous", 7},  // to hang up is to refuse, where the same login was answered inside TLS
                {"ftp.clear-login", 12},
                {"ftp.login", 18},
                {"ftp.passive-address", 27},
                {"ftp.wrong-password", 32}};
  plan.of_anybody = {"ftp.anonymous", "ftp.clear-login"};
  plan.tolerated = {6, 10, 13, 26, 33};  // the replies to QUIT; a listing carries no length
  EXPECT_THAT(fault_sweep(plan), IsEmpty());
}

/// An upload leaves no TLS ticket for the next data connection, so what follows it logs in again.
TEST(FtpSweep, SurvivesEveryBrokenRoundTrip) {
  const TestCa ca;
  Script login = kLogin;
  append(login, listing("readme\r\n"));
  Script upload{act([login](PeerConnection& peer) { peer.follow(login); })};
  append(upload, passive("I"));
  const auto uploaded = std::make_shared<std::string>();
  append(upload, {hear("STOR drydock-t-1"), say("150 go on"), data_tls(), data_hear(), data_end(),
                  act([uploaded](PeerConnection& peer) { *uploaded = peer.data(); }), say("226 done")});
  Script rest{act([](PeerConnection& peer) { peer.follow(kLogin); })};
  append(rest, listing("drydock-t-1\r\nreadme\r\n"));
  append(rest, passive("I"));
  append(rest, {hear("SIZE"), say("213 1048576"), hear("RETR drydock-t-1"), say("150 here it comes"), data_tls(),
                act([uploaded](PeerConnection& peer) { peer.follow({data_say(*uploaded), data_end()}); }),
                say("226 done"), hear("DELE drydock-t-1"), say("250 gone")});
  append(rest, listing("readme\r\n"));
  SweepPlan plan = plan_of(ca, {{act([](PeerConnection& peer) { peer.follow(kInspection); })}, upload, rest});
  const auto subject = plan.subject;
  plan.subject = [subject](const Endpoint& to) {
    Subject aimed = subject(to);
    aimed.parameters.set("round_trip", std::string("drydock-t-1"));
    aimed.parameters.set("wrong_password", std::string("untested"));
    return aimed;
  };
  plan.needs = {{"ftp.greeting", 0},
                {"ftp.tls", 0},
                {"ftp.certificate-chain", 0},
                {"ftp.certificate-name", 0},
                {"ftp.certificate-validity", 0},
                {"ftp.anonymous", 0},
                {"ftp.login", 1},
                {"ftp.passive-address", 1},
                {"ftp.round-trip", 28}};
  plan.tolerated = {13, 27};  // listings carry no length
  EXPECT_THAT(fault_sweep(plan), IsEmpty());
}

}  // namespace
}  // namespace drydock::test
