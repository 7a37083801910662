#pragma once
#include "probes/core/fact.hpp"
#include "probes/core/fact_table.hpp"
#include "probes/facet/certificate.hpp"

namespace drydock {

/// The columns of smtp.broken and smtp.unanswered.
struct SmtpBreakFacts {
  Fact<std::string> check{"check", "the check that lacks its answer"};
  Fact<std::string> stage{"stage", "where the connection ended"};
  Fact<std::string> words{"words", "how"};
};
inline constexpr SmtpBreakFacts kSmtpBreak;
inline constexpr auto kSmtpBreakColumns = fact_table(kSmtpBreak);

/// What the type `smtp` sees.
struct SmtpFacts {
  Fact<std::string> banner{"smtp.banner", "text of the greeting's first line, without the code", Parity::free};
  Fact<Reply> greeting{"smtp.greeting", "the greeting as a reply", Parity::same};
  Fact<double> banner_seconds{"smtp.banner_seconds", "from the start to the greeting, connecting included",
                              Parity::free};
  Fact<std::string> ehlo_name{"smtp.ehlo.name", "first word of the reply to EHLO: the server's name", Parity::differs};
  Fact<bool> ehlo_extended{"smtp.ehlo.extended", "EHLO was taken, not only HELO", Parity::same};
  Fact<std::vector<std::string>> ehlo_extensions{
      "smtp.ehlo.extensions",
      "keywords in the first reply to EHLO: before STARTTLS, or inside TLS where that is implicit", Parity::same};
  Fact<std::vector<std::string>> ehlo_auth{"smtp.ehlo.auth", "SASL mechanisms in the first reply to EHLO",
                                           Parity::same};
  Fact<std::vector<std::string>> secure_extensions{"smtp.secure.extensions", "keywords in the reply to EHLO inside TLS",
                                                   Parity::same};
  Fact<std::vector<std::string>> secure_auth{"smtp.secure.auth", "SASL mechanisms in the reply to EHLO inside TLS",
                                             Parity::same};
  Fact<std::int64_t> size{"smtp.size", "greatest message that is taken, octets (RFC 1870)", Parity::at_least};
  Fact<Reply> starttls{"smtp.starttls", "reply to STARTTLS", Parity::free};
  Fact<std::int64_t> discarded_octets{"smtp.discarded_octets",
                                      "octets that came in clear between the 220 to STARTTLS and TLS", Parity::same};
  Fact<std::string> injection{"smtp.injection",
                              "what became of a command sent in clear behind STARTTLS: dropped, refused or executed",
                              Parity::same};
  Fact<Reply> clear_auth{"smtp.clear_auth", "reply to AUTH without TLS, with a made-up name", Parity::free};
  Fact<bool> clear_auth_hung_up{"smtp.clear_auth_hung_up", "the server hung up on AUTH without TLS, without a reply",
                                Parity::free};
  Fact<Rows<Reply>> auth{"smtp.auth", "SASL mechanism: reply to the account's password", Parity::at_least};
  Fact<std::string> auth_withheld{"smtp.auth_withheld", "why the password was not sent", Parity::free};
  Fact<Rows<Reply>> wrong_password{"smtp.wrong_password", "`wrong password` and `unknown user`: reply to AUTH",
                                   Parity::free};
  Fact<std::string> sender{"smtp.sender", "MAIL FROM of the questions at RCPT", Parity::free};
  Fact<Reply> sender_reply{"smtp.sender_reply", "reply to that MAIL FROM", Parity::free};
  Fact<Rows<Reply>> recipients{"smtp.recipients", "address: reply to RCPT", Parity::same};
  Fact<Rows<Reply>> unknown{"smtp.unknown", "address of a user who does not exist: reply to RCPT", Parity::same};
  Fact<Rows<Reply>> postmaster{"smtp.postmaster", "form of postmaster's address: reply to RCPT", Parity::same};
  Fact<Rows<Reply>> null_sender{"smtp.null_sender", "address: reply to RCPT after MAIL FROM:<>", Parity::same};
  Fact<Rows<Reply>> defers{"smtp.defers", "address that is to be deferred: reply to RCPT", Parity::free};
  Fact<std::string> scanner_to{"smtp.scanner_to", "who the message that the scanner must refuse was sent to",
                               Parity::free};
  Fact<Reply> scanner{"smtp.scanner", "reply after the message that the scanner must refuse", Parity::free};
  Fact<Reply> scanner_control{"smtp.scanner_control",
                              "reply after a plain message to the same recipient, sent where that one was refused",
                              Parity::free};
  Fact<std::string> local{"smtp.local", "IP address that the prober dialled from", Parity::free};
  Fact<std::string> own_name{"smtp.own_name", "name that the prober gave in EHLO", Parity::free};
  Fact<std::vector<Record>> broken{"smtp.broken",
                                   "how the server, by its own fault, broke a connection off at what a check is about",
                                   Parity::free,
                                   {},
                                   kSmtpBreakColumns};
  Fact<std::vector<Record>> unanswered{"smtp.unanswered",
                                       "why what a check is about was not answered, without a fault of the server",
                                       Parity::free,
                                       {},
                                       kSmtpBreakColumns};
};
inline constexpr SmtpFacts kSmtp;
inline constexpr facet::TlsFacts kSmtpTls = facet::tls_facts<"smtp.tls">();

/// What the type `smtp_relay` sees.
struct RelayFacts {
  Fact<std::vector<std::string>> ways{"smtp_relay.ways",
                                      "ports that take mail, in clear and inside TLS: what was asked", Parity::free};
  Fact<Fields> put_off{"smtp_relay.put_off",
                       "way in, whose server said \"not now\" or turned this prober away: its words", Parity::free};
  Fact<Fields> unseen{"smtp_relay.unseen",
                      "way in that the server offers, but where the dialogue did not come to a question: why",
                      Parity::free};
  Fact<Fields> passed_over{"smtp_relay.passed_over", "other ways in: why nothing was asked there", Parity::free};
  Fact<Rows<Reply>> replies{"smtp_relay.replies", "variant of the attempt, with its way in: reply to RCPT",
                            Parity::free};
  Fact<Rows<Reply>> senders{"smtp_relay.senders", "sender that was not taken, with the way in: reply to MAIL",
                            Parity::free};
  Fact<Rows<Reply>> controls{"smtp_relay.controls",
                             "local recipient, asked beside the variants, with the way in: reply to RCPT",
                             Parity::free};
  Fact<std::vector<std::string>> uncontrolled{
      "smtp_relay.uncontrolled", "variants that were asked where no local recipient was taken either", Parity::free};
  Fact<std::vector<std::string>> unasked{"smtp_relay.unasked",
                                         "variants whose sender, this prober's own, was not taken", Parity::free};
  Fact<Rows<Reply>> strangers{"smtp_relay.strangers",
                              "way in: reply to RCPT for a local user who does not exist; asked where a variant at the "
                              "own domain was accepted",
                              Parity::free};
  Fact<std::string> local{"smtp_relay.local", "IP address that the prober dialled from", Parity::free};
  Fact<std::string> own_name{"smtp_relay.own_name", "name that the prober gave in EHLO", Parity::free};
};
inline constexpr RelayFacts kRelay;

}  // namespace drydock
