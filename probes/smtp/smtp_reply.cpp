#include "probes/smtp/smtp_reply.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>

namespace drydock {
namespace {

constexpr int kClosing = 421;

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

bool names_prober(const EnhancedCode& code) {
  const bool bad_sender = code.subject == 1 && (code.detail == 7 || code.detail == 8);
  return bad_sender || (code.subject == 7 && code.detail >= 20 && code.detail <= 29);
}

bool holds_any(const std::string& words, std::initializer_list<std::string_view> traps) {
  return std::ranges::any_of(traps, [&words](std::string_view trap) { return words.find(trap) != std::string::npos; });
}

}  // namespace

bool is_refusal(const Reply& reply) {
  return reply.temporary() || reply.permanent();
}

bool demands_login(const Reply& reply) {
  return reply.code == 530 || reply.code == 538;
}

bool asks_to_wait(const Reply& reply) {
  if (reply.code == kClosing) return true;
  if (!is_refusal(reply)) return false;
  const std::string words = lower(reply.text());
  return holds_any(words, {"too many"}) && holds_any(words, {"connection", "concurrent", "session"});
}

bool is_about_prober(const Reply& reply) {
  if (!reply.permanent()) return false;
  if (demands_login(reply)) return true;
  if (reply.enhanced && names_prober(*reply.enhanced)) return true;
  return holds_any(lower(reply.text()), {"sender verify failed", "blocked using", "too many"});
}

RcptAnswer classify_rcpt(const Reply& reply, std::string_view prober_ip, std::string_view sender) {
  if (reply.code == 252) return RcptAnswer::unverified;
  if (reply.positive()) return RcptAnswer::accepted;
  if (!reply.permanent()) return RcptAnswer::deferred;
  const std::string words = reply.text();
  const auto holds = [&words](std::string_view text) { return !text.empty() && words.find(text) != std::string::npos; };
  return is_about_prober(reply) || holds(prober_ip) || holds(sender) ? RcptAnswer::about_prober : RcptAnswer::refused;
}

}  // namespace drydock
