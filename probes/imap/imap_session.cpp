#include "probes/imap/imap_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "probes/codec/sasl.hpp"
#include "probes/net/deadline.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr std::size_t kMostResponses = 10'000;        ///< untagged responses to one command
constexpr std::size_t kMostOctets = 8 * 1024 * 1024;  ///< received for one command
constexpr Duration kPatienceAfterBye{3000};           ///< for the end of a connection that the server says it ends
constexpr std::string_view kPasswordShown = "[password]";

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

asio::awaitable<void> read_into(asio::awaitable<ImapResponse> reading, std::optional<ImapResponse>& response) {
  response = co_await std::move(reading);
}

}  // namespace

std::string imap_status_text(const ImapResponse& response) {
  std::string text = response.status;
  if (!response.code.empty()) text += fmt::format(" [{}]", response.code);
  if (!response.text.empty()) text += " " + response.text;
  return printable(text);
}

std::string ImapReply::text() const {
  return imap_status_text(last);
}

const ImapResponse* ImapReply::with_code(std::string_view name) const {
  for (const auto& response : data)
    if (code_name(response) == name) return &response;
  return code_name(last) == name ? &last : nullptr;
}

bool has_capability(const std::vector<std::string>& capabilities, std::string_view name) {
  return std::any_of(capabilities.begin(), capabilities.end(),
                     [wanted = lower(name)](const std::string& word) { return lower(word) == wanted; });
}

ImapSession::ImapSession(net::Stream stream, const Subject& subject, Observation& out)
    : stream_(std::move(stream)), options_{.server_name = subject.name, .trust = subject.trust}, out_(&out) {}

bool ImapSession::has(std::string_view capability) const {
  return has_capability(capabilities_, capability);
}

std::string ImapSession::next_tag() {
  return fmt::format("d{}", ++tags_);
}

void ImapSession::learn(const ImapResponse& response) {
  if (auto words = capabilities_of(response)) capabilities_ = std::move(*words);
}

asio::awaitable<ImapSession> ImapSession::open(const ProbeContext& context, Endpoint to, ImapTls tls,
                                               Observation& out) {
  net::Stream stream = co_await net::Stream::dial(context, std::move(to), out);
  ImapSession session(std::move(stream), context.subject, out);
  if (tls == ImapTls::implicit) co_await session.handshake();
  out.stage = "greeting";
  session.greeting_ = co_await session.receive();
  if (session.greeting_.kind != ImapResponse::Kind::untagged || session.greeting_.status.empty())
    throw Failure(ErrorKind::protocol, "the first line is no IMAP greeting");
  session.learn(session.greeting_);
  co_return session;
}

asio::awaitable<ImapSession> ImapSession::open_ready(const ProbeContext& context, Endpoint to, ImapTls tls,
                                                     Observation& out) {
  ImapSession session = co_await open(context, std::move(to), tls, out);
  if (session.greeting_.status != "OK")
    throw Failure(ErrorKind::protocol, fmt::format("greeted with \"{}\"", imap_status_text(session.greeting_)));
  if (tls != ImapTls::starttls) co_return session;
  const ImapReply offered = co_await session.ask_capabilities();
  out.stage = "starttls";
  if (!offered.ok() || !session.has("STARTTLS")) throw Failure(ErrorKind::protocol, "STARTTLS is not offered");
  const ImapReply reply = co_await session.start_tls();
  if (!reply.ok()) throw Failure(ErrorKind::protocol, fmt::format("STARTTLS was refused with \"{}\"", reply.text()));
  co_return session;
}

asio::awaitable<void> ImapSession::handshake() {
  out_->stage = "tls";
  tls_ = co_await stream_.start_tls(options_);
  reader_ = ImapResponseReader();
  capabilities_.clear();
}

asio::awaitable<ImapResponse> ImapSession::receive() {
  for (;;) {
    if (octets_ > kMostOctets)
      throw Failure(ErrorKind::protocol,
                    fmt::format("the peer sent more than {} octets in answer to one command", kMostOctets));
    if (const auto wanted = reader_.wanted_literal()) {
      std::string octets = co_await stream_.read_exactly(*wanted);
      octets_ += octets.size();
      const auto taken = reader_.take_literal(std::move(octets));
      if (!taken) throw Failure(taken.error().kind, taken.error().message);
      continue;
    }
    const std::string line = co_await stream_.read_line(ImapLimits{}.line);
    octets_ += line.size() + 2;
    auto response = reader_.take_line(line);
    if (!response) throw Failure(response.error().kind, response.error().message);
    if (*response) co_return std::move(**response);
  }
}

/// Reads up to the tagged response, or up to a continuation where one may come. A BYE and then the end of the
/// connection stand for it.
asio::awaitable<ImapReply> ImapSession::finish(std::string tag, bool may_continue) {
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
    if (reply.data.size() >= kMostResponses)
      throw Failure(ErrorKind::protocol, fmt::format("more than {} responses to one command", kMostResponses));
    reply.data.push_back(std::move(*response));
  }
}

asio::awaitable<ImapReply> ImapSession::command(std::string line, std::string stage, std::optional<std::string> shown) {
  out_->stage = std::move(stage);
  octets_ = 0;
  const std::string tag = next_tag();
  std::optional<std::string> kept;
  if (shown) kept = tag + " " + *shown;
  const std::string whole = tag + " " + line;
  co_await stream_.write_line(whole, kept);
  ImapReply reply = co_await finish(tag, false);
  co_return reply;
}

asio::awaitable<ImapReply> ImapSession::ask_capabilities() {
  ImapReply reply = co_await command("CAPABILITY", "capability");
  co_return reply;
}

asio::awaitable<ImapReply> ImapSession::start_tls() {
  ImapReply reply = co_await command("STARTTLS", "starttls");
  if (reply.ok()) co_await handshake();
  co_return reply;
}

asio::awaitable<ImapReply> ImapSession::login(std::string login, std::string password, net::PasswordIs is) {
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

asio::awaitable<ImapReply> ImapSession::authenticate_plain(std::string response, bool at_once) {
  if (at_once) {
    ImapReply reply = co_await command("AUTHENTICATE PLAIN " + response, "login",
                                       fmt::format("AUTHENTICATE PLAIN {}", kPasswordShown));
    co_return reply;
  }
  out_->stage = "login";
  octets_ = 0;
  const std::string tag = next_tag();
  co_await stream_.write_line(tag + " AUTHENTICATE PLAIN");
  ImapReply asked = co_await finish(tag, true);
  if (asked.last.kind != ImapResponse::Kind::continuation) co_return asked;
  co_await stream_.write_line(response, std::string(kPasswordShown));
  ImapReply reply = co_await finish(tag, false);
  co_return reply;
}

asio::awaitable<ImapReply> ImapSession::login_command(std::string login, std::string password) {
  out_->stage = "login";
  octets_ = 0;
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

asio::awaitable<std::vector<std::uint32_t>> ImapSession::uid_search(std::string criteria) {
  const ImapReply reply = co_await command("UID SEARCH " + criteria, "search");
  if (!reply.ok()) throw Failure(ErrorKind::protocol, fmt::format("the search was refused with \"{}\"", reply.text()));
  std::vector<std::uint32_t> uids;
  for (const auto& response : reply.data) {
    if (response.name != "SEARCH") continue;
    for (const auto& value : response.values) {
      std::uint32_t uid = 0;
      const char* end = value.text.data() + value.text.size();
      if (const auto read = std::from_chars(value.text.data(), end, uid);
          read.ec == std::errc{} && read.ptr == end && uid > 0)
        uids.push_back(uid);
    }
  }
  std::sort(uids.begin(), uids.end());
  uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
  co_return uids;
}

asio::awaitable<std::optional<std::string>> ImapSession::fetch_header(std::uint32_t uid) {
  const ImapReply reply = co_await command(fmt::format("UID FETCH {} (BODY.PEEK[HEADER])", uid), "fetch");
  if (!reply.ok()) throw Failure(ErrorKind::protocol, fmt::format("the message was refused with \"{}\"", reply.text()));
  for (const auto& response : reply.data) {
    if (response.name != "FETCH" || response.values.empty()) continue;
    const auto& items = response.values.front().items;
    bool ours = false;
    const std::string* header = nullptr;
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
      if (items[i].is("UID") && items[i + 1].text == std::to_string(uid)) ours = true;
      if (items[i].is("BODY[HEADER]") && items[i + 1].kind == ImapValue::Kind::text) header = &items[i + 1].text;
    }
    if (ours && header) co_return *header;
  }
  co_return std::nullopt;
}

asio::awaitable<void> ImapSession::logout() {
  out_->stage = "logout";
  try {
    co_await stream_.write_line(next_tag() + " LOGOUT");
  } catch (const Failure&) {
    out_->transcript.note("the peer hung up before LOGOUT");
  }
  stream_.close();
}

}  // namespace drydock
