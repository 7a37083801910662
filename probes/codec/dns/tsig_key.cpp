#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <vector>

#include "probes/codec/dns/name.hpp"
#include "probes/codec/dns/tsig.hpp"

namespace drydock::dns {
namespace {

constexpr std::size_t kLongestText = 16 * 1024;
constexpr std::string_view kForm = R"(key "NAME" { algorithm hmac-sha256; secret "BASE64"; };)";

Error wrong(std::string_view what) {
  return {ErrorKind::credential,
          fmt::format("the TSIG key can't be read: {}; write it as tsig-keygen does: {}", what, kForm)};
}

struct Token {
  std::string text;
  bool quoted = false;
};

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_mark(char c) {
  return c == '{' || c == '}' || c == ';';
}

/// Words, quoted texts and the marks { } ; of named.conf(5). Nothing where a quote is not closed.
std::optional<std::vector<Token>> split(std::string_view text) {
  std::vector<Token> tokens;
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_space(text[at])) {
      ++at;
    } else if (text[at] == '#' || text.substr(at).starts_with("//")) {
      at = std::min(text.find('\n', at), text.size());
    } else if (is_mark(text[at])) {
      tokens.push_back({std::string(1, text[at++]), false});
    } else if (text[at] == '"') {
      const std::size_t end = text.find('"', at + 1);
      if (end == std::string_view::npos) return std::nullopt;
      tokens.push_back({std::string(text.substr(at + 1, end - at - 1)), true});
      at = end + 1;
    } else {
      const std::size_t start = at;
      while (at < text.size() && !is_space(text[at]) && !is_mark(text[at]) && text[at] != '"') ++at;
      tokens.push_back({std::string(text.substr(start, at - start)), false});
    }
  }
  return tokens;
}

bool is_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return false;
  const std::size_t data = text.find_last_not_of('=') + 1;
  if (text.size() - data > 2) return false;
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return text.substr(0, data).find_first_not_of(kAlphabet) == std::string_view::npos;
}

std::optional<std::string> decode_base64(const std::string& text) {
  if (!is_base64(text)) return std::nullopt;
  std::string octets(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(octets.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  octets.resize(static_cast<std::size_t>(size) - padding);
  return octets;
}

bool is_mark(const Token& token, char mark) {
  return !token.quoted && token.text.size() == 1 && token.text[0] == mark;
}

/// `word value ;` from `at` on; moves past it.
std::optional<std::string> take_clause(const std::vector<Token>& tokens, std::size_t& at) {
  if (at + 2 >= tokens.size() || !is_mark(tokens[at + 2], ';')) return std::nullopt;
  const Token& value = tokens[at + 1];
  if (!value.quoted && is_mark(value.text[0])) return std::nullopt;
  at += 3;
  return value.text;
}

bool is_algorithm(std::string_view name) {
  static constexpr std::array kKnown = {"hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512"};
  for (const std::string_view known : kKnown)
    if (name == known) return true;
  return false;
}

}  // namespace

boost::system::result<TsigKey, Error> parse_tsig_key(std::string_view text) {
  if (text.size() > kLongestText) return wrong("it is too long");
  const auto tokens = split(text);
  if (!tokens) return wrong("a quotation mark is not closed");
  if (tokens->size() < 5 || (*tokens)[0].text != "key" || !is_mark((*tokens)[2], '{'))
    return wrong("it does not begin with key \"NAME\" {");
  TsigKey key;
  key.name = (*tokens)[1].text;
  if (!is_name(key.name)) return wrong("the key's name is no domain name");
  std::size_t at = 3;
  while (at < tokens->size() && !is_mark((*tokens)[at], '}')) {
    const std::string word = (*tokens)[at].text;
    const auto value = take_clause(*tokens, at);
    if (!value) return wrong("a clause is not WORD VALUE;");
    std::string& place = word == "algorithm" ? key.algorithm : key.secret;
    if ((word != "algorithm" && word != "secret") || !place.empty())
      return wrong("it wants one algorithm and one secret, and nothing else");
    place = word == "algorithm" ? fold(*value) : *value;
  }
  if (at + 2 != tokens->size() || !is_mark((*tokens)[at + 1], ';'))
    return wrong("it does not end with }; after one key");
  if (!is_algorithm(key.algorithm))
    return wrong("the algorithm is none of hmac-sha1, -sha224, -sha256, -sha384, -sha512");
  const auto secret = decode_base64(key.secret);
  if (!secret) return wrong("the secret is not base64");
  key.secret = *secret;
  return key;
}

}  // namespace drydock::dns
