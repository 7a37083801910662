#include "probes/tls/starttls.hpp"

#include <fmt/format.h>

#include <array>

#include "probes/client/ftp_control.hpp"
#include "probes/client/imap_client.hpp"
#include "probes/client/pop3_client.hpp"
#include "probes/client/smtp_client.hpp"
#include "probes/client/smtp_reply.hpp"
#include "probes/codec/not_now.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

using Asking = asio::awaitable<net::Stream>;

/// `did`: greeted, or what was answered. `right`: what would have been.
[[noreturn]] void refuse(bool for_now, std::string_view did, std::string_view said, std::string_view right) {
  throw Failure(for_now ? ErrorKind::temporary : ErrorKind::protocol,
                fmt::format("the server {} with \"{}\"; {} would be right", did, said, right));
}

/// `puts_off`: whether a refusal is about this client, or for now, and not about TLS.
void want(const Reply& reply, int code, bool (*puts_off)(const Reply&), std::string_view did) {
  if (reply.code != code) refuse(puts_off(reply), did, reply.text(), std::to_string(code));
}

bool smtp_puts_off(const Reply& reply) {
  return reply.temporary() || asks_to_wait(reply) || is_about_prober(reply);
}

void want_ok(const Pop3Status& status, std::string_view did) {
  if (!status.ok) refuse(puts_off(status), did, refusal(status), "+OK");
}

/// A BYE says "not now".
void want_no_bye(const Answer& answer) {
  if (answer.is("BYE")) throw Failure(ErrorKind::temporary, fmt::format("the server said \"* {}\"", answer.text()));
}

Asking ask_smtp(const ProbeContext& context, net::Stream stream, Observation& out) {
  std::string name = ehlo_name(context.subject.surroundings.vantage, stream.local().ip);
  SmtpClient client(std::move(stream), context, std::move(name), Trace(out));
  co_await client.greet();
  want(client.greeting(), 220, smtp_puts_off, "answered the connection");
  const Reply hello = co_await client.ehlo();
  want(hello, 250, smtp_puts_off, "answered EHLO");
  out.stage = "starttls";
  if (!client.capabilities().has("STARTTLS")) throw Failure(ErrorKind::protocol, "the server does not offer STARTTLS");
  const Reply reply = co_await client.ask_for_tls();
  want(reply, 220, puts_starttls_off, "answered STARTTLS");
  co_return std::move(client.stream());
}

Asking ask_ftp(const ProbeContext&, net::Stream stream, Observation& out) {
  FtpControl client(std::move(stream));
  out.stage = "banner";
  const Reply greeting = co_await client.greet();
  want(greeting, 220, ftp_turns_away, "answered the connection");
  out.stage = "starttls";
  const Reply reply = co_await client.ask_for_tls();
  want(reply, 234, ftp_puts_tls_off, "answered AUTH TLS");
  co_return std::move(client.stream());
}

Asking ask_imap(const ProbeContext& context, net::Stream stream, Observation& out) {
  std::string stage;
  ImapClient client(std::move(stream), context.subject, Trace(out, stage), "a");
  out.stage = "banner";
  co_await client.greet();
  want_no_bye(client.greeting());
  if (!client.greeting().is("OK")) refuse(false, "greeted", "* " + client.greeting().text(), "\"* OK\"");
  out.stage = "starttls";
  const ImapReply reply = co_await client.ask_for_tls();
  want_no_bye(reply.answer());
  if (!reply.ok())
    refuse(puts_off(reply.answer()), "answered STARTTLS", fmt::format("{} {}", reply.last.tag, reply.text()), "OK");
  co_return std::move(client.stream());
}

Asking ask_pop3(const ProbeContext& context, net::Stream stream, Observation& out) {
  std::string stage;
  Pop3Client client(std::move(stream), context.subject, Trace(out, stage));
  out.stage = "banner";
  const Pop3Status greeting = co_await client.greet();
  want_ok(greeting, "greeted");
  out.stage = "starttls";
  const Pop3Status reply = co_await client.ask_for_tls();
  want_ok(reply, "answered STLS");
  co_return std::move(client.stream());
}

struct Protocol {
  std::string_view name;
  Asking (*ask)(const ProbeContext&, net::Stream, Observation&);
};
constexpr std::array kProtocols = {Protocol{"smtp", ask_smtp}, Protocol{"imap", ask_imap}, Protocol{"pop3", ask_pop3},
                                   Protocol{"ftp", ask_ftp}};

}  // namespace

bool puts_off_in_clear(const std::string& line) {
  const std::optional<Reply> reply = reply_of_line(line);
  return reply ? smtp_puts_off(*reply) || ftp_turns_away(*reply) : speaks_of_not_now(line);
}

Asking dial_up_to_tls(const ProbeContext& context, Endpoint to, std::string_view protocol, Observation& out) {
  net::Stream stream = co_await net::Stream::dial(context, std::move(to), out);
  for (const Protocol& known : kProtocols)
    if (known.name == protocol) stream = co_await known.ask(context, std::move(stream), out);
  co_return stream;
}

}  // namespace drydock
