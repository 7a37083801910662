#include "probes/tls/starttls.hpp"

#include <fmt/format.h>
#include <strings.h>

#include "probes/codec/reply.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr std::size_t kLineLimit = 8192;
constexpr int kMostUntagged = 200;

asio::awaitable<Reply> read_reply(net::Stream& stream, ReplyForm form) {
  ReplyParser parser(form);
  while (!parser.complete()) {
    const std::string line = co_await stream.read_line(kLineLimit);
    const auto added = parser.add_line(line);
    if (!added) throw Failure(added.error().kind, added.error().message);
  }
  co_return parser.take();
}

void want(const Reply& reply, int code, std::string_view to) {
  if (reply.code == code) return;
  const auto kind = reply.temporary() ? ErrorKind::temporary : ErrorKind::protocol;
  throw Failure(kind, fmt::format("the server answered {} with \"{}\"; {} would be right", to, reply.text(), code));
}

asio::awaitable<void> ask_smtp(net::Stream& stream, std::string self, Observation& out) {
  out.stage = "banner";
  const Reply greeting = co_await read_reply(stream, ReplyForm::smtp);
  want(greeting, 220, "the connection");
  out.stage = "ehlo";
  co_await stream.write_line("EHLO " + self);
  const Reply hello = co_await read_reply(stream, ReplyForm::smtp);
  want(hello, 250, "EHLO");
  out.stage = "starttls";
  if (!parse_capabilities(hello).has("STARTTLS"))
    throw Failure(ErrorKind::protocol, "the server does not offer STARTTLS");
  co_await stream.write_line("STARTTLS");
  const Reply reply = co_await read_reply(stream, ReplyForm::smtp);
  want(reply, 220, "STARTTLS");
}

asio::awaitable<void> ask_ftp(net::Stream& stream, Observation& out) {
  out.stage = "banner";
  Reply greeting = co_await read_reply(stream, ReplyForm::ftp);
  // RFC 959 §5.4: 120 announces a delay; the greeting follows.
  if (greeting.code == 120) greeting = co_await read_reply(stream, ReplyForm::ftp);
  want(greeting, 220, "the connection");
  out.stage = "starttls";
  co_await stream.write_line("AUTH TLS");
  const Reply reply = co_await read_reply(stream, ReplyForm::ftp);
  want(reply, 234, "AUTH TLS");
}

bool begins_with(std::string_view line, std::string_view prefix) {
  return line.size() >= prefix.size() && strncasecmp(line.data(), prefix.data(), prefix.size()) == 0;
}

asio::awaitable<void> ask_imap(net::Stream& stream, Observation& out) {
  out.stage = "banner";
  const std::string greeting = co_await stream.read_line(kLineLimit);
  if (begins_with(greeting, "* BYE"))
    throw Failure(ErrorKind::temporary, fmt::format("the server said \"{}\"", printable(greeting)));
  if (!begins_with(greeting, "* OK"))
    throw Failure(ErrorKind::protocol,
                  fmt::format("the server greeted with \"{}\"; \"* OK\" would be right", printable(greeting)));
  out.stage = "starttls";
  co_await stream.write_line("a1 STARTTLS");
  for (int lines = 0; lines < kMostUntagged; ++lines) {
    const std::string line = co_await stream.read_line(kLineLimit);
    if (begins_with(line, "a1 OK")) co_return;
    if (begins_with(line, "* BYE"))
      throw Failure(ErrorKind::temporary, fmt::format("the server said \"{}\"", printable(line)));
    if (begins_with(line, "a1 "))
      throw Failure(ErrorKind::protocol,
                    fmt::format("the server answered STARTTLS with \"{}\"; OK would be right", printable(line)));
  }
  throw Failure(ErrorKind::protocol, "the server sent 200 lines and no answer to STARTTLS");
}

asio::awaitable<void> ask_pop3(net::Stream& stream, Observation& out) {
  out.stage = "banner";
  const std::string greeting = co_await stream.read_line(kLineLimit);
  if (!begins_with(greeting, "+OK"))
    throw Failure(ErrorKind::protocol,
                  fmt::format("the server greeted with \"{}\"; +OK would be right", printable(greeting)));
  out.stage = "starttls";
  co_await stream.write_line("STLS");
  const std::string reply = co_await stream.read_line(kLineLimit);
  if (!begins_with(reply, "+OK"))
    throw Failure(ErrorKind::protocol,
                  fmt::format("the server answered STLS with \"{}\"; +OK would be right", printable(reply)));
}

}  // namespace

asio::awaitable<void> ask_for_tls(net::Stream& stream, std::string_view protocol, std::string self, Observation& out) {
  if (protocol == "smtp") co_await ask_smtp(stream, std::move(self), out);
  if (protocol == "imap") co_await ask_imap(stream, out);
  if (protocol == "pop3") co_await ask_pop3(stream, out);
  if (protocol == "ftp") co_await ask_ftp(stream, out);
}

}  // namespace drydock
