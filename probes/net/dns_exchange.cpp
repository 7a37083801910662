#include "probes/net/dns_exchange.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/rand.h>

#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "probes/net/connect_tcp.hpp"
#include "probes/net/deadline.hpp"
#include "probes/net/failure.hpp"
#include "probes/net/stream.hpp"

namespace drydock::net {
namespace asio = boost::asio;
using asio::ip::udp;

namespace {

constexpr Duration kFirstWait{1000};
constexpr Duration kRefusedPause{200};
constexpr int kRefusals = 2;
constexpr int kNotedDrops = 5;
constexpr int kTcpMessages = 8;

/// One request on its way: what its parts share. Lives in the frame of exchange_dns.
struct Exchange {
  DnsPeer peer;
  std::string request;
  DnsAccept accept;
  RawDnsReply reply;
  bool answered = false;
  bool truncated = false;
  bool malformed = false;
  bool doubtful = false;  ///< only messages that are no answer came, more than once
  bool refused = false;
  std::string last_drop;

  void note(std::string_view text) const {
    if (peer.transcript) peer.transcript->note(text);
  }
  void heard() const {
    if (peer.answered) peer.answered->insert(peer.server.ip);
  }
  void drop(std::string_view transport, const std::string& why) {
    last_drop = why;
    if (reply.dropped++ < kNotedDrops)
      note(fmt::format("dropped a message from {} over {}: {}", peer.server.text(), transport, why));
  }
  /// What UDP came to that TCP is asked for, in words; empty where only TCP is asked.
  [[nodiscard]] std::string told_by_udp() const {
    const std::string server = peer.server.text();
    if (truncated) return fmt::format("the answer of {} over UDP is truncated", server);
    if (malformed) return fmt::format("the answer of {} over UDP can't be read ({})", server, last_drop);
    if (doubtful) return fmt::format("what came from {} over UDP is no answer ({})", server, last_drop);
    return {};
  }
  [[noreturn]] void raise_no_answer() const {
    throw Failure(ErrorKind::protocol,
                  fmt::format("what {} sent over TCP is no answer: {}", peer.server.text(), last_drop));
  }
};

asio::ip::address parse_address(const std::string& text, std::string_view whose) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(text, error);
  if (error) throw Failure(ErrorKind::local, fmt::format("{} \"{}\" is not an IP address", whose, text));
  return address;
}

/// Connected, so that the kernel drops what other addresses send (RFC 5452 §9.1) and reports ICMP.
udp::socket connect_udp(const asio::any_io_executor& executor, const DnsPeer& peer) {
  const auto target = parse_address(peer.server.ip, "the name server");
  udp::socket socket(executor);
  boost::system::error_code error;
  socket.open(target.is_v4() ? udp::v4() : udp::v6(), error);
  if (!error) ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
  if (!error && !peer.from.empty())
    socket.bind(udp::endpoint(parse_address(peer.from, "the vantage's address"), 0), error);
  if (error)
    throw Failure(ErrorKind::local,
                  fmt::format("can't ask {} from \"{}\": {}", peer.server.text(), peer.from, error.message()));
  socket.connect(udp::endpoint(target, peer.server.port), error);
  if (!error) socket.non_blocking(true, error);
  if (error) raise(error, fmt::format("asking {}", peer.server.text()));
  return socket;
}

bool is_request_of(std::string_view octets, std::string_view request) {
  return octets.size() >= 12 && octets.substr(0, 2) == request.substr(0, 2);
}

/// Files one datagram; true where waiting is over.
bool file_datagram(Exchange& exchange, std::string_view octets) {
  const auto header = dns::peek_header(octets);
  // A truncated message may be cut anywhere: its header alone sends us to TCP.
  if (header && header->response && header->truncated && is_request_of(octets, exchange.request)) {
    exchange.heard();
    exchange.truncated = true;
    return true;
  }
  DnsFit fit = exchange.accept(octets);
  if (fit.kind != DnsFit::Kind::answer) {
    exchange.drop("UDP", fit.why);
    exchange.malformed = exchange.malformed || fit.kind == DnsFit::Kind::malformed;
    return fit.kind == DnsFit::Kind::malformed;
  }
  exchange.heard();
  exchange.reply.octets = octets;
  exchange.answered = true;
  return true;
}

/// Takes one datagram that is there, without waiting; sets `error` to would_block where there is none. Not a coroutine:
/// its 64 KiB are on the stack, and not once a question on the heap.
bool take_datagram(udp::socket& socket, Exchange& exchange, boost::system::error_code& error) {
  std::array<char, 65535> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): only what was received is read
  const std::size_t size = socket.receive(asio::buffer(buffer), 0, error);
  return !error && file_datagram(exchange, std::string_view(buffer.data(), size));
}

asio::awaitable<void> receive_datagrams(udp::socket& socket, Exchange& exchange) {
  while (true) {
    boost::system::error_code error;
    co_await socket.async_wait(udp::socket::wait_read, asio::redirect_error(asio::use_awaitable, error));
    if (!error && take_datagram(socket, exchange, error)) co_return;
    if (error == boost::system::errc::connection_refused) {
      exchange.heard();
      exchange.refused = true;
      co_return;
    }
    // The kernel may wake us for a datagram whose checksum turns out to be wrong.
    if (error == asio::error::would_block) continue;
    if (error) raise(error, fmt::format("waiting for {}", exchange.peer.server.text()));
  }
}

/// Sends once and waits until `until`.
asio::awaitable<void> udp_round(udp::socket& socket, Exchange& exchange, Deadline until) {
  boost::system::error_code error;
  co_await socket.async_send(asio::buffer(exchange.request), asio::redirect_error(asio::use_awaitable, error));
  ++exchange.reply.sent;
  exchange.refused = error == boost::system::errc::connection_refused;
  if (error && !exchange.refused) raise(error, fmt::format("asking {}", exchange.peer.server.text()));
  if (exchange.refused) co_return;
  co_await with_deadline(until, receive_datagrams(socket, exchange));
}

asio::awaitable<void> try_udp(Exchange& exchange) {
  const auto executor = co_await asio::this_coro::executor;
  udp::socket socket = connect_udp(executor, exchange.peer);
  Duration wait = kFirstWait;
  int refusals = 0;
  while (Clock::now() < exchange.peer.deadline) {
    const Deadline until = std::min<Deadline>(exchange.peer.deadline, Clock::now() + wait);
    wait *= 2;
    co_await udp_round(socket, exchange, until);
    if (exchange.answered || exchange.truncated || exchange.malformed) co_return;
    exchange.doubtful = exchange.reply.dropped > 0 && exchange.reply.sent >= 2;
    if (exchange.doubtful) co_return;
    if (!exchange.refused) continue;
    if (++refusals == kRefusals)
      throw Failure(ErrorKind::refused,
                    fmt::format("{} refused the question over UDP (ICMP port unreachable): nothing listens there",
                                exchange.peer.server.text()));
    co_await pause(kRefusedPause);
  }
}

/// `dropped`: what came over this connection before was no answer, which its end confirms.
asio::awaitable<std::string> read_framed(asio::ip::tcp::socket& socket, const Exchange& exchange, bool dropped) {
  const std::string doing = fmt::format("waiting for {} over TCP", exchange.peer.server.text());
  std::string length(2, '\0');
  boost::system::error_code error;
  co_await asio::async_read(socket, asio::buffer(length), asio::redirect_error(asio::use_awaitable, error));
  if (dropped && error == asio::error::eof) exchange.raise_no_answer();
  if (error) raise(error, doing);
  std::string octets(
      static_cast<std::size_t>(static_cast<std::uint8_t>(length[0])) << 8U | static_cast<std::uint8_t>(length[1]),
      '\0');
  co_await asio::async_read(socket, asio::buffer(octets), asio::redirect_error(asio::use_awaitable, error));
  if (error) raise(error, doing);
  co_return octets;
}

bool is_truncated(std::string_view octets) {
  const auto header = dns::peek_header(octets);
  return header && header->truncated;
}

/// RFC 7766: two octets of length before each message.
asio::awaitable<void> tcp_round(Exchange& exchange) {
  asio::ip::tcp::socket socket = co_await connect_tcp(exchange.peer.from, exchange.peer.server);
  exchange.heard();
  std::string framed{static_cast<char>(exchange.request.size() >> 8U),
                     static_cast<char>(exchange.request.size() & 0xFFU)};
  framed += exchange.request;
  boost::system::error_code error;
  co_await asio::async_write(socket, asio::buffer(framed), asio::redirect_error(asio::use_awaitable, error));
  if (error) raise(error, fmt::format("asking {} over TCP", exchange.peer.server.text()));
  for (int i = 0; i < kTcpMessages; ++i) {
    std::string octets = co_await read_framed(socket, exchange, i > 0);
    DnsFit fit = exchange.accept(octets);
    if (fit.kind == DnsFit::Kind::answer && is_truncated(octets))
      fit = {DnsFit::Kind::malformed, "it is truncated over TCP too"};
    if (fit.kind == DnsFit::Kind::answer) {
      exchange.reply.octets = std::move(octets);
      exchange.reply.tcp = exchange.answered = true;
      co_return;
    }
    exchange.drop("TCP", fit.why);
    if (fit.kind == DnsFit::Kind::malformed) break;
  }
  exchange.raise_no_answer();
}

[[noreturn]] void raise_timeout(const Exchange& exchange) {
  std::string heard = "nothing came back";
  if (exchange.reply.dropped > 0)
    heard = fmt::format("{} messages came that are no answer, the last because {}", exchange.reply.dropped,
                        exchange.last_drop);
  throw Failure(ErrorKind::timeout, fmt::format("no answer from {} in time ({} questions sent by UDP): {}",
                                                exchange.peer.server.text(), exchange.reply.sent, heard));
}

/// Whose answer over UDP can't be read broke the protocol, whatever else TCP meets that is its own doing.
ErrorKind kind_of_both(const Exchange& exchange, ErrorKind over_tcp) {
  return exchange.malformed && blames_host(over_tcp) ? ErrorKind::protocol : over_tcp;
}

asio::awaitable<void> try_tcp(Exchange& exchange) {
  const std::string before = exchange.told_by_udp();
  std::optional<Failure> failed;
  try {
    const bool ended = co_await with_deadline(exchange.peer.deadline, tcp_round(exchange));
    if (ended || exchange.answered) co_return;
    if (before.empty()) raise_timeout(exchange);
    failed = Failure(ErrorKind::timeout, "no answer in time");
  } catch (const Failure& failure) {
    if (before.empty()) throw;
    failed = failure;
  }
  throw Failure(kind_of_both(exchange, failed->kind()), fmt::format("{}; over TCP: {}", before, failed->what()));
}

}  // namespace

asio::awaitable<RawDnsReply> exchange_dns(DnsPeer peer, std::string request, DnsAccept accept, DnsTransport transport) {
  Exchange exchange;
  exchange.peer = std::move(peer);
  exchange.request = std::move(request);
  exchange.accept = std::move(accept);
  if (exchange.request.size() < 12 || exchange.request.size() > 65535)
    throw Failure(ErrorKind::local, fmt::format("a DNS message of {} octets can't be sent", exchange.request.size()));
  if (transport == DnsTransport::udp_first) {
    co_await try_udp(exchange);
    if (exchange.answered) co_return exchange.reply;
    if (!exchange.truncated && !exchange.malformed && !exchange.doubtful) raise_timeout(exchange);
    exchange.note(exchange.truncated ? "truncated: asking again over TCP" : "no answer by UDP: asking again over TCP");
  }
  co_await try_tcp(exchange);
  co_return exchange.reply;
}

std::optional<Endpoint> parse_dns_server(std::string_view text) {
  boost::system::error_code error;
  asio::ip::make_address(std::string(text), error);
  if (!error) return Endpoint{std::string(text), 53};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == text.size() || text.size() - colon > 6) return std::nullopt;
  std::string_view ip = text.substr(0, colon);
  const bool bracketed = ip.starts_with('[') && ip.ends_with(']') && ip.size() > 2;
  if (bracketed) ip = ip.substr(1, ip.size() - 2);
  const auto address = asio::ip::make_address(std::string(ip), error);
  if (error || address.is_v6() != bracketed) return std::nullopt;
  unsigned port = 0;
  for (const char digit : text.substr(colon + 1)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    port = port * 10 + static_cast<unsigned>(digit - '0');
  }
  if (port == 0 || port > 65535) return std::nullopt;
  return Endpoint{std::string(ip), static_cast<std::uint16_t>(port)};
}

std::uint64_t random_bits() {
  std::uint64_t bits = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&bits), sizeof bits) != 1)
    throw Failure(ErrorKind::local, "this machine gives no random numbers");
  return bits;
}

}  // namespace drydock::net
