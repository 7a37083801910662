#include "probes/net/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
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
#include <mutex>

#include "probes/core/child_environment.hpp"
#include "probes/core/process_identity.hpp"
#include "probes/net/deadline.hpp"
#include "probes/net/held_process.hpp"
#include "probes/net/kept_output.hpp"
#include "probes/net/stream.hpp"

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

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> merged = environment_for_children();
  std::erase_if(merged, [&](const std::string& entry) { return added.contains(entry.substr(0, entry.find('='))); });
  for (const auto& [name, value] : added) merged.push_back(name + "=" + value);
  return merged;
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

/// The groups of the children under way, for kill_children(); 0: free. A child for which there is no room is not among
/// them.
std::array<std::atomic<pid_t>, 1024> groups_under_way{};
static_assert(std::atomic<pid_t>::is_always_lock_free);

void replace_group(pid_t from, pid_t to) {
  for (auto& place : groups_under_way)
    if (pid_t expected = from; place.compare_exchange_strong(expected, to)) return;
}

/// Children of this program that nobody awaits any more. Whoever starts a child reaps those of them that have ended;
/// nobody waits for them.
class Abandoned {
public:
  void add(pid_t pid) {
    const std::lock_guard lock(mutex_);
    pids_.push_back(pid);
  }
  void reap() {
    const std::lock_guard lock(mutex_);
    std::erase_if(pids_, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; });
  }

private:
  std::mutex mutex_;
  std::vector<pid_t> pids_;
};

Abandoned& abandoned() {
  static Abandoned all;
  return all;
}

/// A running child. Dropped before it was reaped, it is killed with its group, and abandoned.
class Child {
public:
  explicit Child(pid_t pid) : pid_(pid) { replace_group(0, pid_); }
  ~Child() {
    if (reaped_) return;
    signal_all(SIGKILL);
    replace_group(pid_, 0);
    abandoned().add(pid_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// False where none of the group may be signalled: they have changed their user.
  [[nodiscard]] bool may_signal_group(int number) const { return ::kill(-pid_, number) == 0 || errno != EPERM; }
  /// Its group at once, then what has left the group and not the session.
  void signal_all(int number) const {
    (void)may_signal_group(number);
    for (const int pid : processes_led_by(pid_))
      if (::getpgid(pid) != pid_) ::kill(pid, number);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Blocks until a child has ended that is about to.
  void await_end() const {
    siginfo_t ended{};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
  }
  /// Collects the status where the child has ended. Until then its id, and so its group's, can't be given to others.
  void reap(ChildResult& result) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return;
    reaped_ = true;
    replace_group(pid_, 0);
    if (WIFEXITED(status)) result.exit = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  }
  /// True where the child, or another of its session that may not be signalled, has outlived its end.
  [[nodiscard]] bool lives_on() const {
    if (!reaped_) return true;
    const auto others = processes_led_by(pid_);
    return std::any_of(others.begin(), others.end(), [](int pid) { return ::kill(pid, 0) != 0 && errno == EPERM; });
  }

private:
  pid_t pid_;
  bool reaped_ = false;
};

using Sink = std::function<void(std::string_view)>;

asio::awaitable<void> drain(stream_descriptor& from, KeptOutput& into, const Sink& sink) {
  std::array<char, 65536> chunk{};
  for (;;) {
    boost::system::error_code error;
    const std::size_t count =
        co_await from.async_read_some(asio::buffer(chunk), asio::redirect_error(asio::use_awaitable, error));
    const std::string_view said(chunk.data(), count);
    into.add(said);
    if (sink && !said.empty()) sink(said);
    if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
    if (error) co_return;
  }
}

struct Watched {
  stream_descriptor out;
  stream_descriptor err;
  stream_descriptor end;  ///< a pidfd: readable once the child has ended
  const Sink& sink;
  KeptOutput kept_out, kept_err;
};

asio::awaitable<void> until_silent_and_ended(Watched& watched) {
  auto executor = co_await asio::this_coro::executor;
  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, drain(watched.out, watched.kept_out, watched.sink), asio::deferred),
      asio::co_spawn(executor, drain(watched.err, watched.kept_err, watched.sink), asio::deferred));
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
asio::awaitable<void> until_done(Watched& watched) {
  auto executor = co_await asio::this_coro::executor;
  auto race = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, until_silent_and_ended(watched), asio::deferred),
      asio::co_spawn(executor, until_ended_and_waited(watched), asio::deferred));
  auto [order, first, second] = co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  const auto& winner = order[0] == 0 ? first : second;
  if (winner) std::rethrow_exception(winner);
}

asio::awaitable<void> until_ended(Watched& watched) {
  co_await watched.end.async_wait(stream_descriptor::wait_read, asio::use_awaitable);
}

/// Gives up where nothing of the child may be signalled, or where not even SIGKILL ends it in time.
asio::awaitable<void> terminate(Child& child, Watched& watched) {
  if (!child.may_signal_group(0)) co_return;
  child.signal_all(SIGTERM);
  co_await with_deadline(Clock::now() + kTermPatience, until_silent_and_ended(watched));
  child.signal_all(SIGKILL);
  co_await with_deadline(Clock::now() + kKillPatience, until_ended(watched));
}

std::string why_not_started(const std::string& program, int error) {
  if (error == ENOENT) return fmt::format("no such program: {}", program);
  return fmt::format("{} can't be started: {}", program, std::strerror(error));
}

}  // namespace

void kill_children() noexcept {
  for (const auto& group : groups_under_way)
    if (const pid_t pid = group.load(); pid > 1) ::kill(-pid, SIGKILL);
}

asio::awaitable<ChildResult> run_child(ChildOptions options) {
  abandoned().reap();
  ChildResult result;
  result.start_error = why_not_startable(options);
  if (!result.start_error.empty()) co_return result;
  Pipe out;
  Pipe err;
  HeldProcess process({options.argv, merged_environment(options.environment), options.folder, out.write, err.write});
  Child child(process.pid());
  Pipe::close_end(out.write);
  Pipe::close_end(err.write);
  if (options.on_start) options.on_start(child.pid());
  if (const int error = process.release(); error != 0) {
    result.start_error = why_not_started(options.argv.front(), error);
    child.await_end();
    ChildResult of_no_program;
    child.reap(of_no_program);
    co_return result;
  }
  result.started = true;
  result.pid = child.pid();
  auto executor = co_await asio::this_coro::executor;
  // glibc 2.36 declares pidfd_open for C only.
  const int end = static_cast<int>(::syscall(SYS_pidfd_open, child.pid(), 0));
  if (end < 0) throw boost::system::system_error(errno, boost::system::system_category(), "pidfd_open");
  Watched watched{stream_descriptor(executor, out.take_read()),
                  stream_descriptor(executor, err.take_read()),
                  stream_descriptor(executor, end),
                  options.on_output,
                  KeptOutput(options.limit),
                  KeptOutput(options.limit)};
  std::exception_ptr thrown;
  try {
    const bool ended = co_await with_deadline(options.deadline, until_done(watched));
    result.timed_out = !ended;
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown || result.timed_out) {
    // The end of the child is awaited even where the awaiting coroutine was cancelled; a second cancellation kills at
    // once.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::co_spawn(executor, terminate(child, watched), asio::use_awaitable);
    co_await asio::this_coro::throw_if_cancelled(throws);
  }
  child.reap(result);
  if (thrown) std::rethrow_exception(thrown);
  result.still_runs = result.timed_out && child.lives_on();
  result.out = watched.kept_out.text();
  result.err = watched.kept_err.text();
  result.clipped = watched.kept_out.clipped() || watched.kept_err.clipped();
  co_return result;
}

}  // namespace drydock::net
