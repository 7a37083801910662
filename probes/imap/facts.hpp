#pragma once
#include "probes/core/fact.hpp"
#include "probes/net/tls_facts.hpp"

namespace drydock {

/// What the type `imap` sees.
struct ImapFacts {
  Fact<std::string> greeting{"imap.greeting", "the greeting without its asterisk"};
  Fact<std::vector<std::string>> capabilities{
      "imap.capabilities", "what the server offers, after login where one was made", Parity::at_least};
  Fact<std::string> login{"imap.login", "the answer to the last LOGIN", Parity::normalised, "status"};
  Fact<std::vector<std::string>> login_tries{"imap.login_tries",
                                             "the answers of every try to log in and open the inbox"};
  Fact<std::string> inbox{"imap.inbox", "the answer to EXAMINE INBOX after the login", Parity::normalised, "status"};
  Fact<std::string> wrong_password{"imap.wrong_password", "the answer to a made-up password", Parity::normalised,
                                   "status"};
  Fact<std::string> clear_state{"imap.clear.state", "port 143: open, refused, prohibited, silent or unreachable",
                                Parity::same};
  Fact<std::string> clear_greeting{"imap.clear.greeting", "its greeting"};
  Fact<std::vector<std::string>> clear_capabilities{"imap.clear.capabilities", "what it offers without TLS",
                                                    Parity::same};
  Fact<std::string> clear_trouble{"imap.clear.trouble", "why what it offers was not seen"};
};
inline constexpr ImapFacts kImap;
inline constexpr net::TlsFacts kImapTls = net::tls_facts<"imap.tls">();

}  // namespace drydock
