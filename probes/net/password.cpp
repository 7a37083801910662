#include "probes/net/password.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace drydock::net {

namespace {

/// Why a certificate that nobody pinned is no proof; empty where it is.
std::string what_is_wrong(const TlsSession& session, std::string_view name) {
  if (!session.chain_ok) return fmt::format("the certificate does not verify: {}", session.chain_error);
  if (name.empty()) return "no name is known that the certificate should cover";
  if (!session.name_ok) return fmt::format("the certificate does not cover {}", name);
  if (session.days_left < 0) return fmt::format("the certificate expired on {}", session.not_after);
  if (!session.issuer_not_after.empty() && session.issuer_days_left < 0)
    return fmt::format("an issuer on the certificate's path expired on {}", session.issuer_not_after);
  if (!session.issuer_not_before.empty() && session.issuer_age_hours < 0)
    return fmt::format("an issuer on the certificate's path is not valid before {}", session.issuer_not_before);
  if (session.age_hours < 0) return fmt::format("the certificate is not valid before {}", session.not_before);
  return {};
}

}  // namespace

std::string why_no_password(const TlsSession* session, std::string_view name) {
  if (!session) return "this connection has no TLS";
  if (session->pem.empty()) return "no certificate was served";
  if (session->pinned) return {};
  const std::string wrong = what_is_wrong(*session, name);
  if (wrong.empty() || !session->another_is_pinned) return wrong;
  return fmt::format("{}; nor is it the one that `pin` names: its own digest is sha256:{}", wrong, session->sha256);
}

void demand_proof(PasswordIs password, const std::optional<TlsSession>& session, std::string_view name) {
  if (password == PasswordIs::made_up) return;
  const std::string why = why_no_password(session ? &*session : nullptr, name);
  if (!why.empty()) throw Failure(ErrorKind::credential, "the password was not sent: " + why);
}

void demand_readable(const Secret& password, std::string_view whose) {
  if (password.available()) return;
  throw Failure(ErrorKind::credential,
                fmt::format("the password of {} can't be read: {}", whose, password.why_missing()));
}

void demand_one_line(std::string_view protocol, std::string_view login, std::string_view password) {
  static constexpr std::string_view kForbidden("\r\n\0", 3);
  const auto breaks = [](std::string_view text) { return text.find_first_of(kForbidden) != std::string_view::npos; };
  if (!breaks(login) && !breaks(password)) return;
  const std::string odd = breaks(password) ? what_is_odd(password) : std::string();
  throw Failure(ErrorKind::local,
                fmt::format("nothing was sent: {} can't carry a line end or NUL in a {}{}{}", protocol,
                            breaks(login) ? "login" : "password", odd.empty() ? "" : ", which ", odd));
}

namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_blank(char c) {
  return kBlanks.find(c) != std::string_view::npos;
}

bool is_control(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return (octet < 32 && !is_blank(c)) || octet == 127;
}

/// Of how many lines that hold anything.
std::size_t lines_in(std::string_view text) {
  std::size_t lines = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of("\r\n", at), text.size());
    if (end > at) ++lines;
    at = end + 1;
  }
  return lines;
}

bool is_quoted(std::string_view text) {
  return text.size() > 1 && text.front() == text.back() && (text.front() == '"' || text.front() == '\'');
}

}  // namespace

std::string what_is_odd(std::string_view password) {
  std::vector<std::string> odd;
  if (password.empty()) odd.emplace_back("is empty");
  if (password.starts_with("\xFF\xFE") || password.starts_with("\xFE\xFF"))
    odd.emplace_back("begins like a file in UTF-16");
  if (password.starts_with(kByteOrderMark)) {
    odd.emplace_back("begins with a byte order mark");
    password.remove_prefix(kByteOrderMark.size());
  }
  if (!password.empty() && is_blank(password.front())) odd.emplace_back("begins with a blank");
  if (!password.empty() && is_blank(password.back()))
    odd.emplace_back(password.find_last_of("\r\n") == password.size() - 1 ? "ends with a line end"
                                                                          : "ends with a blank");
  if (const std::size_t lines = lines_in(password); lines > 1) odd.push_back(fmt::format("holds {} lines", lines));
  if (std::ranges::any_of(password, is_control)) odd.emplace_back("holds a control character");
  if (is_quoted(password)) odd.emplace_back("stands in quotation marks");
  if (std::ranges::any_of(password, [](char c) { return static_cast<unsigned char>(c) >= 128; }))
    odd.emplace_back("holds characters beyond ASCII");
  return fmt::format("{}", fmt::join(odd, ", "));
}

std::string doubt_password(const Secret& password) {
  const std::string odd = password.available() ? what_is_odd(password.reveal()) : std::string();
  return fmt::format("the password itself may be wrong{}{}", odd.empty() ? "" : ": it ", odd);
}

}  // namespace drydock::net
