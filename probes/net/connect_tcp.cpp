#include "probes/net/connect_tcp.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "probes/net/failure.hpp"

namespace drydock::net {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

asio::ip::address parse_address(const std::string& text, std::string_view whose) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(text, error);
  if (error) throw Failure(ErrorKind::local, fmt::format("{} \"{}\" is not an IP address", whose, text));
  return address;
}

/// Linux hides which ICMP message ended a connection attempt: on IPv4 "administratively prohibited" and "host
/// unreachable" are both EHOSTUNREACH. The socket's error queue keeps the message itself.
void keep_icmp(tcp::socket& socket, bool v6, bool on) {
  const int value = on ? 1 : 0;
  const int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
  const int option = v6 ? IPV6_RECVERR : IP_RECVERR;
  ::setsockopt(socket.native_handle(), level, option, &value, sizeof value);
}

bool says_prohibited(const sock_extended_err& said) {
  if (said.ee_origin == SO_EE_ORIGIN_ICMP)
    return said.ee_type == 3 && (said.ee_code == 9 || said.ee_code == 10 || said.ee_code == 13);
  if (said.ee_origin == SO_EE_ORIGIN_ICMP6)
    return said.ee_type == 1 && (said.ee_code == 1 || said.ee_code == 5 || said.ee_code == 6);
  return false;
}

bool icmp_prohibited(tcp::socket& socket) {
  std::array<char, 1> payload{};
  alignas(cmsghdr) std::array<char, 512> control{};
  iovec part{payload.data(), payload.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(socket.native_handle(), &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return false;
  for (cmsghdr* item = CMSG_FIRSTHDR(&message); item; item = CMSG_NXTHDR(&message, item)) {
    const bool ours = (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_RECVERR) ||
                      (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_RECVERR);
    if (ours && says_prohibited(*reinterpret_cast<const sock_extended_err*>(CMSG_DATA(item)))) return true;
  }
  return false;
}

[[noreturn]] void raise_connect(const boost::system::error_code& error, bool prohibited, const Endpoint& to) {
  if (prohibited)
    throw Failure(ErrorKind::prohibited,
                  fmt::format("a filter in front of {} answered \"administratively prohibited\" (ICMP)", to.text()));
  namespace errc = boost::system::errc;
  if (error == errc::permission_denied || error == errc::operation_not_permitted)
    throw Failure(ErrorKind::local,
                  fmt::format("this machine forbids connections to {} ({}); its routes or filter rules say so",
                              to.text(), error.message()));
  if (error == errc::invalid_argument)  // what Linux makes of a route of the type blackhole
    throw Failure(ErrorKind::local, fmt::format("this machine's routes drop what goes to {} (blackhole)", to.ip));
  if (error == errc::connection_refused)
    throw Failure(ErrorKind::refused, fmt::format("{} refused the connection", to.text()));
  raise(error, fmt::format("connecting to {}", to.text()));
}

void bind_to(tcp::socket& socket, const std::string& from, const asio::ip::address& target) {
  const auto address = parse_address(from, "the vantage's address");
  if (address.is_v4() != target.is_v4())
    throw Failure(ErrorKind::local,
                  fmt::format("the vantage's address {} and the address to dial {} are not of one family", from,
                              target.to_string()));
  boost::system::error_code error;
  socket.bind(tcp::endpoint(address, 0), error);
  if (error == boost::system::errc::address_not_available)
    throw Failure(ErrorKind::local, fmt::format("the vantage's address {} is not an address of this machine", from));
  if (error)
    throw Failure(ErrorKind::local, fmt::format("can't dial from the vantage's address {}: {}", from, error.message()));
}

}  // namespace

asio::awaitable<tcp::socket> connect_tcp(std::string from, Endpoint to) {
  const auto target = parse_address(to.ip, "the address to dial");
  tcp::socket socket(co_await asio::this_coro::executor);
  boost::system::error_code error;
  socket.open(target.is_v4() ? tcp::v4() : tcp::v6(), error);
  if (error) throw Failure(ErrorKind::local, fmt::format("can't make a socket for {}: {}", to.text(), error.message()));
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
  keep_icmp(socket, target.is_v6(), true);
  if (!from.empty()) bind_to(socket, from, target);
  co_await socket.async_connect(tcp::endpoint(target, to.port), asio::redirect_error(asio::use_awaitable, error));
  if (error == asio::error::operation_aborted) raise(error, "");
  if (error) raise_connect(error, icmp_prohibited(socket), to);
  // A later ICMP message must not end an established connection (RFC 1122 §4.2.3.9).
  keep_icmp(socket, target.is_v6(), false);
  socket.set_option(tcp::no_delay(true), error);
  co_return socket;
}

}  // namespace drydock::net
