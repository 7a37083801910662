#include "probes/mail/pop3_session.hpp"

#include <fmt/format.h>

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr std::size_t kMostOctets = 16 * 1024 * 1024;  ///< of one multi-line answer

std::vector<Pop3Entry> entries(const std::vector<std::string>& lines) {
  std::vector<Pop3Entry> result;
  for (const auto& line : lines)
    if (auto entry = parse_pop3_entry(line)) result.push_back(std::move(*entry));
  return result;
}

}  // namespace

Pop3Session::Pop3Session(net::Stream stream, const Subject& subject, Observation& out)
    : stream_(std::move(stream)), options_{.server_name = subject.name, .trust = subject.trust}, out_(&out) {}

asio::awaitable<Pop3Session> Pop3Session::open_ready(const ProbeContext& context, Endpoint to, Pop3Tls tls,
                                                     Observation& out) {
  net::Stream stream = co_await net::Stream::dial(context, std::move(to), out);
  Pop3Session session(std::move(stream), context.subject, out);
  if (tls == Pop3Tls::implicit) co_await session.handshake();
  out.stage = "greeting";
  const Pop3Status greeting = co_await session.receive();
  if (!greeting.ok)
    throw Failure(ErrorKind::protocol, fmt::format("greeted with \"-ERR {}\"", printable(greeting.text)));
  if (tls == Pop3Tls::implicit) co_return session;
  const Pop3Status begin = co_await session.command("STLS", "stls");
  if (!begin.ok)
    throw Failure(ErrorKind::protocol, fmt::format("STLS was refused with \"-ERR {}\"", printable(begin.text)));
  co_await session.handshake();
  co_return session;
}

asio::awaitable<void> Pop3Session::handshake() {
  out_->stage = "tls";
  tls_ = co_await stream_.start_tls(options_);
}

asio::awaitable<Pop3Status> Pop3Session::receive() {
  const std::string line = co_await stream_.read_line();
  auto status = parse_pop3_status(line);
  if (!status) throw Failure(status.error().kind, status.error().message);
  co_return std::move(*status);
}

asio::awaitable<Pop3Status> Pop3Session::command(std::string line, std::string stage,
                                                 std::optional<std::string> shown) {
  out_->stage = std::move(stage);
  co_await stream_.write_line(line, std::move(shown));
  Pop3Status status = co_await receive();
  co_return status;
}

asio::awaitable<std::optional<std::vector<std::string>>> Pop3Session::lines(std::string line, std::string stage) {
  const Pop3Status status = co_await command(std::move(line), std::move(stage));
  if (!status.ok) co_return std::nullopt;
  Pop3Lines taken(kMostOctets);
  for (;;) {
    const std::string next = co_await stream_.read_line();
    const auto done = taken.take(next);
    if (!done) throw Failure(done.error().kind, done.error().message);
    if (*done) co_return taken.lines();
  }
}

asio::awaitable<Pop3Status> Pop3Session::login(std::string login, std::string password, net::PasswordIs is) {
  net::demand_proof(is, tls_, options_.server_name);
  const std::string forbidden("\r\n\0", 3);
  if (login.find_first_of(forbidden) != std::string::npos || password.find_first_of(forbidden) != std::string::npos)
    throw Failure(ErrorKind::local, "POP3 can't carry a line end or NUL in a login or password");
  const Pop3Status user = co_await command("USER " + login, "login");
  if (!user.ok) co_return user;
  Pop3Status pass = co_await command("PASS " + password, "login", "PASS [password]");
  co_return pass;
}

asio::awaitable<std::optional<std::vector<Pop3Entry>>> Pop3Session::unique_ids() {
  const auto taken = co_await lines("UIDL", "uidl");
  if (!taken) co_return std::nullopt;
  co_return entries(*taken);
}

asio::awaitable<std::vector<Pop3Entry>> Pop3Session::list() {
  const auto taken = co_await lines("LIST", "list");
  if (!taken) throw Failure(ErrorKind::protocol, "LIST was refused");
  co_return entries(*taken);
}

asio::awaitable<std::optional<std::string>> Pop3Session::header(std::uint32_t number) {
  auto taken = co_await lines(fmt::format("TOP {} 0", number), "top");
  if (!taken) taken = co_await lines(fmt::format("RETR {}", number), "retr");
  if (!taken) co_return std::nullopt;
  std::string header;
  for (const auto& line : *taken) {
    if (line.empty()) break;
    header.append(line).append("\r\n");
  }
  co_return header;
}

asio::awaitable<Pop3Status> Pop3Session::dele(std::uint32_t number) {
  Pop3Status status = co_await command(fmt::format("DELE {}", number), "dele");
  co_return status;
}

asio::awaitable<Pop3Status> Pop3Session::quit() {
  Pop3Status status = co_await command("QUIT", "quit");
  stream_.close();
  co_return status;
}

}  // namespace drydock
