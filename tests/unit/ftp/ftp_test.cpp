// The whole probe against a small FTP server, healthy and with one fault at a time.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "probes/ftp/facts.hpp"
#include "tests/support/reply.hpp"
#include "tests/support/silent_port.hpp"
#include "tests/unit/ftp/ftp_test_support.hpp"

namespace drydock::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(FtpTest, AHealthyServerIsGreen) {
  FtpServer server;
  server.files["readme"] = "hello";
  const Seen seen = look(server);
  EXPECT_EQ(seen.observation.error, std::nullopt) << transcript_text(seen.observation);
  EXPECT_EQ(seen.failed(), "") << transcript_text(seen.observation);
  EXPECT_EQ(seen.unclear(), "") << transcript_text(seen.observation);
  EXPECT_EQ(with_verdict(Verdict::skip, seen.observation, seen.subject), "");
  EXPECT_EQ(seen.observation.get(kFtp.welcome)->text(), "220 ftp.test ready");
  EXPECT_EQ(seen.observation.get(kFtp.login)->code, 230);
  EXPECT_EQ(seen.observation.get(kFtp.wrong_password)->code, 530);
  EXPECT_EQ(*seen.observation.get(kFtp.passive_address), "127.0.0.1");
  EXPECT_EQ(*seen.observation.get(kFtp.round_trip_size), 1024 * 1024);
  EXPECT_THAT(*seen.observation.get(kFtp.features), ElementsAre("AUTH TLS", "SIZE"));
  EXPECT_THAT(*seen.observation.get(kFtp.files), ElementsAre("readme"));
  EXPECT_THAT(*seen.observation.get(kFtpTls.names), ElementsAre("ftp.test"));
  EXPECT_EQ(server.files.size(), 1u);
  EXPECT_THAT(transcript_text(seen.observation), testing::Not(HasSubstr("right-horse-42")));
}

TEST_F(FtpTest, ThePasswordNeverCrossesInClear) {
  FtpServer server;
  server.tls_required = false;
  server.instead["AUTH"] = "500 AUTH not understood";
  const Seen seen = look(server);
  EXPECT_EQ(seen.failed(), "tls clear-login");
  EXPECT_THAT(seen.heard, testing::Not(testing::Contains(HasSubstr("right-horse-42"))));
  EXPECT_EQ(seen.judge("ftp.login").verdict, Verdict::inconclusive);
}

TEST_F(FtpTest, KeepsThePasswordFromACertificateThatDoesNotProveTheName) {
  FtpServer server;
  for (const auto& change : std::vector<std::function<void(Subject&)>>{
           [](Subject& s) { s.surroundings.trust.clear(); }, [](Subject& s) { s.target.name = "other.test"; }}) {
    const Seen seen = look(server, change, std::chrono::seconds(20), false);
    EXPECT_EQ(seen.judge("ftp.login").verdict, Verdict::inconclusive) << transcript_text(seen.observation);
    EXPECT_THAT(seen.judge("ftp.login").message, HasSubstr("the password was not sent"));
    EXPECT_THAT(seen.heard, testing::Not(testing::Contains(HasSubstr("right-horse-42"))));
  }
}

TEST_F(FtpTest, RefusesAnAccountWithoutTls) {
  Subject subject = with_everything(ftp_subject({"127.0.0.1", 21}));
  subject.parameters.set("tls", std::string("none"));
  const auto problems = kFtpType.validate(subject.parameters);
  EXPECT_TRUE(std::any_of(problems.begin(), problems.end(), [](const auto& one) { return one.parameter == "as"; }));
}

TEST_F(FtpTest, JudgesThePassiveAddressAndNeverDialsIt) {
  FtpServer inner;
  inner.advertise = "10,0,0,5";
  const Seen seen = look(inner);
  EXPECT_EQ(seen.failed(), "passive-address");
  EXPECT_EQ(seen.unclear(), "") << transcript_text(seen.observation);
  EXPECT_THAT(seen.judge("ftp.passive-address").actual, HasSubstr("10,0,0,5"));
  EXPECT_THAT(seen.judge("ftp.passive-address").reproduce, HasSubstr("curl"));
  EXPECT_EQ(look(inner, [](Subject& s) { s.expected.facts = {"passive.address"}; }).failed(), "");
  FtpServer public_one;
  public_one.advertise = "192,0,2,5";
  EXPECT_EQ(look(public_one).judge("ftp.passive-address").verdict, Verdict::warn);
}

TEST_F(FtpTest, TellsGreetingsApart) {
  const auto greeted = [](const std::string& greeting) {
    const ScriptedPeer peer({say(greeting)});
    const Subject subject = with_everything(ftp_subject(peer.endpoint()));
    const Observation seen = observe(kFtpType, subject);
    EXPECT_EQ(with_verdict(Verdict::pass, seen, subject), "") << greeting;
    return std::pair(failed(seen, subject), judge_ftp("ftp.greeting", seen, subject).verdict);
  };
  using testing::Pair;
  EXPECT_THAT(greeted("500 Sorry, no server available to handle request on 127.0.0.1"),
              Pair("greeting", Verdict::fail));
  EXPECT_THAT(greeted("421 too many connections"), Pair("", Verdict::inconclusive));
  EXPECT_THAT(greeted("SSH-2.0-OpenSSH_9.2"), Pair("greeting", Verdict::fail));
}

TEST_F(FtpTest, WarnsOfAWrongNameInTheGreeting) {
  const auto verdict = [](const std::string& greeting) {
    Observation seen;
    seen.set(kFtp.welcome, reply(greeting));
    return judge_ftp("ftp.greeting", seen, ftp_subject({"127.0.0.1", 21})).verdict;
  };
  EXPECT_EQ(verdict("220 drydock.test FTP ready"), Verdict::warn);
  EXPECT_EQ(verdict("220 ftp.test FTP ready"), Verdict::pass);
  EXPECT_EQ(verdict("220 my-drydock.test.example FTP ready"), Verdict::pass);
}

TEST_F(FtpTest, TellsARefusedPortAndASilentOne) {
  std::uint16_t port = 0;
  {
    const ScriptedPeer gone(Script{});
    port = gone.port();
  }
  const Subject subject = with_everything(ftp_subject({"127.0.0.1", port}));
  EXPECT_EQ(failed(observe(kFtpType, subject), subject), "greeting");
  const ScriptedPeer silent({stall()});
  const Subject waiting = with_everything(ftp_subject(silent.endpoint()));
  const Observation waited = observe(kFtpType, waiting, std::chrono::milliseconds(300));
  EXPECT_EQ(failed(waited, waiting), "");
  EXPECT_EQ(with_verdict(Verdict::pass, waited, waiting), "");
}

TEST_F(FtpTest, TellsPassivePortsThatAreClosed) {
  FtpServer server;
  server.instead["PASV"] = "227 Entering Passive Mode (127,0,0,1,0,1).";  // nobody listens on port 1
  const Seen seen = look(server);
  EXPECT_EQ(seen.failed(), "passive-address") << transcript_text(seen.observation);
  EXPECT_EQ(seen.judge("ftp.round-trip").verdict, Verdict::inconclusive);
  FtpServer refusing;
  refusing.instead["PASV"] = "502 no passive mode";
  EXPECT_EQ(look(refusing).failed(), "passive-address");
}

TEST_F(FtpTest, ASilentDataPortBesideALivingControlConnectionFails) {
  const SilentPort silent;
  FtpServer server;
  server.instead["PASV"] = "227 Entering Passive Mode (" + silent.numbers() + ").";
  const Seen seen = look(server, {}, std::chrono::seconds(6));
  EXPECT_EQ(seen.failed(), "passive-address") << transcript_text(seen.observation);
  EXPECT_THAT(seen.judge("ftp.passive-address").message, HasSubstr("takes no connection (timeout)"));
  EXPECT_EQ(seen.judge("ftp.login").verdict, Verdict::pass);
  EXPECT_EQ(seen.judge("ftp.round-trip").verdict, Verdict::inconclusive);
}

TEST_F(FtpTest, ReadsAddressesWithoutParenthesesAndQuotesWhatItCantRead) {
  FtpServer bare;
  bare.bare_passive = true;
  EXPECT_EQ(look(bare).judge("ftp.passive-address").verdict, Verdict::pass);
  FtpServer broken;
  broken.instead["PASV"] = "227 Entering Passive Mode, somewhere";
  const Seen seen = look(broken);
  EXPECT_EQ(seen.failed(), "passive-address") << transcript_text(seen.observation);
  EXPECT_THAT(seen.judge("ftp.passive-address").message, HasSubstr("227 Entering Passive Mode, somewhere"));
  FtpServer extended;
  extended.instead["EPSV"] = "229 Extended Passive Mode OK";
  const ScriptedPeer peer(extended.script(), {.address = "::1", .certificate = ca_.issue({.names = {"ftp.test"}})});
  Subject subject = with_everything(ftp_subject(peer.endpoint()));
  subject.surroundings.trust = ca_.trust_file();
  subject.surroundings.vantage.address.clear();
  const Observation over_ipv6 = observe(kFtpType, subject);
  const Judgement judgement = judge_ftp("ftp.passive-address", over_ipv6, subject);
  EXPECT_EQ(judgement.verdict, Verdict::fail) << transcript_text(over_ipv6);
  EXPECT_THAT(judgement.message, HasSubstr("229 Extended Passive Mode OK"));
}

TEST_F(FtpTest, ALongListingIsNobodysFault) {
  FtpServer server;
  for (int i = 0; i < 30000; ++i) server.files[fmt::format("a-file-with-a-rather-long-name-{:06}", i)] = "";
  const Seen seen = look(server);
  EXPECT_EQ(seen.failed(), "") << seen.judge("ftp.passive-address").message;
  EXPECT_EQ(seen.judge("ftp.passive-address").verdict, Verdict::pass);
  server.files[std::string(5000, 'x')] = "";
  server.listed_under = std::string(200, 'd') + "/";
  const Seen longer = look(server);
  EXPECT_EQ(longer.failed(), "");
  EXPECT_EQ(longer.judge("ftp.passive-address").verdict, Verdict::inconclusive);
  EXPECT_THAT(longer.judge("ftp.passive-address").message, HasSubstr("the server sends more than"));
}

TEST_F(FtpTest, ComparesListingsByTheLastComponent) {
  FtpServer server;
  server.files["readme"] = "hello";
  server.listed_under = "/home/jim/";
  const Seen seen = look(server);
  EXPECT_EQ(seen.failed(), "") << transcript_text(seen.observation);
  EXPECT_EQ(seen.judge("ftp.round-trip").verdict, Verdict::pass);
  EXPECT_THAT(*seen.observation.get(kFtp.files), ElementsAre("readme"));
  server.keep_files = true;
  EXPECT_THAT(look(server).judge("ftp.round-trip").message, HasSubstr("still there"));
}

TEST_F(FtpTest, PreliminaryRepliesAreBounded) {
  const ScriptedPeer patient({say("120 soon"), say("120 sooner"), say("220 ftp.test ready"), hear("FEAT"),
                              say("211 no"), hear("AUTH TLS"), say("500 no"), hear("QUIT"), say("221 bye")});
  const Subject subject = ftp_subject(patient.endpoint());
  EXPECT_EQ(judge_ftp("ftp.greeting", observe(kFtpType, subject), subject).verdict, Verdict::pass);
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += "120 soon\r\n";
  const ScriptedPeer endless({act([&](PeerConnection& connection) {
    while (true) connection.send(flood);
  })});
  const Subject other = ftp_subject(endless.endpoint());
  const Observation seen = observe(kFtpType, other);
  EXPECT_EQ(failed(seen, other), "greeting");
  EXPECT_LT(seen.transcript.lines().size(), 50U);
}

TEST_F(FtpTest, TakesEmptyFoldersAsSuch) {
  for (const std::string reply : {"450 No files found", "550 No files found"}) {
    FtpServer server;
    server.instead["NLST"] = reply;
    const Seen seen = look(server, [](Subject& s) { s.parameters.set("round_trip", std::string()); });
    EXPECT_EQ(seen.failed(), "") << reply << transcript_text(seen.observation);
    EXPECT_EQ(seen.judge("ftp.passive-address").verdict, Verdict::pass) << reply;
  }
}

TEST_F(FtpTest, JudgesTheCertificate) {
  const TestCa stranger;
  FtpServer server;
  EXPECT_EQ(look(server, [&](Subject& s) { s.surroundings.trust = stranger.trust_file(); }).failed(),
            "certificate-chain");
  EXPECT_EQ(look(server, [](Subject& s) { s.target.name = "other.test"; }).failed(), "certificate-name");
}

TEST_F(FtpTest, AMissingPasswordIsNobodysFault) {
  FtpServer server;
  const Seen seen = look(server, [](Subject& s) {
    Account account{"jim", "jim", "", Secret("jim")};
    account.password.mark_missing("no such file");
    s.parameters.set("as", account);
  });
  EXPECT_EQ(seen.failed(), "");
  EXPECT_EQ(seen.judge("ftp.login").verdict, Verdict::inconclusive);
  EXPECT_THAT(seen.judge("ftp.login").message, HasSubstr("no such file"));
}

TEST_F(FtpTest, SkipsWhatIsNotDeclared) {
  FtpServer server;
  const Seen seen = look(server, [](Subject& s) {
    const std::string trust = s.surroundings.trust;
    s = ftp_subject({s.target.ip, *s.target.port});
    s.surroundings.trust = trust;
  });
  EXPECT_EQ(with_verdict(Verdict::skip, seen.observation, seen.subject),
            "clear-login anonymous login wrong-password passive-address round-trip");
  EXPECT_EQ(seen.failed(), "");
  EXPECT_EQ(seen.unclear(), "");
}

TEST_F(FtpTest, SpeaksImplicitTls) {
  FtpServer server;
  const ScriptedPeer peer(server.script(), {.certificate = ca_.issue({.names = {"ftp.test"}}), .implicit_tls = true});
  Subject subject = with_account(ftp_subject(peer.endpoint(), "implicit"));
  subject.surroundings.trust = ca_.trust_file();
  server.tls_required = false;
  const Observation seen = observe(kFtpType, subject);
  EXPECT_EQ(seen.error, std::nullopt) << transcript_text(seen);
  EXPECT_EQ(failed(seen, subject), "");
  EXPECT_EQ(with_verdict(Verdict::inconclusive, seen, subject), "") << transcript_text(seen);
}

TEST_F(FtpTest, TellsWhichTlsWasMeant) {
  const ScriptedPeer clear({say("220 ftp.test ready"), stall()});
  const Subject implicit = with_account(ftp_subject(clear.endpoint(), "implicit"));
  const Judgement spoke = judge_ftp("ftp.tls", observe(kFtpType, implicit), implicit);
  EXPECT_EQ(spoke.verdict, Verdict::fail);
  EXPECT_THAT(spoke.message, HasSubstr("did you mean `tls: starttls`?"));
  const ScriptedPeer crowded({say("421 too many connections"), stall()});
  const Subject away = with_account(ftp_subject(crowded.endpoint(), "implicit"));
  EXPECT_EQ(failed(observe(kFtpType, away), away), "") << "said in clear, before TLS";
  const ScriptedPeer silent({Script{hang_up()}, Script{tls(), stall()}},
                            {.certificate = ca_.issue({.names = {"ftp.test"}})});
  Subject starttls = with_account(ftp_subject(silent.endpoint()));
  const Observation seen = observe(kFtpType, starttls, std::chrono::seconds(20));
  EXPECT_THAT(judge_ftp("ftp.greeting", seen, starttls).message, HasSubstr("did you mean `tls: implicit`?"))
      << transcript_text(seen);
}

TEST(FtpParameters, AreCheckedTogether) {
  Parameters nobody;
  nobody.set("round_trip", std::string("f"));
  nobody.set("clear", std::string("refused"));
  EXPECT_EQ(kFtpType.validate(nobody).size(), 2u);
  Parameters right = with_everything(ftp_subject({"127.0.0.1", 21})).parameters;
  EXPECT_EQ(kFtpType.validate(right).size(), 0u);
  right.set("round_trip", std::string("../x"));
  EXPECT_EQ(kFtpType.validate(right).size(), 1u);
}

TEST(FtpChecks, AreNamedAndExplained) {
  for (const CheckSpec& check : kFtpType.checks) {
    EXPECT_TRUE(check.id.starts_with("ftp."));
    EXPECT_FALSE(check.spec.empty() || check.catches.empty() || check.why.empty() || check.by_hand.empty() ||
                 check.mend.empty())
        << check.id;
    const Judgement nothing = check.judge(Observation{}, with_everything(ftp_subject({"127.0.0.1", 21})));
    EXPECT_EQ(nothing.verdict, Verdict::inconclusive) << check.id;
  }
}

}  // namespace
}  // namespace drydock::test
