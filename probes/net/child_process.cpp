#include "probes/net/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "probes/net/deadline.hpp"
#include "probes/net/stream.hpp"

extern char** environ;

namespace drydock::net {
namespace asio = boost::asio;
using asio::posix::stream_descriptor;

namespace {

constexpr Duration kTermPatience{2000};
constexpr Duration kKillPatience{5000};
/// How long output is awaited that a process left behind by the child may still write.
constexpr Duration kLeftoverPatience{1000};

struct Pipe {
  int read = -1;
  int write = -1;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      throw boost::system::system_error(errno, boost::system::system_category(), "pipe");
    read = ends[0];
    write = ends[1];
  }
  ~Pipe() {
    close_end(read);
    close_end(write);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int take_read() { return std::exchange(read, -1); }
  static void close_end(int& end) {
    if (end >= 0) ::close(std::exchange(end, -1));
  }
};

/// What posix_spawn is told: standard streams, folder, a session of its own, no signal blocked or ignored.
class SpawnSettings {
public:
  SpawnSettings(const ChildOptions& options, int out, int err) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, out, 1);
    posix_spawn_file_actions_adddup2(&actions_, err, 2);
    posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
    if (!options.folder.empty()) posix_spawn_file_actions_addchdir_np(&actions_, options.folder.c_str());
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry; ++entry) {
    const std::string text = *entry;
    if (!added.contains(text.substr(0, text.find('=')))) merged.push_back(text);
  }
  for (const auto& [name, value] : added) merged.push_back(name + "=" + value);
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

std::string why_not_startable(const ChildOptions& options) {
  if (options.argv.empty() || options.argv.front().empty()) return "no program is named";
  for (const auto& argument : options.argv)
    if (argument.find('\0') != std::string::npos) return "an argument holds a NUL octet";
  std::error_code error;
  if (!options.folder.empty() && !std::filesystem::is_directory(options.folder, error))
    return fmt::format("no such folder: {}", options.folder);
  return {};
}

/// A running child. Dropped before it was reaped, it is killed with its group.
class Child {
public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (reaped_) return;
    signal_group(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void signal_group(int number) const { ::kill(-pid_, number); }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Collects the status where the child has ended. Until then its id, and so its group's, can't be given to others.
  void reap(ChildResult& result) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return;
    reaped_ = true;
    if (WIFEXITED(status)) result.exit = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  }

private:
  pid_t pid_;
  bool reaped_ = false;
};

asio::awaitable<void> drain(stream_descriptor& from, std::string& into, std::size_t limit, bool& clipped) {
  std::array<char, 16384> chunk{};
  for (;;) {
    boost::system::error_code error;
    const std::size_t count =
        co_await from.async_read_some(asio::buffer(chunk), asio::redirect_error(asio::use_awaitable, error));
    const std::size_t room = limit - std::min(limit, into.size());
    into.append(chunk.data(), std::min(room, count));
    if (count > room) clipped = true;
    if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
    if (error) co_return;
  }
}

struct Watched {
  stream_descriptor out;
  stream_descriptor err;
  stream_descriptor end;  ///< a pidfd: readable once the child has ended
};

asio::awaitable<void> until_silent_and_ended(Watched& watched, ChildResult& result, std::size_t limit) {
  auto executor = co_await asio::this_coro::executor;
  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, drain(watched.out, result.out, limit, result.clipped), asio::deferred),
      asio::co_spawn(executor, drain(watched.err, result.err, limit, result.clipped), asio::deferred));
  auto [order, out_thrown, err_thrown] =
      co_await both.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  if (out_thrown) std::rethrow_exception(out_thrown);
  if (err_thrown) std::rethrow_exception(err_thrown);
  co_await watched.end.async_wait(stream_descriptor::wait_read, asio::use_awaitable);
}

asio::awaitable<void> until_ended_and_waited(Watched& watched) {
  co_await watched.end.async_wait(stream_descriptor::wait_read, asio::use_awaitable);
  co_await pause(kLeftoverPatience);
}

/// Until the child has ended and its output too, or some time has passed since its end: a daemon that it left behind
/// may hold the pipes open for ever.
asio::awaitable<void> until_done(Watched& watched, ChildResult& result, std::size_t limit) {
  auto executor = co_await asio::this_coro::executor;
  auto race = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, until_silent_and_ended(watched, result, limit), asio::deferred),
      asio::co_spawn(executor, until_ended_and_waited(watched), asio::deferred));
  auto [order, first, second] = co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  const auto& winner = order[0] == 0 ? first : second;
  if (winner) std::rethrow_exception(winner);
}

asio::awaitable<void> until_ended(Watched& watched) {
  co_await watched.end.async_wait(stream_descriptor::wait_read, asio::use_awaitable);
}

asio::awaitable<void> terminate(Child& child, Watched& watched, ChildResult& result, std::size_t limit) {
  child.signal_group(SIGTERM);
  co_await with_deadline(Clock::now() + kTermPatience, until_silent_and_ended(watched, result, limit));
  child.signal_group(SIGKILL);
  co_await with_deadline(Clock::now() + kKillPatience, until_ended(watched));
}

/// The process id, or nothing and the reason in result.start_error.
std::optional<pid_t> spawn(const ChildOptions& options, int out, int err, ChildResult& result) {
  result.start_error = why_not_startable(options);
  if (!result.start_error.empty()) return std::nullopt;
  const SpawnSettings settings(options, out, err);
  std::vector<std::string> argv = options.argv;
  std::vector<std::string> environment = merged_environment(options.environment);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, argv.front().c_str(), settings.actions(), settings.attributes(),
                                   pointers(argv).data(), pointers(environment).data());
  if (error == 0) return pid;
  result.start_error = error == ENOENT
                           ? fmt::format("no such program: {}", options.argv.front())
                           : fmt::format("{} can't be started: {}", options.argv.front(), std::strerror(error));
  return std::nullopt;
}

}  // namespace

asio::awaitable<ChildResult> run_child(ChildOptions options) {
  ChildResult result;
  Pipe out;
  Pipe err;
  const auto pid = spawn(options, out.write, err.write, result);
  if (!pid) co_return result;
  Child child(*pid);
  result.started = true;
  Pipe::close_end(out.write);
  Pipe::close_end(err.write);
  if (options.on_start) options.on_start(child.pid());
  auto executor = co_await asio::this_coro::executor;
  // glibc 2.36 declares pidfd_open for C only.
  const int end = static_cast<int>(::syscall(SYS_pidfd_open, child.pid(), 0));
  if (end < 0) throw boost::system::system_error(errno, boost::system::system_category(), "pidfd_open");
  Watched watched{stream_descriptor(executor, out.take_read()), stream_descriptor(executor, err.take_read()),
                  stream_descriptor(executor, end)};
  std::exception_ptr thrown;
  try {
    const bool ended = co_await with_deadline(options.deadline, until_done(watched, result, options.limit));
    result.timed_out = !ended;
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown || result.timed_out) {
    // The end of the child is awaited even where the awaiting coroutine was cancelled; a second cancellation kills at
    // once.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::co_spawn(executor, terminate(child, watched, result, options.limit), asio::use_awaitable);
    co_await asio::this_coro::throw_if_cancelled(throws);
  }
  child.reap(result);
  if (thrown) std::rethrow_exception(thrown);
  co_return result;
}

}  // namespace drydock::net
