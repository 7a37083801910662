#include "probes/net/stream.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "probes/net/connect_tcp.hpp"
#include "probes/net/deadline.hpp"
#include "probes/net/failure.hpp"
#include "probes/net/tls_session.hpp"

namespace drydock::net {
namespace asio = boost::asio;
using asio::ip::tcp;

struct Stream::State {
  State(tcp::socket opened, Observation& seen) : socket(std::move(opened)), out(seen) {}

  /// Appends what comes next to the buffer; gives the error where nothing does, again and again once the stream has
  /// ended (Asio would wait for ever: epoll tells the end once).
  asio::awaitable<boost::system::error_code> receive();
  void drop_plaintext();
  [[noreturn]] void raise_handshake(const boost::system::error_code& error);
  std::string plain_line();

  tcp::socket socket;
  Observation& out;
  Clock::time_point connected = Clock::now();
  std::optional<asio::ssl::stream<tcp::socket&>> tls;
  std::string buffer;  ///< received, not yet given out
  std::array<char, 16384> chunk{};
  std::array<char, 5> record_header{};  ///< the first octets that came instead of a TLS record
  bool header_seen = false;
  bool certificate_wanted = false;
  boost::system::error_code ended;  ///< why nothing more can be read
  std::size_t discarded = 0;
  std::size_t unanswered = 0;  ///< octets received since something was sent
  bool spoken = false;         ///< something was read or written
  bool bare_lf_noted = false;
  bool reset = false;  ///< a write saw the reset while input was waiting
  bool truncated = false;
  Endpoint local;
  Endpoint peer;
};

namespace {

constexpr std::size_t kPlainTextKept = 512;
constexpr std::size_t kShownLine = 100;  ///< octets of it in a message

Endpoint to_endpoint(const tcp::endpoint& from) {
  return {from.address().to_string(), from.port()};
}

bool is_ip(const std::string& text) {
  boost::system::error_code error;
  asio::ip::make_address(text, error);
  return !error;
}

std::string without_final_dot(std::string name) {
  if (!name.empty() && name.back() == '.') name.pop_back();
  return name;
}

/// One for all connections, since making it costs as much as a handshake; what differs is set on each connection.
asio::ssl::context& client_context() {
  static asio::ssl::context context(asio::ssl::context::tls_client);
  return context;
}

/// Settings of one handshake. Verification is off here: describe_session does it, so that a bad certificate is data.
void configure(SSL* ssl, const TlsOptions& options) {
  SSL_set_verify(ssl, SSL_VERIFY_NONE, nullptr);
  SSL_set_min_proto_version(ssl, options.minimum_version);
  SSL_set_max_proto_version(ssl, options.maximum_version);
  if (options.minimum_version < TLS1_2_VERSION) {
    // OpenSSL 3 takes TLS below 1.2 at security level 0 only; an old server may lack RFC 5746 as well.
    SSL_set_security_level(ssl, 0);
    SSL_set_cipher_list(ssl, kOldCiphers);
    SSL_set_options(ssl, SSL_OP_LEGACY_SERVER_CONNECT);
  }
  const std::string name = without_final_dot(options.server_name);
  if (!name.empty() && !is_ip(name)) SSL_set_tlsext_host_name(ssl, name.c_str());
}

/// True where the five octets that came can't begin a TLS record (RFC 8446 §5.1: content type 20 to 24, version 3.x).
bool is_plain(const std::array<char, 5>& header) {
  const auto type = static_cast<unsigned char>(header[0]);
  return type < 20 || type > 24 || header[1] != 3;
}

}  // namespace

PlainTextAnswer::PlainTextAnswer(std::string line)
    : Failure(ErrorKind::tls, fmt::format("the peer answered in plain text (\"{}\") where TLS was to begin",
                                          printable(clip(line, kShownLine)))),
      line_(std::move(line)) {}

Stream::Stream(std::unique_ptr<State> state) : state_(std::move(state)) {}
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;
Stream::~Stream() = default;

asio::awaitable<Stream> Stream::dial(const ProbeContext& context, Endpoint to, Observation& out) {
  out.address = to.text();
  out.stage = "connect";
  std::optional<tcp::socket> socket;
  try {
    socket.emplace(co_await connect_tcp(context.subject.surroundings.vantage.dials_from(to.ip), to));
  } catch (const Failure& failure) {
    if (failure.kind() == ErrorKind::refused && context.answered) context.answered->insert(to.ip);
    throw;
  }
  if (context.answered) context.answered->insert(to.ip);
  auto state = std::make_unique<State>(std::move(*socket), out);
  boost::system::error_code ignored;
  state->local = to_endpoint(state->socket.local_endpoint(ignored));
  state->peer = to;
  out.transcript.note(fmt::format("connected to {} from {}", to.text(), state->local.text()));
  co_return Stream(std::move(state));
}

bool Stream::encrypted() const {
  return state_->tls.has_value();
}
std::size_t Stream::discarded_octets() const {
  return state_->discarded;
}
bool Stream::truncated() const {
  return state_->truncated;
}
bool Stream::certificate_wanted() const {
  return state_->certificate_wanted;
}
bool Stream::has_ticket() const {
  if (!state_->tls) return false;
  const SSL_SESSION* session = SSL_get_session(state_->tls->native_handle());
  return session && SSL_SESSION_has_ticket(session) == 1;
}
Endpoint Stream::local() const {
  return state_->local;
}
Endpoint Stream::peer() const {
  return state_->peer;
}

void Stream::close() {
  boost::system::error_code ignored;
  state_->socket.close(ignored);
}

// ---- TLS

/// A TLS server says nothing before the client's first message: what is there came in plain text.
void Stream::State::drop_plaintext() {
  discarded += buffer.size();
  buffer.clear();
  boost::system::error_code error;
  for (int rounds = 0; rounds < 64 && socket.available(error) > 0 && !error; ++rounds)
    discarded += socket.read_some(asio::buffer(chunk), error);
  if (discarded > 0)
    out.transcript.note(fmt::format("{} octets that came before the TLS handshake were dropped", discarded));
}

void Stream::State::raise_handshake(const boost::system::error_code& error) {
  const bool plain = error != asio::error::operation_aborted && header_seen && is_plain(record_header);
  if (!plain) raise(error, "making the TLS handshake");
  throw PlainTextAnswer(plain_line());
}

/// What came instead of TLS, up to a line end: OpenSSL took the first five octets, the rest waits where it reads.
std::string Stream::State::plain_line() {
  std::string line(record_header.begin(), record_header.end());
  BIO* waiting = SSL_get_rbio(tls->native_handle());
  const int count = BIO_read(waiting, chunk.data(), static_cast<int>(kPlainTextKept - line.size()));
  if (count > 0) line.append(chunk.data(), static_cast<std::size_t>(count));
  return line.substr(0, line.find_first_of("\r\n"));
}

asio::awaitable<TlsSession> Stream::start_tls(TlsOptions options) {
  State& state = *state_;
  if (state.tls) throw std::logic_error("TLS was started twice on one connection");
  // Where nothing was said before, TLS comes first, and plain text is the handshake's failure.
  if (state.spoken) state.drop_plaintext();
  state.tls.emplace(state.socket, client_context());
  SSL* ssl = state.tls->native_handle();
  configure(ssl, options);
  SSL_set_msg_callback_arg(ssl, &state);
  SSL_set_msg_callback(ssl, [](int sent, int, int type, const void* data, size_t size, SSL*, void* argument) {
    auto& self = *static_cast<State*>(argument);
    if (sent || type != SSL3_RT_HEADER || size < self.record_header.size() || self.header_seen) return;
    self.header_seen = true;
    const auto* octets = static_cast<const char*>(data);
    std::copy(octets, octets + self.record_header.size(), self.record_header.begin());
  });
  const auto note_wish = [](SSL*, void* wanted) {
    *static_cast<bool*>(wanted) = true;
    return 1;  // goes on without one
  };
  SSL_set_cert_cb(ssl, note_wish, &state.certificate_wanted);
  boost::system::error_code error;
  co_await state.tls->async_handshake(asio::ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, error));
  SSL_set_msg_callback(ssl, nullptr);
  ERR_clear_error();
  if (error) state.raise_handshake(error);
  TlsSession session = describe_session(ssl, options, WallTime::clock::now());
  state.out.transcript.note(fmt::format("{} {}, certificate for {} from {}{}", session.version, session.cipher,
                                        fmt::join(session.names, " "), session.issuer,
                                        session.chain_ok ? "" : fmt::format(", not trusted: {}", session.chain_error)));
  co_return session;
}

// ---- reading

asio::awaitable<boost::system::error_code> Stream::State::receive() {
  boost::system::error_code error = ended;
  if (error) co_return error;
  spoken = true;
  std::size_t count = 0;
  if (tls)
    count = co_await tls->async_read_some(asio::buffer(chunk), asio::redirect_error(asio::use_awaitable, error));
  else
    count = co_await socket.async_read_some(asio::buffer(chunk), asio::redirect_error(asio::use_awaitable, error));
  buffer.append(chunk.data(), count);
  if (count > 0 && !out.first_word) out.first_word = std::chrono::duration_cast<Duration>(Clock::now() - connected);
  unanswered += count;
  if (unanswered > kMostUnanswered)
    throw Failure(ErrorKind::local, fmt::format("the peer sent more than {} MiB at once; drydock takes no more",
                                                kMostUnanswered / (1024 * 1024)));
  ERR_clear_error();
  if (error != asio::error::operation_aborted) ended = error;
  co_return error;
}

asio::awaitable<std::string> Stream::read_line(std::size_t limit) {
  State& state = *state_;
  std::size_t searched = 0;
  for (;;) {
    const std::size_t end = state.buffer.find('\n', searched);
    if (end != std::string::npos && end <= limit + 1) {
      std::string line = state.buffer.substr(0, end);
      state.buffer.erase(0, end + 1);
      const bool crlf = !line.empty() && line.back() == '\r';
      if (crlf) line.pop_back();
      state.out.transcript.received(line);
      if (!crlf && !std::exchange(state.bare_lf_noted, true))
        state.out.transcript.note("that line ended in a bare LF, not in CRLF");
      co_return line;
    }
    if (state.buffer.size() > limit + 1) {
      state.out.transcript.received(std::string_view(state.buffer).substr(0, Transcript::kMaxLine));
      throw Failure(ErrorKind::protocol, fmt::format("the peer sent a line of more than {} octets", limit));
    }
    searched = state.buffer.size();
    const auto error = co_await state.receive();
    if (!error) continue;
    if (!state.buffer.empty()) state.out.transcript.received(state.buffer.substr(0, Transcript::kMaxLine));
    const std::string doing = state.buffer.empty() ? "a reply was awaited" : "a line was half sent";
    if (state.reset && error != asio::error::operation_aborted)
      throw Failure(ErrorKind::reset, fmt::format("the peer reset the connection while {}", doing));
    raise(error, doing);
  }
}

asio::awaitable<std::string> Stream::read_exactly(std::size_t count) {
  State& state = *state_;
  while (state.buffer.size() < count) {
    const auto error = co_await state.receive();
    if (error) raise(error, fmt::format("{} octets were announced and {} had come", count, state.buffer.size()));
  }
  std::string octets = state.buffer.substr(0, count);
  state.buffer.erase(0, count);
  state.out.transcript.received(std::string_view(octets).substr(0, Transcript::kMaxLine));
  co_return octets;
}

asio::awaitable<std::string> Stream::read_some(std::size_t limit) {
  State& state = *state_;
  if (state.buffer.empty()) {
    const auto error = co_await state.receive();
    if (error == asio::ssl::error::stream_truncated) {
      state.truncated = true;
      state.out.transcript.note("the peer ended the connection without ending TLS (no close_notify)");
      co_return std::string();
    }
    if (error == asio::error::eof && !state.reset) co_return std::string();
    if (error && state.reset && error != asio::error::operation_aborted)
      throw Failure(ErrorKind::reset, "the peer reset the connection");
    if (error) raise(error, "data was awaited");
  }
  std::string octets = state.buffer.substr(0, limit);
  state.buffer.erase(0, octets.size());
  state.out.transcript.received(std::string_view(octets).substr(0, Transcript::kMaxLine));
  co_return octets;
}

// ---- writing

asio::awaitable<void> Stream::write_line(std::string_view line, std::optional<std::string> shown) {
  const std::string octets = std::string(line) + "\r\n";
  std::string kept = shown ? std::move(*shown) : std::string(line);
  co_await write(octets, std::move(kept));
}

asio::awaitable<void> Stream::write(std::string_view octets, std::string shown) {
  State& state = *state_;
  const std::string owned(octets);
  state.out.transcript.sent(shown);
  state.spoken = true;
  state.unanswered = 0;
  if (state.reset) co_return;  // the read that follows tells
  boost::system::error_code error;
  if (state.tls)
    co_await asio::async_write(*state.tls, asio::buffer(owned), asio::redirect_error(asio::use_awaitable, error));
  else
    co_await asio::async_write(state.socket, asio::buffer(owned), asio::redirect_error(asio::use_awaitable, error));
  ERR_clear_error();
  if (!error) co_return;
  boost::system::error_code ignored;
  const bool input_waits = !state.buffer.empty() || state.socket.available(ignored) > 0;
  const bool gone = error != asio::error::operation_aborted && to_error(error, "").kind == ErrorKind::reset;
  if (!gone || !input_waits) raise(error, "data was sent");
  state.reset = true;
}

static constexpr Duration kCloseNotifyPatience{1000};

static asio::awaitable<void> shut_down(asio::ssl::stream<tcp::socket&>& tls) {
  boost::system::error_code error;
  co_await tls.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
  ERR_clear_error();
}

asio::awaitable<void> Stream::finish_writing() {
  State& state = *state_;
  boost::system::error_code error;
  // Asio's shutdown sends close_notify and then waits for the peer's, which need not come before our FIN does.
  if (state.tls) co_await with_deadline(Clock::now() + kCloseNotifyPatience, shut_down(*state.tls));
  state.socket.shutdown(tcp::socket::shutdown_send, error);
}

}  // namespace drydock::net
