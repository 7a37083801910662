#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "probes/http/facts.hpp"
#include "probes/http/rules.hpp"
#include "probes/net/http_exchange.hpp"
#include "probes/net/tls_facts.hpp"

namespace drydock::http {
namespace asio = boost::asio;

namespace {

constexpr std::size_t kHopBody = 16 * 1024;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

void record(Observation& out, const net::HttpAnswer& answer) {
  if (answer.tls) net::record_tls(out, kHttpTls, *answer.tls);
  if (answer.status == 0) return;
  out.set(kHttp.status, std::int64_t{answer.status});
  out.set(kHttp.version, answer.version);
  out.set(kHttp.reason, answer.reason);
  out.set(kHttp.headers, answer.headers);
  if (const std::string* location = answer.header("location")) out.set(kHttp.location, *location);
  if (const std::string* type = answer.header("content-type")) out.set(kHttp.type, *type);
  out.set(kHttp.body, answer.body);
  out.set(kHttp.clipped, answer.clipped);
}

class HttpProbe : public Probe {
public:
  explicit HttpProbe(const Parameters& parameters) : parameters_(parameters) {}
  asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override;

private:
  [[nodiscard]] net::HttpRequest request(const Subject& subject, const net::Url& url, Endpoint to) const;
  asio::awaitable<void> ask(const ProbeContext& context, const net::HttpRequest& request, Observation& out) const;
  asio::awaitable<void> follow(const ProbeContext& context, const Target& first, Observation& out) const;

  Parameters parameters_;
};

net::HttpRequest HttpProbe::request(const Subject& subject, const net::Url& url, Endpoint to) const {
  net::HttpRequest request;
  request.url = url.text;
  request.to = std::move(to);
  request.method = subject.parameters.has("method") ? subject.parameters.text("method") : "GET";
  if (const Fields* headers = subject.parameters.get<Fields>("headers")) request.headers = *headers;
  request.tls.server_name = url.host;
  request.tls.trust = subject.trust;
  return request;
}

asio::awaitable<void> HttpProbe::ask(const ProbeContext& context, const net::HttpRequest& request,
                                     Observation& out) const {
  net::HttpAnswer answer;
  struct Keep {
    Observation& out;
    const net::HttpAnswer& answer;
    ~Keep() { record(out, answer); }
  };
  const Keep keep{out, answer};
  co_await net::http_exchange(context, request, answer, out);
}

/// Where a redirect may be followed to: the names of the host that is looked at, always at its own address.
bool is_ours(const net::Url& url, const Subject& subject, const net::Url& first) {
  return url.host == first.host || url.host == subject.name || url.host == subject.hostname || url.host == subject.ip;
}

/// Asks for what a redirect names. True where an answer came, which is then in `answer`; else http.hops_end tells.
asio::awaitable<bool> fetch(const ProbeContext& context, const net::HttpRequest& request, net::HttpAnswer& answer,
                            Observation& out) {
  try {
    co_await net::http_exchange(context, request, answer, out);
    co_return true;
  } catch (const Failure& failure) {
    if (answer.status != 0) co_return true;
    out.set(kHttp.hops_end,
            fmt::format("{}: {}", blames_host(failure.kind()) ? kEndBlamed : kEndFailed, failure.what()));
  }
  co_return false;
}

asio::awaitable<void> HttpProbe::follow(const ProbeContext& context, const Target& first, Observation& out) const {
  const Subject& subject = context.subject;
  const std::string dialled = out.address;
  net::Url at = first.url;
  int status = static_cast<int>(*out.get(kHttp.status));
  const std::string* given = out.get(kHttp.location);
  std::string location = given ? *given : "";
  std::set<std::string> visited;
  std::string_view end = kEndAnswer;
  out.set(kHttp.hops, std::vector<std::string>{});
  while (is_redirect(status) && !location.empty()) {
    visited.insert(at.text);
    out.at(kHttp.hops).push_back(spell({status, at.text, location}));
    const auto next = net::resolve_url(at, location);
    end = !next                                                  ? kEndUnreadable
          : !is_ours(*next, subject, first.url)                  ? kEndElsewhere
          : visited.contains(next->text)                         ? kEndLoop
          : visited.size() >= static_cast<std::size_t>(kMaxHops) ? kEndTooMany
                                                                 : kEndAnswer;
    if (end != kEndAnswer) break;
    const bool same = next->scheme == first.url.scheme && next->port == first.url.port;
    net::HttpRequest request = this->request(subject, *next, same ? first.to : Endpoint{subject.ip, next->port});
    request.keep = kHopBody;
    net::HttpAnswer answer;
    const bool came = co_await fetch(context, request, answer, out);
    out.address = dialled;
    if (!came) co_return;
    at = *next;
    status = answer.status;
    const std::string* further = answer.header("location");
    location = further ? *further : "";
    out.set(kHttp.final_status, std::int64_t{status});
  }
  out.set(kHttp.hops_end, std::string(end));
}

asio::awaitable<void> HttpProbe::run(const ProbeContext& context, Observation& out) const {
  out.stage = "connect";
  const auto target = target_of(context.subject.parameters, context.subject);
  if (!target) throw Failure(ErrorKind::local, "there is no URL to ask for");
  out.set(kHttp.url, target->url.text);
  const net::HttpRequest request = this->request(context.subject, target->url, target->to);
  co_await ask(context, request, out);
  if (request.method != "GET" && request.method != "HEAD") co_return;
  out.stage = "redirect";
  co_await follow(context, *target, out);
  out.stage = "done";
}

}  // namespace

std::unique_ptr<const Probe> make_probe(const Parameters& parameters) {
  return std::make_unique<HttpProbe>(parameters);
}

}  // namespace drydock::http
