#pragma once
#include "probes/core/fact.hpp"
#include "probes/facet/certificate.hpp"

namespace drydock {

/// What the type `imap` sees.
struct ImapFacts {
  Fact<Answer> greeting{"imap.greeting", "the greeting", Parity::normalised, "status"};
  Fact<std::vector<std::string>> capabilities{
      "imap.capabilities", "what the server offers, after login where one was made", Parity::at_least};
  Fact<Answer> login{"imap.login", "the answer to the last LOGIN", Parity::normalised, "status"};
  Fact<Answer> inbox{"imap.inbox", "the answer to EXAMINE INBOX after that", Parity::normalised, "status"};
  Fact<Answer> deferred_login{"imap.deferred.login",
                              "the answer to a first LOGIN that was not decided, so that a second one was tried"};
  Fact<Answer> deferred_inbox{"imap.deferred.inbox", "the answer to EXAMINE INBOX after that"};
  Fact<Answer> wrong_password{"imap.wrong_password", "the answer to a made-up password", Parity::normalised, "status"};
  Fact<std::string> clear_state{"imap.clear.state", "port 143: open, refused, prohibited, silent or unreachable",
                                Parity::same};
  Fact<Answer> clear_greeting{"imap.clear.greeting", "its greeting"};
  Fact<std::vector<std::string>> clear_capabilities{"imap.clear.capabilities", "what it offers without TLS",
                                                    Parity::same};
  Fact<std::string> clear_trouble{"imap.clear.trouble", "why what it offers was not seen"};
};
inline constexpr ImapFacts kImap;
inline constexpr facet::TlsFacts kImapTls = facet::tls_facts<"imap.tls">();

}  // namespace drydock
