#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probes/rdns/facts.hpp"
#include "probes/rdns/probe.hpp"
#include "probes/rdns/type.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/observe.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock {
namespace {

using test::DnsAnswer;
using test::DnsAsk;
using test::DnsData;
using test::DnsServer;
using test::wire_ip;
using test::wire_name;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kReverse = "1.0.0.127.in-addr.arpa.";

/// A resolver over these records: NODATA or NXDOMAIN for the rest.
test::DnsHandler resolver(std::vector<DnsData> records) {
  return test::serve_zone(".", 1, std::move(records));
}

std::vector<DnsData> healthy() {
  return {{kReverse, test::kPtr, wire_name("starship.python.test")},
          {"starship.python.test.", test::kA, wire_ip("127.0.0.1")}};
}

test::Script mail_server(const std::string& name) {
  return {test::say("220 " + name + " ESMTP"), test::hear("EHLO"), test::say("250-" + name + " Hello\r\n250 SIZE 1000"),
          test::hear("QUIT"), test::say("221 bye")};
}

Subject subject_of(const DnsServer& server) {
  Subject subject = test::subject_at(server.endpoint(), "starship.python.test");
  subject.target.id = "dns";
  subject.expected.wrong_names = {"drydock.python2.test"};
  subject.parameters.set("address", std::string("127.0.0.1"));
  subject.parameters.set("name", std::string("starship.python.test"));
  subject.surroundings.ours = {"127.0.0.1"};
  return subject;
}

std::string verdicts(const Observation& seen, const Subject& subject) {
  std::string all;
  for (const CheckSpec& check : kRdnsType.checks) all += to_string(check.judge(seen, subject).verdict)[0];
  return all;
}

struct Seen {
  Observation seen;
  Subject subject;
  [[nodiscard]] std::string verdicts() const { return drydock::verdicts(seen, subject); }
  [[nodiscard]] Judgement judge(std::string_view id) const { return test::judge(kRdnsType, id, seen, subject); }
};

Seen look(const DnsServer& server, const std::string& mail_name = "starship.python.test",
          const std::vector<std::string>& authoritative = {}) {
  Subject subject = subject_of(server);
  subject.surroundings.dns.authoritative = authoritative;
  test::ScriptedPeer mail(mail_server(mail_name));
  const auto probe = make_rdns_probe(subject.parameters, mail.endpoint().port);
  return {test::observe(*probe, subject), subject};
}

TEST(RdnsProbe, HealthyAddressPasses) {
  DnsServer server(resolver(healthy()));
  const Seen look_at = look(server);
  EXPECT_EQ(look_at.verdicts(), "ppp") << test::transcript_text(look_at.seen);
  EXPECT_THAT(texts_of(*look_at.seen.get(kRdns.names)), ElementsAre("starship.python.test."));
  EXPECT_EQ(look_at.seen.get(kRdns.ehlo)->text, "starship.python.test");
  EXPECT_EQ(look_at.seen.get(kRdns.smtp)->code, 250);
  ASSERT_EQ(look_at.seen.get(kRdns.forward)->size(), 1U);
  EXPECT_EQ(look_at.seen.get(kRdns.forward)->front().first, "starship.python.test. at " + server.endpoint().text());
  EXPECT_EQ(look_at.seen.address, server.endpoint().text());
  EXPECT_TRUE(server.asks()[0].rd);
}

TEST(RdnsProbe, AServerOfAFamilyThatTheVantageLacksIsNotAsked) {
  DnsServer server(resolver(healthy()));
  test::ScriptedPeer mail(mail_server("starship.python.test"));
  Subject subject = subject_of(server);
  subject.surroundings.vantage.address = "127.0.0.1";
  subject.surroundings.dns.authoritative = {"[::1]:53", server.endpoint().text()};
  const auto probe = make_rdns_probe(subject.parameters, mail.endpoint().port);
  const Seen look_at{test::observe(*probe, subject), subject};
  EXPECT_EQ(look_at.verdicts(), "ppp") << test::transcript_text(look_at.seen);
  EXPECT_EQ(look_at.seen.get(kRdns.forward)->size(), 1U);
}

TEST(RdnsProbe, ANameThatIsAShellsIsQuoted) {
  DnsServer server(resolver({{kReverse, test::kPtr, std::string("\x11`id`|$IFS;x&y(z)'", 18) + std::string("\0", 1)}}));
  const Seen look_at = look(server);
  for (const char* id : {"rdns.ptr", "rdns.forward"}) {
    const std::string line = look_at.judge(id).reproduce;
    std::string outside;  // what no quotes protect
    bool quoted = false;
    for (const char c : line) {
      if (c == '\'') quoted = !quoted;
      if (!quoted) outside += c;
    }
    for (const char c : {'`', '|', '$', ';', '&', '('})
      EXPECT_EQ(outside.find(c), std::string::npos) << id << ": " << line;
  }
}

TEST(RdnsProbe, MissingPtrFailsThatCheckAlone) {  // F128
  DnsServer server(resolver({{"starship.python.test.", test::kA, wire_ip("127.0.0.1")}}));
  const Seen look_at = look(server);
  EXPECT_EQ(look_at.verdicts(), "fis");
  EXPECT_THAT(*look_at.seen.get(kRdns.names), IsEmpty());
  EXPECT_THAT(look_at.judge("rdns.ptr").reproduce, HasSubstr("-x 127.0.0.1"));
}

TEST(RdnsProbe, NameThatLeadsElsewhereOrNowhereFailsForwardAlone) {  // F130
  for (const std::vector<DnsData>& forward :
       {std::vector<DnsData>{}, std::vector<DnsData>{{"starship.python.test.", test::kA, wire_ip("127.0.10.1")}},
        std::vector<DnsData>{{"starship.python.test.", test::kTxt, "\x01x"}}}) {
    std::vector<DnsData> records = forward;
    records.push_back({kReverse, test::kPtr, wire_name("starship.python.test")});
    DnsServer server(resolver(records));
    const Seen look_at = look(server);
    EXPECT_EQ(look_at.verdicts(), "pfp");
    EXPECT_EQ(look_at.judge("rdns.forward").expected, "127.0.0.1");
  }
}

TEST(RdnsProbe, InterimNameFailsAndIsNamed) {
  DnsServer server(resolver({{kReverse, test::kPtr, wire_name("drydock.python2.test")},
                             {"drydock.python2.test.", test::kA, wire_ip("127.0.0.1")},
                             {"starship.python.test.", test::kA, wire_ip("127.0.0.1")}}));
  const Seen look_at = look(server);
  EXPECT_EQ(look_at.verdicts(), "fpw");
  EXPECT_THAT(look_at.judge("rdns.ptr").message, HasSubstr("still has the reverse name drydock.python2.test"));
}

TEST(RdnsProbe, OtherNameFailsAndASecondNameWarns) {
  DnsServer other(resolver({{kReverse, test::kPtr, wire_name("dsl-1.provider.test")},
                            {"dsl-1.provider.test.", test::kA, wire_ip("127.0.0.1")}}));
  EXPECT_EQ(look(other, "dsl-1.provider.test").verdicts(), "fpp");
  std::vector<DnsData> records = healthy();
  records.push_back({kReverse, test::kPtr, wire_name("www.python.test")});
  records.push_back({"www.python.test.", test::kA, wire_ip("127.0.0.1")});
  DnsServer two(resolver(records));
  EXPECT_EQ(look(two).verdicts(), "wpp");
  records.pop_back();
  DnsServer orphan(resolver(records));
  EXPECT_EQ(look(orphan).verdicts(), "wfp");
}

TEST(RdnsProbe, AuthoritativeServersConfirmBeforeTheResolver) {
  DnsServer server(resolver(healthy()));
  DnsServer old_zone(test::serve_zone("python.test.", 1, {{"starship.python.test.", test::kA, wire_ip("127.0.10.1")}}));
  DnsServer new_zone(test::serve_zone("python.test.", 1, {{"starship.python.test.", test::kA, wire_ip("127.0.0.1")}}));
  DnsServer other_zone(test::serve_zone("other.test.", 1, {}));
  const std::string mail = "starship.python.test";
  EXPECT_EQ(look(server, mail, {new_zone.endpoint().text()}).verdicts(), "ppp");
  EXPECT_EQ(look(server, mail, {new_zone.endpoint().text(), old_zone.endpoint().text()}).verdicts(), "pfp");
  EXPECT_EQ(look(server, mail, {other_zone.endpoint().text()}).verdicts(),
            "ppp");  // speaks for another zone: the resolver decides
}

TEST(RdnsProbe, ForwardServerInTroubleLeavesItOpen) {
  DnsServer server(resolver(healthy()));
  DnsServer broken([](const DnsAsk& ask) { return std::vector{DnsAnswer(ask).rcode(2).octets()}; });
  const Seen open = look(server, "starship.python.test", {broken.endpoint().text()});
  EXPECT_EQ(open.verdicts(), "pip");
  ASSERT_NE(open.seen.get(kRdns.forward_troubles), nullptr);
  EXPECT_EQ(open.seen.get(kRdns.forward_troubles)->front().second, "SERVFAIL");
  EXPECT_THAT(open.judge("rdns.forward").message, HasSubstr(broken.endpoint().text() + ": SERVFAIL"));
}

TEST(RdnsProbe, MailServersNameIsCompared) {
  std::vector<DnsData> records = healthy();
  records.push_back({"mail.python.test.", test::kA, wire_ip("127.0.0.9")});
  DnsServer server(resolver(records));
  EXPECT_EQ(look(server, "mail.python.test").verdicts(), "ppw");
  EXPECT_EQ(look(server, "nowhere.python.test").verdicts(), "ppf");
  EXPECT_EQ(look(server, "[127.0.0.1]").verdicts(), "ppf");
  EXPECT_EQ(look(server, "STARSHIP.python.test").verdicts(), "ppp");
}

TEST(RdnsProbe, NoMailServerIsSkippedAndAnUnwillingOneIsOpen) {
  DnsServer server(resolver(healthy()));
  const Subject subject = subject_of(server);
  std::uint16_t closed = 0;
  {
    test::ScriptedPeer gone(mail_server("x.test"));
    closed = gone.endpoint().port;
  }
  EXPECT_EQ(verdicts(test::observe(*make_rdns_probe(subject.parameters, closed), subject), subject), "pps");
  for (const test::Script& script :
       {test::Script{test::say("554 no")}, test::Script{test::say("421 later")}, test::Script{test::hang_up()},
        test::Script{test::say("nonsense")}, test::Script{test::say("220 x"), test::hear("EHLO"), test::say("550 no")},
        test::Script{test::reset()}}) {
    test::ScriptedPeer peer(script);
    EXPECT_EQ(verdicts(test::observe(*make_rdns_probe(subject.parameters, peer.endpoint().port), subject), subject),
              "ppi");
  }
}

TEST(RdnsProbe, OurResolversTroubleIsNeverAFail) {
  DnsServer broken([](const DnsAsk& ask) { return std::vector{DnsAnswer(ask).rcode(2).octets()}; });
  EXPECT_EQ(look(broken).verdicts(), "iii");
  Endpoint nobody;
  Subject subject = subject_of(broken);
  {
    DnsServer gone([](const DnsAsk&) { return std::vector<std::string>{}; });
    nobody = gone.endpoint();
  }
  subject.target.port = nobody.port;
  const Observation refused = test::observe(kRdnsType, subject);
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(verdicts(refused, subject), "iii");
}

TEST(RdnsProbe, AliasOfAClasslessDelegationIsFollowed) {  // RFC 2317
  DnsServer server([](const DnsAsk& ask) {
    if (ask.type != test::kPtr) return resolver(healthy())(ask);
    return std::vector{DnsAnswer(ask)
                           .ra()
                           .answer(kReverse, test::kCname, 60, wire_name("1.0-25.0.0.127.in-addr.arpa"))
                           .answer("1.0-25.0.0.127.in-addr.arpa", test::kPtr, 60, wire_name("starship.python.test"))
                           .octets()};
  });
  EXPECT_EQ(look(server).verdicts(), "ppp");
}

TEST(RdnsProbe, AnAddressThatIsNotOursIsAskedForNothingButItsNames) {
  DnsServer server(resolver(healthy()));
  Subject subject = subject_of(server);
  subject.surroundings.ours = {"192.0.2.0/24", "127.0.0.0/32"};
  test::ScriptedPeer mail(mail_server("starship.python.test"));
  const auto probe = make_rdns_probe(subject.parameters, mail.endpoint().port);
  const Seen seen{test::observe(*probe, subject), subject};
  EXPECT_EQ(seen.verdicts(), "pps") << test::transcript_text(seen.seen);
  EXPECT_THAT(seen.judge("rdns.helo").message, HasSubstr("127.0.0.1 is not ours"));
  EXPECT_FALSE(seen.seen.has(kRdns.smtp));
  EXPECT_EQ(mail.connections(), 0U);
}

TEST(RdnsChecks, WithoutANameOnlyAbsenceIsJudged) {
  Subject subject;
  subject.target.ip = "127.0.53.3";
  subject.parameters.set("address", std::string("127.0.0.1"));
  Observation seen;
  seen.set(kRdns.names, as_names({"some.test."}));
  EXPECT_EQ(test::judge(kRdnsType, "rdns.ptr", seen, subject).verdict, Verdict::skip);
  seen.set(kRdns.names, {});
  EXPECT_EQ(test::judge(kRdnsType, "rdns.ptr", seen, subject).verdict, Verdict::fail);
}

}  // namespace
}  // namespace drydock
