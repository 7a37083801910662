#include "probes/net/held_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <utility>

namespace drydock::net {
namespace {

constexpr int kReady = 0;

[[noreturn]] void fail(const char* what) {
  throw boost::system::system_error(errno, boost::system::system_category(), what);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

/// The number at the other end of the line, or nothing where that end was closed.
bool receive(int line, int& number) {
  char* at = reinterpret_cast<char*>(&number);
  for (std::size_t got = 0; got < sizeof number;) {
    const ssize_t more = ::recv(line, at + got, sizeof number - got, 0);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) return false;
    got += static_cast<std::size_t>(more);
  }
  return true;
}

void send(int line, int number) {
  while (::send(line, &number, sizeof number, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

/// Blocks all signals for as long as it lives: between fork and exec no handler of ours may run in the child.
class NoSignals {
public:
  NoSignals() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~NoSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;

private:
  sigset_t before_{};
};

// What follows runs in the child of a program with threads: nothing but what signal-safety(7) allows, and execvpe.

void close_others_on_exec() {
  constexpr int kMost = 65536;
  if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  struct rlimit limit{};
  const int most =
      ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<int>(std::min<rlim_t>(limit.rlim_cur, kMost)) : kMost;
  for (int descriptor = 3; descriptor < most; ++descriptor) ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

/// 0, or an errno.
int set_up(int out, int err, const char* folder) {
  const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  // Away from the places that the standard streams take.
  const std::array<int, 3> streams{::fcntl(input, F_DUPFD_CLOEXEC, 3), ::fcntl(out, F_DUPFD_CLOEXEC, 3),
                                   ::fcntl(err, F_DUPFD_CLOEXEC, 3)};
  for (int i = 0; i < 3; ++i)
    if (streams[static_cast<std::size_t>(i)] < 0 || ::dup2(streams[static_cast<std::size_t>(i)], i) < 0) return errno;
  if (*folder && ::chdir(folder) != 0) return errno;
  close_others_on_exec();
  ::setsid();
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  return 0;
}

[[noreturn]] void become(int line, int out, int err, const char* folder, char* const* argv, char* const* environment) {
  line = ::fcntl(line, F_DUPFD_CLOEXEC, 3);
  const int error = set_up(out, err, folder);
  send(line, error);
  int go = 0;
  if (error == 0 && receive(line, go)) {
    ::execvpe(argv[0], argv, environment);
    send(line, errno);
  }
  ::_exit(127);
}

}  // namespace

HeldProcess::HeldProcess(Program program) {
  const auto argv = pointers(program.argv);
  const auto environment = pointers(program.environment);
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) fail("socketpair");
  line_ = ends[0];
  {
    const NoSignals none;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ends[0]);
      become(ends[1], program.out, program.err, program.folder.c_str(), argv.data(), environment.data());
    }
  }
  const int error = errno;
  ::close(ends[1]);
  if (pid_ < 0) {
    ::close(line_);
    errno = error;
    fail("fork");
  }
  // From here on it has its session, and its group can be signalled.
  if (!receive(line_, error_)) error_ = ECHILD;
}

HeldProcess::~HeldProcess() {
  if (line_ >= 0) ::close(line_);
}

int HeldProcess::release() {
  if (error_ == kReady) {
    send(line_, kReady);
    if (!receive(line_, error_)) error_ = 0;  // exec has closed the line
  }
  ::close(std::exchange(line_, -1));
  return error_;
}

}  // namespace drydock::net
