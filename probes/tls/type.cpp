#include "probes/tls/type.hpp"

#include "probes/core/fact_table.hpp"
#include "probes/tls/checks.hpp"
#include "probes/tls/facts.hpp"
#include "probes/tls/probe.hpp"

namespace drydock {

namespace {

constexpr std::string_view kStarttls[] = {"smtp", "imap", "pop3", "ftp"};

constexpr ParameterSpec kParameters[] = {
    {.name = "port", .type = ParameterType::port, .default_value = "443", .meaning = "the port to dial"},
    {.name = "starttls",
     .type = ParameterType::choice,
     .meaning = "the protocol in which TLS is asked for; without it TLS begins at once",
     .choices = kStarttls},
};

constexpr auto kFacts = fact_table(kTlsSession, kTls);

constexpr CheckSpec kChecks[] = {
    {.id = "tls.answers",
     .title = "answers with TLS",
     .severity = Severity::critical,
     .rfc = "RFC 8446 §4",
     .spec = "TLS-04",
     .catches = "A port on which nothing listens, a service that answers in plain text, a certificate or key that the "
                "service can't read "
                "(it then sends an alert or hangs up), STARTTLS that is not offered or is refused, a server that "
                "speaks no TLS 1.2, and one that demands a certificate of its clients.",
     .why = "No client gets any further: a browser shows an error page, a mail program can't fetch mail, and other "
            "mail servers fall "
            "back to clear text or keep their mail.",
     .by_hand = "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null; for STARTTLS add -starttls smtp, "
                "imap, pop3 or ftp.",
     .mend = "See whether the service runs and listens on this address, whether TLS is on for this port, and whether "
             "the key fits the "
             "certificate and is readable for the service's user; its log says which.",
     .judge = tls::judge_answers},
    {.id = "tls.chain",
     .title = "the certificate chain is trusted",
     .severity = Severity::critical,
     .rfc = "RFC 5280 §6",
     .spec = "TLS-01",
     .catches = "A self-signed certificate, an authority that nobody trusts, an intermediate certificate that is not "
                "served, a chain with a "
                "key or signature too weak for today's clients, and (as a warning) a chain served out of order.",
     .why = "Clients refuse the connection or ask their users to trust a stranger. Browsers often hide a missing "
            "intermediate because they "
            "know it from elsewhere; mail programs, scripts and other servers do not.",
     .by_hand = "openssl s_client -connect ADDRESS:PORT -servername NAME -showcerts </dev/null, and read \"Verify "
                "return code\".",
     .mend = "Serve the leaf and all intermediates in one file, leaf first. Name the file of an authority of your own "
             "as `trust` in the "
             "scenario.",
     .judge = tls::judge_chain},
    {.id = "tls.name",
     .title = "the certificate covers the spoken name",
     .severity = Severity::critical,
     .rfc = "RFC 9525 §6.3",
     .spec = "TLS-02",
     .catches = "A certificate for another name: that of the interim hostname, of another virtual host, or one that "
                "has the name only as its "
                "common name, which clients ignore.",
     .why = "After the names are switched every client that checks certificates refuses the new host.",
     .by_hand = "openssl s_client -connect ADDRESS:PORT -servername NAME -verify_hostname NAME </dev/null | openssl "
                "x509 -noout -ext "
                "subjectAltName",
     .mend = "Issue a certificate whose subjectAltName has every name that clients use, install it in this service and "
             "restart it; see that "
             "the service chooses certificates by the name spoken (SNI).",
     .judge = tls::judge_name},
    {.id = "tls.validity",
     .title = "the certificate is valid, and stays so for 14 days",
     .severity = Severity::critical,
     .rfc = "RFC 5280 §4.1.2.5",
     .spec = "TLS-03",
     .catches = "An expired certificate, one that is not valid yet, one that ends within 14 days (a warning below 30 "
                "days), and as a warning "
                "one that is less than an hour old, which clients with slow clocks refuse.",
     .why = "A certificate that ends shortly after the move ends when nobody looks any more; renewal is what moves "
            "most often forget.",
     .by_hand = "openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null | openssl x509 -noout -dates",
     .mend = "Renew it, rehearse the automatic renewal on the new host, and see that the renewal reloads every service "
             "that uses the "
             "certificate.",
     .judge = tls::judge_validity},
    {.id = "tls.protocol-floor",
     .title = "TLS below 1.2 is refused",
     .severity = Severity::degraded,
     .rfc = "RFC 8996 §2",
     .spec = "TLS-04",
     .catches = "A service that still accepts TLS 1.1, TLS 1.0 or, where this machine's OpenSSL can try it, SSL 3.",
     .why = "The old protocols are broken and forbidden by RFC 8996; a new host that offers them was configured from "
            "an old one.",
     .by_hand = "openssl s_client -connect ADDRESS:PORT -servername NAME -tls1_1 -cipher ALL:@SECLEVEL=0 </dev/null "
                "must end with an alert.",
     .mend = "Set TLS 1.2 as the lowest protocol of the service, or of the system (MinProtocol in openssl.cnf).",
     .judge = tls::judge_protocol_floor},
};

}  // namespace

const ProbeType kTlsType{
    .name = "tls",
    .summary =
        "one TLS handshake, at once or after STARTTLS: certificate, protocol, and that old protocols are refused",
    .aims = {Aim::host},
    .parameters = kParameters,
    .facts = kFacts,
    .checks = kChecks,
    .make = [](const Parameters& parameters) -> std::unique_ptr<const Probe> {
      return std::make_unique<TlsProbe>(parameters);
    },
    .port = [](const Parameters& parameters) { return static_cast<std::uint16_t>(parameters.integer("port", 443)); },
};

}  // namespace drydock
