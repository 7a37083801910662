// What drydock once said wrongly of whole scenarios, by kind.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/cases/mail_host.hpp"
#include "tests/cases/verdicts.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/scripted_peer.hpp"
#include "tests/support/silent_port.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_ca.hpp"

namespace drydock::test {
namespace {

using testing::HasSubstr;
using testing::Not;

Script http_answer(const std::string& head, const std::string& body) {
  return {
      hear("GET "), hear_until(""),
      send(fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", head, body.size(), body))};
}

// A silent port turns out as closed once another probe of its address was answered, however late: who needs it waits.
TEST(ScenarioCases, ANeedWaitsForALateVerdict) {
  const SilentPort silent;
  const ScriptedPeer page(http_answer("200 OK\r\nContent-Type: text/html", "<p>page</p>"));
  Script late = http_answer("200 OK\r\nContent-Type: text/html", "<p>page</p>");
  late.insert(late.begin(), act([](PeerConnection&) { std::this_thread::sleep_for(std::chrono::milliseconds(5500)); }));
  const ScriptedPeer slow({late, Script{stall()}}, {.address = "127.0.0.2"});
  const Said said = run_scenario(fmt::format(R"(drydock: 1
name: late
hosts: {{old: {{address: 127.0.0.1}}, new: {{address: 127.0.0.2}}}}
probes:
  - {{id: old-mail-is-down, on: old, ports: {{closed: [{}]}}}}
  - {{id: slow, on: new, http: {{url: "http://site.test:{}/"}}}}
  - {{id: other, on: old, needs: [slow], http: {{url: "http://site.test:{}/"}}}}
  - {{id: after, on: new, needs: [old-mail-is-down], ports: {{open: [{}]}}}}
)",
                                             silent.port(), slow.port(), page.port(), slow.port()));
  EXPECT_EQ(said.verdict("ports.closed"), "pass") << said.text;
  EXPECT_EQ(said.verdict("ports.open"), "pass") << said.text;
  EXPECT_EQ(said.exit, 0) << said.text;
}

/// How many times the text tells of a result at length: a line with these words that ends in square brackets.
int blocks(const std::string& text, const std::string& words) {
  std::istringstream lines(text);
  int count = 0;
  for (std::string line; std::getline(lines, line);)
    if (line.find(words) != std::string::npos && line.ends_with(']')) ++count;
  return count;
}

// One stale zone seen by many probes is told once, with its extent.
TEST(ScenarioCases, OneCauseIsToldOnce) {
  const auto zone = [](std::uint32_t serial) {
    std::vector<DnsData> records;
    for (int i = 0; i < 6; ++i) records.push_back({fmt::format("h{}.zone.test.", i), kA, wire_ip("127.0.20.1")});
    for (int i = 1; i < 3; ++i) {
      records.push_back({"zone.test.", kNs, wire_name(fmt::format("ns{}.zone.test", i))});
      records.push_back({fmt::format("ns{}.zone.test.", i), kA, wire_ip(fmt::format("127.0.0.{}", i))});
    }
    return serve_zone("zone.test.", serial, records);
  };
  const DnsServer newer(zone(2026112202));
  const DnsServer stale(zone(2026112201), "127.0.0.2");
  std::string probes;
  for (int i = 0; i < 6; ++i) probes += fmt::format("  - {{id: d{}, dns: {{name: h{}.zone.test}}}}\n", i, i);
  const Said said = run_scenario(fmt::format(R"(drydock: 1
name: stale
hosts: {{new: {{address: 127.0.20.1}}}}
dns: {{authoritative: ["{}", "{}"]}}
probes:
{})",
                                             newer.endpoint().text(), stale.endpoint().text(), probes));
  EXPECT_EQ(said.all("fail").size(), 6u) << said.text;
  EXPECT_EQ(said.exit, 1) << said.text;
  EXPECT_EQ(blocks(said.text, "dns.serial on"), 1) << said.text;
  EXPECT_THAT(said.text, HasSubstr("6 times in all")) << said.text;
}

// A certificate in its first hour is one warning, however many probes meet it.
TEST(ScenarioCases, AYoungCertificateIsToldOnce) {
  const TestCa ca;
  const ScriptedPeer peer(SmtpHost{.implicit = true}.script(),
                          {.certificate = ca.issue({.names = {"mail.test"}, .age_hours = 0.2}), .implicit_tls = true});
  std::string probes;
  for (int i = 0; i < 6; ++i) probes += fmt::format("  - {{id: t{}, tls: {{port: {}}}}}\n", i, peer.port());
  const Said said = run_scenario(
      "drydock: 1\nname: young\nnames: {canonical: mail.test}\ntrust: ca.pem\n"
      "hosts: {new: {address: 127.0.0.1}}\nprobes:\n" +
          probes,
      {{"ca.pem", ca.pem()}});
  EXPECT_EQ(said.all("warn").size(), 6u) << said.text;
  EXPECT_EQ(said.exit, 0) << said.text;
  EXPECT_EQ(blocks(said.text, "tls.validity on"), 1) << said.text;
}

// The names of a host that no probe dials are used by checks: whoever removes it loses what they hold against it.
TEST(ScenarioCases, AHostWhoseNameChecksUseIsNotCalledUnused) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "s.yaml") << R"(drydock: 1
name: names
hosts:
  old: {address: 127.0.0.2, hostname: old.test}
  new: {address: 127.0.0.1, hostname: site.test}
probes:
  - {id: w, on: new, http: {url: "http://site.test/"}}
)";
  const auto ended = run_drydock({"check", (folder.path() / "s.yaml").string()});
  EXPECT_EQ(ended.exit, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("nothing uses the host `old`")));
}

// Each of several tries is looked at by itself: `started` and `duration_ms` are of one and the same.
TEST(ScenarioCases, ATryIsTimedByItself) {
  const ScriptedPeer peer({http_answer("500 no\r\nContent-Type: text/html", "no"),
                           http_answer("200 OK\r\nContent-Type: text/html", "<p>page</p>")});
  const Said said = run_scenario(fmt::format(R"(drydock: 1
name: tries
hosts: {{new: {{address: 127.0.0.1}}}}
probes:
  - {{id: w, tries: 2, pause: 800ms, http: {{url: "http://site.test:{}/"}}}}
)",
                                             peer.port()));
  EXPECT_EQ(said.verdict("http.status"), "pass") << said.text;
  ASSERT_TRUE(said.report.is_object()) << said.text;
  // Older reports tell both times in each result, later ones in each observation.
  const auto& report = said.report.get_object();
  const auto* seen = report.if_contains("observations");
  const auto& timed = seen ? seen->as_array().back() : report.at("results").as_array().back();
  EXPECT_LT(timed.at("duration_ms").to_number<double>(), 800) << timed.at("started");
}

// The host allows so many wrong logins: no more are tried, over all probes together.
TEST(ScenarioCases, WrongLoginsKeepToTheHostsLimit) {
  const TestCa ca;
  const SmtpHost host;
  const ScriptedPeer peer(host.script(), {.certificate = ca.issue({.names = {"mail.test"}})});
  std::string probes;
  for (int i = 0; i < 3; ++i) probes += fmt::format("  - {{id: s{}, smtp: {{port: {}, as: jim}}}}\n", i, peer.port());
  const Said said = run_scenario(R"(drydock: 1
name: limits
names: {canonical: mail.test}
domains: [mail.test]
trust: ca.pem
hosts: {new: {address: 127.0.0.1, hostname: mail.test, limits: {wrong_logins: 2/10m}}}
secrets: {jim: {file: jim.password}}
accounts: {jim: {login: jim, password: "${secrets.jim}", mail: jim@mail.test}}
probes:
)" + probes,
                                 {{"ca.pem", ca.pem()}, {"jim.password", "Sesame-7\n"}});
  const auto wrong = std::count(host.logins->begin(), host.logins->end(), false);
  EXPECT_GE(wrong, 1) << said.text;
  EXPECT_LE(wrong, 2) << said.text;
}

}  // namespace
}  // namespace drydock::test
