#pragma once
#include "tests/support/lossy_disk.hpp"
#include "tests/support/power_loss.hpp"
#include "tests/unit/transfer/fixture.hpp"

namespace drydock::test {

/// A transfer whose process dies, and what outlives it: the disk with the journal, and the world, in which each action
/// that was done has left a line.
class CrashTest : public TransferTest {
protected:
  void SetUp() override;
  /// The folder of scenario and journal.
  std::string disk() const { return folder.path() + "/disk"; }
  /// All actions that were done, the first first.
  Names done() const;
  long times(const std::string& what) const;
  /// The gate after step two fails until that step was undone once.
  void break_world();
  /// The command is given again until the transfer is complete, as a person would: after an undo, and after what is
  /// half-done was marked by what was done. The last exit code.
  int carry_to_the_end();
  /// Runs `what` in a child, where SIGKILL falls before the `n`th change of the disk. False where it never came that
  /// far: then it ended well.
  bool killed_before_change(int n, const std::function<int()>& what);
  /// The same at the `n`th boundary between entries.
  bool killed_at_boundary(int n, const std::function<int()>& what);
  /// Does `what` at the `n`th boundary of `commands`, which are given in this process. False where there is none.
  bool meddled_at_boundary(int n, const std::function<void(const std::string& boundary)>& what,
                           const std::function<void()>& commands);
  /// Adds failures unless the transfer is complete, each action was done once and in order, and the journal verifies.
  void expect_all_done_once();
  /// Entries whose append has returned in a process that was killed.
  long acknowledged() const;
  /// Everything as at the beginning.
  void forget();

private:
  bool died(pid_t child);
  void mark_half_done();
  std::string done_file() const { return folder.path() + "/done"; }
  std::string acknowledged_file() const { return folder.path() + "/acknowledged"; }
};

}  // namespace drydock::test
