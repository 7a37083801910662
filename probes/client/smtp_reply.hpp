#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "probes/core/reply.hpp"

/// What replies of SMTP servers mean: by the reply code, then by an enhanced code that is specific (RFC 3463, RFC 7372
/// and the IANA registry), then by words (smtp_words.hpp), of which those in URLs and mail addresses are not read.
namespace drydock {

/// What a reply to RCPT, or to MAIL, says.
enum class RcptAnswer {
  accepted,          ///< 2xx but 252
  unverified,        ///< 252: promises nothing
  deferred,          ///< 4xx, and what is no reply to this question: nothing can be said
  about_prober,      ///< 5xx about the prober's address, name or pace: nothing can be said about the host
  about_sender,      ///< 5xx about the sender: the same, unless the sender is what is asked about
  demands_login,     ///< 5xx: whoever has not logged in is not listened to (RFC 4954 §6)
  demands_tls,       ///< 5xx: whoever has not begun TLS is not listened to (RFC 3207 §4)
  relay_denied,      ///< 5xx that says itself that mail is not passed on
  unknown_user,      ///< 5xx that says itself that there is no such recipient
  unknown_domain,    ///< 5xx, X.1.2: there is no such domain; it was looked up
  callout_failed,    ///< 5xx: a server further on was asked, and does not take the recipient
  mailbox_disabled,  ///< 5xx, X.2.1: there is such a mailbox, and it takes no mail
  mailbox_full,      ///< 5xx, X.2.2
  system_fault,      ///< 5xx, X.3.Z and X.4.Z: the mail system itself is out of order
  bad_address,       ///< 5xx that says itself that the address has a form that is not taken
  refused            ///< any other 5xx: proves something only beside a recipient who is taken
};

/// Whether the host has taken mail for another ordinary user from the same prober, in the same run. Then it does not
/// refuse the prober, unless it says clearly that it does; where nobody was taken, words are enough that may be about
/// the prober.
enum class Beside { nobody, user };

/// What a refusal would hold that speaks of the prober and not of the recipient; each may be empty.
struct ProberNames {
  std::string ip;      ///< that it dialled from
  std::string ehlo;    ///< that it gave in EHLO
  std::string sender;  ///< of its MAIL FROM
};

/// Of a recipient: 2xx, but 252 promises nothing.
bool is_taken(const Reply& reply);

/// 4xx or 5xx.
bool is_refusal(const Reply& reply);

/// True where a 5xx reply demands a login, or TLS, first, and says so by its code: 530, 538, X.7.10, X.7.11. By words
/// alone it may be a reputation that is disliked ("please authenticate").
bool demands_more(const Reply& reply);

/// True where a 5xx demands a login, by its code or by words that can mean nothing else.
bool demands_login(const Reply& reply);

/// What is wrong where this port, which is for other servers, demands a login for the host's own recipient.
std::string login_demanded(std::uint16_t port);

/// True where the server asks this client to come again with fewer connections, or later: 421, and refusals that speak
/// of too many connections or sessions (Exim's smtp_accept_max_per_host, Postfix' anvil).
bool asks_to_wait(const Reply& reply);

/// True where a 4xx or 5xx says clearly that it is the client or its pace that is put off or refused, greylisting
/// among it, and for 421.
bool puts_client_off(const Reply& reply);

/// True where the reply to STARTTLS refuses this client, or for now, and says nothing of TLS. 454, which says that it
/// is temporary (RFC 3207 §4), does not: servers give it for good where they can't read their key.
bool puts_starttls_off(const Reply& reply);

/// True where a 5xx reply, to whatever was said, speaks of the prober or its sender, or demands a login or TLS.
bool is_about_prober(const Reply& reply);

/// What the server repeats of `recipient`, the path that was asked about (may be empty), is not taken for its own
/// words, nor what it quotes of another server that it asked.
RcptAnswer classify_rcpt(const Reply& reply, const ProberNames& prober, std::string_view recipient, Beside beside);

/// True for a 4xx that says itself that mail is not passed on: Postfix says it with 454 where its last restriction is
/// defer_unauth_destination. False where it speaks of a passing trouble.
bool defers_relaying(const Reply& reply, std::string_view recipient);

/// True for a 5xx that speaks neither of the prober nor of its sender, and demands nothing: the recipient is refused.
bool refuses_recipient(RcptAnswer answer);

/// What the reply to a message, after the final dot, says of its content.
enum class ContentAnswer {
  accepted,     ///< 2xx
  deferred,     ///< 4xx, and what is no reply to this question
  content,      ///< 5xx that says itself that the content is refused: X.6.Z, words for spam, viruses and content
  refused,      ///< 5xx without such a reason: the content, where another message is taken
  about_other,  ///< 5xx about the prober, the sender, the mailbox or the system
};
/// `plain_taken`: a plain message, from the same sender for the same recipient, is taken; then only codes, and words
/// that say clearly what else is refused, speak against the content.
ContentAnswer classify_content(const Reply& reply, bool plain_taken);

/// True where a reply to a message, of whatever code, says itself what was found in it, or that it is thrown away or
/// locked away for that.
bool tells_of_content(const Reply& reply);

}  // namespace drydock
