#include "tests/unit/smtp/smtp_test_support.hpp"

#include "probes/net/run_probe.hpp"

namespace drydock::test {

ProbeType quick_smtp() {
  ProbeType type = kSmtpType;
  type.make = [](const Parameters&) { return make_smtp_probe(Duration(0)); };
  return type;
}

ProbeType quick_relay() {
  ProbeType type = kSmtpRelayType;
  type.make = [](const Parameters&) { return make_smtp_relay_probe(Duration(0)); };
  return type;
}

int most_errors_on_a_connection(const Observation& seen) {
  int most = 0;
  int errors = 0;
  for (const TranscriptLine& line : seen.transcript.lines()) {
    if (line.direction == '*' && line.text.starts_with("connected to ")) errors = 0;
    const bool error = line.direction == '<' && (line.text[0] == '4' || line.text[0] == '5') && line.text[3] != '-';
    most = std::max(most, errors += error ? 1 : 0);
  }
  return most;
}

Parameters::Value scanner_that_refuses() {
  Parameters scanner;
  scanner.set("refuses", std::string("gtube"));
  return std::make_shared<const Parameters>(std::move(scanner));
}

SmtpScene::SmtpScene() {
  subject = subject_at({"127.0.0.1", 25}, "mail.test");
  subject.expected.hostname = "mail.test";
  subject.expected.wrong_names = {"interim.test", "old.test"};
  subject.expected.domains = {"mail.test"};
  subject.surroundings.trust = ca.trust_file();
  subject.parameters.set("recipients", std::vector<std::string>{"jim@mail.test", "kathy@mail.test"});
  subject.parameters.set("as", Account{"jim", "jim", "jim@mail.test", Secret::of("jim", "Sesame-7")});
  subject.parameters.set("outside", std::string("somebody@elsewhere.test"));
}

const Observation& SmtpScene::observe() {
  PeerOptions options = with_certificate(ca, certificate);
  options.implicit_tls = implicit;
  options.proves_itself = proves_itself;
  options.maximum_version = newest_tls;
  std::vector<Script> scripts = {server.script()};
  for (const FakeSmtp& one : later) scripts.push_back(one.script());
  ScriptedPeer peer(std::move(scripts), options);
  subject.target.port = peer.port();
  subject.target.ip = "127.0.0.1";
  seen = std::make_unique<Observation>();
  const auto probe = type.make(subject.parameters);
  const ProbeContext context{subject, Clock::now() + patience, nullptr, connection};
  run_on_loop([&] { return net::run_probe(*probe, context, *seen); });
  complaints = peer.complaints();
  heard = peer.heard();
  connections = peer.connections();
  return *seen;
}

Judgement SmtpScene::judge(std::string_view check) {
  if (!seen) observe();
  return test::judge(type, check, *seen, subject);
}

std::string SmtpScene::with(Verdict verdict) {
  std::string ids;
  for (const CheckSpec& check : type.checks)
    if (judge(check.id).verdict == verdict) ids += (ids.empty() ? "" : " ") + std::string(check.id);
  return ids;
}

std::string SmtpScene::red() {
  return with(Verdict::fail);
}

}  // namespace drydock::test
