#include "probes/client/smtp_client.hpp"

#include <fmt/format.h>

#include <boost/system/system_error.hpp>
#include <stdexcept>

#include "probes/client/read_reply.hpp"
#include "probes/client/smtp_reply.hpp"
#include "probes/codec/message.hpp"
#include "probes/codec/sasl.hpp"
#include "probes/core/this_machine.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr int kServiceReady = 220;
constexpr int kClosing = 421;
constexpr int kContinue = 334;
constexpr int kStartInput = 354;

/// The vantage's name, else this machine's where it has a domain; else empty.
std::string own_name(const Vantage& vantage) {
  if (!vantage.name.empty()) return vantage.name;
  std::string name = host_name();
  return name.find('.') == std::string::npos ? std::string() : name;
}

/// RFC 5321 §2.3.8: nothing that we send may smuggle a line end.
void require_one_line(std::string_view text) {
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
    throw std::invalid_argument("an SMTP command can't hold a line end or NUL");
}

void demand_open(const Reply& reply) {
  if (reply.code == kClosing) throw ServerEnded(reply, fmt::format("the server ended it: {}", reply.text()));
}

asio::awaitable<void> dial_into(std::optional<net::Stream>& stream, const ProbeContext& context, Endpoint to,
                                Observation& out) {
  stream.emplace(co_await net::Stream::dial(context, std::move(to), out));
}

[[noreturn]] void raise_in_clear(const net::PlainTextAnswer& answer) {
  const std::optional<Reply> reply = reply_of_line(answer.line());
  if (!reply) throw answer;
  if (reply->temporary() || is_about_prober(*reply))
    throw ServerEnded(*reply, fmt::format("the server says in clear: {}", reply->text()));
  const std::string said = fmt::format("the server says {} in clear, where TLS was to begin", reply->text());
  throw Failure(ErrorKind::tls, reply->code == kServiceReady ? said + "; did you mean `tls: starttls`?" : said);
}

}  // namespace

ErrorBudget::ErrorBudget(std::string purpose, int errors)
    : purpose_(std::move(purpose)), left_(std::min(errors, kMost)) {}

Endpoint smtp_endpoint(const Subject& subject, std::int64_t port) {
  return {subject.target.ip, subject.target.port.value_or(static_cast<std::uint16_t>(port))};
}

std::string ehlo_name(const Vantage& vantage, const std::string& local_ip) {
  const std::string name = own_name(vantage);
  if (!name.empty()) return name;
  return local_ip.find(':') == std::string::npos ? fmt::format("[{}]", local_ip) : fmt::format("[IPv6:{}]", local_ip);
}

std::string probe_sender(const Vantage& vantage) {
  const std::string name = own_name(vantage);
  return name.empty() ? std::string() : "probe@" + name;
}

SmtpClient::SmtpClient(net::Stream stream, const ProbeContext& context, std::string name, Trace trace,
                       ErrorBudget budget)
    : stream_(std::move(stream)),
      time_(context),
      options_(net::tls_options(context.subject)),
      ehlo_(std::move(name)),
      trace_(trace),
      budget_(std::move(budget)) {}

asio::awaitable<SmtpClient> SmtpClient::connect(const ProbeContext& context, Endpoint to, TlsMode tls, Observation& out,
                                                ErrorBudget budget) {
  out.transcript.note(fmt::format("connection for {}: at most {} errors", budget.purpose(), budget.left()));
  net::ConnectionTime time(context);
  std::optional<net::Stream> stream;
  co_await time.give(dial_into(stream, context, std::move(to), out), "connection");
  std::string name = ehlo_name(context.subject.surroundings.vantage, stream->local().ip);
  SmtpClient session(std::move(*stream), context, std::move(name), Trace(out), std::move(budget));
  session.time_ = time;
  if (tls == TlsMode::implicit) {
    try {
      net::TlsSession handshake = co_await session.shake_hands();
      session.tls_ = std::move(handshake);
    } catch (const net::PlainTextAnswer& answer) {
      raise_in_clear(answer);
    }
  }
  co_return session;
}

asio::awaitable<void> SmtpClient::greet() {
  trace_.reach("banner");
  awaited_ = "greeting";
  Reply greeting = co_await receive();
  greeting_ = std::move(greeting);
}

asio::awaitable<SmtpClient> SmtpClient::open(const ProbeContext& context, Endpoint to, TlsMode tls, Observation& out,
                                             ErrorBudget budget) {
  SmtpClient session = co_await connect(context, std::move(to), tls, out, std::move(budget));
  co_await session.greet();
  co_return session;
}

asio::awaitable<void> SmtpClient::shake_hands_into(std::optional<net::TlsSession>& session) {
  session = co_await stream_.start_tls(options_);
}

asio::awaitable<net::TlsSession> SmtpClient::shake_hands() {
  trace_.reach("tls");
  std::optional<net::TlsSession> session;
  co_await time_.give(shake_hands_into(session), "TLS handshake");
  co_return std::move(*session);
}

asio::awaitable<SmtpClient> SmtpClient::open_ready(const ProbeContext& context, Endpoint to, TlsMode tls,
                                                   Observation& out, ErrorBudget budget) {
  SmtpClient session = co_await open(context, to, tls, out, std::move(budget));
  co_await session.hello();
  if (tls != TlsMode::starttls || !session.capabilities().has("STARTTLS")) co_return session;
  const StartTlsOutcome outcome = co_await session.start_tls();
  if (!outcome.session) {
    const std::string words = fmt::format("STARTTLS was refused: {}", outcome.reply.text());
    if (outcome.reply.code == kClosing) throw ServerEnded(outcome.reply, words);
    throw Failure(ErrorKind::tls, words);
  }
  co_await session.hello();
  co_return session;
}

asio::awaitable<void> SmtpClient::read_into(Reply& reply) {
  reply = co_await drydock::read_reply(stream_, ReplyForm::smtp);
}

asio::awaitable<Reply> SmtpClient::receive() {
  Reply reply;
  try {
    co_await time_.give(read_into(reply), awaited_);
  } catch (const Failure& failure) {
    if (!is_hang_up(failure) || !last_ || !is_refusal(*last_)) throw;
    throw ServerEnded(*last_, fmt::format("the server hung up after {}", last_->text()));
  }
  if (is_refusal(reply)) budget_.spend();
  last_ = reply;
  co_return reply;
}

asio::awaitable<Reply> SmtpClient::read_reply() {
  Reply reply = co_await receive();
  demand_open(reply);
  co_return reply;
}

/// A command of one line, and whatever the reply is.
asio::awaitable<Reply> SmtpClient::exchange(std::string line, std::string_view stage,
                                            std::optional<std::string> shown) {
  require_one_line(line);
  constexpr std::size_t kShown = 120;
  trace_.reach(stage);
  awaited_ = "reply to " + clip(printable(shown ? *shown : line), kShown);
  co_await stream_.write_line(line, std::move(shown));
  Reply reply = co_await receive();
  co_return reply;
}

asio::awaitable<Reply> SmtpClient::command(std::string line, std::string_view stage, std::optional<std::string> shown) {
  Reply reply = co_await exchange(std::move(line), stage, std::move(shown));
  demand_open(reply);
  co_return reply;
}

asio::awaitable<Reply> SmtpClient::ehlo() {
  Reply reply = co_await exchange("EHLO " + ehlo_, "ehlo");
  capabilities_ = reply.positive() ? parse_capabilities(reply) : Capabilities{};
  co_return reply;
}

asio::awaitable<void> SmtpClient::hello() {
  trace_.reach("banner");
  if (greeting_.temporary() || is_about_prober(greeting_))
    throw ServerEnded(greeting_, fmt::format("greeted by {}", greeting_.text()));
  if (greeting_.code != kServiceReady)
    throw Failure(ErrorKind::protocol, fmt::format("greeted by {}, not by 220", greeting_.text()));
  Reply reply = co_await ehlo();
  demand_open(reply);
  extended_ = !reply.permanent();
  if (!extended_) reply = co_await command("HELO " + ehlo_, "ehlo");
  if (reply.temporary()) throw Failure(ErrorKind::temporary, fmt::format("EHLO got {}", reply.text()));
  if (reply.permanent())
    throw Failure(ErrorKind::local, fmt::format("the name {} of this prober was refused: {}", ehlo_, reply.text()));
  if (!reply.positive()) throw Failure(ErrorKind::protocol, fmt::format("EHLO got {}", reply.text()));
  if (!extended_) capabilities_.name = parse_capabilities(reply).name;
}

asio::awaitable<Reply> SmtpClient::ask_for_tls(std::string_view injected) {
  require_one_line(injected);
  trace_.reach("starttls");
  awaited_ = "reply to STARTTLS";
  const std::string behind = injected.empty() ? std::string() : fmt::format("{}\r\n", injected);
  co_await stream_.write("STARTTLS\r\n" + behind, injected.empty()
                                                      ? "STARTTLS"
                                                      : fmt::format("STARTTLS, and in the same segment: {}", injected));
  Reply reply = co_await receive();
  co_return reply;
}

asio::awaitable<StartTlsOutcome> SmtpClient::start_tls(std::string_view injected) {
  StartTlsOutcome outcome;
  outcome.reply = co_await ask_for_tls(injected);
  if (outcome.reply.code != kServiceReady) co_return outcome;
  outcome.session = co_await shake_hands();
  tls_ = outcome.session;
  capabilities_ = {};
  co_return outcome;
}

asio::awaitable<Reply> SmtpClient::mail(std::string_view from, std::string_view parameters) {
  std::string line = fmt::format("MAIL FROM:<{}>", from);
  if (!parameters.empty()) line += fmt::format(" {}", parameters);
  Reply reply = co_await command(std::move(line), "mail");
  co_return reply;
}

asio::awaitable<Reply> SmtpClient::rcpt(std::string_view to) {
  Reply reply = co_await command(fmt::format("RCPT TO:<{}>", to), "rcpt");
  co_return reply;
}

asio::awaitable<Reply> SmtpClient::rset() {
  Reply reply = co_await command("RSET", "rset");
  co_return reply;
}

asio::awaitable<Reply> SmtpClient::data(std::string_view message) {
  const std::string octets = dot_stuff(message);
  Reply reply = co_await command("DATA", "data");
  if (reply.code != kStartInput) co_return reply;
  trace_.reach("message");
  awaited_ = "reply to the message";
  co_await time_.give(stream_.write(octets, fmt::format("(a message of {} octets, then a dot)", octets.size())),
                      "room for the message");
  reply = co_await read_reply();
  co_return reply;
}

asio::awaitable<Reply> SmtpClient::auth_plain(std::string_view login, std::string_view password, net::PasswordIs is) {
  net::demand_proof(is, tls_, options_.server_name);
  Reply reply = co_await command("AUTH PLAIN " + sasl_plain(login, password), "auth", "AUTH PLAIN ***");
  if (reply.code != kContinue) co_return reply;
  awaited_ = "reply to `*`";
  co_await stream_.write_line("*");
  const Reply cancelled = co_await read_reply();
  (void)cancelled;
  co_return reply;
}

asio::awaitable<Reply> SmtpClient::auth_login(std::string_view login, std::string_view password, net::PasswordIs is) {
  net::demand_proof(is, tls_, options_.server_name);
  const std::string name = sasl_login_answer(login);
  const std::string secret = sasl_login_answer(password);
  Reply reply = co_await command("AUTH LOGIN", "auth");
  if (reply.code != kContinue) co_return reply;
  reply = co_await command(name, "auth", "*** (login)");
  if (reply.code != kContinue) co_return reply;
  reply = co_await command(secret, "auth", "*** (password)");
  co_return reply;
}

asio::awaitable<void> SmtpClient::quit() {
  try {
    co_await stream_.write_line("QUIT");
  } catch (const Failure&) {
    trace_.note("the connection was gone before QUIT");
  }
  stream_.close();
}

}  // namespace drydock
