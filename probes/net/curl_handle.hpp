#pragma once
#include <curl/curl.h>
#include <openssl/types.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "probes/core/error.hpp"
#include "probes/core/subject.hpp"
#include "probes/net/stream.hpp"

/// What every use of libcurl shares: one easy handle that talks to one address only, whatever its URL, a redirect or a
/// 227 reply names. For the .cpp files of probes/net.
namespace drydock::net {

/// What a handle tells while it works. Called from within libcurl: must not call libcurl.
class CurlListener {
public:
  virtual ~CurlListener() = default;
  virtual void sent(std::string_view line) = 0;  ///< header data that was sent, as libcurl cut it
  /// One line of header data with its line end; false ends the transfer with CURLE_WRITE_ERROR.
  virtual bool received(std::string_view line) = 0;
  virtual void came(std::size_t octets) { (void)octets; }  ///< of a body, as they came: codings and all
  virtual bool body(std::string_view octets) = 0;          ///< false ends the transfer with CURLE_WRITE_ERROR
  virtual void tls_began() {}
  virtual void tls_done(const ssl_st* session) { (void)session; }
};

class CurlHandle {
public:
  /// `listener` must outlive the handle. Dials `to` only, from the IP address `from` (empty: the system chooses).
  CurlHandle(CurlListener& listener, Endpoint to, std::string from);
  CurlHandle(const CurlHandle&) = delete;
  CurlHandle& operator=(const CurlHandle&) = delete;
  ~CurlHandle();

  [[nodiscard]] CURL* get() const { return easy_; }
  /// Speaks TLS from this version on (TlsOptions::minimum_version); unless called, from TLS 1.2.
  void speak_from(int oldest);
  /// Gives the handle a connected socket for its first connection; the handle owns it from now on.
  void adopt(int socket);
  /// From now on, waits a little for the peer's end before it closes a socket: with data unread, closing would reset
  /// the connection, and what the peer has not read yet would be lost (RFC 9293 §3.6.1). For use in a thread only.
  void close_gently() { gentle_ = true; }
  /// Ends the connections it has, so that the next transfer makes a new one.
  void hang_up();
  /// Ends all its connections at once, from any thread; what libcurl does with them fails promptly from now on.
  void interrupt();
  /// A connection that libcurl makes itself, besides the adopted one, still waits for the peer's answer to its SYN.
  [[nodiscard]] bool is_connecting();
  /// What CURLcode `result` of the last transfer means. `doing` completes "... while DOING".
  [[nodiscard]] Error explain(int result, std::string_view doing) const;
  /// What libcurl says itself about the last transfer; empty where it says nothing.
  [[nodiscard]] std::string words() const;

private:
  void configure();
  void secure();
  int close_socket(int socket);
  int open_socket(const curl_sockaddr* address);

  CurlListener& listener_;
  Endpoint to_;
  std::string from_;
  CURL* easy_ = nullptr;
  curl_slist* connect_to_ = nullptr;
  int adopted_ = -1;    ///< not yet taken by libcurl
  int connected_ = -1;  ///< the adopted socket once libcurl has taken it
  int made_ = -1;       ///< the last socket that libcurl had made for it
  std::mutex mutex_;    ///< guards sockets_ and made_
  std::set<int> sockets_;
  bool gentle_ = false;
  std::atomic<bool> interrupted_ = false;
  char words_[CURL_ERROR_SIZE] = {};
  std::string tls_words_;
  std::string local_problem_;
};

/// Sets one option; throws Failure(local) where libcurl does not take it.
template <class T>
void set_option(CURL* easy, CURLoption option, T value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  if (code != CURLE_OK)
    throw Failure(ErrorKind::local, std::string("libcurl does not take an option: ") + curl_easy_strerror(code));
}

}  // namespace drydock::net
