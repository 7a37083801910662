#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>

#include "probes/core/text.hpp"
#include "probes/http/rules.hpp"

namespace drydock::http {

bool is_address(const std::string& text) {
  boost::system::error_code error;
  boost::asio::ip::make_address(text, error);
  return !error;
}

std::string plain_name(std::string_view name) {
  std::string plain = ascii_lower(name);
  if (plain.ends_with('.')) plain.pop_back();
  return plain;
}

bool same_origin(const net::Url& one, const net::Url& other) {
  return one.scheme == other.scheme && one.port == other.port && plain_name(one.host) == plain_name(other.host);
}

namespace {

/// The text of a `path` at the spoken name; https where the port given is 443.
std::string url_of_path(const std::string& path, const Subject& subject) {
  const std::uint16_t port = subject.target.port.value_or(80);
  const bool secure = port == 443;
  const std::string host = !subject.target.name.empty()                       ? subject.target.name
                           : subject.target.ip.find(':') == std::string::npos ? subject.target.ip
                                                                              : fmt::format("[{}]", subject.target.ip);
  const std::string shown_port = port == 80 || port == 443 ? "" : fmt::format(":{}", port);
  return fmt::format("{}://{}{}{}{}", secure ? "https" : "http", host, shown_port, path.starts_with('/') ? "" : "/",
                     path);
}

}  // namespace

std::optional<Target> target_of(const Parameters& parameters, const Subject& subject) {
  const std::string& given = parameters.text("url");
  const auto url = net::parse_url(given.empty() ? url_of_path(parameters.text("path"), subject) : given);
  if (!url) return std::nullopt;
  return Target{*url, Endpoint{subject.target.ip, subject.target.port.value_or(url->port)}};
}

Endpoint endpoint_for(const net::Url& url, const Target& first, const Subject& subject) {
  const bool same_server = url.scheme == first.url.scheme && url.port == first.url.port;
  return same_server ? first.to : Endpoint{subject.target.ip, url.port};
}

std::string spoken_name(const Subject& subject) {
  const auto target = target_of(subject.parameters, subject);
  return target && !is_address(target->url.host) ? target->url.host : "";
}

}  // namespace drydock::http
