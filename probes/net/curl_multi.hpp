#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>

namespace drydock::net {

/// libcurl's multi_socket interface on the event loop. Owns one multi handle, so that connections are shared by nobody
/// else. libcurl is never called from within its own callbacks, and whoever awaits is resumed by post.
class CurlMulti {
public:
  explicit CurlMulti(const boost::asio::any_io_executor& executor);
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;
  ~CurlMulti();

  /// Runs one easy handle (CURL*) to its end and gives its CURLcode. The handle is out of the multi handle when this
  /// ends, by whatever cause; cancelled, it throws operation_aborted. One handle at a time.
  boost::asio::awaitable<int> run(void* easy);

private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Prepares libcurl for this process; called by everything that makes a handle.
void require_curl();

}  // namespace drydock::net
