#include <fmt/format.h>

#include <set>

#include "probes/client/http_exchange.hpp"
#include "probes/facet/certificate.hpp"
#include "probes/http/facts.hpp"
#include "probes/http/rules.hpp"
#include "probes/http/type.hpp"
#include "probes/net/connection_time.hpp"

namespace drydock::http {
namespace asio = boost::asio;

namespace {

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool follows(const std::string& method) {
  return method == "GET" || method == "HEAD";
}

WebLink link_of(const net::Url& from, const std::string& location) {
  const auto target = net::resolve_url(from, location);
  return {location, target ? target->text : ""};
}

/// One probe's requests: the first, and those that its redirects ask for.
class Visit {
public:
  Visit(const ProbeContext& context, Observation& out, Target first)
      : subject_(context.subject), context_(context), out_(out), first_(std::move(first)), at_(first_.url) {}

  asio::awaitable<void> run();

private:
  [[nodiscard]] Endpoint endpoint_of(const net::Url& url) const { return endpoint_for(url, first_, subject_); }
  [[nodiscard]] HttpRequest request(const net::Url& url);
  asio::awaitable<void> exchange(const net::Url& url);
  asio::awaitable<void> ask_first();
  asio::awaitable<void> follow();
  asio::awaitable<bool> fetch(const net::Url& url);
  void record_first();
  void record_hop();
  void record_tls(const net::Url& url);
  void record_end();
  [[nodiscard]] RedirectEnd where_to(const net::Url* next);
  [[nodiscard]] bool is_ours(const net::Url& url) const;
  [[nodiscard]] std::string key(const net::Url& url) const { return url.text + '\n' + jar_.contents(); }
  /// False where the answer's lack of a body says nothing of the page.
  [[nodiscard]] bool shows_page() const { return brings_page(method_, answer_.status); }
  [[nodiscard]] bool redirects() const { return follows(method_) && is_redirect(answer_.status); }

  const Subject& subject_;
  const ProbeContext& context_;
  Observation& out_;
  const Target first_;
  const std::string method_ = subject_.parameters.has("method") ? subject_.parameters.text("method") : "GET";
  CookieJar jar_;
  net::Url at_;                        ///< what was asked for last
  HttpAnswer answer_;                  ///< to that
  Excerpt body_;                       ///< its body
  std::vector<std::string> withheld_;  ///< names of the header fields that this was asked without
  std::set<std::string> visited_;      ///< what was asked for, and with which cookies
};

HttpRequest Visit::request(const net::Url& url) {
  HttpRequest request;
  request.url = url.text;
  request.to = endpoint_of(url);
  request.method = method_;
  RequestHeaders headers = headers_for(subject_, first_.url, url);
  request.headers = std::move(headers.sent);
  request.secret_headers = std::move(headers.secret);
  withheld_ = std::move(headers.withheld);
  request.tls = net::tls_options(subject_);
  request.tls.server_name = url.host;
  request.keep = static_cast<std::size_t>(subject_.parameters.integer("body_limit", kBodyLimit));
  request.jar = &jar_;
  return request;
}

void Visit::record_first() {
  if (answer_.tls) facet::record_tls(out_, kHttpTls, *answer_.tls);
  if (answer_.status == 0) return;
  const bool clipped = answer_.clipped;
  body_ = Excerpt(std::move(answer_.body), answer_.complete && !clipped);
  out_.set(kHttp.status, std::int64_t{answer_.status});
  out_.set(kHttp.version, answer_.version);
  out_.set(kHttp.reason, answer_.reason);
  out_.set(kHttp.headers, answer_.headers);
  if (const std::string* location = answer_.header("location"))
    out_.set(kHttp.location, link_of(at_, *location));
  else
    out_.set_absent(kHttp.location);
  if (const std::string* type = answer_.header("content-type"))
    out_.set(kHttp.type, *type);
  else
    out_.set_absent(kHttp.type);
  if (shows_page()) {
    out_.set(kHttp.body, body_);
    out_.set(kHttp.clipped, clipped);
  }
  if (!redirects()) record_end();
}

void Visit::record_end() {
  out_.set(kHttp.final_url, WebLink{at_.text, at_.text});
  out_.set(kHttp.final_status, std::int64_t{answer_.status});
  out_.set(kHttp.final_reason, answer_.reason);
  out_.set(kHttp.final_headers, answer_.headers);
  if (const std::string* location = answer_.header("location"))
    out_.set(kHttp.final_location, link_of(at_, *location));
  else
    out_.set_absent(kHttp.final_location);
  if (shows_page()) out_.set(kHttp.final_body, body_);
  if (!withheld_.empty()) out_.set(kHttp.withheld, withheld_);
}

void Visit::record_hop() {
  Record hop;
  hop.set(kRedirect.status, std::int64_t{answer_.status});
  hop.set(kRedirect.url, WebLink{at_.text, at_.text});
  if (const std::string* location = answer_.header("location")) hop.set(kRedirect.location, link_of(at_, *location));
  out_.at(kHttp.hops).push_back(std::move(hop));
}

void Visit::record_tls(const net::Url& url) {
  if (!answer_.tls) return;
  Observation handshake;
  facet::record_tls(handshake, kHopTls, *answer_.tls);
  Record record = handshake.as_record();
  record.set(kHop.url, WebLink{url.text, url.text});
  record.set(kHop.address, endpoint_of(url).text());
  out_.at(kHttp.hop_tls).push_back(std::move(record));
}

/// One request, in its own time.
asio::awaitable<void> Visit::exchange(const net::Url& url) {
  net::ConnectionTime time(context_);
  co_await time.give(http_exchange(context_, request(url), answer_, out_), "whole answer");
}

asio::awaitable<void> Visit::ask_first() {
  struct Keep {
    Visit& visit;
    ~Keep() { visit.record_first(); }
  };
  const Keep keep{*this};
  visited_.insert(key(at_));
  co_await exchange(at_);
}

/// The names of the host that is looked at; it is asked at its own address, whatever they resolve to.
bool Visit::is_ours(const net::Url& url) const {
  const std::string host = plain_name(url.host);
  for (const std::string& name :
       {first_.url.host, subject_.target.name, subject_.expected.hostname, subject_.target.ip})
    if (!name.empty() && host == plain_name(name)) return true;
  return false;
}

RedirectEnd Visit::where_to(const net::Url* next) {
  if (!answer_.header("location")) return RedirectEnd::no_location;
  if (!next) return RedirectEnd::unreadable;
  if (!is_ours(*next)) return RedirectEnd::elsewhere;
  if (visited_.contains(key(*next))) return RedirectEnd::loop;
  return out_.at(kHttp.followed) + 1 >= kMaxRequests ? RedirectEnd::too_many : RedirectEnd::answer;
}

/// Asks for what a redirect names. True where an answer came that is whole or redirects on; else the facts tell why
/// not.
asio::awaitable<bool> Visit::fetch(const net::Url& url) {
  struct Stay {
    Observation& out;
    std::string address;
    ~Stay() {
      out.stage = "redirect";
      out.address = address;
    }
  };
  const Stay stay{out_, out_.address};
  answer_ = {};
  visited_.insert(key(url));
  std::optional<Error> problem;
  try {
    co_await exchange(url);
  } catch (const Failure& failure) {
    problem = Error{failure.kind(), failure.what()};
  }
  record_tls(url);
  at_ = url;
  body_ = Excerpt(std::move(answer_.body), answer_.complete && !answer_.clipped);
  if (!problem || redirects()) co_return true;
  out_.set(kHttp.hops_problem, problem->message);
  out_.set(kHttp.hops_end, blames_host(problem->kind) ? RedirectEnd::failed : RedirectEnd::unanswered);
  co_return false;
}

asio::awaitable<void> Visit::follow() {
  out_.set(kHttp.hops, {});
  out_.set(kHttp.followed, 0);
  RedirectEnd end = RedirectEnd::answer;
  while (redirects()) {
    record_hop();
    const std::string* location = answer_.header("location");
    const auto next = location ? net::resolve_url(at_, *location) : std::nullopt;
    end = where_to(next ? &*next : nullptr);
    if (end != RedirectEnd::answer) break;
    ++out_.at(kHttp.followed);
    const bool came = co_await fetch(*next);
    if (answer_.status != 0 && !redirects()) record_end();
    if (!came) co_return;
  }
  if (redirects()) record_end();
  out_.set(kHttp.hops_end, end);
}

asio::awaitable<void> Visit::run() {
  out_.set(kHttp.url, WebLink{at_.text, at_.text});
  co_await ask_first();
  if (!follows(method_)) co_return;
  out_.stage = "redirect";
  co_await follow();
  out_.stage = "done";
}

class HttpProbe : public Probe {
public:
  asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    out.stage = "connect";
    auto target = target_of(context.subject.parameters, context.subject);
    if (!target) throw Failure(ErrorKind::local, "there is no URL to ask for");
    Visit visit(context, out, std::move(*target));
    co_await visit.run();
  }
};

}  // namespace

std::unique_ptr<const Probe> make_probe(const Parameters&) {
  return std::make_unique<HttpProbe>();
}

}  // namespace drydock::http
