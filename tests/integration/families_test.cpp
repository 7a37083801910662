// A host with an IPv4 and an IPv6 address on real servers: each service is looked at on both, and one that answers on
// IPv4 only is red on IPv6 only.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "harness/record/record_json.hpp"
#include "tests/support/drydock_process.hpp"

namespace drydock {
namespace {

using testing::AllOf;
using testing::Each;
using testing::IsEmpty;
using testing::StartsWith;
using testing::UnorderedElementsAre;

constexpr const char* kScenario = R"(drydock: 1
name: both families
vars: {new: 127.0.20.1, new6: "::1", ns1: 127.0.53.1, ns1_6: "::1", ns2: 127.0.53.2, ns2_6: "::1",
       resolver: 127.0.53.3, resolver6: "::1", prober: 127.0.40.1, prober6: "::1", lab: lab}
names: {canonical: starship.python.test, interim: drydock.python2.test}
domains: ["${names.canonical}"]
vantages: {prober: {addresses: ["${vars.prober}", "${vars.prober6}"], name: probe.elsewhere.test}}
hosts:
  new:
    addresses: ["${vars.new}", "${vars.new6}"]
    hostname: "${names.interim}"
    ssh: {user: ops, key_file: "${vars.lab}/keys/ops", known_hosts: "${vars.lab}/keys/known_hosts"}
dns:
  authoritative: ["${vars.ns1}", "${vars.ns1_6}", "${vars.ns2}", "${vars.ns2_6}"]
  resolvers: ["${vars.resolver}", "${vars.resolver6}"]
trust: "${vars.lab}/ca.pem"
secrets: {jim: {file: "${vars.lab}/jim.password"}}
accounts: {jim: {login: jim, password: "${secrets.jim}", mail: "jim@${names.canonical}"}}
probes:
  - {id: smtp, smtp: {port: 25, tls: starttls, recipients: ["jim@${names.canonical}"], unknown: refused}}
  - {id: submission, smtp: {port: 587, tls: starttls, as: jim}}
  - {id: no-relay, smtp_relay: {outside: "somebody@elsewhere.test", control: "jim@${names.canonical}"}}
  - {id: arrives, needs: [smtp, imaps], mail: {from: "probe@elsewhere.test", to: jim, read: imaps, within: 60s}}
  - {id: imaps, imap: {tls: implicit, as: jim, plain_port: closed, wrong_password: untested}}
  - {id: pop3s, tls: {port: 995}}
  - {id: web, http: {url: "https://${names.canonical}/"}, expect: {status: 200}}
  - {id: ftp, ftp: {tls: starttls, as: jim}}
  - {id: ports, ports: {open: [21, 22, 25, 80, 443], closed: [143]}}
  - {id: name, command: {argv: [hostname]}, expect: {stdout: {contains: "${names.interim}"}}}
  - {id: no-ipv6-name, dns: {name: "${names.canonical}", type: AAAA}, expect: {answers: {equals: []}}}
  - {id: back, rdns: {address: "${vars.new}", name: "${names.interim}"}}
)";

struct Looked {
  int exit = -1;
  RunRecord record;
  std::string said;
};

class BothFamilies : public testing::Test {
protected:
  void SetUp() override {
    if (const auto why = test::why_no_lab(); !why.empty()) GTEST_SKIP() << why;
    hosts_.emplace();
    ASSERT_TRUE(hosts_->up()) << hosts_->said();
    if (hosts_->said().find("IPv6") == std::string::npos) GTEST_SKIP() << "this kernel has no IPv6";
    std::ofstream(hosts_->folder() / "both.yaml") << kScenario;
  }

  [[nodiscard]] Looked look() const {
    const auto report = hosts_->folder() / "report.json";
    const auto ended = hosts_->drydock({"run", hosts_->folder() / "both.yaml", "--vars", hosts_->vars(), "--vars",
                                        hosts_->vars().parent_path() / "vars6.yaml", "--quiet", "--report",
                                        "json=" + report.string()});
    std::ifstream file(report);
    Looked looked{ended.exit, {}, ended.out + ended.err};
    looked.record = run_from_json(std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
    return looked;
  }

  std::optional<test::PracticeHosts> hosts_;
};

std::vector<std::string> red(const RunRecord& record) {
  std::vector<std::string> all;
  for (const auto& result : record.results)
    if (result.verdict != Verdict::pass && result.verdict != Verdict::skip)
      all.push_back(result.address.value_or("") + " " + result.check + ": " + result.message);
  return all;
}

TEST_F(BothFamilies, AreGreenOnAHealthyHost) {
  const Looked looked = look();
  EXPECT_THAT(red(looked.record), IsEmpty());
  EXPECT_EQ(looked.exit, 0) << looked.said;
  std::set<std::string> probes, on_ipv6;
  for (const auto& result : looked.record.results) {
    probes.insert(result.probe);
    if (result.verdict == Verdict::pass && result.address.value_or("").find("fd7f:") != std::string::npos)
      on_ipv6.insert(result.probe);
  }
  EXPECT_EQ(on_ipv6, probes);
}

TEST_F(BothFamilies, AServiceThatListensOnIPv4OnlyIsRedOnIPv6Only) {
  EXPECT_EQ(hosts_->on("new",
                       "sed -i 's/^local_interfaces.*/local_interfaces = 127.0.20.1/' /etc/exim4/exim4.conf && "
                       "sed -i '/^Listen \\[.*:443/d' /etc/apache2/apache2.conf && "
                       "sed -i 's/^DefaultAddress.*/DefaultAddress 127.0.20.1/' /etc/proftpd/proftpd.conf && "
                       "systemctl restart exim4 apache2 proftpd"),
            "");
  const Looked looked = look();
  EXPECT_EQ(looked.exit, 1) << looked.said;
  EXPECT_THAT(red(looked.record), AllOf(testing::Not(IsEmpty()), Each(testing::HasSubstr("fd7f:"))));
  std::set<std::string> failed;
  for (const auto& result : looked.record.results)
    if (result.verdict == Verdict::fail) failed.insert(result.probe);
  EXPECT_THAT(failed, UnorderedElementsAre("smtp", "submission", "no-relay", "web", "ftp", "ports"));
}

}  // namespace
}  // namespace drydock
