#include "tests/support/observe.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <stdexcept>

#include "probes/net/run_probe.hpp"

namespace drydock::test {

void run_on_loop(std::function<boost::asio::awaitable<void>()> work) {
  boost::asio::io_context loop;
  std::exception_ptr thrown;
  boost::asio::co_spawn(loop, work(), [&thrown](std::exception_ptr error) { thrown = error; });
  loop.run();
  if (thrown) std::rethrow_exception(thrown);
}

Observation observe(const Probe& probe, const Subject& subject, Duration patience, std::set<std::string>* answered) {
  Observation seen;
  std::set<std::string> unasked;
  const ProbeContext context{subject, Clock::now() + patience, answered ? answered : &unasked};
  run_on_loop([&] { return net::run_probe(probe, context, seen); });
  return seen;
}

Observation observe(const ProbeType& type, const Subject& subject, Duration patience, std::set<std::string>* answered) {
  const auto probe = type.make(subject.parameters);
  return observe(*probe, subject, patience, answered);
}

Judgement judge(const ProbeType& type, std::string_view id, const Observation& seen, const Subject& subject,
                const Evidence& evidence) {
  for (const CheckSpec& check : type.checks)
    if (check.id == id) return check.judge(seen, subject, evidence);
  throw std::logic_error("no such check: " + std::string(id));
}

Subject subject_at(const Endpoint& to, std::string name) {
  Subject subject;
  subject.probe = "p";
  subject.target.id = "new";
  subject.target.ip = to.ip;
  subject.target.port = to.port;
  subject.target.name = std::move(name);
  subject.surroundings.vantage = {"prober", to.ip.find(':') == std::string::npos ? "127.0.0.1" : "::1", "prober.test"};
  subject.surroundings.phase = "before";
  subject.token = "t-1";
  return subject;
}

std::string transcript_text(const Observation& seen) {
  std::string text;
  for (const auto& line : seen.transcript.lines()) text += std::string(1, line.direction) + " " + line.text + "\n";
  if (seen.error)
    text +=
        "! " + std::string(to_string(seen.error->kind)) + ": " + seen.error->message + " at " + seen.error_stage + "\n";
  return text;
}

}  // namespace drydock::test
