// The dialogue broken at every word of the server.
#include <gmock/gmock.h>

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
  append(script, {hear("NLST"), say("150 here it comes"), data_say(names), data_end(), say("226 done")});
  return script;
}

const Script kInspection{say("220 ftp.test ready"),
                         hear("FEAT"),
                         say("211-Features:\r\n SIZE\r\n211 End"),
                         hear("USER anonymous"),
                         say("331 and"),
                         hear("PASS"),
                         say("530 no"),
                         hear("QUIT"),
                         say("221 bye")};
const Script kLogin{say("220 ftp.test ready"),   hear("USER jim"), say("331 and"),
                    hear("PASS right-horse-42"), say("230 in"),    hear("PWD"),
                    say("257 \"/\" it is")};

SweepPlan plan_of(std::vector<Script> scripts) {
  SweepPlan plan{.type = kFtpType, .scripts = std::move(scripts)};
  plan.patience = std::chrono::milliseconds(400);
  plan.subject = [](const Endpoint& to) {
    Subject subject = with_account(ftp_subject(to, "none"));
    subject.parameters.set("anonymous", std::string("refused"));
    return subject;
  };
  return plan;
}

TEST(FtpSweep, SurvivesEveryBrokenLogin) {
  Script session = kLogin;
  append(session, listing("readme\r\n"));
  SweepPlan plan = plan_of({kInspection, session});
  plan.needs = {{"ftp.greeting", 0}, {"ftp.anonymous", 3}, {"ftp.login", 7}, {"ftp.passive-address", 13}};
  plan.tolerated = {4, 12};  // the reply to QUIT; a listing carries no length
  EXPECT_THAT(fault_sweep(plan), IsEmpty());
}

TEST(FtpSweep, SurvivesEveryBrokenRoundTrip) {
  Script login = kLogin;
  append(login, listing("readme\r\n"));
  Script session{act([login](PeerConnection& peer) { peer.follow(login); })};
  append(session, passive("I"));
  append(session, {hear("STOR drydock-t-1"), say("150 go on"), data_hear(), data_end(), say("226 done")});
  append(session, listing("drydock-t-1\r\nreadme\r\n"));
  append(session, passive("I"));
  append(session, {hear("SIZE"), say("213 1048576"), hear("RETR drydock-t-1"), say("150 here it comes"),
                   act([](PeerConnection& peer) { peer.follow({data_say(peer.data()), data_end()}); }), say("226 done"),
                   hear("DELE drydock-t-1"), say("250 gone")});
  append(session, listing("readme\r\n"));
  SweepPlan plan = plan_of({{act([](PeerConnection& peer) { peer.follow(kInspection); })}, session});
  const auto subject = plan.subject;
  plan.subject = [subject](const Endpoint& to) {
    Subject aimed = subject(to);
    aimed.parameters.set("round_trip", std::string("drydock-t-1"));
    return aimed;
  };
  plan.needs = {{"ftp.login", 1}, {"ftp.round-trip", 21}};
  plan.tolerated = {9, 20};  // listings carry no length
  EXPECT_THAT(fault_sweep(plan), IsEmpty());
}

}  // namespace
}  // namespace drydock::test
