#pragma once
#include <boost/asio/awaitable.hpp>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "harness/transfer/transfer.hpp"

namespace drydock::test {

/// A world in which time passes only by sleeping and looking, and whose verdicts and actions are scripted.
class ScriptedWorld : public World {
public:
  Clock::time_point time{};
  WallTime wall = WallTime(std::chrono::hours(24 * 365 * 50));
  Duration look_takes{100};
  std::function<Verdict(const std::string& probe, int look, std::size_t phase)> verdict;  ///< empty: all pass
  std::function<Verdict(const std::string& probe, int look, std::size_t phase)>
      premise;                                                   ///< of start and guards; empty: pass
  std::function<ActionResult(const std::string& what)> outcome;  ///< empty: all done
  std::function<void(const std::string& what, const ActionContext&)> on_action;
  std::function<void(int look)> on_look;
  std::function<void(ResultRecord&)> dress;      ///< adds to each result
  std::function<void(ObservationRecord&)> talk;  ///< adds to what each result was judged from
  std::function<void()> on_sleep;
  std::vector<std::string> performed;
  std::vector<std::size_t> phases;  ///< of each look
  std::vector<int> gates_at_look;   ///< at each look, how often gates had begun
  int gates_begun = 0;
  int looks = 0;
  bool leftovers_end = true;

  Clock::time_point now() override { return time; }
  WallTime wall_now() override { return wall; }
  void begin_gates() override { ++gates_begun; }
  boost::asio::awaitable<void> sleep_until(Clock::time_point when) override;
  boost::asio::awaitable<LookRecord> look(const std::vector<std::string>& probes, std::size_t phase) override;
  boost::asio::awaitable<ActionResult> perform(const ActionDefinition& action, const ActionContext& context) override;
  boost::asio::awaitable<bool> end_leftovers(const ActionDefinition& action, const std::vector<int>& pids,
                                             const ActionContext& context) override;
  void pass(Duration duration) {
    time += duration;
    wall += duration;
  }
};

/// `echo NAME` on this machine.
ActionDefinition action(const std::string& name);
ActionDefinition confirm(const std::string& text);
ActionDefinition wait(Duration duration);
StepDefinition step(const std::string& id, std::vector<ActionDefinition> run, std::vector<ActionDefinition> undo = {});
GateDefinition gate(const std::string& id, const std::string& probe, int need = 1);

/// Hosts old and new, phases before, freeze, cut, soak; a probe `p` and a gate `g` of it; no steps yet.
Scenario scenario_in(const std::string& folder);

/// A folder of its own, removed with all in it.
class Folder {
public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

private:
  std::string path_;
};

}  // namespace drydock::test
