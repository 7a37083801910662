// Credentials of the scenario go out only on a connection that has itself proved whose it is.
#include <gmock/gmock.h>

#include "probes/http/facts.hpp"
#include "tests/unit/http/http_test_support.hpp"

namespace drydock::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const std::string kSecret = "Basic amltOnJpZ2h0LWhvcnNlLTQy";  // jim:right-horse-42, as PasswordWire knows it
const Fields kCredentials{{"Authorization", kSecret}, {"Accept-Language", "de"}};

class HttpProof : public testing::Test {
protected:
  /// Asks a server with such a certificate; what it heard is in heard_.
  Observation ask(const CertificateOptions& certificate, bool proves_itself, const Fields& headers = kCredentials,
                  const TestCa* issuer = nullptr) {
    const Certificate served = (issuer ? *issuer : ca_).issue(certificate);
    const ScriptedPeer peer(kPage, {.certificate = served, .implicit_tls = true, .proves_itself = proves_itself});
    subject_.target.ip = peer.endpoint().ip;
    const std::string pin = subject_.target.pin;
    subject_ = http_subject(peer.endpoint(), "/", "https");
    subject_.target.pin = pin;
    subject_.surroundings.trust = ca_.trust_file();
    subject_.parameters.set("headers", headers);
    Observation seen = observe(kHttpType, subject_);
    heard_ = peer.heard();
    return seen;
  }
  /// Nothing was asked, and that is laid to nobody's charge.
  void expect_withheld(const Observation& seen, const std::string& why) {
    ASSERT_TRUE(seen.error) << transcript_text(seen);
    EXPECT_EQ(seen.error->kind, ErrorKind::credential);
    EXPECT_THAT(seen.error->message, HasSubstr("the scenario's Authorization was not sent: " + why));
    EXPECT_THAT(heard_, Not(Contains(StartsWith("GET")))) << why;
    for (const char* id : {"http.answers", "http.status", "http.vhost", "http.canonical", "http.redirect"}) {
      const Judgement judgement = judge_http(id, seen, subject_);
      EXPECT_EQ(judgement.verdict, Verdict::inconclusive) << id;
      EXPECT_THAT(judgement.message, HasSubstr("was not sent")) << id;
    }
    EXPECT_THAT(judge_http("http.answers", seen, subject_).hint, HasSubstr("https only"));
  }

  TestCa ca_, stranger_;
  Subject subject_;
  std::vector<std::string> heard_;
};

TEST_F(HttpProof, SendsCredentialsToAServerThatProvesItself) {
  const Observation seen = ask({.names = {"site.test"}}, true);
  EXPECT_EQ(seen.error, std::nullopt) << transcript_text(seen);
  EXPECT_THAT(heard_, Contains("Authorization: " + kSecret));
  EXPECT_EQ(judge_http("http.status", seen, subject_).verdict, Verdict::pass);
}

TEST_F(HttpProof, WithholdsThemFromEveryOther) {
  struct Case {
    CertificateOptions certificate;
    const TestCa* issuer;
    std::string why, fails;
  };
  for (const Case& one :
       {Case{{.names = {"site.test"}}, &stranger_, "the certificate does not verify", "tls-chain"},
        Case{{.names = {"drydock.test"}}, &ca_, "the certificate does not cover site.test", "tls-name"},
        Case{{.names = {"site.test"}, .days_left = -1}, &ca_, "the certificate expired on", "tls-validity"},
        Case{{.names = {"site.test"}, .self_signed = true}, &ca_, "the certificate does not verify", "tls-chain"}}) {
    const Observation seen = ask(one.certificate, false, kCredentials, one.issuer);
    expect_withheld(seen, one.why);
    EXPECT_EQ(failed(seen, subject_), one.fails) << "the certificate is judged all the same";
  }
}

TEST_F(HttpProof, AsksEveryServerWithoutCredentials) {
  const Observation seen = ask({.names = {"site.test"}}, false, {{"Accept-Language", "de"}}, &stranger_);
  EXPECT_EQ(seen.error, std::nullopt) << transcript_text(seen);
  EXPECT_THAT(heard_, Contains("Accept-Language: de"));
  EXPECT_EQ(failed(seen, subject_), "tls-chain");
}

TEST_F(HttpProof, EveryHeaderThatHoldsCredentialsIsOne) {
  for (const char* name : {"authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "X-Session-Token", "X-Jwt"}) {
    const Observation seen = ask({.names = {"site.test"}}, false, {{name, kSecret}}, &stranger_);
    ASSERT_TRUE(seen.error) << name;
    EXPECT_EQ(seen.error->kind, ErrorKind::credential) << name;
    EXPECT_THAT(seen.error->message, HasSubstr(name));
    EXPECT_THAT(heard_, IsEmpty());
  }
}

TEST_F(HttpProof, APinnedCertificateIsProof) {
  const Observation before = ask({.names = {"old.test"}, .self_signed = true}, false, {});
  const std::string* digest = before.get(kHttpTls.sha256);
  ASSERT_TRUE(digest);
  const Certificate pinned = ca_.issue({.names = {"old.test"}, .self_signed = true});
  const auto with_pin = [&](const std::string& pin) {
    const ScriptedPeer peer(kPage, {.certificate = pinned, .implicit_tls = true, .proves_itself = !pin.empty()});
    Subject subject = http_subject(peer.endpoint(), "/", "https");
    subject.target.pin = pin;
    subject.parameters.set("headers", kCredentials);
    const Observation seen = observe(kHttpType, subject);
    return std::pair(seen, peer.heard());
  };
  const auto [without, silent] = with_pin("");
  EXPECT_THAT(silent, IsEmpty());
  const auto [with, heard] = with_pin(*without.get(kHttpTls.sha256));
  EXPECT_THAT(heard, Contains("Authorization: " + kSecret)) << transcript_text(with);
}

TEST_F(HttpProof, WithholdsThemWithoutTls) {
  const ScriptedPeer peer(kPage);
  subject_ = http_subject(peer.endpoint());
  subject_.parameters.set("headers", kCredentials);
  const Observation seen = observe(kHttpType, subject_);
  heard_ = peer.heard();
  expect_withheld(seen, "this connection has no TLS");
  EXPECT_EQ(failed(seen, subject_), "");
}

TEST_F(HttpProof, EachConnectionProvesItself) {
  const ScriptedPeer peer(std::vector<Script>{redirect("302 Found", "/in"), kPage},
                          {.certificate = ca_.issue({.names = {"site.test"}}),
                           .implicit_tls = true,
                           .impostor = stranger_.issue({.names = {"site.test"}})});
  subject_ = http_subject(peer.endpoint(), "/", "https");
  subject_.surroundings.trust = ca_.trust_file();
  subject_.parameters.set("headers", kCredentials);
  const Observation seen = observe(kHttpType, subject_);
  EXPECT_EQ(std::ranges::count(peer.heard(), "Authorization: " + kSecret), 1);
  EXPECT_THAT(peer.heard(), Not(Contains("GET /in HTTP/1.1")));
  EXPECT_EQ(seen.get(kHttp.hops_end), http::RedirectEnd::unanswered) << transcript_text(seen);
  EXPECT_EQ(failed(seen, subject_), "tls-chain");
  EXPECT_THAT(judge_http("http.redirect", seen, subject_).message, HasSubstr("Authorization was not sent"));
  EXPECT_EQ(judge_http("http.status", seen, subject_).verdict, Verdict::inconclusive);
}

TEST_F(HttpProof, NoTextOfTheObservationHoldsThem) {
  const Observation sent = ask({.names = {"site.test"}}, true);
  EXPECT_THAT(transcript_text(sent), HasSubstr("Authorization: ********"));
  Subject proven = subject_;
  const Observation kept = ask({.names = {"site.test"}}, false, kCredentials, &stranger_);
  for (const auto& [seen, subject] : {std::pair(&sent, &proven), std::pair(&kept, &subject_)}) {
    std::string texts = transcript_text(*seen);
    for (const CheckSpec& check : kHttpType.checks) texts += check.judge(*seen, *subject).reproduce + "\n";
    for (const FactSpec& fact : kHttpType.facts) texts += kHttpType.by_hand(*seen, *subject, fact.name) + "\n";
    EXPECT_THAT(texts, Not(HasSubstr("amltOnJpZ2h0")));
  }
}

}  // namespace
}  // namespace drydock::test
