#include "tests/unit/transfer/transfer_world.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <stdexcept>

#include "harness/premise/premise.hpp"

namespace drydock::test {
namespace asio = boost::asio;

namespace {

/// Lets the loop turn once. A coroutine must have been suspended before it is cancelled (Asio 1.81 lets the exception
/// out of co_spawn otherwise), and a cancellation that a script asked for arrives at the turn after.
asio::awaitable<void> turn() {
  const auto executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, asio::use_awaitable);
}

/// Every append waits for the disk: in memory the tests take seconds, not minutes.
std::filesystem::path memory_or_temporary() {
  const std::filesystem::path memory = "/dev/shm";
  return ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
}

}  // namespace

asio::awaitable<void> ScriptedWorld::sleep_until(Clock::time_point when) {
  if (on_sleep) on_sleep();
  co_await turn();
  if (when > time) pass(std::chrono::ceil<Duration>(when - time));
}

asio::awaitable<LookRecord> ScriptedWorld::look(const std::vector<std::string>& probes, std::size_t phase) {
  ++looks;
  phases.push_back(phase);
  gates_at_look.push_back(gates_begun);
  co_await turn();
  if (on_look) on_look(looks);
  co_await turn();
  pass(look_takes);
  LookRecord seen;
  for (const auto& probe : probes) {
    ResultRecord result;
    result.probe = probe;
    result.check = probe + ".answers";
    const bool is_premise = probe == kStartPremise || probe == kGuardPremise;
    const auto& says = is_premise ? premise : verdict;
    result.verdict = says ? says(probe, looks, phase) : Verdict::pass;
    result.message = "said by the script";
    if (dress) dress(result);
    if (!is_premise) {
      ObservationRecord& observation = seen.observations.emplace_back();
      observation.id = result.observation.emplace(static_cast<int>(seen.observations.size()));
      observation.probe = probe;
      if (talk) talk(observation);
    }
    seen.results.push_back(std::move(result));
  }
  co_return seen;
}

asio::awaitable<ActionResult> ScriptedWorld::perform(const ActionDefinition& definition, const ActionContext& context) {
  const std::string what = std::get<CommandAction>(definition.what).argv.at(1);
  performed.push_back(what);
  co_await turn();
  if (on_action) on_action(what, context);
  co_await turn();
  if (outcome) co_return outcome(what);
  co_return ActionResult{ActionEnd::done, "exit 0", what + " said so\n", 0, true};
}

asio::awaitable<bool> ScriptedWorld::end_leftovers(const ActionDefinition&, const std::vector<int>&,
                                                   const ActionContext&) {
  co_return leftovers_end;
}

ActionDefinition action(const std::string& name) {
  return {CommandAction{{"echo", name}, "", ""}, Duration(600'000), {}};
}
ActionDefinition confirm(const std::string& text) {
  return {ConfirmAction{text}, Duration(600'000), {}};
}
ActionDefinition wait(Duration duration) {
  return {WaitAction{duration}, Duration(600'000), {}};
}

StepDefinition step(const std::string& id, std::vector<ActionDefinition> run, std::vector<ActionDefinition> undo) {
  StepDefinition step;
  step.id = id;
  step.run = std::move(run);
  step.undo = std::move(undo);
  step.text = "text of " + id;
  return step;
}

GateDefinition gate(const std::string& id, const std::string& probe, int need) {
  GateDefinition gate;
  gate.id = id;
  gate.probes = {probe};
  gate.need = need;
  return gate;
}

Scenario scenario_in(const std::string& folder) {
  Scenario scenario;
  scenario.name = "a move";
  scenario.file = folder + "/move.yaml";
  scenario.folder = folder;
  scenario.sha256 = "0";
  scenario.vars = {{"pace", "1s"}};
  scenario.names = {{"canonical", "starship.test"}};
  scenario.vantages = {{"prober", "127.0.40.1", "probe.test"}};
  HostDefinition old_host, new_host;
  old_host.id = "old";
  old_host.address = "127.0.10.1";
  new_host.id = "new";
  new_host.address = "127.0.20.1";
  old_host.ssh.emplace();
  new_host.ssh.emplace();
  scenario.hosts = {old_host, new_host};
  scenario.phases = {"before", "freeze", "cut", "soak"};
  ProbeDefinition probe;
  probe.id = "p";
  scenario.probes = {probe};
  scenario.gates = {gate("g", "p")};
  return scenario;
}

Folder::Folder() {
  std::string name = (memory_or_temporary() / "drydock-test-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("no folder for a test");
  path_ = name;
}
Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace drydock::test
