#include "probes/tls/type.hpp"

#include "probes/core/check_table.hpp"
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

/// The handshake, old protocols, once more where the server hangs up on them, and a handshake after that.
constexpr int kConnections = 4;

constexpr std::array<CheckSpec, 1> kAnswerChecks = {{
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
}};

constexpr std::array<CheckSpec, 1> kProtocolChecks = {{
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
}};

constexpr auto kCertificateChecks =
    facet::certificate_checks<"tls.", "openssl s_client -connect ADDRESS:PORT -servername NAME", tls::of_certificate>(
        {.chain = "TLS-01", .name = "TLS-02", .validity = "TLS-03", .name_rfc = "RFC 9525 §6.3"});

constexpr auto kChecks = check_table(kAnswerChecks, kCertificateChecks, kProtocolChecks);

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
    .connections = [](const Parameters&) { return kConnections; },
    .port = [](const Parameters& parameters) { return static_cast<std::uint16_t>(parameters.integer("port", 443)); },
    .reached_by = "tls.answers",
};

}  // namespace drydock
