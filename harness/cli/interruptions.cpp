#include "harness/cli/interruptions.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <utility>

#include "harness/record/exit_code.hpp"
#include "probes/net/child_process.hpp"

namespace drydock::cli {
namespace asio = boost::asio;

namespace {

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};

// All that the handler touches.
std::atomic<int> wake_loop{-1};  ///< the pipe's end for writing
std::atomic<int> heard_so_far{0};
std::atomic<bool> second_ends{false};

void note(int number) {
  const int error = errno;
  const int before = heard_so_far.load();
  if (number != SIGHUP || before == 0) {
    if (before > 0 && second_ends) {
      net::kill_children();
      ::_exit(exit_code::kSignalBase + number);
    }
    ++heard_so_far;
    const auto octet = static_cast<unsigned char>(number);
    (void)!::write(wake_loop, &octet, sizeof octet);
  }
  errno = error;
}

}  // namespace

struct Interruptions::State {
  State(asio::io_context& loop, std::function<void(int)> to_call) : pipe(loop), heard(std::move(to_call)) {}
  asio::posix::stream_descriptor pipe;
  std::function<void(int signal)> heard;
  unsigned char octet = 0;
  std::array<struct sigaction, kSignals.size()> before{};

  void listen() {
    pipe.async_read_some(asio::buffer(&octet, sizeof octet),
                         [this](const boost::system::error_code& error, std::size_t) {
                           if (error) return;
                           heard(octet);
                           if (pipe.is_open()) listen();
                         });
  }
};

Interruptions::Interruptions(asio::io_context& loop, Second second, std::function<void(int)> heard)
    : state_(std::make_unique<State>(loop, std::move(heard))) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    throw boost::system::system_error(errno, boost::system::system_category(), "pipe");
  state_->pipe.assign(ends[0]);
  wake_loop = ends[1];
  heard_so_far = 0;
  second_ends = second == Second::ends_drydock;
  state_->listen();
  struct sigaction action{};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  for (const int number : kSignals) sigaddset(&action.sa_mask, number);
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], nullptr, &state_->before[i]);
    const bool stays_ignored = kSignals[i] == SIGHUP && state_->before[i].sa_handler == SIG_IGN;
    if (!stays_ignored) ::sigaction(kSignals[i], &action, nullptr);
  }
}

Interruptions::~Interruptions() {
  end();
}

void Interruptions::end() {
  if (!state_->pipe.is_open()) return;
  for (std::size_t i = 0; i < kSignals.size(); ++i)
    if (kSignals[i] != SIGHUP || heard_so_far == 0) ::sigaction(kSignals[i], &state_->before[i], nullptr);
  state_->pipe.close();
  ::close(wake_loop.exchange(-1));
}

}  // namespace drydock::cli
