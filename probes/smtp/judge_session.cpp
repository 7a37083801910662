#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "probes/core/shell_word.hpp"
#include "probes/core/text.hpp"
#include "probes/facet/certificate.hpp"
#include "probes/smtp/checks.hpp"
#include "probes/smtp/facts.hpp"
#include "probes/smtp/settings.hpp"

namespace drydock {
namespace {

using Texts = std::vector<std::string>;

constexpr double kPromptSeconds = 10;
constexpr std::string_view kNoTls = "this port is probed without TLS (tls: none)";

bool lists(const Texts& texts, std::string_view wanted) {
  return std::ranges::find(texts, wanted) != texts.end();
}

std::string folded(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return ascii_lower(name);
}

std::string first_word(std::string_view text) {
  return std::string(text.substr(0, text.find_first_of(" \t")));
}

std::string by_openssl(const Subject& subject, const SmtpSettings& settings) {
  const std::string how = settings.tls() == TlsMode::implicit ? "" : " -starttls smtp";
  const std::string name = subject.target.name.empty() ? "" : " -servername " + shell_word(subject.target.name);
  return fmt::format("openssl s_client -connect {}{}{} -showcerts </dev/null", settings.endpoint().text(), how, name);
}

Judgement judge_greeting_line(const Observation& seen, const Reply& greeting, std::string_view expected) {
  const std::string actual = greeting.text();
  if (greeting.temporary()) return Judgement::inconclusive("the server greets with \"not now\": " + actual);
  if (is_about_prober(greeting))
    return Judgement::inconclusive("the server turns this prober away: " + actual, "have the prober's address allowed");
  if (greeting.code != 220)
    return Judgement::fail("the server does not take mail: it greets with " + actual, std::string(expected), actual,
                           "look at tcp wrappers, host_reject_connection, and whether this is the right machine");
  if (actual.find("****") != std::string::npos)
    return Judgement::fail("something between hides the greeting behind asterisks", std::string(expected), actual,
                           "switch off SMTP inspection on the firewall: it breaks ESMTP and STARTTLS");
  const auto* seconds = seen.get(kSmtp.banner_seconds);
  if (seconds && *seconds > kPromptSeconds)
    return Judgement::warn(fmt::format("the greeting took {:.1f} s", *seconds), std::string(expected), actual,
                           "look for ident look-ups, reverse DNS of the prober that times out, block list look-ups");
  return Judgement::pass(actual);
}

/// What makes a name wrong whatever the host is called; empty where nothing does.
std::string why_wrong(const std::string& name, const Subject& subject) {
  const std::string word = folded(name);
  for (const auto& wrong : subject.expected.wrong_names)
    if (word == folded(wrong)) return "the name of another phase or host";
  if (word.empty()) return "no name at all";
  if (word == "localhost" || word.starts_with("localhost.")) return "a name that every machine has";
  if (word.starts_with('[')) return "an address, not a name";
  if (word.find('.') == std::string::npos) return "a name without a domain";
  const bool address = std::ranges::all_of(word, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  return address ? "an address, not a name" : "";
}

Judgement name_failure(std::string_view where, const std::string& said, const Subject& subject) {
  const std::string why = why_wrong(said, subject);
  return Judgement::fail(
      fmt::format("{} calls the host {}{}{}", where, printable(said), why.empty() ? "" : ": ", why),
      subject.expected.hostname, said,
      "set primary_hostname (Exim) or myhostname (Postfix), see /etc/mailname, and restart the daemon");
}

Judgement compare_names(const std::string& banner, const std::string& said, const Subject& subject) {
  const std::string wanted = folded(subject.expected.hostname);
  if (folded(said) != wanted) return name_failure("the reply to EHLO", said, subject);
  if (folded(banner) == wanted) return Judgement::pass(said);
  if (!why_wrong(banner, subject).empty()) return name_failure("the greeting", banner, subject);
  return Judgement::warn(fmt::format("the greeting says {}, EHLO says {}", printable(banner), said),
                         subject.expected.hostname, banner,
                         "set smtp_banner to begin with the host's name (RFC 5321 §4.2)");
}

bool is_cbc(const std::string& cipher) {
  const auto has = [&cipher](std::string_view mode) { return cipher.find(mode) != std::string::npos; };
  return !has("GCM") && !has("CCM") && !has("POLY1305");
}

Judgement judge_handshake(const Observation& seen) {
  const auto* version = seen.get(kSmtpTls.version);
  const auto* cipher = seen.get(kSmtpTls.cipher);
  if (!version) return not_seen(seen, "the TLS handshake");
  const auto* injection = seen.get(kSmtp.injection);
  if (!injection)
    return unseen(seen, smtp_check::kStarttls, "what becomes of a command sent before TLS", "dropped or refused");
  const std::string actual = fmt::format("{} {}", *version, cipher ? *cipher : "");
  if (*injection == "executed")
    return Judgement::fail("a command sent in clear behind STARTTLS is obeyed inside TLS", "dropped or refused",
                           "obeyed", "update the server or the proxy before it (CVE-2011-0411)");
  const auto* early = seen.get(kSmtp.discarded_octets);
  if (early && *early > 0)
    return Judgement::warn(fmt::format("{} octets came in clear between the 220 and TLS; they were dropped", *early),
                           "nothing", actual, "a proxy in front answers what it should not, or somebody is in between");
  if (*version == "TLSv1.2" && cipher && is_cbc(*cipher))
    return Judgement::warn("only TLS 1.2 with a CBC cipher was agreed on", "TLS 1.3, or 1.2 with GCM or ChaCha20",
                           actual, "see tls_require_ciphers");
  return Judgement::pass(actual);
}

Judgement finish(Judgement judgement, std::string_view stage, std::string reproduce) {
  if (judgement.verdict == Verdict::skip) reproduce.clear();
  return staged(std::move(judgement), stage, std::move(reproduce));
}

}  // namespace

Judgement judge_smtp_greeting(const Observation& seen, const Subject& subject) {
  const SmtpSettings settings(subject);
  const std::string expected = fmt::format("220 within {} s, and a reply to EHLO", kPromptSeconds);
  const auto* greeting = seen.get(kSmtp.greeting);
  const bool welcome = !greeting || greeting->code == 220;
  Judgement judgement;
  if (welcome && broken_at(seen, smtp_check::kGreeting)) {
    judgement = unseen(seen, smtp_check::kGreeting, "", expected);
    judgement.hint = seen.error && seen.error->kind == ErrorKind::tls
                         ? "see what listens on this port, and the port and `tls` of the scenario"
                         : "see whether the mail server runs, listens on this address, and what it logged";
  } else if (welcome && !seen.has(kSmtp.ehlo_name)) {
    judgement = unseen(seen, smtp_check::kGreeting, greeting ? "the reply to EHLO" : "the greeting", expected);
  } else {
    judgement = judge_greeting_line(seen, *greeting, expected);
  }
  const TlsMode tls = settings.tls() == TlsMode::implicit ? TlsMode::implicit : TlsMode::none;
  return finish(judgement, "banner", swaks_command(subject, settings.endpoint(), tls, "--quit-after EHLO"));
}

Judgement judge_smtp_name(const Observation& seen, const Subject& subject) {
  const SmtpSettings settings(subject);
  if (subject.expected.hostname.empty())
    return Judgement::skip("the scenario does not say what the host calls itself (hostname)");
  const auto* banner = seen.get(kSmtp.banner);
  const auto* said = seen.get(kSmtp.ehlo_name);
  const TlsMode tls = settings.tls() == TlsMode::implicit ? TlsMode::implicit : TlsMode::none;
  return finish(banner && said ? compare_names(first_word(*banner), *said, subject)
                               : not_seen(seen, "the name in greeting and EHLO"),
                "ehlo", swaks_command(subject, settings.endpoint(), tls, "--quit-after EHLO"));
}

Judgement judge_smtp_capabilities(const Observation& seen, const Subject& subject) {
  const SmtpSettings settings(subject);
  const auto* offered = seen.get(kSmtp.ehlo_extensions);
  const auto* extended = seen.get(kSmtp.ehlo_extended);
  const auto* secure = seen.get(kSmtp.secure_extensions);
  const std::string look = swaks_command(subject, settings.endpoint(), settings.tls(), "--quit-after EHLO");
  if (!offered || !extended) return finish(not_seen(seen, "the reply to EHLO"), "ehlo", look);
  const std::string actual = offered->empty() ? "no extension" : fmt::format("{}", fmt::join(*offered, " "));
  if (!*extended)
    return finish(Judgement::fail("the server refuses EHLO and knows HELO only", "EHLO with SIZE 8BITMIME PIPELINING",
                                  "HELO only", "look for an SMTP-inspecting firewall or a very old proxy in front"),
                  "ehlo", look);
  if (settings.tls() == TlsMode::starttls && !lists(*offered, "STARTTLS"))
    return finish(
        Judgement::fail("STARTTLS is not offered", "STARTTLS in the reply to EHLO", actual,
                        "set tls_advertise_hosts, tls_certificate and tls_privatekey, and restart the daemon"),
        "ehlo", look);
  if (secure && lists(*secure, "STARTTLS"))
    return finish(
        Judgement::fail("STARTTLS is offered again inside TLS", "no STARTTLS inside TLS (RFC 3207 §4.2)",
                        fmt::format("{}", fmt::join(*secure, " ")), "look for a proxy that ends TLS in front"),
        "ehlo", look);
  if (settings.tls() == TlsMode::starttls && !secure)
    return finish(not_seen(seen, "the reply to EHLO inside TLS"), "ehlo", look);
  Texts missing;
  for (const std::string_view wanted : {"SIZE", "8BITMIME", "PIPELINING"})
    if (!lists(*offered, wanted)) missing.emplace_back(wanted);
  if (missing.empty()) return finish(Judgement::pass(actual), "ehlo", look);
  return finish(Judgement::warn(fmt::format("not offered: {}", fmt::join(missing, " ")), "SIZE 8BITMIME PIPELINING",
                                actual, "senders manage without, slower; see whether the old host offered it"),
                "ehlo", look);
}

Judgement judge_smtp_starttls(const Observation& seen, const Subject& subject) {
  const SmtpSettings settings(subject);
  if (settings.tls() == TlsMode::none) return Judgement::skip(std::string(kNoTls));
  if (settings.tls() == TlsMode::implicit) return Judgement::skip("all of this port is inside TLS");
  const std::string look = by_openssl(subject, settings);
  const auto* offered = seen.get(kSmtp.ehlo_extensions);
  if (!offered) return finish(not_seen(seen, "the reply to EHLO"), "starttls", look);
  if (!lists(*offered, "STARTTLS"))
    return finish(Judgement::inconclusive("STARTTLS is not offered, so that it can't be tried (smtp.capabilities)"),
                  "starttls", look);
  const auto* reply = seen.get(kSmtp.starttls);
  if (reply && puts_starttls_off(*reply))
    return finish(Judgement::inconclusive("the server put this prober off at STARTTLS: " + reply->text()), "starttls",
                  look);
  if (reply && reply->code != 220)
    return finish(
        Judgement::fail("STARTTLS is offered and refused: " + reply->text(), "220 and a TLS handshake", reply->text(),
                        reply->temporary() ? "this is no passing trouble: the key is unreadable for the mail server's "
                                             "user, or the certificate file is missing; see its log"
                                           : "see its log, and whether something in between refuses STARTTLS"),
        "starttls", look);
  if (broken_at(seen, smtp_check::kStarttls)) {
    Judgement judgement = unseen(seen, smtp_check::kStarttls, "", "220 and a TLS handshake");
    judgement.hint = "see the server's log for the TLS library's words; does the key belong to the certificate?";
    return finish(judgement, "tls", look);
  }
  if (!reply)
    return finish(unseen(seen, smtp_check::kStarttls, "the reply to STARTTLS", "220 and a TLS handshake"), "starttls",
                  look);
  return finish(judge_handshake(seen), "starttls", look);
}

Judgement of_smtp_certificate(const Observation& seen, const Subject& subject, facet::JudgeCertificate judge) {
  const SmtpSettings settings(subject);
  if (settings.tls() == TlsMode::none) return Judgement::skip(std::string(kNoTls));
  return finish(judge(seen, subject, kSmtpTls), "tls", by_openssl(subject, settings));
}

Judgement judge_smtp_chain(const Observation& seen, const Subject& subject) {
  Judgement judgement = of_smtp_certificate(seen, subject, facet::judge_chain);
  const auto* self_signed = seen.get(kSmtpTls.self_signed);
  if (judgement.verdict == Verdict::fail && !SmtpSettings(subject).submission() && self_signed && *self_signed) {
    judgement.verdict = Verdict::warn;
    judgement.message += "; between mail servers TLS is opportunistic (RFC 7435), so that mail still flows";
  }
  return judgement;
}

}  // namespace drydock
