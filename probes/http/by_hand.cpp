#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "probes/core/shell_word.hpp"
#include "probes/http/facts.hpp"
#include "probes/http/rules.hpp"

namespace drydock::http {

namespace {

std::string method_option(const std::string& method) {
  if (method.empty() || method == "GET") return {};
  if (method == "HEAD") return " -I";
  return method == "POST" ? " -d ''" : fmt::format(" -X {}", shell_word(method));
}

/// The shell variable that stands for a credential: `AUTHORIZATION`.
std::string variable_for(const std::string& header) {
  std::string variable;
  for (const char c : header) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    variable += plain ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : '_';
  }
  return std::isdigit(static_cast<unsigned char>(variable.front())) != 0 ? "_" + variable : variable;
}

/// `with_secrets`: those that hold credentials too, to be filled in.
std::string header_options(const RequestHeaders& headers, bool with_secrets) {
  std::string options;
  for (const auto& [name, value] : headers.sent) {
    const bool secret = std::ranges::find(headers.secret, name) != headers.secret.end();
    if (secret && !with_secrets) continue;
    if (secret)
      options += fmt::format(" -H {}\"${}\"", shell_quoted(name + ": "), variable_for(name));
    else
      options += " -H " + shell_quoted(value.empty() ? fmt::format("{};", name) : fmt::format("{}: {}", name, value));
  }
  return options;
}

/// Whether the certificate of the URL's server is refused where it is not right. As a rule it is not, as the probe does
/// it, since what is behind it is to be seen.
std::string trust_options(const Subject& subject, bool with_secrets) {
  if (!with_secrets) return "k";
  return subject.surroundings.trust.empty() ? "" : fmt::format(" --cacert {}", shell_word(subject.surroundings.trust));
}

std::string in_brackets(const std::string& host) {
  return host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
}

/// Dials the same address whatever the URLs say, at the ports that they name.
std::string connect_options(const Target& target) {
  const std::string elsewhere = fmt::format(" --connect-to ::{}:", in_brackets(target.to.ip));
  if (target.to.port == target.url.port) return elsewhere;
  return " --connect-to " +
         shell_word(fmt::format("{}:{}:{}", in_brackets(target.url.host), target.url.port, target.to.text())) +
         elsewhere;
}

bool is_about_the_end(std::string_view fact) {
  return fact.starts_with("http.final_") || fact.starts_with("http.hop") || fact == kHttp.followed.name;
}

/// What was asked for last; nothing where no redirect was followed.
std::optional<net::Url> last_asked(const Observation& seen) {
  if (!followed(seen)) return std::nullopt;
  if (const WebLink* end = seen.get(kHttp.final_url)) return net::parse_url(end->text);
  const auto* hops = seen.get(kHttp.hops);
  const WebLink* location = hops && !hops->empty() ? hops->back().get(kRedirect.location) : nullptr;
  return location ? net::parse_url(location->target) : std::nullopt;
}

/// Whether the probe could not send its credentials to the first URL, or would not.
bool kept_its_credentials(const Observation& seen, const Subject& subject) {
  const bool refused = seen.error && seen.error->kind == ErrorKind::credential;
  const bool unanswered = seen.get(kHttp.hops_end) == RedirectEnd::unanswered;
  return refused || unanswered || !subject.target.pin.empty();
}

}  // namespace

std::string by_curl(const Observation& seen, const Subject& subject, bool following) {
  const auto target = target_of(subject.parameters, subject);
  if (!target) return {};
  // To follow redirects, curl would take what the scenario says in header fields to every place that they name.
  const bool has_secrets = !headers_for(subject, target->url, target->url).secret.empty();
  const auto end = following && has_secrets ? last_asked(seen) : std::nullopt;
  const net::Url& url = end ? *end : target->url;
  const RequestHeaders headers = headers_for(subject, target->url, url);
  const bool with_secrets = !headers.secret.empty() && url.scheme == "https" && !kept_its_credentials(seen, subject);
  std::string command =
      fmt::format("curl -gsi{} --http1.1 --noproxy '*'{}{}", trust_options(subject, with_secrets),
                  method_option(subject.parameters.text("method")), header_options(headers, with_secrets));
  if (following && !has_secrets) command += fmt::format(" -L --max-redirs {} -b ''", kMaxRequests);
  if (!subject.surroundings.vantage.address.empty())
    command += fmt::format(" --interface {}", shell_word(subject.surroundings.vantage.address));
  const std::string dialled = following && !has_secrets
                                  ? connect_options(*target)
                                  : fmt::format(" --connect-to ::{}", endpoint_for(url, *target, subject).text());
  return fmt::format("{}{} {}", command, dialled, shell_quoted(url.text));
}

std::string by_openssl(const std::string& to, const std::string& name) {
  const std::string speaking = name.empty() || is_address(name) ? "" : fmt::format(" -servername {}", shell_word(name));
  return fmt::format("openssl s_client -connect {}{} -showcerts </dev/null", shell_word(to), speaking);
}

std::string by_hand(const Observation& seen, const Subject& subject, std::string_view fact) {
  if (fact.starts_with("http.tls.")) return by_openssl(seen.address, spoken_name(subject));
  return by_curl(seen, subject, is_about_the_end(fact));
}

}  // namespace drydock::http
