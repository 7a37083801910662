#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/smtp/facts.hpp"
#include "probes/smtp/relay_variants.hpp"
#include "tests/support/reply.hpp"
#include "tests/unit/smtp/relay_scene.hpp"

/// Replies that tell relaying from what looks like it: a catch-all, a reputation that is disliked, a form, a login.
namespace drydock::test {
namespace {

using testing::HasSubstr;

const std::string& percent_hack(const Subject& subject) {
  static const std::string recipient = relay_variants(subject)[1].recipient;
  return recipient;
}

/// A host on which an ordinary user is taken from this prober.
struct WithControl : RelayScene {
  WithControl() { subject.parameters.set("control", std::string("jim@mail.test")); }
};

TEST(SmtpRelayApart, AStrangerWhoIsNotTakenBesideAUserWhoIsShowsThatThisIsNoCatchAll) {
  const std::pair<const char*, Verdict> cases[] = {
      {"550 5.1.1 unknown user", Verdict::fail},
      {"450 4.1.1 <x>: Recipient address rejected: User unknown in local recipient table", Verdict::fail},
      {"451 Temporary local problem", Verdict::fail},
      {"530 5.7.0 Authentication required", Verdict::fail},
      {"550 5.7.1 please authenticate", Verdict::fail},
      {"554 5.7.1 Access denied", Verdict::fail},
      {"450 4.7.1 Access denied", Verdict::fail},
      {"550 no, try later", Verdict::fail},
      {"552 5.2.2 mailbox full", Verdict::fail},
      {"550 relay not permitted", Verdict::fail},
      {"451 4.7.1 greylisted, try later", Verdict::inconclusive},
      {"452 4.5.3 too many recipients this hour", Verdict::inconclusive},
      {"554 5.7.1 <prober.test[127.0.0.1]>: Client host rejected: Access denied", Verdict::inconclusive},
      {"550 too many unknown users from you", Verdict::inconclusive},
      {"550 mail from 127.0.0.1 is not welcome", Verdict::inconclusive},
      {"252 shall try", Verdict::inconclusive},
      {"250 OK", Verdict::inconclusive}};
  for (const auto& [reply, verdict] : cases) {
    WithControl scene;
    scene.server.extensions = {"SIZE 1000"};
    scene.server.recipients[percent_hack(scene.subject)] = "250 OK";
    scene.server.recipients[relay_stranger(scene.subject)] = reply;
    const Judgement judgement = scene.verdict();
    EXPECT_EQ(judgement.verdict, verdict) << reply << transcript_text(*scene.seen);
    EXPECT_THAT(judgement.message, HasSubstr(percent_hack(scene.subject)));
  }
}

TEST(SmtpRelayApart, AStrangerWhoMustLogInShowsThatThisIsNoCatchAll) {
  RelayScene scene;
  scene.server.recipients[percent_hack(scene.subject)] = "250 OK";
  scene.server.recipients[relay_stranger(scene.subject)] = "530 5.7.0 Authentication required";
  EXPECT_EQ(scene.verdict().verdict, Verdict::fail) << transcript_text(*scene.seen);
  for (const char* reply : {"530 5.7.0 Authentication required", "554 5.7.1 Access denied"}) {
    ManyPorts submission;
    submission.subject.parameters.set("control", std::string("jim@mail.test"));
    submission.other.recipients.clear();
    submission.other.recipients[percent_hack(submission.subject)] = "250 OK";
    submission.other.other_recipients = reply;
    submission.connection = std::chrono::seconds(3);
    const Judgement judgement = submission.with_other(true);
    EXPECT_EQ(judgement.verdict, Verdict::fail) << reply << transcript_text(*submission.seen);
    EXPECT_THAT(judgement.message, HasSubstr("inside implicit TLS"));
  }
}

TEST(SmtpRelayApart, WithoutTheUserAStrangerWhoIsPutOffShowsNothing) {
  for (const char* reply : {"451 Temporary local problem", "550 5.7.1 please authenticate", "554 Access denied"}) {
    RelayScene scene;
    scene.server.recipients[percent_hack(scene.subject)] = "250 OK";
    scene.server.recipients[relay_stranger(scene.subject)] = reply;
    EXPECT_EQ(scene.verdict().verdict, Verdict::inconclusive) << reply << transcript_text(*scene.seen);
  }
}

TEST(SmtpRelayApart, ALoginDemandedInWordsAloneProvesSomethingOnlyBesideAUserWhoIsTaken) {
  for (const char* reply : {"550 5.7.1 please authenticate", "554 poor reputation, please authenticate or use your ISP",
                            "550 5.7.1 Authentication required", "553 must authenticate"}) {
    RelayScene alone;
    alone.server.other_recipients = reply;
    EXPECT_EQ(alone.verdict().verdict, Verdict::inconclusive) << reply << transcript_text(*alone.seen);
    RelayScene nobody;
    nobody.server.other_recipients = reply;
    nobody.server.recipients.clear();
    EXPECT_EQ(nobody.verdict().verdict, Verdict::inconclusive) << reply << transcript_text(*nobody.seen);
    RelayScene at_mail;
    at_mail.server.mail = at_mail.server.null_sender = reply;
    EXPECT_EQ(at_mail.verdict().verdict, Verdict::inconclusive) << reply << transcript_text(*at_mail.seen);
  }
  for (const char* reply : {"550 5.7.1 please authenticate", "550 5.7.1 Authentication required"}) {
    WithControl beside;
    beside.server.other_recipients = reply;
    EXPECT_EQ(beside.verdict().verdict, Verdict::pass) << reply << transcript_text(*beside.seen);
  }
  WithControl disliked;
  disliked.server.other_recipients = "554 poor reputation, please authenticate or use your ISP";
  EXPECT_EQ(disliked.verdict().verdict, Verdict::inconclusive) << transcript_text(*disliked.seen);
}

TEST(SmtpRelayApart, AFormThatIsNotTakenProvesNothingWithoutAUserWhoIsTaken) {
  constexpr const char* kReply = "504 5.5.2 <x>: Recipient address rejected: need fully-qualified address";
  RelayScene every;
  every.server.other_recipients = kReply;
  EXPECT_EQ(every.verdict().verdict, Verdict::inconclusive) << transcript_text(*every.seen);
  RelayScene one;
  one.server.recipients["\"somebody@elsewhere.test\""] = kReply;
  EXPECT_EQ(one.verdict().verdict, Verdict::inconclusive) << transcript_text(*one.seen);
  EXPECT_THAT(one.verdict().hint, HasSubstr("`control`"));
  WithControl beside;
  beside.server.recipients["\"somebody@elsewhere.test\""] = kReply;
  EXPECT_EQ(beside.verdict().verdict, Verdict::pass) << transcript_text(*beside.seen);
}

TEST(SmtpRelayApart, WhereAnotherServerWasAskedAboutSomebodyElsewhereMailWasAboutToBePassedOn) {
  WithControl scene;
  scene.server.other_recipients =
      "550 5.1.1 <somebody@elsewhere.test>: Recipient address rejected: undeliverable address: host "
      "mx.elsewhere.test[192.0.2.1] said: 550 5.1.1 no such user (in reply to RCPT TO command)";
  EXPECT_EQ(scene.verdict().verdict, Verdict::inconclusive) << transcript_text(*scene.seen);
  WithControl gateway;
  for (const RelayVariant& variant : relay_variants(gateway.subject))
    if (variant.at_ours)
      gateway.server.recipients[variant.recipient] =
          "550 5.1.1 undeliverable address: host inner.mail.test[10.0.0.1] said: 550 5.1.1 no such user";
  EXPECT_EQ(gateway.verdict().verdict, Verdict::pass) << transcript_text(*gateway.seen);
}

TEST(SmtpRelayApart, AnOutsideWhoseDomainIsNotKnownDeniesNothing) {
  for (const char* reply :
       {"550 5.1.2 <somebody@elsewhere.test>: Recipient address rejected: Domain not found",
        "550 <somebody@elsewhere.test>: Recipient address rejected: Domain not found", "553 unknown host or domain"}) {
    WithControl scene;
    scene.server.other_recipients = reply;
    const Judgement judgement = scene.verdict();
    EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << reply << transcript_text(*scene.seen);
    EXPECT_THAT(judgement.hint, HasSubstr("`outside`"));
  }
}

TEST(SmtpRelayApart, ARefusalForUnknownUsersNamesNoRelaying) {
  RelayScene scene;
  scene.server.other_recipients = "550 5.1.0 <x>: Recipient address rejected: User unknown in relay recipient table";
  EXPECT_EQ(scene.verdict().verdict, Verdict::inconclusive) << transcript_text(*scene.seen);
}

TEST(SmtpRelayApart, ASubmissionPortAloneSaysWhatElseToAsk) {
  Subject subject = RelayScene().subject;
  subject.target.port.reset();
  subject.parameters.set("port", std::int64_t{587});
  subject.parameters.set("control", std::string("jim@mail.test"));
  const RelayWay way{587, TlsMode::none};
  const auto judged = [&](const char* refusal) {
    Observation seen;
    seen.set(kRelay.ways, std::vector<std::string>{way.text()});
    for (const RelayVariant& variant : relay_variants(subject))
      seen.at(kRelay.replies).emplace_back(way.row(variant.label), test::reply(refusal));
    return judge(kSmtpRelayType, "smtp.relay-denied", seen, subject);
  };
  const Judgement postfix = judged("554 5.7.1 <prober.test[127.0.0.1]>: Client host rejected: Access denied");
  EXPECT_EQ(postfix.verdict, Verdict::inconclusive);
  EXPECT_THAT(postfix.hint, HasSubstr("ask port 25 as well"));
  EXPECT_THAT(postfix.hint, HasSubstr("`control`"));
  EXPECT_EQ(judged("530 5.7.0 Authentication required").verdict, Verdict::pass);
  EXPECT_EQ(judged("250 OK").verdict, Verdict::fail);
}

TEST(SmtpRelayApart, AControlAnsweredBy252ProvesNothing) {
  WithControl scene;
  scene.server.recipients["jim@mail.test"] = "252 cannot verify";
  const Judgement judgement = scene.verdict();
  EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << transcript_text(*scene.seen);
  EXPECT_THAT(judgement.message, HasSubstr("252 cannot verify"));
  WithControl every;
  every.server.recipients.clear();
  every.server.other_recipients = "252 cannot verify";
  EXPECT_EQ(every.verdict().verdict, Verdict::inconclusive) << transcript_text(*every.seen);
}

}  // namespace
}  // namespace drydock::test
