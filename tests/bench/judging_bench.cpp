// What it costs to judge one observation by every check of its type.
#include <benchmark/benchmark.h>

#include <algorithm>

#include "harness/run/judging.hpp"
#include "tests/unit/smtp/smtp_test_support.hpp"

namespace drydock {
namespace {

ProbeDefinition smtp_probe() {
  ProbeDefinition probe;
  probe.id = "smtp";
  probe.type = &kSmtpType;
  probe.expectations = {
      {"smtp.banner", {Matcher::Op::starts_with, {std::string("mail.test")}, {}, {}, {}}, {}},
      {"smtp.ehlo.extensions", {Matcher::Op::contains, {std::string("STARTTLS")}, {}, {}, {}}, {}},
      {"smtp.banner", {Matcher::Op::matches, {}, "^mail\\.test E?SMTP", {}, {}}, {}},
  };
  return probe;
}

/// The observation is that of a whole dialogue with a server: STARTTLS, AUTH, recipients. Broken: some checks fail
/// and write what a person has to know.
void judge_smtp(benchmark::State& state, bool broken) {
  test::SmtpScene scene;
  if (broken) {
    scene.server.any_password = true;
    scene.server.other_recipients = "250 OK";
    scene.server.recipients.clear();
    scene.server.null_sender = "550 no";
    scene.certificate.names = {"other.test"};
  }
  scene.observe();
  const ProbeDefinition probe = smtp_probe();
  std::size_t checks = 0;
  std::ptrdiff_t failing = 0;
  for ([[maybe_unused]] const auto turn : state) {
    const auto judged = judge_observation(probe, *scene.seen, scene.subject);
    benchmark::DoNotOptimize(passed(probe, judged));
    checks = judged.size();
    failing = std::count_if(judged.begin(), judged.end(),
                            [](const Judged& one) { return one.judgement.verdict == Verdict::fail; });
  }
  state.counters["checks"] = static_cast<double>(checks);
  state.counters["failing"] = static_cast<double>(failing);
  state.SetItemsProcessed(static_cast<std::int64_t>(checks) * state.iterations());
}
BENCHMARK_CAPTURE(judge_smtp, healthy, false);
BENCHMARK_CAPTURE(judge_smtp, broken, true);

}  // namespace
}  // namespace drydock
