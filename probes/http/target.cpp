#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>
#include <charconv>

#include "probes/core/shell_word.hpp"
#include "probes/http/facts.hpp"
#include "probes/http/rules.hpp"

namespace drydock::http {

namespace {

bool is_address(const std::string& text) {
  boost::system::error_code error;
  boost::asio::ip::make_address(text, error);
  return !error;
}

/// The text of a `path` at the spoken name; https where the port given is 443.
std::string url_of_path(const std::string& path, const Subject& subject) {
  const std::uint16_t port = subject.port.value_or(80);
  const bool secure = port == 443;
  const std::string host = !subject.name.empty()                       ? subject.name
                           : subject.ip.find(':') == std::string::npos ? subject.ip
                                                                       : fmt::format("[{}]", subject.ip);
  const std::string shown_port = port == 80 || port == 443 ? "" : fmt::format(":{}", port);
  return fmt::format("{}://{}{}{}{}", secure ? "https" : "http", host, shown_port, path.starts_with('/') ? "" : "/",
                     path);
}

}  // namespace

std::optional<Target> target_of(const Parameters& parameters, const Subject& subject) {
  const std::string& given = parameters.text("url");
  const auto url = net::parse_url(given.empty() ? url_of_path(parameters.text("path"), subject) : given);
  if (!url) return std::nullopt;
  return Target{*url, Endpoint{subject.ip, subject.port.value_or(url->port)}};
}

std::string spoken_name(const Subject& subject) {
  const auto target = target_of(subject.parameters, subject);
  return target && !is_address(target->url.host) ? target->url.host : "";
}

std::string spell(const Hop& hop) {
  return fmt::format("{} {} -> {}", hop.status, hop.url, hop.location);
}

std::optional<Hop> read_hop(std::string_view text) {
  Hop hop;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), hop.status);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  const std::size_t arrow = text.find(" -> ");
  if (!text.starts_with(' ') || arrow == std::string_view::npos || arrow < 1) return std::nullopt;
  hop.url = std::string(text.substr(1, arrow - 1));
  hop.location = std::string(text.substr(arrow + 4));
  return hop;
}

std::string by_curl(const Subject& subject, bool following) {
  const auto target = target_of(subject.parameters, subject);
  if (!target) return {};
  const std::string& method = subject.parameters.text("method");
  const std::string how = following                           ? "-siL --max-redirs 6"
                          : method.empty() || method == "GET" ? "-si"
                          : method == "HEAD"                  ? "-sI"
                                                              : fmt::format("-si -X {}", method);
  std::string to = target->to.text();
  if (following && target->to.port == target->url.port) to.erase(to.rfind(':') + 1);
  const std::string trust = (following || target->url.scheme == "https") && !subject.trust.empty()
                                ? fmt::format(" --cacert {}", shell_quoted(subject.trust))
                                : "";
  return fmt::format("curl {} --connect-to ::{}{} {}", how, to, trust, shell_quoted(target->url.text));
}

const std::string* header(const Observation& seen, std::string_view name) {
  const Fields* fields = seen.get(kHttp.headers);
  if (!fields) return nullptr;
  for (const auto& [key, value] : *fields)
    if (key == name) return &value;
  return nullptr;
}

int status_of(const Observation& seen) {
  const auto* status = seen.get(kHttp.status);
  return status ? static_cast<int>(*status) : 0;
}

}  // namespace drydock::http
