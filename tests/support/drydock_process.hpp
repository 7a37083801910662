#pragma once
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "probes/net/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace drydock::test {

/// Runs the drydock that was built, or the one that the environment's DRYDOCK_UNDER_TEST names (an older one, to see
/// what a test turns red for), with these arguments, to its end or for two minutes.
net::ChildResult run_drydock(std::vector<std::string> arguments);

/// What a drydock finds when it starts, where that is not the usual.
struct Surroundings {
  static constexpr int kClosed = -1;
  std::optional<int> in = {};             ///< a descriptor of the test's, or kClosed; else /dev/null
  std::optional<int> out = {}, err = {};  ///< the same; else a file
  bool hangup_ignored = false;            ///< as under nohup
};

/// A drydock that runs beside the test. One that still runs when the object goes is killed.
class RunningDrydock {
public:
  RunningDrydock(const std::vector<std::string>& arguments, const std::filesystem::path& output_folder,
                 const Surroundings& surroundings = {});
  RunningDrydock(const RunningDrydock&) = delete;
  RunningDrydock& operator=(const RunningDrydock&) = delete;
  ~RunningDrydock();

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;
  /// What it has said so far, on both streams.
  [[nodiscard]] std::string said() const;
  /// True once it has ended.
  bool ended();
  /// Waits for the end; throws std::runtime_error where it does not come in time.
  net::ChildResult wait(std::chrono::seconds limit = std::chrono::seconds(120));

private:
  pid_t pid_ = -1;
  std::filesystem::path out_, err_;
  bool ended_ = false;
  int status_ = 0;
};

/// A lab in a network namespace of its own. Ends with the object.
class PracticeHosts {
public:
  /// `arguments`: of `lab up`, such as --moved or --fault F04.
  explicit PracticeHosts(const std::vector<std::string>& arguments = {});
  PracticeHosts(const PracticeHosts&) = delete;
  PracticeHosts& operator=(const PracticeHosts&) = delete;
  ~PracticeHosts();

  [[nodiscard]] bool up() const { return up_; }
  /// What `lab up` said.
  [[nodiscard]] const std::string& said() const { return said_; }
  [[nodiscard]] std::filesystem::path vars() const { return folder_.path() / "lab/vars.yaml"; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  /// drydock inside the lab's network.
  net::ChildResult drydock(const std::vector<std::string>& arguments) const;
  /// The same, whose end is not waited for. Its pid is drydock's own. `environment`: NAME=VALUE each, for drydock
  /// inside the network.
  RunningDrydock start(const std::vector<std::string>& arguments,
                       const std::vector<std::string>& environment = {}) const;
  /// What a shell on `host` (old or new) says to this text, its errors included, without the last line end.
  std::string on(const std::string& host, const std::string& shell) const;
  /// `lab VERB --run DIR ...` from outside.
  net::ChildResult lab(const std::string& verb, const std::vector<std::string>& arguments = {}) const;

private:
  TemporaryFolder folder_;
  bool up_ = false;
  std::string said_;
};

/// Why no lab can run here; empty where one can. Tests are skipped with this reason.
std::string why_no_lab();

}  // namespace drydock::test
