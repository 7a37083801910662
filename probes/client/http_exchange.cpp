#include "probes/client/http_exchange.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <strings.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <functional>

#include "probes/codec/http_head.hpp"
#include "probes/core/text.hpp"
#include "probes/net/connect_tcp.hpp"
#include "probes/net/curl_handle.hpp"
#include "probes/net/curl_multi.hpp"
#include "probes/net/password.hpp"
#include "probes/net/tls_session.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr std::size_t kMaxHeaders = 256 * 1024;
/// What may come around a body: lengths and extensions of chunks, blocks of a coding that hold nothing. A page that is
/// sent octet by octet takes 6 for each.
constexpr std::size_t kMaxAround = 1024 * 1024;
constexpr std::size_t kMaxAroundEach = 8;

/// Turns what libcurl hands over into the answer.
class Exchange : public net::CurlListener {
public:
  /// `hang_up` ends the connection.
  Exchange(const HttpRequest& request, HttpAnswer& answer, Observation& out, std::function<void()> hang_up)
      : request_(request), answer_(answer), out_(out), hang_up_(std::move(hang_up)) {}

  void sent(std::string_view head) override {
    out_.stage = "request";
    while (!head.empty()) {
      const std::size_t end = head.find('\n');
      const std::string_view line = trimmed(head.substr(0, end));
      if (!line.empty()) out_.transcript.sent(shown(line));
      if (line == "Cookie:") give_up_on_cookies();
      if (end == std::string_view::npos) break;
      head.remove_prefix(end + 1);
    }
  }

  bool received(std::string_view raw) override {
    header_octets_ += raw.size();
    if (header_octets_ > kMaxHeaders) return false;
    if (!in_body_) head_line(raw);
    return !problem_;
  }

  void came(std::size_t octets) override {
    raw_octets_ += octets;
    if (problem_ || raw_octets_ <= kMaxAround + kMaxAroundEach * answer_.body.size()) return;
    problem_ = Error{ErrorKind::protocol,
                     fmt::format("the peer sent {} octets for {} of the body", raw_octets_, answer_.body.size())};
    hang_up_();
  }

  bool body(std::string_view octets) override {
    in_body_ = true;
    out_.stage = "body";
    const std::size_t room = request_.keep - answer_.body.size();
    answer_.body.append(octets.substr(0, room));
    answer_.clipped = answer_.clipped || octets.size() > room;
    return !answer_.clipped;
  }

  void tls_began() override {
    if (!answer_.tls) out_.stage = "tls";
  }

  void tls_done(const ssl_st* session) override {
    if (answer_.tls) return;
    try {
      answer_.tls = net::describe_session(session, request_.tls, WallTime::clock::now());
    } catch (const Failure& failure) {
      problem_ = Error{failure.kind(), failure.what()};
    }
  }

  /// Asked once the connection is made, before the request is sent on it.
  bool may_ask() {
    if (request_.secret_headers.empty() || problem_) return !problem_;
    const std::string why = net::why_no_password(answer_.tls ? &*answer_.tls : nullptr, request_.tls.server_name);
    if (!why.empty())
      problem_ = Error{ErrorKind::credential, fmt::format("the scenario's {} was not sent: {}",
                                                          fmt::join(request_.secret_headers, ", "), why)};
    return why.empty();
  }

  [[nodiscard]] bool too_many_headers() const { return header_octets_ > kMaxHeaders; }
  [[nodiscard]] const std::optional<Error>& problem() const { return problem_; }

private:
  /// A line of the request as the transcript keeps it.
  [[nodiscard]] std::string shown(std::string_view line) const {
    const std::string_view name = line.substr(0, line.find(':'));
    const auto is_name = [&](std::string_view secret) { return ascii_lower(secret) == ascii_lower(name); };
    if (std::ranges::none_of(request_.secret_headers, is_name)) return std::string(line);
    return fmt::format("{}: ********", name);
  }

  /// libcurl 7.88 leaves a request without its end where what stands before the first cookie is longer than 8190
  /// octets with it.
  void give_up_on_cookies() {
    problem_ = Error{ErrorKind::local, "the request is too long to be sent with its cookies"};
    hang_up_();
  }

  void head_line(std::string_view raw) {
    const std::string_view line = trimmed(raw);
    out_.stage = "answer";
    if (!line.empty()) out_.transcript.received(line);
    const bool ended = head_.take(raw);
    if (head_.wrong_length())
      problem_ = Error{ErrorKind::protocol, fmt::format("the answer's Content-Length is no length: {}",
                                                        printable(clip(*head_.wrong_length(), 60)))};
    if (!ended) return;
    answer_.status = head_.status();
    answer_.version = head_.version();
    answer_.reason = head_.reason();
    answer_.headers = head_.fields();
  }

  const HttpRequest& request_;
  HttpAnswer& answer_;
  Observation& out_;
  std::function<void()> hang_up_;
  std::size_t header_octets_ = 0;
  std::size_t raw_octets_ = 0;  ///< of the body
  HttpHead head_;               ///< that is coming
  bool in_body_ = false;
  std::optional<Error> problem_;
};

struct HeaderList {
  curl_slist* list = nullptr;
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { curl_slist_free_all(list); }
};

void prepare(CURL* easy, const HttpRequest& request, HeaderList& headers) {
  net::set_option(easy, CURLOPT_URL, request.url.c_str());
  net::set_option(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  net::set_option(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  net::set_option(easy, CURLOPT_USERAGENT, "drydock/" DRYDOCK_VERSION);
  if (request.method == "HEAD") {
    net::set_option(easy, CURLOPT_NOBODY, 1L);
  } else if (request.method == "POST") {
    net::set_option(easy, CURLOPT_POSTFIELDSIZE, 0L);
    net::set_option(easy, CURLOPT_POSTFIELDS, "");
  } else if (request.method != "GET") {
    net::set_option(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  for (const auto& [name, value] : request.headers) {
    // A Cookie field of the scenario and the jar's cookies go out as one field.
    if (request.jar && ascii_lower(name) == "cookie") {
      net::set_option(easy, CURLOPT_COOKIE, value.c_str());
      continue;
    }
    headers.list = curl_slist_append(
        headers.list, value.empty() ? fmt::format("{};", name).c_str() : fmt::format("{}: {}", name, value).c_str());
  }
  net::set_option(easy, CURLOPT_HTTPHEADER, headers.list);
  // Nothing but the body itself is asked for; where a server codes it all the same (RFC 9110 §12.5.3), it is decoded.
  net::set_option(easy, CURLOPT_ACCEPT_ENCODING, "identity");
  if (!request.jar) return;
  net::set_option(easy, CURLOPT_COOKIEFILE, "");
  for (const std::string& cookie : request.jar->cookies) net::set_option(easy, CURLOPT_COOKIELIST, cookie.c_str());
}

/// The request is made only where `exchange` says that it may be.
void guard(CURL* easy, Exchange& exchange) {
  curl_prereq_callback ask = [](void* self, char*, char*, int, int) -> int {
    return static_cast<Exchange*>(self)->may_ask() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
  };
  net::set_option(easy, CURLOPT_PREREQDATA, &exchange);
  net::set_option(easy, CURLOPT_PREREQFUNCTION, ask);
}

/// Takes the cookies that the handle has now: those it was given and those that came.
void collect(CURL* easy, CookieJar& jar) {
  curl_slist* list = nullptr;
  if (curl_easy_getinfo(easy, CURLINFO_COOKIELIST, &list) != CURLE_OK) return;
  jar.cookies.clear();
  for (const curl_slist* one = list; one; one = one->next) jar.cookies.emplace_back(one->data);
  curl_slist_free_all(list);
}

/// The first content coding of the answer that this libcurl can't decode; empty where it can decode all.
std::string unknown_coding(const HttpAnswer& answer) {
  const std::string* field = answer.header("content-encoding");
  const auto features = static_cast<unsigned>(curl_version_info(CURLVERSION_NOW)->features);
  const auto known = [features](std::string_view coding) {
    if (coding == "br") return (features & CURL_VERSION_BROTLI) != 0;
    if (coding == "zstd") return (features & CURL_VERSION_ZSTD) != 0;
    return coding == "gzip" || coding == "x-gzip" || coding == "deflate" || coding == "identity" || coding.empty();
  };
  for (std::string_view rest = field ? *field : std::string_view(); !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string coding = ascii_lower(trimmed(rest.substr(0, comma)));
    if (!known(coding)) return coding;
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return {};
}

/// A connected socket that libcurl can take: detached from the event loop, still non-blocking.
asio::awaitable<int> connect(const ProbeContext& context, const Endpoint& to, Observation& out) {
  out.stage = "connect";
  out.address = to.text();
  try {
    auto socket = co_await net::connect_tcp(context.subject.surroundings.vantage.dials_from(to.ip), to);
    if (context.answered) context.answered->insert(to.ip);
    const auto local = socket.local_endpoint();
    const Endpoint from{local.address().to_string(), local.port()};
    out.transcript.note(fmt::format("connected to {} from {}", to.text(), from.text()));
    co_return socket.release();
  } catch (const Failure& failure) {
    if (failure.kind() == ErrorKind::refused && context.answered) context.answered->insert(to.ip);
    throw;
  }
}

}  // namespace

const std::string* HttpAnswer::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return &value;
  return nullptr;
}

std::string CookieJar::contents() const {
  constexpr int kExpiry = 4;
  std::vector<std::string> kept;
  for (const std::string& cookie : cookies) {
    std::string without;
    std::size_t from = 0;
    for (int field = 0; from <= cookie.size(); ++field) {
      const std::size_t end = std::min(cookie.find('\t', from), cookie.size());
      if (field != kExpiry) without += cookie.substr(from, end - from) + '\t';
      from = end + 1;
    }
    kept.push_back(std::move(without));
  }
  std::sort(kept.begin(), kept.end());
  std::string all;
  for (const std::string& cookie : kept) all += cookie + '\n';
  return all;
}

asio::awaitable<void> http_exchange(const ProbeContext& context, const HttpRequest& request, HttpAnswer& answer,
                                    Observation& out) {
  const auto executor = co_await asio::this_coro::executor;
  net::CurlHandle* made = nullptr;
  Exchange exchange(request, answer, out, [&made] { made->hang_up(); });
  HeaderList headers;
  net::CurlHandle handle(exchange, request.to, context.subject.surroundings.vantage.dials_from(request.to.ip));
  made = &handle;
  handle.speak_from(request.tls.minimum_version);
  prepare(handle.get(), request, headers);
  guard(handle.get(), exchange);
  const int socket = co_await connect(context, request.to, out);
  handle.adopt(socket);
  net::CurlMulti multi(executor);
  const int result = co_await multi.run(handle.get());
  if (request.jar) collect(handle.get(), *request.jar);
  if (exchange.problem()) throw Failure(exchange.problem()->kind, exchange.problem()->message);
  if (exchange.too_many_headers())
    throw Failure(
        ErrorKind::local,
        fmt::format("the peer sent more than {} octets of header fields; drydock takes no more", kMaxHeaders));
  answer.complete = result == CURLE_OK || answer.clipped;
  if (answer.complete && answer.status == 0)
    throw Failure(ErrorKind::closed, "the peer closed the connection before the head of its answer was whole");
  if (result == CURLE_BAD_CONTENT_ENCODING)
    if (const std::string coding = unknown_coding(answer); !coding.empty())
      throw Failure(ErrorKind::local,
                    fmt::format("the body is coded as {}, which drydock can't decode", printable(coding)));
  if (!answer.complete) {
    const Error error = handle.explain(result, out.stage == "body" ? "the body was coming" : "an answer was awaited");
    throw Failure(error.kind, error.message);
  }
  if (!answer.body.empty())
    out.transcript.note(fmt::format("body: {} octets{}", answer.body.size(), answer.clipped ? ", clipped there" : ""));
  out.stage = "done";
}

}  // namespace drydock
