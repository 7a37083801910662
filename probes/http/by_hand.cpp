#include <fmt/format.h>

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

std::string header_options(const Subject& subject) {
  std::string options;
  if (const Fields* headers = subject.parameters.get<Fields>("headers"))
    for (const auto& [name, value] : *headers)
      options += " -H " + shell_quoted(value.empty() ? fmt::format("{};", name) : fmt::format("{}: {}", name, value));
  return options;
}

std::string in_brackets(const std::string& host) {
  return host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
}

/// Dials the same address whatever the URL says; where redirects are followed, at the ports that they name.
std::string connect_options(const Target& target, bool following) {
  if (!following) return fmt::format(" --connect-to ::{}", target.to.text());
  const std::string elsewhere = fmt::format(" --connect-to ::{}:", in_brackets(target.to.ip));
  if (target.to.port == target.url.port) return elsewhere;
  return " --connect-to " +
         shell_word(fmt::format("{}:{}:{}", in_brackets(target.url.host), target.url.port, target.to.text())) +
         elsewhere;
}

bool is_about_the_end(std::string_view fact) {
  return fact.starts_with("http.final_") || fact.starts_with("http.hop") || fact == kHttp.followed.name;
}

}  // namespace

std::string by_curl(const Subject& subject, bool following) {
  const auto target = target_of(subject.parameters, subject);
  if (!target) return {};
  // As the probe does: no certificate is refused, since what is behind it is to be seen; HTTP/1.1; no proxy.
  std::string command = fmt::format("curl -gsik --http1.1 --noproxy '*'{}{}",
                                    method_option(subject.parameters.text("method")), header_options(subject));
  if (following) command += fmt::format(" -L --max-redirs {} -b ''", kMaxRequests);
  if (!subject.surroundings.vantage.address.empty())
    command += fmt::format(" --interface {}", shell_word(subject.surroundings.vantage.address));
  return fmt::format("{}{} {}", command, connect_options(*target, following), shell_quoted(target->url.text));
}

std::string by_openssl(const std::string& to, const std::string& name) {
  const std::string speaking = name.empty() || is_address(name) ? "" : fmt::format(" -servername {}", shell_word(name));
  return fmt::format("openssl s_client -connect {}{} -showcerts </dev/null", shell_word(to), speaking);
}

std::string by_hand(const Observation& seen, const Subject& subject, std::string_view fact) {
  if (fact.starts_with("http.tls.")) return by_openssl(seen.address, spoken_name(subject));
  return by_curl(subject, is_about_the_end(fact));
}

}  // namespace drydock::http
