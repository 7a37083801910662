#include "probes/net/curl_multi.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <map>
#include <optional>

#include "probes/core/error.hpp"

namespace drydock::net {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// One socket that libcurl wants watched. The descriptor is libcurl's: released, never closed.
struct Watch {
  Watch(const asio::any_io_executor& executor, curl_socket_t socket) : descriptor(executor, socket) {}
  ~Watch() { descriptor.release(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  asio::posix::stream_descriptor descriptor;
  int wanted = CURL_POLL_NONE;
  bool reading = false;
  bool writing = false;
};

}  // namespace

struct CurlMulti::State : std::enable_shared_from_this<State> {
  explicit State(const asio::any_io_executor& given) : executor(given), timer(given), finished(given) {}

  void open();
  void shut();
  void act(curl_socket_t socket, int events);
  void collect();
  void watch(curl_socket_t socket, int wanted);
  void arm(curl_socket_t socket, const std::shared_ptr<Watch>& watched);
  void wait(curl_socket_t socket, const std::shared_ptr<Watch>& watched, bool read);
  void schedule(long milliseconds);

  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void*);
  static int on_timer(CURLM*, long milliseconds, void* self);

  asio::any_io_executor executor;
  asio::steady_timer timer;
  asio::steady_timer finished;  ///< cancelled when the transfer is over: resumes whoever awaits, by post
  CURLM* multi = nullptr;
  CURL* running = nullptr;
  std::optional<CURLcode> result;
  std::map<curl_socket_t, std::shared_ptr<Watch>> watches;
};

void require_curl() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (ready != CURLE_OK)
    throw Failure(ErrorKind::local, fmt::format("libcurl can't start: {}", curl_easy_strerror(ready)));
}

void CurlMulti::State::open() {
  require_curl();
  multi = curl_multi_init();
  if (!multi) throw Failure(ErrorKind::local, "libcurl can't make a multi handle");
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &State::on_socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &State::on_timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
}

void CurlMulti::State::shut() {
  timer.cancel();
  if (multi) {
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, nullptr);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, nullptr);
    watches.clear();
    curl_multi_cleanup(multi);
  }
  multi = nullptr;
}

int CurlMulti::State::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  static_cast<State*>(self)->watch(socket, what);
  return 0;
}

int CurlMulti::State::on_timer(CURLM*, long milliseconds, void* self) {
  static_cast<State*>(self)->schedule(milliseconds);
  return 0;
}

void CurlMulti::State::watch(curl_socket_t socket, int wanted) {
  if (wanted == CURL_POLL_REMOVE) {
    // At once, not with the last reference: libcurl may close the descriptor next, and its number may be given anew.
    const auto found = watches.find(socket);
    if (found == watches.end()) return;
    found->second->descriptor.release();
    watches.erase(found);
    return;
  }
  auto& watched = watches[socket];
  if (!watched) watched = std::make_shared<Watch>(executor, socket);
  watched->wanted = wanted;
  arm(socket, watched);
}

void CurlMulti::State::arm(curl_socket_t socket, const std::shared_ptr<Watch>& watched) {
  if ((watched->wanted & CURL_POLL_IN) && !watched->reading) wait(socket, watched, true);
  if ((watched->wanted & CURL_POLL_OUT) && !watched->writing) wait(socket, watched, false);
}

void CurlMulti::State::wait(curl_socket_t socket, const std::shared_ptr<Watch>& watched, bool read) {
  (read ? watched->reading : watched->writing) = true;
  const auto kind = read ? asio::posix::descriptor_base::wait_read : asio::posix::descriptor_base::wait_write;
  watched->descriptor.async_wait(
      kind, [weak = weak_from_this(), mine = std::weak_ptr<Watch>(watched), socket, read](const error_code& error) {
        const auto self = weak.lock();
        const auto same = mine.lock();
        if (!self || !same || error == asio::error::operation_aborted) return;
        (read ? same->reading : same->writing) = false;
        const bool still_wanted = (same->wanted & (read ? CURL_POLL_IN : CURL_POLL_OUT)) != 0;
        if (still_wanted) self->act(socket, error ? CURL_CSELECT_ERR : read ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
        const auto left = self->watches.find(socket);
        if (left != self->watches.end() && left->second == same) self->arm(socket, same);
      });
}

void CurlMulti::State::schedule(long milliseconds) {
  if (milliseconds < 0) {
    timer.cancel();
    return;
  }
  timer.expires_after(std::chrono::milliseconds(milliseconds));
  timer.async_wait([weak = weak_from_this()](const error_code& error) {
    const auto self = weak.lock();
    if (self && !error) self->act(CURL_SOCKET_TIMEOUT, 0);
  });
}

void CurlMulti::State::act(curl_socket_t socket, int events) {
  if (!multi) return;
  int still_running = 0;
  curl_multi_socket_action(multi, socket, events, &still_running);
  collect();
}

void CurlMulti::State::collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE || message->easy_handle != running) continue;
    result = message->data.result;
    finished.cancel();
  }
}

CurlMulti::CurlMulti(const asio::any_io_executor& executor) : state_(std::make_shared<State>(executor)) {
  state_->open();
}

CurlMulti::~CurlMulti() {
  state_->shut();
}

asio::awaitable<int> CurlMulti::run(void* easy) {
  struct Membership {
    State& state;
    ~Membership() {
      if (state.multi && state.running) curl_multi_remove_handle(state.multi, state.running);
      state.running = nullptr;
    }
  };
  const auto state = state_;
  state->result.reset();
  const CURLMcode added = curl_multi_add_handle(state->multi, easy);
  if (added != CURLM_OK)
    throw Failure(ErrorKind::local, fmt::format("libcurl can't take the transfer: {}", curl_multi_strerror(added)));
  state->running = easy;
  const Membership membership{*state};
  while (!state->result) {
    error_code woken;
    state->finished.expires_at(asio::steady_timer::time_point::max());
    co_await state->finished.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
  }
  co_return static_cast<int>(*state->result);
}

}  // namespace drydock::net
