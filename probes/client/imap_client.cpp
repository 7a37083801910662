#include "probes/client/imap_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "probes/codec/not_now.hpp"
#include "probes/codec/sasl.hpp"
#include "probes/core/text.hpp"
#include "probes/net/deadline.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr std::size_t kMostKept = 8 * 1024 * 1024;  ///< octets that the reply to one command may cost
constexpr std::uint64_t kPiece = 16 * 1024;         ///< octets of a literal that are read at once
constexpr Duration kPatienceAfterBye{3000};         ///< for the end of a connection that the server says it ends
constexpr std::size_t kShownLine = 100;             ///< octets of a line that is no response
constexpr std::string_view kPasswordShown = "[password]";

/// What a kept response costs in memory, about.
std::size_t cost_of(const ImapValue& value) {
  std::size_t cost = sizeof value + value.text.size();
  for (const auto& item : value.items) cost += cost_of(item);
  return cost;
}
std::size_t cost_of(const ImapResponse& response) {
  std::size_t cost = sizeof response + response.code.size() + response.text.size() + response.found.size() * 4;
  for (const auto& value : response.values) cost += cost_of(value);
  return cost;
}

/// Throws where the server ends the connection because it has too many.
void demand_place(const Answer& answer) {
  if (tells_of_too_many(answer))
    throw Failure(ErrorKind::temporary, fmt::format("the server turned this connection away: \"{}\"", answer.text()));
}

void demand_greeting(const Answer& greeting) {
  if (!greeting.is("OK"))
    throw Failure(puts_off(greeting) ? ErrorKind::temporary : ErrorKind::protocol,
                  fmt::format("greeted with \"{}\"", greeting.text()));
}

asio::awaitable<void> read_into(asio::awaitable<ImapResponse> reading, std::optional<ImapResponse>& response) {
  response = co_await std::move(reading);
}

}  // namespace

Answer answer_of(const ImapResponse& response) {
  return {.status = response.status,
          .code = clip(response.code, Answer::kMostWords),
          .words = clip(response.text, Answer::kMostWords),
          .trouble = std::nullopt};
}

bool tells_of_too_many(const Answer& answer) {
  if (!answer.is("BYE") && !answer.is("NO")) return false;
  return answer.code_name() == "LIMIT" || speaks_of_too_many(answer.words);
}

bool tells_not_now(const Answer& answer) {
  const std::string code = answer.code_name();
  return tells_of_too_many(answer) || (answer.is("NO") && (code == "UNAVAILABLE" || code == "INUSE"));
}

Failure starttls_refused(const Answer& answer) {
  return {puts_off(answer) ? ErrorKind::temporary : ErrorKind::protocol,
          fmt::format("STARTTLS was refused with \"{}\"", answer.text())};
}

bool puts_off(const Answer& answer) {
  if (!answer.is("BYE") && !answer.is("NO")) return false;
  return tells_not_now(answer) || answer.code_name() == "UNAVAILABLE" || speaks_of_not_now(answer.words);
}

Answer ImapReply::answer() const {
  return answer_of(last);
}

const ImapResponse* ImapReply::with_code(std::string_view name) const {
  for (const auto& response : data)
    if (code_name(response) == name) return &response;
  return code_name(last) == name ? &last : nullptr;
}

bool has_capability(const std::vector<std::string>& capabilities, std::string_view name) {
  return std::any_of(capabilities.begin(), capabilities.end(),
                     [wanted = ascii_lower(name)](const std::string& word) { return ascii_lower(word) == wanted; });
}

ImapClient::ImapClient(net::Stream stream, const Subject& subject, Trace trace, std::string tags)
    : stream_(std::move(stream)), options_(net::tls_options(subject)), trace_(trace), tags_(std::move(tags)) {}

bool ImapClient::has(std::string_view capability) const {
  return has_capability(capabilities_, capability);
}

std::string ImapClient::next_tag() {
  ++commands_;
  return last_tag();
}

std::string ImapClient::last_tag() const {
  return fmt::format("{}{}", tags_, commands_);
}

void ImapClient::learn(const ImapResponse& response) {
  if (auto words = capabilities_of(response)) capabilities_ = std::move(*words);
  if (response.name == "EXPUNGE" && messages_ > 0) --messages_;
  if (response.name != "EXISTS") return;
  const std::uint32_t now = response.number.value_or(0);
  has_news_ = has_news_ || now > messages_;
  messages_ = now;
}

asio::awaitable<ImapClient> ImapClient::dial(const ProbeContext& context, Endpoint to, TlsMode tls, Observation& out) {
  net::Stream stream = co_await net::Stream::dial(context, std::move(to), out);
  ImapClient session(std::move(stream), context.subject, Trace(out));
  if (tls == TlsMode::implicit) co_await session.handshake();
  co_return session;
}

asio::awaitable<void> ImapClient::greet() {
  trace_.reach("greeting");
  reader_.want({});
  const ImapResponse greeting = co_await receive();
  if (greeting.kind != ImapResponse::Kind::untagged || greeting.status.empty())
    throw Failure(ErrorKind::protocol, "the first line is no IMAP greeting");
  greeting_ = answer_of(greeting);
  learn(greeting);
}

asio::awaitable<ImapClient> ImapClient::open_ready(const ProbeContext& context, Endpoint to, TlsMode tls,
                                                   Observation& out) {
  ImapClient session = co_await dial(context, std::move(to), tls, out);
  co_await session.greet();
  demand_greeting(session.greeting_);
  if (tls != TlsMode::starttls) co_return session;
  const ImapReply offered = co_await session.ask_capabilities();
  out.stage = "starttls";
  if (!offered.ok() || !session.has("STARTTLS")) throw Failure(ErrorKind::protocol, "STARTTLS is not offered");
  const ImapReply reply = co_await session.start_tls();
  if (!reply.ok()) throw starttls_refused(reply.answer());
  co_return session;
}

asio::awaitable<void> ImapClient::handshake() {
  trace_.reach("tls");
  tls_ = co_await stream_.start_tls(options_);
  reader_ = ImapResponseReader();
  capabilities_.clear();
}

asio::awaitable<ImapResponse> ImapClient::receive() {
  for (;;) {
    if (const auto wanted = reader_.wanted_literal()) {
      co_await take_literal(*wanted);
      continue;
    }
    const std::string line = co_await stream_.read_line(ImapLimits{}.line);
    auto response = reader_.take_line(line);
    if (!response)
      throw Failure(response.error().kind,
                    fmt::format("{}: \"{}\"", response.error().message, printable(clip(line, kShownLine))));
    if (*response) co_return std::move(**response);
  }
}

asio::awaitable<void> ImapClient::take_literal(std::uint64_t wanted) {
  const std::string octets = co_await stream_.read_exactly(static_cast<std::size_t>(std::min(wanted, kPiece)));
  const auto taken = reader_.take_literal(octets);
  if (!taken) throw Failure(taken.error().kind, taken.error().message);
}

/// Status responses and wanted data; the rest is nobody's.
void ImapClient::keep(ImapReply& reply, ImapResponse response) {
  if (response.status.empty() && !reader_.wants(response)) return;
  kept_ += cost_of(response);
  if (kept_ > kMostKept)
    throw Failure(ErrorKind::protocol, fmt::format("the answer to one command takes more than {} octets", kMostKept));
  reply.data.push_back(std::move(response));
}

/// Reads up to the tagged response, or up to a continuation where one may come. A BYE and then the end of the
/// connection stand for it.
asio::awaitable<ImapReply> ImapClient::finish(std::string tag, bool may_continue) {
  ImapReply reply;
  std::optional<ImapResponse> bye;
  for (;;) {
    std::optional<ImapResponse> response;
    try {
      if (bye)
        co_await net::with_deadline(Clock::now() + kPatienceAfterBye, read_into(receive(), response));
      else
        response = co_await receive();
    } catch (const Failure&) {
      if (!bye) throw;
    }
    if (!response) {
      demand_place(answer_of(*bye));
      reply.last = std::move(*bye);
      co_return reply;
    }
    learn(*response);
    if (response->kind == ImapResponse::Kind::tagged ||
        (may_continue && response->kind == ImapResponse::Kind::continuation)) {
      if (response->kind == ImapResponse::Kind::tagged && response->tag != tag)
        throw Failure(ErrorKind::protocol, fmt::format("an answer to the command \"{}\" where \"{}\" was awaited",
                                                       printable(clip(response->tag, 40)), tag));
      reply.last = std::move(*response);
      co_return reply;
    }
    if (response->kind == ImapResponse::Kind::continuation)
      throw Failure(ErrorKind::protocol, "the peer asks for more of a command that is complete");
    if (response->status == "BYE") bye = *response;
    keep(reply, std::move(*response));
  }
}

/// One command of one line, up to its tagged response or, where it may, a continuation.
asio::awaitable<ImapReply> ImapClient::send(std::string line, std::string stage, std::vector<std::string> wanted,
                                            std::optional<std::string> shown, bool may_continue) {
  trace_.reach(stage);
  kept_ = 0;
  wanted.emplace_back("CAPABILITY");
  reader_.want(std::move(wanted));
  const std::string tag = next_tag();
  std::optional<std::string> kept;
  if (shown) kept = tag + " " + *shown;
  const std::string whole = tag + " " + line;
  co_await stream_.write_line(whole, kept);
  ImapReply reply = co_await finish(tag, may_continue);
  co_return reply;
}

asio::awaitable<ImapReply> ImapClient::command(std::string line, std::string stage, std::vector<std::string> wanted,
                                               std::optional<std::string> shown) {
  ImapReply reply = co_await send(std::move(line), std::move(stage), std::move(wanted), std::move(shown), false);
  co_return reply;
}

asio::awaitable<ImapReply> ImapClient::ask_capabilities() {
  ImapReply reply = co_await command("CAPABILITY", "capability");
  co_return reply;
}

asio::awaitable<ImapReply> ImapClient::ask_for_tls() {
  ImapReply reply = co_await command("STARTTLS", "starttls");
  co_return reply;
}

asio::awaitable<ImapReply> ImapClient::start_tls() {
  ImapReply reply = co_await ask_for_tls();
  if (reply.ok()) co_await handshake();
  co_return reply;
}

asio::awaitable<ImapReply> ImapClient::login(std::string login, std::string password, net::PasswordIs is) {
  net::demand_proof(is, tls_, options_.server_name);
  if (!stream_.encrypted()) throw Failure(ErrorKind::local, "no password is sent over a connection without TLS");
  if (capabilities_.empty()) co_await ask_capabilities();
  const bool quotable = imap_quoted(login) && imap_quoted(password);
  const bool authenticate = has("AUTH=PLAIN") && (!quotable || has("LOGINDISABLED"));
  const bool at_once = has("SASL-IR");
  capabilities_.clear();
  if (authenticate) {
    ImapReply reply = co_await authenticate_plain(sasl_plain(login, password), at_once);
    co_return reply;
  }
  ImapReply reply = co_await login_command(std::move(login), std::move(password));
  co_return reply;
}

asio::awaitable<ImapReply> ImapClient::authenticate_plain(std::string response, bool at_once) {
  if (at_once) {
    ImapReply reply = co_await command("AUTHENTICATE PLAIN " + response, "login", {},
                                       fmt::format("AUTHENTICATE PLAIN {}", kPasswordShown));
    co_return reply;
  }
  ImapReply asked = co_await send("AUTHENTICATE PLAIN", "login", {}, std::nullopt, true);
  if (asked.last.kind != ImapResponse::Kind::continuation) co_return asked;
  co_await stream_.write_line(response, std::string(kPasswordShown));
  ImapReply reply = co_await finish(last_tag(), false);
  co_return reply;
}

asio::awaitable<ImapReply> ImapClient::login_command(std::string login, std::string password) {
  trace_.reach("login");
  kept_ = 0;
  reader_.want({"CAPABILITY"});
  const std::string tag = next_tag();
  const std::string start = tag + " LOGIN";
  std::string line = start;
  std::string shown = start;
  const std::array<std::pair<std::string, std::string>, 2> parts{
      {{login, printable(login)}, {password, std::string(kPasswordShown)}}};
  for (const auto& [part, visible] : parts) {
    if (const auto quoted = imap_quoted(part)) {
      line += " " + *quoted;
      shown += " " + visible;
      continue;
    }
    const std::string announced = fmt::format(" {{{}}}", part.size());
    co_await stream_.write_line(line + announced, shown + announced);
    ImapReply asked = co_await finish(tag, true);
    if (asked.last.kind != ImapResponse::Kind::continuation) co_return asked;
    line = part;
    shown = visible;
  }
  co_await stream_.write_line(line, shown);
  ImapReply reply = co_await finish(tag, false);
  co_return reply;
}

asio::awaitable<std::vector<std::uint32_t>> ImapClient::uid_search(std::string criteria) {
  has_news_ = false;
  const ImapReply reply = co_await command("UID SEARCH " + criteria, "search", {"SEARCH"});
  if (!reply.ok()) throw Failure(ErrorKind::protocol, fmt::format("the search was refused with \"{}\"", reply.text()));
  std::vector<std::uint32_t> uids;
  for (const auto& response : reply.data) uids.insert(uids.end(), response.found.begin(), response.found.end());
  std::sort(uids.begin(), uids.end());
  uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
  co_return uids;
}

asio::awaitable<std::optional<ImapHeader>> ImapClient::fetch_header(std::uint32_t uid) {
  ImapReply reply = co_await command(fmt::format("UID FETCH {} (BODY.PEEK[HEADER])", uid), "fetch", {"FETCH"});
  if (!reply.ok()) throw Failure(ErrorKind::protocol, fmt::format("the message was refused with \"{}\"", reply.text()));
  for (auto& response : reply.data) {
    if (response.name != "FETCH" || response.values.empty()) continue;
    auto& items = response.values.front().items;
    bool ours = false;
    ImapValue* header = nullptr;
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
      if (items[i].is("UID") && items[i + 1].text == std::to_string(uid)) ours = true;
      if (items[i].is("BODY[HEADER]") && items[i + 1].kind == ImapValue::Kind::text) header = &items[i + 1];
    }
    if (ours && header) co_return ImapHeader{std::move(header->text), header->dropped};
  }
  co_return std::nullopt;
}

asio::awaitable<void> ImapClient::idle(Deadline until, const Slot* slot) {
  if (has_news_) co_return;
  const ImapReply begun = co_await send("IDLE", "idle", {}, std::nullopt, true);
  if (begun.last.kind != ImapResponse::Kind::continuation)
    throw Failure(ErrorKind::protocol, fmt::format("IDLE was refused with \"{}\"", begun.text()));
  const std::string tag = last_tag();
  while (!has_news_ && Clock::now() < until && !(slot && slot->is_wanted())) {
    std::optional<ImapResponse> told;
    const Deadline pause = slot ? std::min<Deadline>(until, Clock::now() + net::kSlotLookedAt) : until;
    co_await net::with_deadline(pause, read_into(receive(), told));
    if (!told) continue;
    learn(*told);
    if (told->status == "BYE")
      throw Failure(ErrorKind::closed, fmt::format("the server ended the connection: \"{}\"", answer_of(*told).text()));
  }
  co_await stream_.write_line("DONE");
  const ImapReply done = co_await finish(tag, false);
  if (!done.ok()) throw Failure(ErrorKind::protocol, fmt::format("DONE was answered with \"{}\"", done.text()));
}

asio::awaitable<void> ImapClient::logout() {
  trace_.reach("logout");
  try {
    co_await stream_.write_line(next_tag() + " LOGOUT");
  } catch (const Failure&) {
    trace_.note("the peer hung up before LOGOUT");
  }
  stream_.close();
}

}  // namespace drydock
