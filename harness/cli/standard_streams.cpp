#include "harness/cli/standard_streams.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <optional>
#include <streambuf>
#include <string_view>

namespace drydock::cli {
namespace {

/// What a pipe that poll() calls writable takes without blocking.
constexpr std::size_t kPiece = 4096;

std::optional<Duration> patience;  ///< with a reader who stands still; empty: for ever

/// Takes away from the text what was written. 0, or the errno.
int write_piece(int descriptor, std::string_view& text, int patience_ms) {
  pollfd ready{descriptor, POLLOUT, 0};
  const int polled = ::poll(&ready, 1, patience_ms);
  if (polled == 0) return ETIMEDOUT;
  if (polled < 0) return errno == EINTR ? 0 : errno;
  const ssize_t written = ::write(descriptor, text.data(), std::min(kPiece, text.size()));
  if (written < 0) return errno == EINTR || errno == EAGAIN ? 0 : errno;
  text.remove_prefix(static_cast<std::size_t>(written));
  return 0;
}

/// Never refuses a character.
class Words final : public std::streambuf {
public:
  explicit Words(int descriptor) : descriptor_(descriptor) { setp(buffer_.data(), buffer_.data() + buffer_.size()); }
  [[nodiscard]] int error() const { return error_; }

protected:
  int_type overflow(int_type character) override {
    sync();
    if (character != traits_type::eof()) sputc(traits_type::to_char_type(character));
    return traits_type::not_eof(character);
  }
  int sync() override {
    std::string_view text(pbase(), static_cast<std::size_t>(pptr() - pbase()));
    setp(buffer_.data(), buffer_.data() + buffer_.size());
    int error = 0;
    while (!text.empty() && error == 0) {
      // A reader who kept us waiting once is not waited for again until he reads.
      const int patience_ms = !patience ? -1 : stalled_ ? 0 : static_cast<int>(patience->count());
      error = write_piece(descriptor_, text, patience_ms);
      stalled_ = error == ETIMEDOUT;
    }
    if (error_ == 0) error_ = error;
    return 0;
  }

private:
  int descriptor_;
  int error_ = 0;  ///< the first one
  bool stalled_ = false;
  std::array<char, 8192> buffer_{};
};

/// Never destroyed: std::cout is flushed after all else has been.
Words& standard_output() {
  static Words& words = *new Words(STDOUT_FILENO);
  return words;
}
Words& standard_error() {
  static Words& words = *new Words(STDERR_FILENO);
  return words;
}

void do_nothing(int) {}

}  // namespace

void guard_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    // Not for writing, so that words for a closed stream still count as lost.
    if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) (void)::open("/dev/null", O_RDONLY);
  // Not SIG_IGN: commands would inherit it, but a handler ends with exec.
  struct sigaction action{};
  action.sa_handler = do_nothing;
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGPIPE, SIGXFSZ}) ::sigaction(number, &action, nullptr);
  std::cout.rdbuf(&standard_output());
  std::cerr.rdbuf(&standard_error());
}

bool standard_output_lost() {
  std::cout.flush();
  return standard_output().error() != 0;
}

bool words_lost() {
  std::cerr.flush();
  return standard_output_lost() || standard_error().error() != 0;
}

std::string why_output_was_lost() {
  const int error = standard_output_lost() ? standard_output().error() : 0;
  return error == 0 || error == EPIPE ? std::string() : std::strerror(error);
}

BriefPatience::BriefPatience(Duration wanted) {
  patience = wanted;
}
BriefPatience::~BriefPatience() {
  patience.reset();
}

}  // namespace drydock::cli
