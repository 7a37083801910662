#pragma once
#include <string>
#include <string_view>

#include "probes/core/reply.hpp"

/// What replies of SMTP servers mean, by their codes; by words only where a code has several meanings.
namespace drydock {

/// What a reply to RCPT, or to MAIL, says.
enum class RcptAnswer {
  accepted,       ///< 2xx but 252
  unverified,     ///< 252
  deferred,       ///< 4xx, and what is no reply to this question: nothing can be said
  about_prober,   ///< 5xx about the prober's address, name or pace: nothing can be said about the host
  about_sender,   ///< 5xx about the sender: the same, unless the sender is what is asked about
  demands_login,  ///< 5xx: whoever has not logged in is not listened to (RFC 4954 §6)
  demands_tls,    ///< 5xx: whoever has not begun TLS is not listened to (RFC 3207 §4)
  relay_denied,   ///< 5xx that says itself that mail is not passed on
  unknown_user,   ///< 5xx that says itself that there is no such recipient
  bad_address,    ///< 5xx that says itself that the address has a form that is not taken
  refused         ///< any other 5xx: proves something only beside a recipient who is taken
};

/// What a refusal would hold that speaks of the prober and not of the recipient; each may be empty.
struct ProberNames {
  std::string ip;      ///< that it dialled from
  std::string ehlo;    ///< that it gave in EHLO
  std::string sender;  ///< of its MAIL FROM
};

/// 4xx or 5xx.
bool is_refusal(const Reply& reply);

/// True where a 5xx reply demands a login, or TLS, first: 530 and 538, X.7.10, X.7.11, and words that say so.
bool demands_more(const Reply& reply);

/// True where the server asks this client to come again with fewer connections, or later: 421, and refusals that speak
/// of too many connections or sessions (Exim's smtp_accept_max_per_host, Postfix' anvil).
bool asks_to_wait(const Reply& reply);

/// True where a 5xx reply speaks of the prober or its sender: enhanced codes X.1.7, X.1.8 and X.7.20 to X.7.29 (RFC
/// 7372 and the IANA registry), and by their words: block lists, rates, the name in EHLO, senders that are not
/// believed; and where it demands a login or TLS.
bool is_about_prober(const Reply& reply);

/// Classifies by code first. What the server repeats of `recipient`, the path that was asked about (may be empty), is
/// not taken for its own words.
RcptAnswer classify_rcpt(const Reply& reply, const ProberNames& prober, std::string_view recipient);

/// True for a 4xx or 5xx that says itself that mail is not passed on, whatever else it says of the prober; Postfix says
/// it with 454 where its last restriction is defer_unauth_destination. False where it speaks of a passing trouble.
bool says_not_relayed(const Reply& reply, std::string_view recipient);

/// True for a 5xx that speaks neither of the prober nor of its sender: the recipient is refused.
bool refuses_recipient(RcptAnswer answer);

/// What the reply to a message, after the final dot, says of its content.
enum class ContentAnswer {
  accepted,     ///< 2xx
  deferred,     ///< 4xx, and what is no reply to this question
  content,      ///< 5xx that says itself that the content is refused: X.6.Z, words for spam, viruses and content
  refused,      ///< 550 or 554 without a reason: the content, where another message is taken
  about_other,  ///< 5xx about the prober, the sender, the mailbox or the system
};
ContentAnswer classify_content(const Reply& reply);

}  // namespace drydock
