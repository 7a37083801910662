#pragma once
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/transfer/transfer_log.hpp"
#include "tests/unit/transfer/fixture.hpp"

namespace drydock::test {

/// A transfer of two steps, and what persons and drydocks do to it at the same time.
class TwoHands : public TransferTest {
protected:
  void SetUp() override {
    StepDefinition one = step("one", {action("a"), action("b")}, {action("un-a")});
    one.enters = 1;
    one.before = one.after = {"g"};
    StepDefinition two = step("two", {action("c")}, {action("un-c")});
    two.after = {"g"};
    scenario.transfer = {one, two};
  }
  /// A process of its own session that does nothing; to be ended by end().
  static pid_t another() {
    const pid_t child = ::fork();
    if (child == 0) {
      ::setsid();
      ::pause();
      ::_exit(0);
    }
    return child;
  }
  /// An action that leaves a process behind, as where drydock was killed.
  pid_t leaves_a_process() {
    const pid_t child = another();
    world.on_action = [child](const std::string& what, const ActionContext& context) {
      if (what == "a") context.on_child(child);
    };
    world.outcome = [](const std::string& what) {
      return what == "a" ? ActionResult{ActionEnd::unknown, "the connection was lost", "", {}, true}
                         : ActionResult{ActionEnd::done, "exit 0", "", 0, true};
    };
    EXPECT_EQ(go().exit, 5) << said();
    world.on_action = nullptr;
    world.outcome = nullptr;
    return child;
  }
  static void end(pid_t child) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  TransferLog log() { return TransferLog::read(options().journal); }
};

}  // namespace drydock::test
