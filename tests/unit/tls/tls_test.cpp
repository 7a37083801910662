#include "probes/tls/type.hpp"

#include <gmock/gmock.h>

#include "probes/tls/facts.hpp"
#include "tests/support/fault_sweep.hpp"
#include "tests/support/observe.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::IsEmpty;

const TestCa& ca() {
  static const TestCa made;
  return made;
}

CertificateOptions good() {
  return {.names = {"mail.test", "*.crew.test"}};
}

struct Seen {
  Subject subject;
  Observation observation;
  [[nodiscard]] Judgement judge(std::string_view id) const { return test::judge(kTlsType, id, observation, subject); }
  [[nodiscard]] Verdict verdict(std::string_view id) const { return judge(id).verdict; }
};

Subject subject_for(const Endpoint& to, std::string name = "mail.test") {
  Subject subject = subject_at(to, std::move(name));
  subject.surroundings.trust = ca().trust_file();
  return subject;
}

/// Looks at a server with this certificate that takes TLS 1.2 and above.
Seen look(const CertificateOptions& options, std::string name = "mail.test", int minimum_version = 0x0303) {
  ScriptedPeer peer({tls()}, {.certificate = ca().issue(options), .minimum_version = minimum_version});
  Seen seen{subject_for(peer.endpoint(), std::move(name)), {}};
  seen.observation = observe(kTlsType, seen.subject);
  return seen;
}

/// Looks at servers that follow the scripts.
Seen look_at(std::vector<Script> scripts, const std::string& starttls, Duration patience = std::chrono::seconds(20)) {
  ScriptedPeer peer(std::move(scripts), {.certificate = ca().issue(good()), .minimum_version = 0x0303});
  Seen seen{subject_for(peer.endpoint()), {}};
  if (!starttls.empty()) seen.subject.parameters.set("starttls", starttls);
  seen.observation = observe(kTlsType, seen.subject, patience);
  return seen;
}

TEST(Tls, PassesAGoodServer) {
  const Seen seen = look(good());
  for (const auto& check : kTlsType.checks)
    EXPECT_EQ(seen.verdict(check.id), Verdict::pass) << check.id << ": " << seen.judge(check.id).message << "\n"
                                                     << transcript_text(seen.observation);
  EXPECT_FALSE(seen.observation.error);
  EXPECT_EQ(*seen.observation.get(kTlsSession.version), "TLSv1.3");
  EXPECT_EQ(*seen.observation.get(kTlsSession.issuer), "CN=drydock test root");
  EXPECT_EQ(seen.observation.certificates.size(), 1U);
}

TEST(Tls, ChainFailsForSelfSigned) {
  CertificateOptions options = good();
  options.self_signed = true;
  const Seen seen = look(options);
  EXPECT_EQ(seen.verdict("tls.chain"), Verdict::fail);
  EXPECT_THAT(seen.judge("tls.chain").message, HasSubstr("self-signed"));
  EXPECT_EQ(seen.verdict("tls.name"), Verdict::pass);
  EXPECT_EQ(seen.verdict("tls.answers"), Verdict::pass);
}

TEST(Tls, ChainFailsWithoutItsIntermediate) {
  CertificateOptions options = good();
  options.intermediate = true;
  EXPECT_EQ(look(options).verdict("tls.chain"), Verdict::pass);
  options.serve_intermediate = false;
  EXPECT_EQ(look(options).verdict("tls.chain"), Verdict::fail);
}

TEST(Tls, ChainWarnsOutOfOrder) {
  CertificateOptions options = good();
  options.intermediate = true;
  options.wrong_order = true;
  EXPECT_EQ(look(options).verdict("tls.chain"), Verdict::warn);
}

TEST(Tls, ChainFailsForAWeakKey) {
  CertificateOptions options = good();
  options.rsa_bits = 1024;
  EXPECT_EQ(look(options).verdict("tls.chain"), Verdict::fail);
}

TEST(Tls, ChainFailsForAnUnknownAuthority) {
  ScriptedPeer peer({tls()}, {.certificate = TestCa().issue(good())});
  const Subject subject = subject_for(peer.endpoint());
  EXPECT_EQ(judge(kTlsType, "tls.chain", observe(kTlsType, subject), subject).verdict, Verdict::fail);
}

TEST(Tls, NameIsTakenFromSubjectAltNameOnly) {
  CertificateOptions options = good();
  options.common_name = "other.test";
  EXPECT_EQ(look(options, "other.test").verdict("tls.name"), Verdict::fail);
  EXPECT_THAT(look(options, "other.test").judge("tls.name").message, HasSubstr("mail.test"));
  EXPECT_EQ(look(good(), "www.crew.test").verdict("tls.name"), Verdict::pass);
  EXPECT_EQ(look(good(), "a.www.crew.test").verdict("tls.name"), Verdict::fail);
  EXPECT_EQ(look(good(), "MAIL.test.").verdict("tls.name"), Verdict::pass);
  EXPECT_EQ(look(good(), "").verdict("tls.name"), Verdict::skip);
}

struct Dates {
  double age_hours;
  double days_left;
  Verdict verdict;
};
class Validity : public testing::TestWithParam<Dates> {};

TEST_P(Validity, IsJudgedByItsDates) {
  CertificateOptions options = good();
  options.age_hours = GetParam().age_hours;
  options.days_left = GetParam().days_left;
  const Seen seen = look(options);
  EXPECT_EQ(seen.verdict("tls.validity"), GetParam().verdict) << seen.judge("tls.validity").message;
  EXPECT_EQ(seen.verdict("tls.chain"), Verdict::pass) << "dates are not the chain's business";
}

INSTANTIATE_TEST_SUITE_P(Dates, Validity,
                         testing::Values(Dates{240, 90, Verdict::pass}, Dates{240, 31, Verdict::pass},
                                         Dates{240, 29, Verdict::warn}, Dates{240, 14.1, Verdict::warn},
                                         Dates{240, 13.9, Verdict::fail}, Dates{240, -0.1, Verdict::fail},
                                         Dates{-1, 90, Verdict::fail}, Dates{0.5, 90, Verdict::warn},
                                         Dates{1.1, 90, Verdict::pass}));

TEST(Tls, ValidityIsThatOfTheWholePath) {
  CertificateOptions options = good();
  options.intermediate = true;
  options.intermediate_days_left = -3;
  const Seen expired = look(options);
  EXPECT_EQ(expired.verdict("tls.validity"), Verdict::fail);
  EXPECT_THAT(expired.judge("tls.validity").message, HasSubstr("drydock test intermediate"));
  EXPECT_EQ(expired.verdict("tls.chain"), Verdict::pass) << "dates are not the chain's business";
  options.intermediate_days_left = 4;
  EXPECT_EQ(look(options).verdict("tls.validity"), Verdict::warn);
  options.intermediate_days_left = 400;
  options.intermediate_age_hours = -5;
  EXPECT_EQ(look(options).verdict("tls.validity"), Verdict::fail);
  EXPECT_THAT(look(options).judge("tls.validity").message, HasSubstr("is not valid before"));
  options.intermediate_age_hours = 240;
  options.serve_expired_too = true;
  EXPECT_EQ(look(options).verdict("tls.validity"), Verdict::pass) << "clients take the path that is valid";
}

TEST(Tls, ProtocolFloorFailsWhereOldProtocolsAreAccepted) {
  const Seen seen = look(good(), "mail.test", 0x0301);
  EXPECT_EQ(seen.verdict("tls.protocol-floor"), Verdict::fail) << transcript_text(seen.observation);
  EXPECT_EQ(*seen.observation.get(kTls.old_protocol), "TLSv1.1");
}

TEST(Tls, ProtocolFloorIsProvenByWhatIsSaidToOldProtocolsAlone) {
  const std::pair<std::vector<Script>, Verdict> cases[] = {
      {{{tls()}, {hang_up()}, {tls()}}, Verdict::fail},  // a break by chance, and then TLS 1.1
      {{{tls()}, {hang_up()}, {hang_up()}, {tls()}}, Verdict::pass},
      {{{tls()}, {hang_up()}, {hang_up()}, {hang_up()}}, Verdict::inconclusive},  // it is us who are shut out
      {{{tls()}, {send("busy"), hang_up()}, {send("busy"), hang_up()}, {hang_up()}}, Verdict::inconclusive},
      {{{tls()}, {say("* BYE Maximum connection limit reached"), hang_up()}}, Verdict::inconclusive},
      {{{tls()}, {say("220 another service"), hang_up()}}, Verdict::inconclusive}};
  for (const auto& [scripts, wanted] : cases) {
    ScriptedPeer peer(scripts, {.certificate = ca().issue(good()), .minimum_version = 0x0301});
    Seen seen{subject_for(peer.endpoint()), {}};
    seen.observation = observe(kTlsType, seen.subject);
    EXPECT_EQ(seen.verdict("tls.protocol-floor"), wanted) << transcript_text(seen.observation);
    EXPECT_EQ(seen.verdict("tls.answers"), Verdict::pass);
  }
}

TEST(Tls, AServerThatDemandsAClientCertificateIsNotGreen) {
  const auto look_at_one_that = [](ClientCertificate wish, int maximum_version) {
    ScriptedPeer peer({tls(), stall()}, {.certificate = ca().issue(good()),
                                         .minimum_version = 0x0303,
                                         .maximum_version = maximum_version,
                                         .client_certificate = wish});
    Seen seen{subject_for(peer.endpoint()), {}};
    seen.observation = observe(kTlsType, seen.subject);
    return seen;
  };
  const Seen demanded = look_at_one_that(ClientCertificate::demanded, 0);
  EXPECT_EQ(demanded.verdict("tls.answers"), Verdict::fail) << transcript_text(demanded.observation);
  EXPECT_THAT(demanded.judge("tls.answers").message, HasSubstr("demands a client certificate"));
  EXPECT_EQ(demanded.verdict("tls.chain"), Verdict::pass) << "its own certificate was seen";
  EXPECT_EQ(look_at_one_that(ClientCertificate::demanded, 0x0303).verdict("tls.answers"), Verdict::fail);
  const Seen wanted = look_at_one_that(ClientCertificate::wanted, 0);
  EXPECT_EQ(wanted.verdict("tls.answers"), Verdict::pass) << transcript_text(wanted.observation);
  EXPECT_EQ(*wanted.observation.get(kTls.client_certificate), "accepted");
  EXPECT_FALSE(look_at_one_that(ClientCertificate::unwanted, 0).observation.has(kTls.client_certificate));
}

TEST(Tls, LongNamesOfACertificateAreClipped) {
  Observation seen = look(good()).observation;
  const std::string huge = "CN=" + std::string(30000, 'x');
  const Subject subject = subject_for({"127.0.0.1", 443}, "other.test");
  seen.set(kTlsSession.issuer, huge);
  seen.set(kTlsSession.subject, huge);
  seen.set(kTlsSession.names, std::vector<std::string>(50, std::string(2000, 'y')));
  seen.set(kTlsSession.issuer_subject, huge);
  seen.set(kTlsSession.issuer_not_after, "2026-01-01T00:00:00Z");
  seen.set(kTlsSession.issuer_days_left, -3.0);
  for (const bool self_signed : {true, false})
    for (const bool trusted : {true, false}) {
      seen.set(kTlsSession.self_signed, self_signed);
      seen.set(kTlsSession.chain, trusted);
      seen.set(kTlsSession.name_ok, trusted);
      for (const auto& check : kTlsType.checks) {
        const Judgement judged = check.judge(seen, subject);
        EXPECT_LT((judged.message + judged.expected + judged.actual + judged.reproduce).size(), 3000U) << check.id;
      }
    }
}

TEST(Tls, ACertificateInItsFirstHourIsToldInOneShortLine) {
  CertificateOptions options = good();
  options.age_hours = 0.5;
  const Judgement judgement = look(options).judge("tls.validity");
  EXPECT_EQ(judgement.verdict, Verdict::warn);
  EXPECT_THAT(judgement.message, HasSubstr("valid only since"));
  EXPECT_LT(judgement.message.size(), 100U);
  EXPECT_EQ(judgement.expected + judgement.actual + judgement.hint, "");
}

TEST(Tls, ProtocolFloorIsInconclusiveInSilence) {
  const Seen seen = look_at({{tls()}, {stall()}}, "", std::chrono::milliseconds(500));
  EXPECT_EQ(seen.verdict("tls.protocol-floor"), Verdict::inconclusive);
  EXPECT_EQ(seen.verdict("tls.answers"), Verdict::pass);
  ASSERT_TRUE(seen.observation.error);
  EXPECT_EQ(seen.observation.error->kind, ErrorKind::timeout);
  EXPECT_THAT(seen.observation.error->message, HasSubstr("no answer within 500ms"));
}

TEST(Tls, AnswersFailsForPlainText) {
  const Seen seen = look_at({{send("220 mail.test ESMTP\r\n"), stall()}}, "");
  const Judgement answers = seen.judge("tls.answers");
  EXPECT_EQ(answers.verdict, Verdict::fail);
  EXPECT_THAT(answers.message, HasSubstr("plain text"));
  EXPECT_THAT(answers.message, HasSubstr("220 m"));
  const Seen talkative = look_at({{send("220 " + std::string(400, 'x') + "\r\n"), stall()}}, "");
  EXPECT_LT(talkative.judge("tls.answers").message.size(), 250U);
  for (const char* id : {"tls.chain", "tls.name", "tls.validity", "tls.protocol-floor"})
    EXPECT_EQ(seen.verdict(id), Verdict::inconclusive) << id;
}

TEST(Tls, TellsWhichTlsWasMeant) {
  const std::pair<const char*, const char*> greetings[] = {{"* OK ready", "`starttls: imap`"},
                                                           {"+OK ready", "`starttls: pop3`"},
                                                           {"220 mail.test ESMTP", "`starttls: smtp`"}};
  for (const auto& [greeting, hint] : greetings)
    EXPECT_THAT(look_at({{say(greeting), stall()}}, "").judge("tls.answers").message, HasSubstr(hint));
}

TEST(Tls, AnswersFailsWhereNothingListens) {
  Endpoint gone;
  {
    const ScriptedPeer peer(Script{});
    gone = peer.endpoint();
  }
  Seen seen{subject_for(gone), {}};
  seen.observation = observe(kTlsType, seen.subject);
  EXPECT_EQ(seen.verdict("tls.answers"), Verdict::fail);
  EXPECT_EQ(seen.observation.error_stage, "connect");
  EXPECT_EQ(seen.verdict("tls.chain"), Verdict::inconclusive);
}

TEST(Tls, UnreadableTrustIsNotTheHostsFault) {
  ScriptedPeer peer({tls()}, {.certificate = ca().issue(good())});
  Subject subject = subject_for(peer.endpoint());
  subject.surroundings.trust = "/no/such/file.pem";
  const Observation seen = observe(kTlsType, subject);
  for (const auto& check : kTlsType.checks)
    EXPECT_EQ(check.judge(seen, subject).verdict, Verdict::inconclusive) << check.id;
  ASSERT_TRUE(seen.error);
  EXPECT_THAT(seen.error->message, HasSubstr("/no/such/file.pem"));
}

struct Protocol {
  std::string name;
  Script plain;
};

std::vector<Protocol> protocols() {
  return {{"smtp",
           {say("220 mail.test ESMTP"), hear("EHLO prober.test"), say("250-mail.test\r\n250 STARTTLS"),
            hear("STARTTLS"), say("220 go")}},
          {"imap", {say("* OK ready"), hear("a1 STARTTLS"), say("a1 OK go")}},
          {"pop3", {say("+OK ready"), hear("STLS"), say("+OK go")}},
          {"ftp", {say("220-hello\r\n220 ready"), hear("AUTH TLS"), say("234 go")}}};
}

Script followed_by(Script script, const Move& move) {
  script.push_back(move);
  return script;
}

TEST(Tls, SpeaksThePlainPartOfEachProtocol) {
  for (const auto& protocol : protocols()) {
    const Seen seen = look_at({followed_by(protocol.plain, tls())}, protocol.name);
    for (const auto& check : kTlsType.checks)
      EXPECT_EQ(seen.verdict(check.id), Verdict::pass) << protocol.name << " " << check.id << "\n"
                                                       << transcript_text(seen.observation);
    EXPECT_THAT(seen.judge("tls.chain").reproduce, HasSubstr("-starttls " + protocol.name));
  }
}

TEST(Tls, StarttlsThatIsRefusedFailsAnswersAlone) {
  const std::vector<std::pair<std::string, Script>> refusals = {
      {"smtp", {say("220 x"), hear("EHLO"), say("250 x")}},
      {"smtp", {say("220 x"), hear("EHLO"), say("250-x\r\n250 STARTTLS"), hear("STARTTLS"), say("502 no")}},
      {"imap", {say("* OK x"), hear("a1"), say("a1 BAD no")}},
      {"pop3", {say("+OK x"), hear("STLS"), say("-ERR no")}},
      // Temporary by their codes, and given for good where the key can't be read.
      {"smtp",
       {say("220 x"), hear("EHLO"), say("250-x\r\n250 STARTTLS"), hear("STARTTLS"),
        say("454 TLS currently unavailable")}},
      {"ftp", {say("220 x"), hear("AUTH"), say("431 Unable to accept AUTH TLS")}},
      {"ftp", {say("220 x"), hear("AUTH"), say("500 no")}}};
  for (const auto& [protocol, script] : refusals) {
    const Seen seen = look_at({script}, protocol);
    EXPECT_EQ(seen.verdict("tls.answers"), Verdict::fail) << transcript_text(seen.observation);
    EXPECT_EQ(seen.observation.error_stage, "starttls");
    for (const char* id : {"tls.chain", "tls.name", "tls.validity", "tls.protocol-floor"})
      EXPECT_EQ(seen.verdict(id), Verdict::inconclusive) << id;
  }
}

TEST(Tls, SaysAtWhichStageAServerSaidWhat) {
  struct Case {
    std::string protocol;
    Script script;
    std::string stage;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"smtp", {say("554 no")}, "banner", R"(the server answered the connection with "554 no"; 220 would be right)"},
      {"smtp",
       {say("220 x"), hear("EHLO"), say("421 busy")},
       "ehlo",
       R"(the server answered EHLO with "421 busy"; 250 would be right)"},
      {"imap", {say("* BYE later")}, "banner", R"(the server said "* BYE later")"},
      {"imap", {say("* PREAUTH in")}, "banner", R"(the server greeted with "* PREAUTH in"; "* OK" would be right)"},
      {"imap",
       {say("* OK x"), hear("a1 STARTTLS"), say("* OK [ALERT] y\r\na1 NO no")},
       "starttls",
       R"(the server answered STARTTLS with "a1 NO no"; OK would be right)"},
      {"pop3", {say("-ERR no")}, "banner", R"(the server greeted with "-ERR no"; +OK would be right)"},
      {"pop3",
       {say("+OK x"), hear("STLS"), say("-ERR no")},
       "starttls",
       R"(the server answered STLS with "-ERR no"; +OK would be right)"},
      {"ftp",
       {say("120 wait"), say("220 x"), hear("AUTH TLS"), say("500 no")},
       "starttls",
       R"(the server answered AUTH TLS with "500 no"; 234 would be right)"},
  };
  for (const auto& [protocol, script, stage, message] : cases) {
    const Seen seen = look_at({script}, protocol);
    ASSERT_TRUE(seen.observation.error) << message;
    EXPECT_EQ(seen.observation.error->message, message);
    EXPECT_EQ(seen.observation.error_stage, stage) << message;
  }
}

TEST(Tls, NotNowIsInconclusive) {
  const std::vector<std::pair<std::string, Script>> delays = {
      {"smtp", {say("421 later")}},
      {"smtp", {say("220 x"), hear("EHLO"), say("250-x\r\n250 STARTTLS"), hear("STARTTLS"), say("451 local problem")}},
      {"", {say("421 too many connections")}},
      {"", {say("421-come\r\n421 later")}},
      {"", {say("554 5.7.1 your IP 127.0.0.1 is blocked using zen.example")}},
      {"", {say("* BYE Maximum connection limit reached")}},
      {"", {say("-ERR [SYS/TEMP] server busy")}},
      {"imap", {say("* OK ready"), hear("a"), say("{tag} NO server busy")}},
      {"imap", {say("* BYE later")}},
      {"smtp", {say("554 5.7.1 your IP 127.0.0.1 is blocked using zen.example")}},
      {"imap", {say("* OK ready"), hear("a"), say("{tag} NO [UNAVAILABLE] later")}},
      {"imap", {say("* OK ready"), hear("a"), say("{tag} NO too many connections")}},
      {"pop3", {say("-ERR too many connections")}},
      {"pop3", {say("-ERR [SYS/TEMP] later")}},
      {"pop3", {say("+OK ready"), hear("STLS"), say("-ERR [SYS/TEMP] later")}},
      {"ftp", {say("530 Sorry, too many users")}},
      {"ftp", {say("421 later")}}};
  for (const auto& [protocol, script] : delays)
    for (const auto& check : kTlsType.checks)
      EXPECT_EQ(look_at({script}, protocol).verdict(check.id), Verdict::inconclusive) << protocol << " " << check.id;
}

TEST(Tls, HoldsWhereverTheDialogueBreaks) {
  const Script smtp = followed_by(protocols()[0].plain, tls());
  SweepPlan plan{.type = kTlsType,
                 .scripts = {smtp, smtp},
                 .peer = {.certificate = ca().issue(good()), .minimum_version = 0x0303}};
  plan.subject = [](const Endpoint& to) {
    Subject subject = subject_for(to);
    subject.parameters.set("starttls", std::string("smtp"));
    return subject;
  };
  plan.needs = {{"tls.answers", 3}, {"tls.chain", 3}, {"tls.name", 3}, {"tls.validity", 3}, {"tls.protocol-floor", 6}};
  plan.of_anybody = {"tls.protocol-floor"};  // no certificate comes with a refusal
  plan.tolerated = {7};                      // to hang up in the handshake is one way to refuse an old protocol
  EXPECT_THAT(fault_sweep(plan), IsEmpty());
}

}  // namespace
}  // namespace drydock
