// Many probes at once through the engine, on one loop as in `drydock run`, against a server in this process.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>

#include "harness/run/engine.hpp"
#include "harness/scenario/loader.hpp"
#include "tests/bench/line_server.hpp"

namespace drydock {
namespace {

namespace asio = boost::asio;

/// Two descriptors a connection: its ends are both in this process.
void allow_many_descriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// Seconds that the calling thread has computed: that of the probes, not that of the server.
double thread_seconds() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Memory of the process that is resident, in octets.
double resident() {
  std::ifstream statm("/proc/self/statm");
  double size = 0, pages = 0;
  statm >> size >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

/// `count` probes of the same kind.
Scenario many_probes(std::int64_t count, const std::string& probe) {
  const std::string text = fmt::format(
      "drydock: 1\nname: bench\ndomains: [mail.test]\nhosts: {{new: {{address: 127.0.0.1, hostname: mail.test, limits: "
      "{{connections: 1000}}}}}}\n"
      "probes:\n  - id: probe\n    timeout: 2m\n    {}\n",
      probe);
  auto loaded = load_scenario_text(text, "bench.yaml", "/");
  if (!loaded.scenario) throw std::runtime_error(format(loaded.diagnostics.front()));
  Scenario scenario = std::move(*loaded.scenario);
  const ProbeDefinition pattern = scenario.probes.front();
  scenario.probes.assign(static_cast<std::size_t>(count), pattern);
  for (std::size_t i = 0; i < scenario.probes.size(); ++i) scenario.probes[i].id = fmt::format("probe-{}", i);
  return scenario;
}

std::vector<ResultRecord> look_at_all(Engine& engine, const Scenario& scenario) {
  std::vector<std::string> ids;
  for (const auto& probe : scenario.probes) ids.push_back(probe.id);
  std::vector<ResultRecord> results;
  std::exception_ptr error;
  asio::io_context loop(1);
  asio::co_spawn(loop, engine.look(ids), [&](std::exception_ptr thrown, LookRecord seen) {
    error = thrown;
    results = std::move(seen.results);
  });
  loop.run();
  if (error) std::rethrow_exception(error);
  return results;
}

struct Sums {
  double cpu = 0, under_way = 0, kept = 0;  ///< seconds, octets, octets
  std::size_t results = 0, passed = 0, connections = 0;
};

/// One look at all probes. The server answers nobody before every probe has its connection, and memory is measured
/// then.
bool look_once(benchmark::State& state, const bench::LineProtocol& protocol, const char* probe, Sums& sums) {
  state.PauseTiming();
  malloc_trim(0);
  std::atomic<double> crowded = 0;
  bench::LineServer server(protocol, static_cast<std::size_t>(state.range(0)), [&] { crowded = resident(); });
  const Scenario scenario =
      many_probes(state.range(0), fmt::format(fmt::runtime(probe), fmt::arg("port", server.port())));
  Redactor redactor;
  redactor.add("sesame-open");
  const double before = resident();
  const double begun = thread_seconds();
  state.ResumeTiming();
  EngineOptions options;
  options.token = "bench";
  options.redactor = &redactor;
  Engine engine(scenario, options);
  const auto results = look_at_all(engine, scenario);
  state.PauseTiming();
  sums.cpu += thread_seconds() - begun;
  sums.under_way += crowded - before;
  sums.kept += resident() - before;
  sums.results += results.size();
  sums.connections += server.connections();
  for (const auto& result : results) sums.passed += result.verdict == Verdict::pass ? 1 : 0;
  state.ResumeTiming();
  return server.was_crowded();
}

void probes(benchmark::State& state, const bench::LineProtocol& protocol, const char* probe) {
  allow_many_descriptors();
  Sums sums;
  for ([[maybe_unused]] const auto turn : state)
    if (!look_once(state, protocol, probe, sums)) return state.SkipWithError("the probes were never all under way");
  const double observed = static_cast<double>(state.range(0) * state.iterations());
  state.counters["cpu_us_per_probe"] = sums.cpu * 1e6 / observed;
  state.counters["under_way_KiB_per_probe"] = sums.under_way / 1024 / observed;
  state.counters["kept_KiB_per_probe"] = sums.kept / 1024 / observed;
  state.counters["connections_per_probe"] = static_cast<double>(sums.connections) / observed;
  state.counters["results_per_probe"] = static_cast<double>(sums.results) / observed;
  state.counters["passed_per_probe"] = static_cast<double>(sums.passed) / observed;
  state.SetItemsProcessed(state.range(0) * state.iterations());
}

BENCHMARK_CAPTURE(probes, smtp, bench::smtp_protocol(),
                  "smtp: {{port: {port}, tls: none, recipients: [jim@mail.test], unknown: refused}}")
    ->Arg(100)
    ->Arg(1000)
    ->Iterations(3)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(probes, http, bench::http_protocol(),
                  "http: {{url: \"http://mail.test:{port}/\"}}\n    expect: {{status: 200}}")
    ->Arg(100)
    ->Arg(1000)
    ->Iterations(3)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace drydock
