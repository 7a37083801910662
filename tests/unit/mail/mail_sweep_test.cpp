#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fault_sweep.hpp"
#include "tests/unit/mail/mail_fixture.hpp"

namespace drydock::test {
namespace {

using ::testing::IsEmpty;

/// The mailbox is read at the port at which the message is submitted: the sweep has one server.
std::uint16_t read_port = 0;

ProbeType one_port_type() {
  ProbeType type = kMailType;
  type.make = [](const Parameters& parameters) {
    MailPlan plan = mail_plan(parameters);
    plan.read_port = read_port;
    plan.first_pause = Duration(5);
    plan.copies_within = Duration(5);
    return make_mail_probe(plan);
  };
  return type;
}

SweepPlan sweep_plan(const ProbeType& type, const TestCa& ca, std::vector<Script> scripts, const std::string& read) {
  SweepPlan plan{.type = type, .scripts = std::move(scripts), .peer = {.certificate = ca.issue()}};
  plan.subject = [&ca, read](const Endpoint& to) {
    read_port = to.port;
    Subject subject = subject_at(to);
    subject.surroundings.trust = ca.trust_file();
    subject.parameters.set("from", std::string("probe@prober.test"));
    subject.parameters.set("to", jim());
    subject.parameters.set("read", read);
    subject.parameters.set("within", Duration(100));
    return subject;
  };
  plan.patience = Duration(400);
  return plan;
}

const std::string kHeader = "X-Cutover-Token: t-1\r\n\r\n";

TEST(MailSweep, EveryBreakOverImapEndsWell) {
  const TestCa ca;
  const ProbeType type = one_port_type();
  const Script mailbox{
      tls(),
      say("* OK [CAPABILITY IMAP4rev1] ready"),
      hear("d1 LOGIN"),
      say("d1 OK [CAPABILITY IMAP4rev1 UIDPLUS] in"),
      hear("d2 SELECT"),
      say("* OK [UIDVALIDITY 1] told\r\n* OK [UIDNEXT 8] next\r\nd2 OK open"),  // move 3
      hear("d3 NOOP"),
      say("d3 OK"),
      hear("d4 UID SEARCH"),
      say("* SEARCH 8\r\nd4 OK"),
      hear("d5 UID FETCH"),
      say("* 4 FETCH (UID 8 BODY[HEADER] {" + std::to_string(kHeader.size()) + "}\r\n" + kHeader + ")\r\nd5 OK"),
      hear("d6 NOOP"),
      say("d6 OK"),
      hear("d7 UID SEARCH"),
      say("* SEARCH 8\r\nd7 OK"),  // move 8
      hear("d8 UID FETCH"),
      say("* 4 FETCH (UID 8 BODY[HEADER] {" + std::to_string(kHeader.size()) + "}\r\n" + kHeader + ")\r\nd8 OK"),
      hear("d9 UID STORE"),
      say("d9 OK"),
      hear("d10 UID EXPUNGE"),
      say("d10 OK"),
      hear("d11 UID SEARCH"),
      say("* SEARCH\r\nd11 OK"),  // move 12
      hear("d12 LOGOUT")};
  SweepPlan plan = sweep_plan(type, ca, {mailbox, smtp_script()}, "imaps");
  // A mailbox that breaks after the message was accepted is data: the observation goes on to its end.
  plan.tolerated = {4, 5, 6, 7, 8, 9, 10, 11, 12};
  plan.needs = {{"mail.accepted", 3}, {"mail.delivered", 6}, {"mail.single-copy", 6}, {"mail.cleaned", 12}};
  EXPECT_THAT(fault_sweep(plan), IsEmpty());
}

TEST(MailSweep, EveryBreakOverPop3EndsWell) {
  const TestCa ca;
  const ProbeType type = one_port_type();
  // What was broken in another sweep is one move here: submission, and the logins after the first.
  const Script before{tls(),      say("+OK hello"), hear("USER"),    say("+OK"),   hear("PASS"),
                      say("+OK"), hear("UIDL"),     say("+OK\r\n."), hear("QUIT"), say("+OK")};  // moves 0 to 5
  const Script submission{act([](PeerConnection& client) { client.follow(smtp_script()); })};    // move 6
  const Script login{tls(), act([](PeerConnection& client) {
                       client.follow({say("+OK hello"), hear("USER"), say("+OK"), hear("PASS"), say("+OK")});
                     })};
  const Script list{hear("UIDL"), say("+OK\r\n1 u1\r\n.")};
  const Script top{hear("TOP 1 0"), say("+OK\r\n" + kHeader + ".")};
  const Script quit{hear("QUIT"), say("+OK")};
  const auto joined = [](std::initializer_list<Script> parts) {
    Script whole;
    for (const Script& part : parts) whole.insert(whole.end(), part.begin(), part.end());
    return whole;
  };
  const Script look = joined({login, list, top, quit});                                   // moves 7 to 11
  const Script again = joined({login, list, quit});                                       // moves 12 to 15
  const Script removal = joined({login, list, top, {hear("DELE 1"), say("+OK")}, quit});  // moves 16 to 21
  SweepPlan plan = sweep_plan(type, ca, {before, submission, look, again, removal}, "pop3s");
  for (std::size_t move = 7; move <= 21; ++move) plan.tolerated.insert(move);
  plan.needs = {{"mail.accepted", 6}, {"mail.delivered", 10}, {"mail.single-copy", 10}, {"mail.cleaned", 21}};
  plan.of_anybody = {"mail.accepted", "mail.cleaned"};  // the second warns of what may be left
  EXPECT_THAT(fault_sweep(plan), IsEmpty());
}

}  // namespace
}  // namespace drydock::test
