#include "probes/net/url.hpp"

#include <curl/curl.h>

#include <memory>

#include "probes/core/text.hpp"
#include "probes/net/curl_multi.hpp"

namespace drydock::net {

namespace {

struct Free {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Handle = std::unique_ptr<CURLU, Free>;

std::optional<std::string> part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK || !text) return std::nullopt;
  std::string copy(text);
  curl_free(text);
  return copy;
}

std::optional<Url> read(CURLU* handle) {
  curl_url_set(handle, CURLUPART_USER, nullptr, 0);
  curl_url_set(handle, CURLUPART_PASSWORD, nullptr, 0);
  curl_url_set(handle, CURLUPART_FRAGMENT, nullptr, 0);
  const auto scheme = part(handle, CURLUPART_SCHEME);
  auto host = part(handle, CURLUPART_HOST);
  const auto port = part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  const auto path = part(handle, CURLUPART_PATH);
  if (!scheme || !host || !port || *port == "0" || !path || (*scheme != "http" && *scheme != "https"))
    return std::nullopt;
  *host = ascii_lower(*host);
  curl_url_set(handle, CURLUPART_HOST, host->c_str(), 0);
  const auto whole = part(handle, CURLUPART_URL, CURLU_NO_DEFAULT_PORT);
  if (!whole) return std::nullopt;
  if (host->starts_with('[') && host->ends_with(']')) *host = host->substr(1, host->size() - 2);
  return Url{*scheme, *host, static_cast<std::uint16_t>(std::stoi(*port)), *path, *whole};
}

bool has_control(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  return false;
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  require_curl();
  if (has_control(text)) return std::nullopt;
  const Handle handle(curl_url());
  const std::string owned(text);
  if (curl_url_set(handle.get(), CURLUPART_URL, owned.c_str(), CURLU_URLENCODE) != CURLUE_OK) return std::nullopt;
  return read(handle.get());
}

std::optional<Url> resolve_url(const Url& base, std::string_view reference) {
  require_curl();
  if (has_control(reference)) return std::nullopt;
  const Handle handle(curl_url());
  const std::string owned(reference);
  if (curl_url_set(handle.get(), CURLUPART_URL, base.text.c_str(), 0) != CURLUE_OK) return std::nullopt;
  if (curl_url_set(handle.get(), CURLUPART_URL, owned.c_str(), CURLU_URLENCODE) != CURLUE_OK) return std::nullopt;
  return read(handle.get());
}

}  // namespace drydock::net
