#include "probes/client/pop3_client.hpp"

#include <fmt/format.h>

#include "probes/codec/not_now.hpp"
#include "probes/core/text.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr std::size_t kMostEntries = 100'000;  ///< messages of one mailbox
constexpr std::size_t kMostEntryOctets = 4 * 1024 * 1024;
constexpr std::size_t kShownLine = 100;  ///< octets of a line that can't be read

}  // namespace

std::string refusal(const Pop3Status& status) {
  return fmt::format("-ERR{}{}", status.code.empty() ? "" : fmt::format(" [{}]", printable(clip(status.code, 100))),
                     status.text.empty() ? "" : " " + printable(clip(status.text, 500)));
}

bool tells_of_too_many(const Pop3Status& status) {
  return !status.ok && speaks_of_too_many(status.text);
}

bool puts_off(const Pop3Status& status) {
  return !status.ok && (status.code == "SYS/TEMP" || status.code == "IN-USE" || speaks_of_not_now(status.text));
}

Pop3Client::Pop3Client(net::Stream stream, const Subject& subject, Trace trace)
    : stream_(std::move(stream)), options_(net::tls_options(subject)), trace_(trace) {}

asio::awaitable<Pop3Client> Pop3Client::open_ready(const ProbeContext& context, Endpoint to, TlsMode tls,
                                                   Observation& out) {
  net::Stream stream = co_await net::Stream::dial(context, std::move(to), out);
  Pop3Client session(std::move(stream), context.subject, Trace(out));
  if (tls == TlsMode::implicit) co_await session.handshake();
  const Pop3Status greeting = co_await session.greet();
  if (!greeting.ok)
    throw Failure(puts_off(greeting) ? ErrorKind::temporary : ErrorKind::protocol,
                  fmt::format("greeted with \"{}\"", refusal(greeting)));
  if (tls != TlsMode::starttls) co_return session;
  const Pop3Status begin = co_await session.ask_for_tls();
  if (!begin.ok)
    throw Failure(puts_off(begin) ? ErrorKind::temporary : ErrorKind::protocol,
                  fmt::format("STLS was refused with \"{}\"", refusal(begin)));
  co_await session.handshake();
  co_return session;
}

asio::awaitable<Pop3Status> Pop3Client::greet() {
  trace_.reach("greeting");
  Pop3Status greeting = co_await receive();
  co_return greeting;
}

asio::awaitable<Pop3Status> Pop3Client::ask_for_tls() {
  Pop3Status status = co_await command("STLS", "stls");
  co_return status;
}

asio::awaitable<void> Pop3Client::handshake() {
  trace_.reach("tls");
  tls_ = co_await stream_.start_tls(options_);
}

asio::awaitable<Pop3Status> Pop3Client::receive() {
  const std::string line = co_await stream_.read_line();
  auto status = parse_pop3_status(line);
  if (!status)
    throw Failure(status.error().kind,
                  fmt::format("{}: \"{}\"", status.error().message, printable(clip(line, kShownLine))));
  co_return std::move(*status);
}

asio::awaitable<Pop3Status> Pop3Client::command(std::string line, std::string stage, std::optional<std::string> shown) {
  trace_.reach(stage);
  co_await stream_.write_line(line, std::move(shown));
  Pop3Status status = co_await receive();
  co_return status;
}

asio::awaitable<Pop3Status> Pop3Client::lines(std::string line, std::string stage, const Taker& take) {
  Pop3Status status = co_await command(std::move(line), std::move(stage));
  if (!status.ok) co_return status;
  for (;;) {
    const std::string next = co_await stream_.read_line();
    const auto content = pop3_line(next);
    if (!content) co_return status;
    take(*content);
  }
}

asio::awaitable<std::optional<std::vector<Pop3Entry>>> Pop3Client::entries(std::string command) {
  std::vector<Pop3Entry> result;
  std::size_t octets = 0;
  const Taker take = [&](std::string_view line) {
    auto entry = parse_pop3_entry(line);
    if (!entry)
      throw Failure(ErrorKind::protocol,
                    fmt::format("can't read {}: \"{}\"", command, printable(clip(line, kShownLine))));
    octets += entry->value.size();
    if (result.size() >= kMostEntries || octets > kMostEntryOctets)
      throw Failure(ErrorKind::local, fmt::format("{} names more messages than are kept: {}", command, result.size()));
    result.push_back(std::move(*entry));
  };
  const Pop3Status taken = co_await lines(command, ascii_lower(command), take);
  if (!taken.ok) co_return std::nullopt;
  co_return result;
}

asio::awaitable<Pop3Status> Pop3Client::login(std::string login, std::string password, net::PasswordIs is) {
  net::demand_proof(is, tls_, options_.server_name);
  net::demand_one_line("POP3", login, password);
  const Pop3Status user = co_await command("USER " + login, "login");
  if (!user.ok) co_return user;
  Pop3Status pass = co_await command("PASS " + password, "login", "PASS [password]");
  co_return pass;
}

asio::awaitable<std::optional<std::vector<Pop3Entry>>> Pop3Client::unique_ids() {
  auto ids = co_await entries("UIDL");
  co_return ids;
}

asio::awaitable<std::vector<Pop3Entry>> Pop3Client::list() {
  auto sizes = co_await entries("LIST");
  if (!sizes) throw Failure(ErrorKind::protocol, "LIST was refused");
  co_return std::move(*sizes);
}

asio::awaitable<Pop3Retrieval> Pop3Client::header(std::uint32_t number) {
  Pop3Header header;
  const Taker take = [&](std::string_view line) { header.take(line); };
  Pop3Status taken = co_await lines(fmt::format("TOP {} 0", number), "top", take);
  if (!taken.ok) taken = co_await lines(fmt::format("RETR {}", number), "retr", take);
  if (!taken.ok) co_return Pop3Retrieval{.header = std::nullopt, .refused = std::move(taken)};
  co_return Pop3Retrieval{.header = std::move(header), .refused = {}};
}

asio::awaitable<Pop3Status> Pop3Client::dele(std::uint32_t number) {
  Pop3Status status = co_await command(fmt::format("DELE {}", number), "dele");
  co_return status;
}

asio::awaitable<Pop3Status> Pop3Client::quit() {
  Pop3Status status = co_await command("QUIT", "quit");
  stream_.close();
  co_return status;
}

}  // namespace drydock
