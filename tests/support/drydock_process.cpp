#include "tests/support/drydock_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace drydock::test {

namespace {

constexpr Duration kPatience{120'000};
constexpr std::chrono::milliseconds kPollEvery{10};

/// The drydock that is tested.
std::string binary() {
  const char* other = std::getenv("DRYDOCK_UNDER_TEST");
  return other ? other : DRYDOCK_BINARY;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// A new name in `folder` for what one process says.
std::filesystem::path output_file(const std::filesystem::path& folder) {
  std::string path = (folder / "said.XXXXXX").string();
  const int descriptor = mkostemp(path.data(), O_CLOEXEC);
  if (descriptor < 0) throw std::runtime_error("no file can be made in " + folder.string());
  close(descriptor);
  return path;
}

void place(posix_spawn_file_actions_t& files, int stream, std::optional<int> descriptor, const std::string& path,
           int flags) {
  if (!descriptor)
    posix_spawn_file_actions_addopen(&files, stream, path.c_str(), flags, 0);
  else if (*descriptor == Surroundings::kClosed)
    posix_spawn_file_actions_addclose(&files, stream);
  else
    posix_spawn_file_actions_adddup2(&files, *descriptor, stream);
}

/// Whatever the tests run under (nohup), signals do what they do by default.
void set_signals(posix_spawnattr_t& attributes, bool hangup_ignored) {
  sigset_t signals;
  sigfillset(&signals);
  if (hangup_ignored) sigdelset(&signals, SIGHUP);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
}

net::ChildResult run_to_end(std::vector<std::string> argv) {
  net::ChildOptions options;
  options.argv = std::move(argv);
  options.deadline = Clock::now() + kPatience;
  net::ChildResult result;
  boost::asio::io_context loop;
  boost::asio::co_spawn(loop, net::run_child(std::move(options)),
                        [&](const std::exception_ptr& error, net::ChildResult ended) {
                          if (error) std::rethrow_exception(error);
                          result = std::move(ended);
                        });
  loop.run();
  return result;
}

}  // namespace

net::ChildResult run_drydock(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), binary());
  return run_to_end(std::move(arguments));
}

RunningDrydock::RunningDrydock(const std::vector<std::string>& arguments, const std::filesystem::path& output_folder,
                               const Surroundings& surroundings)
    : out_(output_file(output_folder)), err_(output_file(output_folder)) {
  std::vector<std::string> words{binary()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  place(files, STDIN_FILENO, surroundings.in, "/dev/null", O_RDONLY);
  place(files, STDOUT_FILENO, surroundings.out, out_, O_WRONLY | O_APPEND);
  place(files, STDERR_FILENO, surroundings.err, err_, O_WRONLY | O_APPEND);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  set_signals(attributes, surroundings.hangup_ignored);
  const auto hangup = surroundings.hangup_ignored ? ::signal(SIGHUP, SIG_IGN) : SIG_ERR;
  const int error = posix_spawn(&pid_, argv[0], &files, &attributes, argv.data(), environ);
  if (hangup != SIG_ERR) ::signal(SIGHUP, hangup);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) throw std::runtime_error("drydock can't be started");
}

RunningDrydock::~RunningDrydock() {
  if (ended()) return;
  signal(SIGKILL);
  waitpid(pid_, &status_, 0);
}

void RunningDrydock::signal(int number) const {
  if (!ended_) kill(pid_, number);
}

std::string RunningDrydock::said() const {
  return text_of(out_) + text_of(err_);
}

bool RunningDrydock::ended() {
  if (!ended_) ended_ = waitpid(pid_, &status_, WNOHANG) == pid_;
  return ended_;
}

net::ChildResult RunningDrydock::wait(std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!ended()) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error(
          fmt::format("drydock did not end in time; it said:\n{}{}", text_of(out_), text_of(err_)));
    std::this_thread::sleep_for(kPollEvery);
  }
  net::ChildResult result;
  result.started = true;
  if (WIFEXITED(status_)) result.exit = WEXITSTATUS(status_);
  if (WIFSIGNALED(status_)) result.signal = WTERMSIG(status_);
  result.out = text_of(out_);
  result.err = text_of(err_);
  return result;
}

PracticeHosts::PracticeHosts(const std::vector<std::string>& arguments) {
  std::vector<std::string> all{"--netns"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const auto result = lab("up", all);
  up_ = result.exit == 0;
  said_ = result.out + result.err;
}

PracticeHosts::~PracticeHosts() {
  if (up_) lab("down");
}

net::ChildResult PracticeHosts::drydock(const std::vector<std::string>& arguments) const {
  std::vector<std::string> all{"lab", "exec", "--run", (folder_.path() / "lab").string(), "--", binary()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run_drydock(std::move(all));
}

RunningDrydock PracticeHosts::start(const std::vector<std::string>& arguments,
                                    const std::vector<std::string>& environment) const {
  std::vector<std::string> all{"lab", "exec", "--run", (folder_.path() / "lab").string(), "--", "env"};
  all.insert(all.end(), environment.begin(), environment.end());
  all.emplace_back(binary());
  all.insert(all.end(), arguments.begin(), arguments.end());
  return {all, folder_.path()};
}

std::string PracticeHosts::on(const std::string& host, const std::string& shell) const {
  const std::string keys = (folder_.path() / "lab/keys").string();
  const auto ended =
      lab("exec", {"--", "ssh", "-F", "/dev/null", "-b", "127.0.40.1", "-i", keys + "/ops", "-o", "IdentitiesOnly=yes",
                   "-o", "BatchMode=yes", "-o", "UserKnownHostsFile=" + keys + "/known_hosts",
                   host == "old" ? "ops@127.0.10.1" : "ops@127.0.20.1", "exec 2>&1; " + shell});
  std::string said = ended.out + ended.err;
  while (said.ends_with('\n')) said.pop_back();
  return said;
}

net::ChildResult PracticeHosts::lab(const std::string& verb, const std::vector<std::string>& arguments) const {
  std::vector<std::string> all{"lab", verb, "--run", (folder_.path() / "lab").string()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run_drydock(std::move(all));
}

std::string why_no_lab() {
  return geteuid() == 0 ? "" : "the lab's servers need root: run the tests with sudo";
}

}  // namespace drydock::test
