#include "probes/smtp/reply.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "probes/core/text.hpp"

namespace drydock {
namespace {

using Words = std::span<const std::string_view>;

constexpr int kClosing = 421;

/// Block lists, rates and the name in EHLO: whatever else such a refusal says, it is no answer to the question.
constexpr std::array<std::string_view, 45> kDislike = {"block list",
                                                       "blocklist",
                                                       "block-list",
                                                       "blacklist",
                                                       "black list",
                                                       "black-list",
                                                       "blackhole",
                                                       "deny list",
                                                       "denylist",
                                                       "whitelist",
                                                       "allowlist",
                                                       "dnsbl",
                                                       "rbl",
                                                       "spamhaus",
                                                       "spamcop",
                                                       "listed",
                                                       "helo",
                                                       "ehlo",
                                                       "greylist",
                                                       "graylist",
                                                       "too many",
                                                       "too much",
                                                       "too fast",
                                                       "slow down",
                                                       "rate",
                                                       "ratelimit",
                                                       "throttl",
                                                       "per hour",
                                                       "per minute",
                                                       "this hour",
                                                       "hourly",
                                                       "sending limit",
                                                       "message limit",
                                                       "recipient limit",
                                                       "connection limit",
                                                       "temporar",
                                                       "later",
                                                       "reputation",
                                                       "botnet",
                                                       "dynamic ip",
                                                       "dial-up",
                                                       "dialup",
                                                       "reverse dns",
                                                       "rdns",
                                                       "ptr"};

/// The same before a message has been sent; after that it may be the message.
constexpr std::array<std::string_view, 2> kBlocked = {"blocked", "banned"};

/// The prober, in words that a refusal to relay may have as well.
constexpr std::array<std::string_view, 17> kYou = {
    "your ip",      "your host",   "your server",    "your address",    "your network",   "your domain",
    "client host",  "client ip",   "client address", "client name",     "sending host",   "sending ip",
    "sending serv", "sending mta", "remote host",    "hostname lookup", "connecting host"};

/// What it is taken for before a message has been sent; after that it may be the message.
constexpr std::array<std::string_view, 4> kSpammer = {"spam", "junk", "abus", "unsolicited"};

constexpr std::array<std::string_view, 11> kSender = {"sender verify",
                                                      "sender verification",
                                                      "sender address",
                                                      "sender domain",
                                                      "sender rejected",
                                                      "sender denied",
                                                      "spf",
                                                      "dmarc",
                                                      "dkim",
                                                      "mail from",
                                                      "verification failed for"};

constexpr std::array<std::string_view, 14> kLogin = {"authentication required",
                                                     "authentication is required",
                                                     "authentication needed",
                                                     "must authenticate",
                                                     "must be authenticated",
                                                     "not authenticated",
                                                     "authenticate first",
                                                     "requires authentication",
                                                     "auth required",
                                                     "must log in",
                                                     "must login",
                                                     "log in first",
                                                     "login required",
                                                     "please authenticate"};

constexpr std::array<std::string_view, 3> kTls = {"tls", "ssl", "encrypt"};

constexpr std::array<std::string_view, 16> kDenial = {
    "denied", "not permitted", "not allowed", "prohibited", "unable to", "cannot",         "can't",    "refused",
    "reject", "forbidden",     "disabled",    "no relay",   "do not",    "not authorized", "does not", "not accept"};

constexpr std::array<std::string_view, 24> kUnknownUser = {
    "user unknown",      "unknown user",        "unknown recipient",
    "recipient unknown", "unknown local",       "no such user",
    "no such recipient", "no such mailbox",     "no such address",
    "no such person",    "no mailbox",          "does not exist",
    "doesn't exist",     "mailbox unavailable", "mailbox not found",
    "user not found",    "recipient not found", "unrouteable",
    "unroutable",        "invalid recipient",   "invalid mailbox",
    "no user",           "not a valid user",    "user not local"};

constexpr std::array<std::string_view, 9> kBadForm = {
    "syntax",         "malformed",      "restricted character", "invalid character",    "illegal",
    "must contain a", "domain missing", "literals not allowed", "bad recipient address"};

constexpr std::array<std::string_view, 11> kContent = {"spam",        "virus",    "malware",  "content",
                                                       "gtube",       "infected", "phishing", "scanner",
                                                       "unsolicited", "junk",     "bulk mail"};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Whether `words` has one of the phrases, each at the beginning of a word: `listed`, not `unlisted`.
bool says_any(std::string_view words, Words phrases) {
  return std::ranges::any_of(phrases, [words](std::string_view phrase) {
    for (auto at = words.find(phrase); at != std::string_view::npos; at = words.find(phrase, at + 1))
      if (at == 0 || !is_letter(words[at - 1])) return true;
    return false;
  });
}

/// Where `name` (an address, a host's name, a word) stands in `text` by itself, and not as a part of a longer one.
std::size_t find_name(std::string_view text, std::string_view name) {
  constexpr std::string_view kJoints = "-_@%!";
  if (name.empty()) return std::string_view::npos;
  const auto joins = [&](std::size_t at) {
    return is_letter(text[at]) || kJoints.find(text[at]) != std::string_view::npos;
  };
  for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool goes_on =
        end < text.size() && (joins(end) || (text[end] == '.' && end + 1 < text.size() && joins(end + 1)));
    if (!goes_on && (at == 0 || (!joins(at - 1) && text[at - 1] != '.'))) return at;
  }
  return std::string_view::npos;
}

bool names(std::string_view text, std::string_view name) {
  return find_name(text, ascii_lower(name)) != std::string_view::npos;
}

void take_out(std::string& text, std::string_view name) {
  const std::string lower = ascii_lower(name);
  for (auto at = find_name(text, lower); at != std::string::npos; at = find_name(text, lower))
    text.erase(at, lower.size());
}

/// All lines, in lower case, as one.
std::string all_words(const Reply& reply) {
  std::string words;
  for (const std::string& line : reply.lines) words += (words.empty() ? "" : " ") + ascii_lower(line);
  return words;
}

/// The server's own words in lower case: without what it repeats of the recipient.
std::string own_words(const Reply& reply, std::string_view recipient) {
  std::string words = all_words(reply);
  take_out(words, recipient);
  const auto domain = recipient.rfind('@');
  if (domain != std::string_view::npos) take_out(words, recipient.substr(domain + 1));
  return words;
}

bool has_code(const Reply& reply, int subject, std::initializer_list<int> details) {
  return reply.enhanced && reply.enhanced->subject == subject &&
         std::ranges::find(details, reply.enhanced->detail) != details.end();
}

bool dislikes_prober(const Reply& reply, std::string_view words) {
  return has_code(reply, 7, {25}) || says_any(words, kDislike) || says_any(words, kBlocked);
}

bool dislikes_sender(const Reply& reply, std::string_view words) {
  return has_code(reply, 1, {7, 8}) || has_code(reply, 7, {20, 21, 22, 23, 24, 26, 27, 28, 29}) ||
         says_any(words, kSender);
}

/// The demand in a 5xx reply; `refused` where there is none.
RcptAnswer demand_in(const Reply& reply, std::string_view words) {
  const bool by_code = reply.code == 530 || reply.code == 538;
  if (has_code(reply, 7, {10, 11}) || (by_code && words.find("starttls") != std::string_view::npos))
    return RcptAnswer::demands_tls;
  if (says_any(words, kLogin)) return RcptAnswer::demands_login;
  if (!by_code) return RcptAnswer::refused;
  return says_any(words, kTls) ? RcptAnswer::demands_tls : RcptAnswer::demands_login;
}

bool denies_relaying(const Reply& reply, std::string_view words) {
  if (has_code(reply, 7, {54}) || words.find("rcpthosts") != std::string_view::npos) return true;
  if (words.find("open relay") != std::string_view::npos) return false;  // that is said of the prober
  return (names(words, "relay") || names(words, "relaying")) && says_any(words, kDenial);
}

/// What a 5xx reply says of the recipient.
RcptAnswer about_recipient(const Reply& reply, std::string_view words) {
  if (has_code(reply, 1, {3}) || says_any(words, kBadForm)) return RcptAnswer::bad_address;
  if (has_code(reply, 1, {1, 2, 6, 10}) || says_any(words, kUnknownUser)) return RcptAnswer::unknown_user;
  const bool policy = reply.enhanced && reply.enhanced->subject == 7;
  return reply.code == 501 && !policy ? RcptAnswer::bad_address : RcptAnswer::refused;
}

}  // namespace

bool is_refusal(const Reply& reply) {
  return reply.temporary() || reply.permanent();
}

bool demands_more(const Reply& reply) {
  return reply.permanent() && demand_in(reply, all_words(reply)) != RcptAnswer::refused;
}

bool asks_to_wait(const Reply& reply) {
  if (reply.code == kClosing) return true;
  if (!is_refusal(reply)) return false;
  const std::string words = all_words(reply);
  return says_any(words, std::array<std::string_view, 1>{"too many"}) &&
         says_any(words, std::array<std::string_view, 3>{"connection", "concurrent", "session"});
}

bool is_about_prober(const Reply& reply) {
  if (!reply.permanent()) return false;
  const std::string words = all_words(reply);
  return dislikes_prober(reply, words) || dislikes_sender(reply, words) || says_any(words, kYou) ||
         demand_in(reply, words) != RcptAnswer::refused;
}

RcptAnswer classify_rcpt(const Reply& reply, const ProberNames& prober, std::string_view recipient) {
  if (reply.code == 252) return RcptAnswer::unverified;
  if (reply.positive()) return RcptAnswer::accepted;
  if (!reply.permanent()) return RcptAnswer::deferred;
  const std::string words = own_words(reply, recipient);
  if (dislikes_prober(reply, words)) return RcptAnswer::about_prober;
  if (denies_relaying(reply, words)) return RcptAnswer::relay_denied;
  if (dislikes_sender(reply, words) || names(words, prober.sender)) return RcptAnswer::about_sender;
  if (const RcptAnswer demand = demand_in(reply, words); demand != RcptAnswer::refused) return demand;
  if (says_any(words, kYou) || says_any(words, kSpammer) || names(words, prober.ip) || names(words, prober.ehlo))
    return RcptAnswer::about_prober;
  return about_recipient(reply, words);
}

bool says_not_relayed(const Reply& reply, std::string_view recipient) {
  if (!is_refusal(reply) || reply.code == kClosing) return false;
  const std::string words = own_words(reply, recipient);
  return denies_relaying(reply, words) && words.find("temporar") == std::string::npos;
}

bool refuses_recipient(RcptAnswer answer) {
  return answer == RcptAnswer::relay_denied || answer == RcptAnswer::unknown_user ||
         answer == RcptAnswer::bad_address || answer == RcptAnswer::refused;
}

ContentAnswer classify_content(const Reply& reply) {
  if (reply.positive()) return ContentAnswer::accepted;
  if (!reply.permanent()) return ContentAnswer::deferred;
  const std::string words = all_words(reply);
  if (has_code(reply, 7, {25}) || says_any(words, kDislike) || says_any(words, kYou) || dislikes_sender(reply, words) ||
      demand_in(reply, words) != RcptAnswer::refused)
    return ContentAnswer::about_other;
  const int subject = reply.enhanced ? reply.enhanced->subject : 0;
  if (subject == 6 || says_any(words, kContent)) return ContentAnswer::content;
  const bool may_be = subject == 0 || subject == 7;
  return may_be && !denies_relaying(reply, words) && (reply.code == 550 || reply.code == 554)
             ? ContentAnswer::refused
             : ContentAnswer::about_other;
}

}  // namespace drydock
