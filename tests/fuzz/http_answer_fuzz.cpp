#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "probes/codec/http_head.hpp"
#include "probes/http/facts.hpp"
#include "probes/http/type.hpp"
#include "probes/net/url.hpp"

namespace {

using namespace drydock;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr std::string_view kPaths[] = {"/", "/a.cgi", "/a.shtml", "/a.spy"};
constexpr int kStatuses[] = {200, 204, 206, 301, 304, 401, 404, 421, 503, 500};

Subject subject_of(unsigned choice) {
  Subject subject;
  subject.target.ip = "127.0.0.1";
  subject.target.name = subject.expected.hostname = "site.test";
  subject.expected.wrong_names = {"old.test", "127.0.0.9"};
  subject.token = "t-1";
  subject.parameters.set("method", std::string(choice % 5 == 0 ? "HEAD" : "GET"));
  subject.parameters.set("executes", true);
  subject.parameters.set("url", "https://site.test" + std::string(kPaths[choice % 4]) + "?q=t-1");
  return subject;
}

/// The header is what stands before the first empty line.
Observation answer_of(std::string_view octets, int status, bool whole) {
  const std::size_t end = octets.find("\n\n");
  const std::string_view head = octets.substr(0, end);
  const std::string body(end == std::string_view::npos ? "" : octets.substr(end + 2));
  HttpHead parsed;
  for (std::string_view rest = head; !rest.empty();) {
    const std::size_t line = std::min(rest.find('\n'), rest.size() - 1) + 1;
    parsed.take(rest.substr(0, line));
    rest.remove_prefix(line);
  }
  require(parsed.status() >= 0 && parsed.status() < 1000);
  std::size_t held = parsed.version().size() + parsed.reason().size();
  for (const auto& [name, value] : parsed.fields()) held += name.size() + value.size();
  require(held <= 2 * head.size());
  const Fields& fields = parsed.fields();
  const WebLink asked{"https://site.test/", "https://site.test/"};
  Observation seen;
  seen.set(kHttp.url, asked);
  seen.set(kHttp.status, status);
  seen.set(kHttp.headers, fields);
  seen.set(kHttp.body, Excerpt(body, whole));
  seen.set(kHttp.hops, {});
  seen.set(kHttp.followed, 0);
  seen.set(kHttp.hops_end, http::RedirectEnd::answer);
  seen.set(kHttp.final_url, asked);
  seen.set(kHttp.final_status, status);
  seen.set(kHttp.final_headers, fields);
  seen.set(kHttp.final_body, Excerpt(body, whole));
  for (const auto& [name, value] : fields)
    if (name == "location") {
      const auto to = net::resolve_url(*net::parse_url(asked.text), value);
      seen.set(kHttp.location, WebLink{value, to ? to->text : ""});
    }
  return seen;
}

}  // namespace

/// What any answer holds, judged: every check says something, in words that a terminal bears.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view octets(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Subject subject = subject_of(data[0]);
  const Observation seen = answer_of(octets, kStatuses[data[1] % 10], data[1] < 128);
  for (const CheckSpec& check : kHttpType.checks) {
    const Judgement judgement = check.judge(seen, subject);
    require(judgement.verdict == Verdict::pass || !judgement.message.empty());
    require(judgement.message.size() < 4096 && judgement.actual.size() < 4096);
    for (const std::string& text : {judgement.message, judgement.actual, judgement.reproduce})
      for (const char c : text) require((static_cast<unsigned char>(c) >= 0x20 || c == '\t') && c != 0x7f);
  }
  return 0;
}
