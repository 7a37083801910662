#include "probes/client/ftp_control.hpp"

#include <fmt/format.h>

#include "probes/client/read_reply.hpp"
#include "probes/codec/not_now.hpp"
#include "probes/net/password.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr int kMostDelays = 20;

bool wants_password(const Reply& reply) {
  return reply.code == 331 || reply.code == 332;
}

}  // namespace

bool ftp_turns_away(const Reply& greeting) {
  return greeting.temporary() || (greeting.permanent() && speaks_of_not_now(greeting.text()));
}

bool ftp_puts_tls_off(const Reply& reply) {
  constexpr int kLacksSomething = 431;
  if (reply.code == kLacksSomething) return speaks_of_too_many(reply.text());
  return ftp_turns_away(reply);
}

asio::awaitable<Reply> FtpControl::greet() {
  Reply greeting = co_await read_reply(stream_, ReplyForm::ftp);
  // 120: the server is ready in some minutes and says 220 then.
  for (int delays = 0; greeting.code >= 100 && greeting.code < 200; ++delays) {
    if (delays == kMostDelays)
      throw Failure(ErrorKind::protocol, fmt::format("{} times \"{}\" and no greeting", delays, greeting.text()));
    greeting = co_await read_reply(stream_, ReplyForm::ftp);
  }
  co_return greeting;
}

asio::awaitable<Reply> FtpControl::ask(std::string command) {
  co_await stream_.write_line(command);
  Reply reply = co_await read_reply(stream_, ReplyForm::ftp);
  co_return reply;
}

asio::awaitable<Reply> FtpControl::ask_for_tls() {
  Reply reply = co_await ask("AUTH TLS");
  co_return reply;
}

asio::awaitable<Reply> FtpControl::try_login(std::string user, std::string password) {
  net::demand_one_line("FTP", user, password);
  Reply reply = co_await ask(fmt::format("USER {}", user));
  if (wants_password(reply)) reply = co_await ask(fmt::format("PASS {}", password));
  co_return reply;
}

asio::awaitable<void> FtpControl::quit() {
  try {
    co_await ask("QUIT");
  } catch (const Failure&) {
  }
}

}  // namespace drydock
