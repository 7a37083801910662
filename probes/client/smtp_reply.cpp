#include "probes/client/smtp_reply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "probes/client/smtp_words.hpp"
#include "probes/codec/reply.hpp"
#include "probes/core/text.hpp"

namespace drydock {
namespace {

using namespace smtp_words;

constexpr int kUnverified = 252;
constexpr int kClosing = 421;
constexpr int kLoginFirst = 530;
constexpr int kEncryptionFirst = 538;
constexpr int kSystemStatus = 3;
constexpr int kContentStatus = 6;
constexpr int kPolicyStatus = 7;

/// Enhanced codes X.subject.first to X.subject.last.
struct CodeMeaning {
  int subject, first, last;
  RcptAnswer answer;
};

/// Those that are specific. X.1.0, X.2.0, X.7.0 and X.7.1 are not, nor is X.4.1, which Exchange Online has for unknown
/// users; from X.7.500 on they are Exchange Online's.
constexpr std::array kCodes = {
    CodeMeaning{1, 1, 1, RcptAnswer::unknown_user},     CodeMeaning{1, 2, 2, RcptAnswer::unknown_domain},
    CodeMeaning{1, 3, 3, RcptAnswer::bad_address},      CodeMeaning{1, 6, 6, RcptAnswer::unknown_user},
    CodeMeaning{1, 7, 8, RcptAnswer::about_sender},     CodeMeaning{1, 10, 10, RcptAnswer::unknown_user},
    CodeMeaning{2, 1, 1, RcptAnswer::mailbox_disabled}, CodeMeaning{2, 2, 2, RcptAnswer::mailbox_full},
    CodeMeaning{3, 1, 5, RcptAnswer::system_fault},     CodeMeaning{4, 3, 4, RcptAnswer::system_fault},
    CodeMeaning{4, 6, 6, RcptAnswer::system_fault},     CodeMeaning{5, 3, 3, RcptAnswer::about_prober},
    CodeMeaning{7, 10, 11, RcptAnswer::demands_tls},    CodeMeaning{7, 20, 24, RcptAnswer::about_sender},
    CodeMeaning{7, 25, 25, RcptAnswer::about_prober},   CodeMeaning{7, 26, 27, RcptAnswer::about_sender},
    CodeMeaning{7, 28, 28, RcptAnswer::about_prober},   CodeMeaning{7, 29, 29, RcptAnswer::about_sender},
    CodeMeaning{7, 54, 54, RcptAnswer::relay_denied},   CodeMeaning{7, 57, 57, RcptAnswer::demands_login},
    CodeMeaning{7, 60, 60, RcptAnswer::about_sender},   CodeMeaning{7, 64, 64, RcptAnswer::relay_denied},
    CodeMeaning{7, 501, 503, RcptAnswer::about_sender}, CodeMeaning{7, 506, 506, RcptAnswer::about_prober},
    CodeMeaning{7, 508, 508, RcptAnswer::about_prober}, CodeMeaning{7, 509, 509, RcptAnswer::about_sender},
    CodeMeaning{7, 510, 510, RcptAnswer::about_prober}, CodeMeaning{7, 511, 511, RcptAnswer::about_sender},
    CodeMeaning{7, 513, 513, RcptAnswer::about_prober}, CodeMeaning{7, 606, 649, RcptAnswer::about_prober},
    CodeMeaning{7, 708, 708, RcptAnswer::about_prober},
};

/// The reply's enhanced code: at its beginning, or where qmail has it, at its end: `no mailbox here (#5.1.1)`.
std::optional<EnhancedCode> code_of(const Reply& reply) {
  if (reply.enhanced || reply.lines.empty()) return reply.enhanced;
  constexpr std::string_view kOpens = "(#";
  std::string_view rest = reply.lines.back();
  const auto at = rest.rfind(kOpens);
  if (at == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(at + kOpens.size());
  const auto code = parse_enhanced_code(rest.substr(0, rest.find_first_of(") ")));
  return code && code->success == reply.code / 100 ? code : std::nullopt;
}

std::optional<RcptAnswer> meaning_of(const Reply& reply) {
  const auto code = code_of(reply);
  if (!code) return std::nullopt;
  const auto found = std::ranges::find_if(kCodes, [&](const CodeMeaning& row) {
    return row.subject == code->subject && row.first <= code->detail && code->detail <= row.last;
  });
  return found == kCodes.end() ? std::nullopt : std::optional(found->answer);
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Where `name` (an address, a host's name) stands in `text` by itself, and not as a part of a longer one.
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

/// A refusal's words in lower case.
struct Words {
  std::string all;      ///< without what it repeats of the recipient
  std::string own;      ///< the server's own, without what it quotes of another, URLs, addresses and names
  std::string pointed;  ///< the same with names of hosts
};

Words words_of(const Reply& reply, std::string_view recipient = {}) {
  Words words;
  for (const std::string& line : reply.lines) words.all += (words.all.empty() ? "" : " ") + ascii_lower(line);
  take_out(words.all, recipient);
  const auto domain = recipient.rfind('@');
  if (domain != std::string_view::npos) take_out(words.all, recipient.substr(domain + 1));
  const std::string_view said = up_to(words.all, kCalloutBegins);
  words.own = without_references(said, false);
  words.pointed = without_references(said, true);
  return words;
}

/// In words that say so.
bool refuses_client(const Words& words) {
  return says(words.own, kClientRefused) || says(words.own, kClientRate) || says(words.own, kClientGuesses);
}

/// In words that may mean it.
bool may_refuse_client(const Words& words) {
  return says(words.own, kMaybeClient) || says(words.pointed, kBlockListNames);
}

/// A demand by the reply code: 530 and 538.
std::optional<RcptAnswer> demand_by_code(const Reply& reply, const Words& words) {
  if (reply.code != kLoginFirst && reply.code != kEncryptionFirst) return std::nullopt;
  if (says(words.own, "starttls")) return RcptAnswer::demands_tls;
  const bool tls = says(words.own, kTls) && !says(words.own, kLogin);
  return tls ? RcptAnswer::demands_tls : RcptAnswer::demands_login;
}

bool denies_relaying(const Words& words) {
  if (says(words.own, "rcpthosts")) return true;
  if (says(words.own, "open relay")) return false;  // that is said of the prober
  return says(words.own, kRelay) && says(words.own, kDenial);
}

/// A 5xx reply that takes nobody and nothing.
struct Refusal {
  const Reply& reply;
  const ProberNames& prober;
  Words words;
  Beside beside = Beside::nobody;
  bool at_rcpt = false;  ///< to RCPT or MAIL: no message was sent that it may be about
};

bool denies_relaying(const Refusal& it) {
  return denies_relaying(it.words) && (it.beside == Beside::user || !may_refuse_client(it.words));
}

bool names_client(const Refusal& it) {
  return names(it.words.all, it.prober.ip) || names(it.words.all, it.prober.ehlo);
}

bool names_sender(const Refusal& it) {
  return names(it.words.all, it.prober.sender);
}

bool is_system_fault(const Refusal& it) {
  const auto code = code_of(it.reply);
  const bool by_code = code && code->subject == kSystemStatus;
  return by_code && !says(it.words.own, kClient) && !names_client(it);
}

bool points_to_block_list(const Refusal& it) {
  return says(it.words.pointed, kBlockListNames);
}

bool is_bad_form(const Refusal& it) {
  const auto code = code_of(it.reply);
  return it.reply.code == 501 && !(code && code->subject == kPolicyStatus);
}

bool never(const Refusal&) {
  return false;
}

enum class Holds {
  always,
  alone,         ///< where nobody is taken beside it
  alone_at_rcpt  ///< the same, at RCPT or MAIL
};

/// Speaks where the reply has one of the phrases, or the function says so.
struct Rule {
  RcptAnswer answer;
  std::string_view phrases;
  Holds holds = Holds::always;
  bool (*speaks)(const Refusal&) = never;
};

/// For a 5xx whose enhanced code does not decide. The first that speaks decides.
constexpr std::array kRules = {
    Rule{RcptAnswer::about_prober, kClientGuesses},
    Rule{RcptAnswer::about_prober, kClientRefused, Holds::alone},
    Rule{RcptAnswer::about_sender, kSenderRefused},
    Rule{RcptAnswer::unknown_user, kNoSuchUser},
    Rule{RcptAnswer::relay_denied, "", Holds::always, denies_relaying},
    Rule{RcptAnswer::about_prober, kClientRate},
    Rule{RcptAnswer::mailbox_disabled, kMailboxDisabled},
    Rule{RcptAnswer::mailbox_full, kMailboxFull},
    Rule{RcptAnswer::system_fault, "", Holds::always, is_system_fault},
    Rule{RcptAnswer::about_prober, kMaybeClient, Holds::alone, points_to_block_list},
    Rule{RcptAnswer::about_sender, kMaybeSender, Holds::alone, names_sender},
    Rule{RcptAnswer::about_sender, kSenderDoubted},
    Rule{RcptAnswer::about_prober, kClientRefused},
    Rule{RcptAnswer::demands_login, kLogin},
    Rule{RcptAnswer::about_prober, kClient, Holds::always, names_client},
    Rule{RcptAnswer::demands_login, kMaybeLogin},
    Rule{RcptAnswer::about_prober, kSpammer, Holds::alone_at_rcpt},
    Rule{RcptAnswer::bad_address, kBadForm},
    Rule{RcptAnswer::unknown_domain, kUnknownDomain},
    Rule{RcptAnswer::unknown_user, kDoesNotExist},
    Rule{RcptAnswer::bad_address, "", Holds::always, is_bad_form},
};

bool holds(const Rule& rule, const Refusal& it) {
  if (rule.holds == Holds::always) return true;
  return it.beside == Beside::nobody && (rule.holds == Holds::alone || it.at_rcpt);
}

RcptAnswer classify_refusal(const Refusal& it) {
  const bool of_sender = says(it.words.own, kSenderRefused);
  if (!of_sender && says(it.words.own, kCallout)) return RcptAnswer::callout_failed;
  if (const auto meaning = meaning_of(it.reply)) return *meaning;
  if (const auto demand = demand_by_code(it.reply, it.words); demand && !refuses_client(it.words)) return *demand;
  const auto rule = std::ranges::find_if(
      kRules, [&](const Rule& row) { return holds(row, it) && (says(it.words.own, row.phrases) || row.speaks(it)); });
  return rule == kRules.end() ? RcptAnswer::refused : rule->answer;
}

/// A 5xx to whatever was said.
RcptAnswer classify_alone(const Reply& reply) {
  const ProberNames unnamed;
  return classify_refusal({reply, unnamed, words_of(reply)});
}

/// Whether the reply to a message says that something else than the message is refused; `surely`: in clear words.
bool refuses_other_than_content(const Reply& reply, const Words& words, bool surely) {
  const bool clear = demand_by_code(reply, words) || denies_relaying(words) || says(words.own, kSenderRefused) ||
                     says(words.own, kClientRate) || says(words.own, kClientGuesses) || says(words.own, kClient) ||
                     says(words.own, kLogin);
  if (clear || surely) return clear;
  return refuses_client(words) || may_refuse_client(words) || says(words.own, kSenderDoubted) ||
         says(words.own, kMaybeSender);
}

}  // namespace

bool is_taken(const Reply& reply) {
  return reply.positive() && reply.code != kUnverified;
}

bool is_refusal(const Reply& reply) {
  return reply.temporary() || reply.permanent();
}

bool demands_more(const Reply& reply) {
  if (!reply.permanent()) return false;
  const auto meaning = meaning_of(reply);
  return meaning == RcptAnswer::demands_tls || meaning == RcptAnswer::demands_login ||
         demand_by_code(reply, words_of(reply)).has_value();
}

bool demands_login(const Reply& reply) {
  return reply.permanent() && classify_alone(reply) == RcptAnswer::demands_login;
}

bool asks_to_wait(const Reply& reply) {
  if (reply.code == kClosing) return true;
  if (!is_refusal(reply)) return false;
  const std::string words = words_of(reply).all;
  return says(words, "too many") && says(words, "connection*|concurrent*|session*");
}

bool puts_client_off(const Reply& reply) {
  if (reply.code == kClosing) return true;
  if (!is_refusal(reply)) return false;
  if (meaning_of(reply) == RcptAnswer::about_prober) return true;
  const Words words = words_of(reply);
  return refuses_client(words) || says(words.own, kClient);
}

bool puts_starttls_off(const Reply& reply) {
  constexpr int kNoTls = 454;
  return puts_client_off(reply) || is_about_prober(reply) || (reply.temporary() && reply.code != kNoTls);
}

bool is_about_prober(const Reply& reply) {
  return reply.permanent() && !refuses_recipient(classify_alone(reply));
}

RcptAnswer classify_rcpt(const Reply& reply, const ProberNames& prober, std::string_view recipient, Beside beside) {
  if (is_taken(reply)) return RcptAnswer::accepted;
  if (reply.positive()) return RcptAnswer::unverified;
  if (!reply.permanent()) return RcptAnswer::deferred;
  return classify_refusal({reply, prober, words_of(reply, recipient), beside, true});
}

bool defers_relaying(const Reply& reply, std::string_view recipient) {
  if (!reply.temporary() || reply.code == kClosing) return false;
  const Words words = words_of(reply, recipient);
  return denies_relaying(words) && !says(words.own, "temporar*");
}

bool refuses_recipient(RcptAnswer answer) {
  constexpr std::array kRefusals = {RcptAnswer::relay_denied,   RcptAnswer::unknown_domain,   RcptAnswer::unknown_user,
                                    RcptAnswer::callout_failed, RcptAnswer::mailbox_disabled, RcptAnswer::mailbox_full,
                                    RcptAnswer::system_fault,   RcptAnswer::bad_address,      RcptAnswer::refused};
  return std::ranges::find(kRefusals, answer) != kRefusals.end();
}

ContentAnswer classify_content(const Reply& reply, bool plain_taken) {
  if (reply.positive()) return ContentAnswer::accepted;
  if (!reply.permanent()) return ContentAnswer::deferred;
  const Words words = words_of(reply);
  if (says(words.all, "gtube")) return ContentAnswer::content;
  if (meaning_of(reply)) return ContentAnswer::about_other;
  const auto code = code_of(reply);
  const int subject = code ? code->subject : 0;
  if (subject == kContentStatus || says(words.own, kContentRefused)) return ContentAnswer::content;
  if (refuses_other_than_content(reply, words, plain_taken)) return ContentAnswer::about_other;
  if (says(words.own, kMaybeContent)) return ContentAnswer::content;
  const bool may_be = (subject == 0 || subject == kPolicyStatus) && (reply.code == 550 || reply.code == 554);
  return plain_taken || may_be ? ContentAnswer::refused : ContentAnswer::about_other;
}

bool tells_of_content(const Reply& reply) {
  const Words words = words_of(reply);
  return says(words.own, kContentRefused) || says(words.own, kMaybeContent) || says(words.own, kPutAway);
}

std::string login_demanded(std::uint16_t port) {
  return fmt::format("port {} demands authentication for its own recipient, so no other server can deliver", port);
}

}  // namespace drydock
