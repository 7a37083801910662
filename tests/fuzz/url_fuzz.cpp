#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "probes/core/web_link.hpp"
#include "probes/net/url.hpp"

namespace {

using namespace drydock;

void require(bool holds) {
  if (!holds) std::abort();
}

/// What a URL is made of leads back to the same URL, and nothing in it breaks a request line (RFC 9112 §3).
void examine(const net::Url& url) {
  require(url.scheme == "http" || url.scheme == "https");
  require(!url.host.empty() && url.port != 0 && url.path.starts_with('/'));
  for (const char c : url.text) require(static_cast<unsigned char>(c) > 0x20 && c != 0x7f);
  const auto again = net::parse_url(url.text);
  require(again && again->text == url.text && again->host == url.host && again->port == url.port);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  const std::string once = comparable_url(octets);
  require(once.size() <= 3 * octets.size() + 1);
  if (const auto url = net::parse_url(octets)) {
    examine(*url);
    require(comparable_url(comparable_url(url->text)) == comparable_url(url->text));
  }
  static const net::Url kBase = *net::parse_url("https://site.test/a/b?c");
  if (const auto url = net::resolve_url(kBase, octets)) examine(*url);
  return 0;
}
