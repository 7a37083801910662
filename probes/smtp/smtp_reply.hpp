#pragma once
#include <string_view>

#include "probes/core/reply.hpp"

/// What replies of SMTP servers mean, by their codes; by words only where a code has two meanings.
namespace drydock {

/// What a reply to RCPT or MAIL says about the address.
enum class RcptAnswer {
  accepted,     ///< 250, 251
  unverified,   ///< 252
  refused,      ///< 5xx
  deferred,     ///< 4xx: nothing can be said
  about_prober  ///< 5xx that speaks of the prober's address, name or sender: nothing can be said about the host
};

/// 4xx or 5xx.
bool is_refusal(const Reply& reply);

/// 530 and 538: whoever has not logged in, or not begun TLS, is not listened to (RFC 4954 §6, RFC 3207 §4).
bool demands_login(const Reply& reply);

/// True where the server asks this client to come again with fewer connections, or later: 421, and refusals that speak
/// of too many connections or sessions (Exim's smtp_accept_max_per_host, Postfix' anvil).
bool asks_to_wait(const Reply& reply);

/// True where a 5xx reply speaks of the prober: 530 and 538, enhanced codes X.1.7, X.1.8 and X.7.20 to X.7.29 (RFC 7372
/// and the IANA registry), and by their words: failed sender verification, block lists, rate limits.
bool is_about_prober(const Reply& reply);

/// Classifies by code; `prober_ip` and `sender` (may be empty) are what a refusal that speaks of the prober would hold.
RcptAnswer classify_rcpt(const Reply& reply, std::string_view prober_ip, std::string_view sender);

}  // namespace drydock
