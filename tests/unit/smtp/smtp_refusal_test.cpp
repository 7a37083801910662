// What a refusal at RCPT or MAIL is about: the address, its mailbox, the mail system, the prober.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/smtp/facts.hpp"
#include "tests/support/reply.hpp"
#include "tests/unit/smtp/smtp_test_support.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Refusals of one address by words that other servers have for clients they dislike.
constexpr const char* kOfTheAddress[] = {
    "550 kathy@mail.test... User kathy (kathy@mail.test) not listed in Domino Directory",
    "550 5.1.1 kathy@mail.test User not listed in public Name & Address Book",
    "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's "
    "address, see https://support.mail.test/abuse/rates?p=listed",
    "550 5.1.1 <kathy@mail.test>: Recipient address rejected: User unknown in virtual mailbox table; please try later",
    "550 No such user. Spam and abuse to postmaster@mail.test, please",
    "550 Unknown user, your IP has been logged; go on and you will be blacklisted",
    "550 5.1.1 Too many unknown users",
    "550 5.1.1 <kathy@mail.test>: Recipient address rejected: undeliverable address: host 127.0.0.1[127.0.0.1] said: "
    "550 5.7.1 Client host blocked using dnsbl.test (in reply to RCPT TO command)",
    "550 <kathy@mail.test>: Recipient address rejected: undeliverable address: host mx.test[127.0.0.1] said: 554 "
    "5.7.1 too many bad recipients, try later (in reply to RCPT TO command)",
    "550-Callout verification failed:\r\n550 550 5.7.1 prober.test is in our black list",
    "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    "550 5.7.1 Requested action not taken: message refused, try again later",
    "553 5.3.0 <kathy@mail.test>... We do not accept junk here",
    "554 5.7.1 Recipient refused, see the rates at www.mail.test/block-list",
    "550 5.1.6 moved, was listed here until last year",
    "550 5.1.2 we don't know mail.test at present rates"};

TEST(SmtpRefusal, OfOneAddressBesideAUserWhoIsTakenIsAboutTheAddress) {
  for (const char* refusal : kOfTheAddress) {
    SmtpScene scene;
    scene.server.recipients["kathy@mail.test"] = refusal;
    scene.server.other_recipients = refusal;
    EXPECT_EQ(scene.red(), "smtp.recipients") << refusal << transcript_text(*scene.seen);
    EXPECT_EQ(scene.judge("smtp.unknown-recipient").verdict, Verdict::pass) << refusal;
  }
}

TEST(SmtpRefusal, WhereItSaysWhyNeedsNobodyBesideIt) {
  for (const char* refusal : {kOfTheAddress[0], kOfTheAddress[1], kOfTheAddress[2], kOfTheAddress[3], kOfTheAddress[4],
                              kOfTheAddress[6], kOfTheAddress[7], kOfTheAddress[8], kOfTheAddress[9], kOfTheAddress[11],
                              kOfTheAddress[15], kOfTheAddress[16]}) {
    SmtpScene scene;
    scene.server.recipients = {{"postmaster", "250 OK"}, {"Postmaster@mail.test", "250 OK"}};
    scene.server.other_recipients = refusal;
    EXPECT_EQ(scene.red(), "smtp.recipients") << refusal << transcript_text(*scene.seen);
    EXPECT_EQ(scene.judge("smtp.unknown-recipient").verdict, Verdict::pass) << refusal;
  }
}

/// Refusals that say that the client is refused, whoever the mail is for.
constexpr const char* kOfTheClient[] = {
    "550 5.7.25 The sending address has no reverse name",
    "550 5.7.606 Access denied, banned sending IP",
    "550 5.7.28 a flood of mail",
    "554 5.7.1 Service unavailable; Client host [127.0.0.1] blocked using dnsbl.test; see https://dnsbl.test/127.0.0.1",
    "550 5.7.1 your IP has a poor reputation, please authenticate",
    "550 too many unknown users from you",
    "550 rate limit of 10 mails per hour exceeded",
    "550 mail from 127.0.0.1 is not welcome",
    "550 refused, see https://lists.test/query?ip=127.0.0.1",
    "504 5.5.2 <prober.test>: Helo command rejected: need fully-qualified hostname"};

TEST(SmtpRefusal, ThatSaysThatTheClientIsRefusedIsAboutTheProberEvenBesideAUserWhoIsTaken) {
  for (const char* refusal : kOfTheClient) {
    SmtpScene scene;
    scene.server.recipients["kathy@mail.test"] = refusal;
    scene.server.other_recipients = refusal;
    EXPECT_EQ(scene.red(), "") << refusal;
    EXPECT_EQ(scene.judge("smtp.recipients").verdict, Verdict::inconclusive) << refusal;
    EXPECT_EQ(scene.judge("smtp.unknown-recipient").verdict, Verdict::inconclusive) << refusal;
  }
}

TEST(SmtpRefusal, InWordsThatMayBeAboutTheProberIsInconclusiveWhereNobodyIsTaken) {
  for (const char* refusal : {"550 message refused, try again later", "550 we take no junk", "550 blocked",
                              "550 you are listed", "550 refused by zen.spamhaus.org"}) {
    SmtpScene scene;
    scene.server.recipients.clear();
    scene.server.other_recipients = refusal;
    EXPECT_EQ(scene.red(), "") << refusal;
    EXPECT_EQ(scene.judge("smtp.recipients").verdict, Verdict::inconclusive) << refusal;
  }
}

// ---- the host's own faults

TEST(SmtpRefusal, ByABrokenMailboxOrMailSystemFailsInTheWordsOfTheField) {
  const std::pair<const char*, const char*> cases[] = {
      {"550 5.2.1 The account is disabled; try later", "mailbox disabled"},
      {"552 5.2.2 mailbox full, please try again later", "over quota"},
      {"552 5.2.2 Over quota", "over quota"},
      {"552 Requested mail action aborted: exceeded storage allocation, try later", "over quota"},
      {"550 account disabled for abuse", "mailbox disabled"},
      {"554 5.3.5 Local configuration error, try later", "mail system"},
      {"550 5.3.2 system not accepting network messages temporarily", "mail system"},
      {"554 5.4.6 mail loop, too many hops", "mail system"}};
  for (const auto& [refusal, words] : cases)
    for (const bool beside : {true, false}) {
      SmtpScene scene;
      if (!beside) scene.subject.parameters.set("recipients", std::vector<std::string>{"kathy@mail.test"});
      scene.server.recipients["kathy@mail.test"] = refusal;
      EXPECT_EQ(scene.red(), "smtp.recipients") << refusal << transcript_text(*scene.seen);
      EXPECT_THAT(scene.judge("smtp.recipients").message, HasSubstr(words));
      EXPECT_THAT(scene.judge("smtp.recipients").message, HasSubstr(refusal));
    }
}

TEST(SmtpRefusal, ByAFullMailboxThatIsTemporaryIsDeferred) {
  for (const char* reply : {"452 4.2.2 mailbox full", "450 4.2.1 disabled for now", "452 4.3.1 no space left"}) {
    SmtpScene scene;
    scene.server.recipients["kathy@mail.test"] = reply;
    EXPECT_EQ(scene.red(), "") << reply;
    EXPECT_THAT(scene.judge("smtp.recipients").message, HasSubstr("deferred")) << reply;
  }
}

TEST(SmtpRefusal, OfPostmasterForAFullMailboxFails) {
  SmtpScene scene;
  scene.server.recipients["postmaster"] = "552 5.2.2 mailbox full, try again later";
  EXPECT_EQ(scene.red(), "smtp.postmaster");
  EXPECT_THAT(scene.judge("smtp.postmaster").message, HasSubstr("over quota"));
}

TEST(SmtpRefusal, OfAnySenderForAFaultOfTheMailSystemFails) {
  SmtpScene scene;
  scene.server.mail = "554 5.3.5 mail system configuration error, try later";
  EXPECT_EQ(scene.red(), "smtp.recipients smtp.postmaster") << transcript_text(*scene.seen);
  EXPECT_THAT(scene.judge("smtp.recipients").message, HasSubstr("mail system"));
}

TEST(SmtpNullSender, RefusedInWhateverWordsIsTheHostsFault) {
  for (const char* reply :
       {"550 5.7.1 null sender not allowed, too much spam", "553 bounces are not accepted here, try later",
        "550 5.7.1 <>: Sender address rejected: Access denied", "501 5.1.7 bad sender", "550 abuse", "554 Denied",
        "530 5.7.0 Authentication required", "550 this mail server accepts no mail from <>; rates at http://x.test/"}) {
    SmtpScene at_mail;
    at_mail.server.null_sender = reply;
    EXPECT_EQ(at_mail.red(), "smtp.null-sender") << reply << transcript_text(*at_mail.seen);
    EXPECT_THAT(at_mail.judge("smtp.null-sender").message, HasSubstr(reply));
    SmtpScene at_rcpt;
    at_rcpt.server.null_sender_recipients = reply;
    EXPECT_EQ(at_rcpt.red(), "smtp.null-sender") << reply << transcript_text(*at_rcpt.seen);
  }
  SmtpScene blocked;
  blocked.server.null_sender = "554 5.7.1 Client host [127.0.0.1] blocked using dnsbl.test";
  EXPECT_EQ(blocked.judge("smtp.null-sender").verdict, Verdict::inconclusive);
  EXPECT_EQ(blocked.red(), "");
}

TEST(SmtpNullSender, RefusedAsTheProbersOnlySenderFailsWhereThatIsSaid) {
  Observation seen;
  seen.set(kSmtp.sender, std::string());
  seen.set(kSmtp.sender_reply, test::reply("550 5.1.8 null sender refused"));
  SmtpScene scene;
  const auto judged = [&] { return judge(kSmtpType, "smtp.null-sender", seen, scene.subject); };
  EXPECT_EQ(judged().verdict, Verdict::fail);
  seen.set(kSmtp.sender_reply, test::reply("550 null sender refused"));
  EXPECT_EQ(judged().verdict, Verdict::fail);
  seen.set(kSmtp.sender_reply, test::reply("554 Client host blocked using dnsbl.test"));
  EXPECT_EQ(judged().verdict, Verdict::inconclusive);
  seen.set(kSmtp.sender_reply, test::reply("554 no"));
  EXPECT_EQ(judged().verdict, Verdict::inconclusive) << "nobody else was taken either";
  seen.set(kSmtp.sender_reply, test::reply("450 null sender refused"));
  EXPECT_EQ(judged().verdict, Verdict::inconclusive);
}

// ---- a login demanded of other servers

TEST(SmtpRefusal, UntilLoginForAnOwnRecipientFailsInWordsOfItsOwn) {
  for (const char* reply : {"530 5.7.0 Authentication required", "550 5.7.1 authentication is required",
                            "530 SMTP authentication is required.", "530 5.7.57 Client was not authenticated",
                            "530 5.5.1 Invalid command: Must issue an AUTH command first", "530 no"}) {
    SmtpScene at_rcpt;
    at_rcpt.server.recipients.clear();
    at_rcpt.server.other_recipients = reply;
    SmtpScene at_mail;
    at_mail.server.mail = at_mail.server.null_sender = reply;
    for (SmtpScene* scene : {&at_rcpt, &at_mail}) {
      EXPECT_EQ(scene->red(), "smtp.recipients smtp.postmaster") << reply << transcript_text(*scene->seen);
      const Judgement judgement = scene->judge("smtp.recipients");
      EXPECT_THAT(judgement.message, HasSubstr("demands authentication for its own recipient, so no other server can "
                                               "deliver"))
          << reply;
      EXPECT_THAT(judgement.message, HasSubstr(reply));
      EXPECT_EQ(judgement.actual, reply);
      EXPECT_EQ(scene->judge("smtp.unknown-recipient").verdict, Verdict::inconclusive) << reply;
    }
  }
}

TEST(SmtpRefusal, UntilLoginForOneOfTwoFailsForThatOne) {
  SmtpScene scene;
  scene.server.recipients["kathy@mail.test"] = "530 5.7.0 Authentication required";
  EXPECT_EQ(scene.red(), "smtp.recipients");
  EXPECT_THAT(scene.judge("smtp.recipients").message, HasSubstr("demands authentication"));
  EXPECT_THAT(scene.judge("smtp.recipients").message, Not(HasSubstr("jim@mail.test")));
  SmtpScene stranger;
  stranger.server.other_recipients = "550 5.7.1 Authentication required";
  EXPECT_EQ(stranger.judge("smtp.unknown-recipient").verdict, Verdict::pass) << "jim is taken without a login";
}

// ---- 252

TEST(SmtpCode252, PromisesNothing) {
  SmtpScene scene;
  for (auto& [address, reply] : scene.server.recipients) reply = "252 2.0.0 cannot verify, shall try";
  scene.server.other_recipients = "550 no";
  for (const char* check : {"smtp.recipients", "smtp.postmaster"}) {
    EXPECT_EQ(scene.judge(check).verdict, Verdict::warn) << check;
    EXPECT_THAT(scene.judge(check).message, HasSubstr("252 promises nothing")) << check;
  }
  EXPECT_EQ(scene.judge("smtp.unknown-recipient").verdict, Verdict::inconclusive)
      << "252 is no recipient who is taken, beside whom a refusal proves something";
  SmtpScene catch_all;
  catch_all.subject.parameters.set("unknown", std::string("accepted"));
  catch_all.server.other_recipients = "252 2.0.0 cannot verify, shall try";
  EXPECT_EQ(catch_all.judge("smtp.unknown-recipient").verdict, Verdict::warn);
}

}  // namespace
}  // namespace drydock::test
