// What replies mean, by their codes and by words of real servers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/client/smtp_reply.hpp"
#include "tests/support/reply.hpp"

namespace drydock::test {
namespace {

/// Where nobody is taken beside it.
RcptAnswer classify(std::string_view text, std::string_view recipient = "x@elsewhere.test",
                    Beside beside = Beside::nobody) {
  return classify_rcpt(test::reply(text), {"192.0.2.7", "prober.test", "probe@prober.test"}, recipient, beside);
}

RcptAnswer classify_beside(std::string_view text, std::string_view recipient = "x@elsewhere.test") {
  return classify(text, recipient, Beside::user);
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
        "550 5.7.1 too many unknown users from you", "550 5.7.25 no reverse name",
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

struct RealReply {
  const char* text;
  RcptAnswer answer;  ///< whether somebody is taken beside it or not
};

TEST(SmtpReplies, OfRealServersSayTheSameBesideAUserWhoIsTakenAndAlone) {
  constexpr auto kUnknown = RcptAnswer::unknown_user;
  constexpr auto kProber = RcptAnswer::about_prober;
  constexpr auto kSender = RcptAnswer::about_sender;
  constexpr auto kRelay = RcptAnswer::relay_denied;
  const RealReply replies[] = {
      // Postfix
      {"550 5.1.1 <x@elsewhere.test>: Recipient address rejected: User unknown in local recipient table", kUnknown},
      {"550 5.1.0 <x@elsewhere.test>: Recipient address rejected: User unknown in relay recipient table", kUnknown},
      {"550 <x@elsewhere.test>: Recipient address rejected: undeliverable address: unknown user: \"x\"",
       RcptAnswer::callout_failed},
      {"550 5.1.1 <x@elsewhere.test>: Recipient address rejected: undeliverable address: host mx.test[192.0.2.7] said: "
       "554 5.7.1 Client host blocked (in reply to RCPT TO command)",
       RcptAnswer::callout_failed},
      {"554 5.7.1 <x@elsewhere.test>: Relay access denied", kRelay},
      {"554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org; "
       "https://www.spamhaus.org/query/ip/192.0.2.7",
       kProber},
      {"554 5.7.1 <prober.test[192.0.2.7]>: Client host rejected: Access denied", kProber},
      {"550 5.7.25 Client host rejected: cannot find your hostname, [192.0.2.7]", kProber},
      {"504 5.5.2 <prober>: Helo command rejected: need fully-qualified hostname", kProber},
      {"550 5.1.8 <probe@prober.test>: Sender address rejected: Domain not found", kSender},
      {"550 5.1.7 <probe@prober.test>: Sender address rejected: undeliverable address: host mx.test[192.0.2.1] said: "
       "550 no such user (in reply to RCPT TO command)",
       kSender},
      {"552 5.2.2 <x@elsewhere.test>: Recipient address rejected: Mailbox full, try later", RcptAnswer::mailbox_full},
      // Exim
      {"550 Unrouteable address", kUnknown},
      {"550 Callout verification failed: 550 5.7.1 you are on a block list", RcptAnswer::callout_failed},
      {"550 callout verification failure: response was 550 5.7.1 <mail.test>: Sender address rejected",
       RcptAnswer::callout_failed},
      {"550 Verification failed for <probe@prober.test> Called: 192.0.2.1 Sent: RCPT TO:<probe@prober.test> "
       "Response: 550 no such user, sender verify failed",
       kSender},
      {"550 Please turn on SMTP Authentication in your mail client. prober.test [192.0.2.7]:4711 is not permitted to "
       "relay through this server without authentication.",
       kRelay},
      // Sendmail
      {"550 5.1.1 <x@elsewhere.test>... User unknown", kUnknown},
      {"550 5.7.1 <x@elsewhere.test>... Relaying denied. Proper authentication required.", kRelay},
      {"553 5.1.8 <probe@prober.test>... Domain of sender address probe@prober.test does not exist", kSender},
      {"553 Domain of sender address probe@prober.test does not exist", kSender},
      {"553 5.3.5 system config error", RcptAnswer::system_fault},
      // qmail and vpopmail
      {"550 sorry, no mailbox here by that name. (#5.1.1)", kUnknown},
      {"511 sorry, try later (#5.1.1 - chkuser)", kUnknown},
      {"553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", kRelay},
      {"552 The users mailfolder is over the allowed quota (size).", RcptAnswer::mailbox_full},
      {"552 sorry, later (#5.2.2)", RcptAnswer::mailbox_full},
      {"553 Blocked - see http://www.spamcop.net/bl.shtml?192.0.2.7", kProber},
      // Exchange and Exchange Online
      {"550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", kUnknown},
      {"550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", kRelay},
      {"550 5.7.64 TenantAttribution; Relay Access Denied", kRelay},
      {"530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM",
       RcptAnswer::demands_login},
      {"550 5.7.606 Access denied, banned sending IP [192.0.2.7]. To request removal from this list please visit "
       "https://sender.test/",
       kProber},
      {"550 5.7.60 SMTP; Client does not have permissions to send as this sender", kSender},
      // Gmail
      {"550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's "
       "email address for typos or unnecessary spaces. Learn more at https://support.test/mail/?p=NoSuchUser",
       kUnknown},
      {"550 5.2.1 The email account that you tried to reach is disabled. https://support.test/?p=later",
       RcptAnswer::mailbox_disabled},
      {"552 5.2.2 The email account that you tried to reach is over quota. Please try later.",
       RcptAnswer::mailbox_full},
      {"550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
       RcptAnswer::mailbox_disabled},
      // others
      {"550 x@elsewhere.test... No such user", kUnknown},                                // Domino
      {"550 User x (x@elsewhere.test) not listed in Domino Directory", kUnknown},        // Domino
      {"550 x@elsewhere.test User not listed in public Name & Address Book", kUnknown},  // Domino
      {"550 <x@elsewhere.test>, Recipient unknown", kUnknown},                           // MDaemon
      {"550 Unknown user", kUnknown},                                                    // hMailServer
      {"550 Account is not active.", RcptAnswer::mailbox_disabled},                      // hMailServer
      {"530 SMTP authentication is required.", RcptAnswer::demands_login},               // hMailServer
      {"550 Invalid recipient: <x@elsewhere.test>", kUnknown},                           // OpenSMTPD
      {"530 5.5.1 Invalid command: Must issue an AUTH command first", RcptAnswer::demands_login},
      {"550 I cannot deliver mail for <x@elsewhere.test>", RcptAnswer::refused},  // Haraka
      {"550 host [192.0.2.7] is listed on zen.dnsbl.test", kProber},              // Haraka
      {"550 very bad karma score: -7", kProber},                                  // Haraka
      {"552 5.2.2 <x@elsewhere.test> Quota exceeded (mailbox for user is full)", RcptAnswer::mailbox_full},
      {"554 delivery error: dd This user doesn't have a mail.test account (x@elsewhere.test) [0]", kUnknown},
      {"554 delivery error: dd Sorry. This account has been disabled or discontinued [#102].",
       RcptAnswer::mailbox_disabled},
      {"550 Requested action not taken: mailbox unavailable. For explanation visit https://postmaster.test/rate-limit",
       kUnknown}};
  for (const RealReply& reply : replies) {
    EXPECT_EQ(classify(reply.text), reply.answer) << reply.text;
    EXPECT_EQ(classify_beside(reply.text), reply.answer) << reply.text;
  }
}

TEST(SmtpReplies, OfWhichWordsMayBeAboutTheProberAreAboutTheAddressBesideAUserWhoIsTaken) {
  for (const char* text :
       {"550 message refused, try later", "550 we take no junk", "550 blocked", "550 you are listed", "550 abuse",
        "550 refused by zen.spamhaus.org", "550 temporarily refused", "550 refused at present rates"}) {
    EXPECT_EQ(classify(text), RcptAnswer::about_prober) << text;
    EXPECT_EQ(classify_beside(text), RcptAnswer::refused) << text;
  }
  EXPECT_EQ(classify_beside("550 relaying denied: listed at relays.test"), RcptAnswer::relay_denied);
  constexpr std::string_view kBoth = "550 message from <probe@prober.test> to <x@elsewhere.test> not taken";
  EXPECT_EQ(classify(kBoth), RcptAnswer::about_sender);
  EXPECT_EQ(classify_beside(kBoth), RcptAnswer::refused) << "the same sender is taken for another";
}

TEST(SmtpReplies, InUrlsAndAddressesAndNamesWordsAreNotRead) {
  for (const char* text :
       {"550 no, see https://mail.test/abuse/rate-limit?why=listed,blocked;later#spam", "550 no: <www.mail.test/later>",
        "550 no (https://blocklist.test/)", "550 no, ask abuse@spamhaus.test", "550 no, mailto:spam@helo.test",
        "550 reputation.mail.test says no"})
    EXPECT_EQ(classify(text), RcptAnswer::refused) << text;
  EXPECT_EQ(classify("550 no, see https://lists.test/192.0.2.7"), RcptAnswer::about_prober) << "that is the prober";
}

TEST(SmtpReplies, CodesThatAreSpecificDecideBeforeWords) {
  for (const char* words : {"Too many unknown users", "blacklisted", "try later", "your IP is listed",
                            "relaying denied", "please authenticate", "sender verify failed"}) {
    const auto with = [&](const char* code) { return classify(std::string("550 ") + code + " " + words); };
    EXPECT_EQ(with("5.1.1"), RcptAnswer::unknown_user) << words;
    EXPECT_EQ(with("5.1.2"), RcptAnswer::unknown_domain) << words;
    EXPECT_EQ(with("5.1.6"), RcptAnswer::unknown_user) << words;
    EXPECT_EQ(with("5.1.10"), RcptAnswer::unknown_user) << words;
    EXPECT_EQ(with("5.2.1"), RcptAnswer::mailbox_disabled) << words;
    EXPECT_EQ(with("5.2.2"), RcptAnswer::mailbox_full) << words;
    EXPECT_EQ(with("5.3.1"), RcptAnswer::system_fault) << words;
    EXPECT_EQ(with("5.7.25"), RcptAnswer::about_prober) << words;
    EXPECT_EQ(with("5.7.23"), RcptAnswer::about_sender) << words;
    EXPECT_NE(with("5.7.1"), RcptAnswer::refused) << words;
    EXPECT_EQ(with("5.7.1"), with("5.7.0")) << words;
  }
}

TEST(SmtpReplies, OnlyACodeIsADemandThatNeedsNobodyBesideIt) {
  for (const char* text : {"530 no", "530 5.7.0 Authentication required", "538 Encryption required", "550 5.7.11 no",
                           "530 5.7.57 not authenticated"})
    EXPECT_TRUE(demands_more(test::reply(text))) << text;
  for (const char* text : {"550 please authenticate", "550 5.7.1 Authentication required", "550 no", "430 later"})
    EXPECT_FALSE(demands_more(test::reply(text))) << text;
}

TEST(SmtpReplies, KnowRefusalsOfContent) {
  const auto content = [](std::string_view text) { return classify_content(test::reply(text), false); };
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
  const auto beside_plain = [](std::string_view text) { return classify_content(test::reply(text), true); };
  for (const char* text :
       {"554 5.7.1 Message rated as spam, score 1000 (SPF_FAIL, RDNS_NONE, listed at zen.spamhaus.test)",
        "550 5.7.1 message content rejected, try later; see https://mail.test/your-ip", "554 Gtube pattern, your IP",
        "554 5.7.1 Spam message rejected", "550 5.7.1 id=4711 - Message rejected as UBE/spam",
        "554 5.7.0 Reject, id=00231-02 - spam"})
    EXPECT_EQ(beside_plain(text), ContentAnswer::content) << text;
  for (const char* text :
       {"553 Message filtered, listed", "554 blocked by reputation", "552 no", "550 5.7.1 rejected: SPF_FAIL DKIM_BAD",
        "550 score too high, see http://mail.test/blacklist"})
    EXPECT_EQ(beside_plain(text), ContentAnswer::refused) << text;
  for (const char* text : {"550 5.7.23 spam: SPF check of the sender failed", "552 5.2.2 mailbox full of spam",
                           "554 too many messages from you", "550 your IP sends spam", "550 sender verify failed"})
    EXPECT_EQ(beside_plain(text), ContentAnswer::about_other) << text;
  EXPECT_EQ(content("451 later"), ContentAnswer::deferred);
  EXPECT_EQ(content("250 OK"), ContentAnswer::accepted);
}

}  // namespace
}  // namespace drydock::test
