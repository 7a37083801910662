#include "probes/ftp/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>

#include "probes/ftp/control.hpp"
#include "probes/ftp/facts.hpp"
#include "probes/ftp/probe.hpp"
#include "probes/net/tls_facts.hpp"

namespace drydock::ftp {

namespace {

bool expects(const Subject& subject, std::string_view fact) {
  return std::find(subject.expected_facts.begin(), subject.expected_facts.end(), fact) != subject.expected_facts.end();
}

bool ended_at(const Observation& seen, std::initializer_list<std::string_view> stages) {
  return seen.error && std::find(stages.begin(), stages.end(), seen.error_stage) != stages.end();
}

int code_of(const Observation& seen, const Fact<std::int64_t>& fact) {
  const auto* code = seen.get(fact);
  return code ? static_cast<int>(*code) : 0;
}

std::string reply_of(const Observation& seen, const Fact<std::string>& fact) {
  const auto* reply = seen.get(fact);
  return reply ? *reply : std::string();
}

Endpoint endpoint_of(const Subject& subject) {
  return {subject.ip, subject.port.value_or(static_cast<std::uint16_t>(subject.parameters.integer("port", 21)))};
}

/// The same by hand; curl asks for the password.
std::string by_curl(const Subject& subject, std::string_view arguments = {}) {
  const Account* account = subject.parameters.account("as");
  const std::string& tls = subject.parameters.text("tls");
  const std::string trust = tls != "none" && !subject.trust.empty() ? fmt::format(" --cacert '{}'", subject.trust) : "";
  return fmt::format("curl -v --disable-epsv{} --connect-to ::{}{}{}{}{} {}://{}/",
                     tls == "starttls" ? " --ssl-reqd" : "", endpoint_of(subject).text(), trust,
                     account ? fmt::format(" --user '{}'", account->login) : "", arguments.empty() ? "" : " ",
                     arguments, tls == "implicit" ? "ftps" : "ftp", subject.name.empty() ? subject.ip : subject.name);
}

std::string by_telnet(const Subject& subject, std::string_view command) {
  const Endpoint to = endpoint_of(subject);
  return fmt::format("printf '{}\\r\\nQUIT\\r\\n' | nc -w 5 {} {}", command, to.ip, to.port);
}

Judgement finished(Judgement judgement, std::string_view stage, std::string reproduce) {
  if (judgement.stage.empty()) judgement.stage = std::string(stage);
  judgement.reproduce = std::move(reproduce);
  return judgement;
}

Judgement not_now(std::string_view what, const std::string& reply) {
  return Judgement::inconclusive(fmt::format("{}: the server says \"not now\": {}", what, reply));
}

/// True where the text of a refusal speaks of how many clients there are, not of this one (ProFTPD's 530).
bool is_about_the_crowd(const std::string& reply) {
  return reply.find("maximum number of") != std::string::npos;
}

bool is_name_octet(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_';
}

bool names(const std::string& text, const std::string& name) {
  for (std::size_t at = text.find(name); at != std::string::npos && !name.empty(); at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at == 0 || !is_name_octet(text[at - 1])) && (end >= text.size() || !is_name_octet(text[end]))) return true;
  }
  return false;
}

Judgement judge_greeting(const Observation& seen, const Subject& subject) {
  const std::string hand = by_telnet(subject, "NOOP");
  if (ended_at(seen, {"", stage::kConnect, stage::kBanner, stage::kFeatures}))
    return finished(ended_early(seen, "220 and replies to commands"), stage::kBanner, hand);
  const auto* code = seen.get(kFtp.welcome_code);
  const auto* welcome = seen.get(kFtp.welcome);
  if (!code || !welcome) return not_seen(seen, "the greeting");
  if (*code >= 400 && *code < 500) return finished(not_now("greeting", *welcome), stage::kBanner, hand);
  if (*code != 220)
    return finished(Judgement::fail(fmt::format("the server greets with {}", *welcome), "220", *welcome,
                                    "no virtual server for this address, shut down by ftpshut, or another service"),
                    stage::kBanner, hand);
  for (const std::string& wrong : subject.wrong_names)
    if (wrong != subject.name && wrong != subject.hostname && names(*welcome, wrong))
      return finished(
          Judgement::warn(fmt::format("the greeting calls the host {}, which is not its name now", wrong),
                          fmt::format("a greeting without {}", wrong), *welcome, "ServerName and ServerIdent"),
          stage::kBanner, hand);
  return Judgement::pass(*welcome);
}

Judgement judge_tls(const Observation& seen, const Subject& subject) {
  const std::string& tls = subject.parameters.text("tls");
  if (tls == "none") return Judgement::skip("tls: none");
  const std::string hand = fmt::format("openssl s_client -connect {}{} </dev/null", endpoint_of(subject).text(),
                                       tls == "implicit" ? "" : " -starttls ftp");
  if (ended_at(seen, {stage::kStartTls, stage::kTls}))
    return finished(ended_early(seen, "TLS on the control connection"), seen.error_stage, hand);
  const int code = code_of(seen, kFtp.auth_tls_code);
  const std::string reply = reply_of(seen, kFtp.auth_tls_reply);
  if (code == 421) return finished(not_now("AUTH TLS", reply), stage::kStartTls, hand);
  // 431 is a 4xx that stays: the certificate or its key can't be used (RFC 4217 §10).
  if (code != 0 && code != 234)
    return finished(Judgement::fail(fmt::format("the server does not begin TLS: {}", reply), "234 to AUTH TLS", reply,
                                    "mod_tls not loaded, TLSEngine off, or a certificate or key that can't be read"),
                    stage::kStartTls, hand);
  const int protection = code_of(seen, kFtp.prot_code);
  if (protection >= 500)
    return finished(
        Judgement::fail(fmt::format("the server does not protect data: {}", reply_of(seen, kFtp.prot_reply)),
                        "200 to PROT P", reply_of(seen, kFtp.prot_reply), "TLSRequired, TLSOptions"),
        stage::kLogin, by_curl(subject));
  const auto* version = seen.get(kFtpTls.version);
  return version ? Judgement::pass(*version) : not_seen(seen, "the TLS handshake");
}

template <Judgement (*judge)(const Observation&, const Subject&, const net::TlsFacts&)>
Judgement judge_certificate(const Observation& seen, const Subject& subject) {
  if (subject.parameters.text("tls") == "none") return Judgement::skip("tls: none");
  return judge(seen, subject, kFtpTls);
}

Judgement judge_clear(const Observation& seen, const Subject& subject) {
  const std::string& policy = subject.parameters.text("clear");
  if (policy.empty()) return Judgement::skip("`clear` is not declared");
  if (!subject.parameters.account("as")) return Judgement::skip("no account (`as`) to try it with");
  if (subject.parameters.text("tls") != "starttls") return Judgement::skip("only where TLS begins with AUTH TLS");
  const std::string hand = by_telnet(subject, fmt::format("USER {}", subject.parameters.account("as")->login));
  if (ended_at(seen, {stage::kClear}))
    return finished(ended_early(seen, "a reply to USER without TLS"), stage::kClear, hand);
  const int code = code_of(seen, kFtp.clear_code);
  const std::string reply = reply_of(seen, kFtp.clear_reply);
  if (code == 0) return not_seen(seen, "the reply to USER without TLS");
  if (code >= 400 && code < 500) return finished(not_now("USER without TLS", reply), stage::kClear, hand);
  const bool refused = code >= 500;
  if (refused == (policy == "refused")) return Judgement::pass(reply);
  if (refused)
    return finished(
        Judgement::fail(fmt::format("a login without TLS is refused: {}", reply), "331", reply, "TLSRequired"),
        stage::kClear, hand);
  return finished(
      Judgement::fail(fmt::format("the server takes logins without TLS, so passwords cross in clear: {}", reply),
                      "530 or 550 to USER before AUTH TLS", reply, "TLSRequired on (or auth)"),
      stage::kClear, hand);
}

Judgement judge_anonymous(const Observation& seen, const Subject& subject) {
  const std::string& policy = subject.parameters.text("anonymous");
  if (policy.empty()) return Judgement::skip("`anonymous` is not declared");
  const std::string hand = by_curl(subject, "--user anonymous:drydock@");
  if (ended_at(seen, {stage::kAnonymous}))
    return finished(ended_early(seen, "a reply to an anonymous login"), stage::kAnonymous, hand);
  const int code = code_of(seen, kFtp.anonymous_code);
  const std::string reply = reply_of(seen, kFtp.anonymous_reply);
  if (code == 0) return not_seen(seen, "the reply to an anonymous login");
  if (code >= 400 && code < 500) return finished(not_now("anonymous login", reply), stage::kAnonymous, hand);
  if (code >= 500 && policy == "allowed" && is_about_the_crowd(reply))
    return finished(not_now("anonymous login", reply), stage::kAnonymous, hand);
  const bool refused = code >= 500;
  const auto* clear = seen.get(kFtp.anonymous_clear);
  if (refused && policy == "refused" && clear && clear->positive())
    return finished(
        Judgement::fail(fmt::format("anybody can log in anonymously without TLS: {}", clear->text()), "530",
                        clear->text(),
                        "a server may refuse strangers inside TLS and let them in outside (vsftpd: allow_anon_ssl)"),
        stage::kAnonymous, by_telnet(subject, "USER anonymous\\r\\nPASS drydock@"));
  if (refused && policy == "refused" && !clear && subject.parameters.text("tls") == "starttls")
    return not_seen(seen, "the reply to an anonymous login without TLS");
  if (refused == (policy == "refused")) return Judgement::pass(reply);
  if (refused)
    return finished(Judgement::fail(fmt::format("an anonymous login is refused: {}", reply), "230", reply,
                                    "the <Anonymous> section, /etc/ftpusers, the ftp user's shell"),
                    stage::kAnonymous, hand);
  return finished(Judgement::fail(fmt::format("anybody can log in anonymously: {}", reply), "530", reply,
                                  "an <Anonymous> section that the package brings or that was carried over"),
                  stage::kAnonymous, hand);
}

Judgement judge_login(const Observation& seen, const Subject& subject) {
  if (!subject.parameters.account("as")) return Judgement::skip("no account (`as`)");
  const std::string hand = by_curl(subject);
  if (ended_at(seen, {stage::kLogin}))
    return finished(ended_early(seen, "230 to the account's login"), stage::kLogin, hand);
  const int code = code_of(seen, kFtp.login_code);
  const std::string reply = reply_of(seen, kFtp.login_reply);
  if (code == 0) return not_seen(seen, "the reply to the account's login");
  if (code == 230 || code == 232) return Judgement::pass(reply);
  if ((code >= 400 && code < 500) || is_about_the_crowd(reply))
    return finished(not_now("login", reply), stage::kLogin, hand);
  return finished(
      Judgement::fail(fmt::format("{} can't log in: {}", subject.parameters.account("as")->login, reply), "230", reply,
                      "the password's hash scheme, the shell in /etc/shells, /etc/ftpusers, the home"),
      stage::kLogin, hand);
}

constexpr std::string_view kPassiveHint =
    "MasqueradeAddress (a name there may still be the old host's), PassivePorts, and the firewall's rule for them";

std::optional<Judgement> judge_advertised(const Observation& seen, const Subject& subject) {
  const auto* address = seen.get(kFtp.passive_address);
  if (!address || *address == subject.ip || expects(subject, "passive.address")) return std::nullopt;
  const std::string reply = reply_of(seen, kFtp.passive_reply);
  if (is_private(*address))
    return Judgement::fail(fmt::format("PASV sends clients to {}, where they can't reach this server", *address),
                           fmt::format("227 with {}", subject.ip), reply, std::string(kPassiveHint));
  return Judgement::warn(
      fmt::format("PASV names {}, not the address {} that was dialled; many clients ignore it, some don't", *address,
                  subject.ip),
      fmt::format("227 with {}", subject.ip), reply, "say `passive.address` under expect where this is meant");
}

Judgement judge_passive(const Observation& seen, const Subject& subject) {
  if (!subject.parameters.account("as")) return Judgement::skip("no account (`as`), so no passive mode to see");
  const std::string hand = by_curl(subject);
  const auto advertised = judge_advertised(seen, subject);
  if (advertised && advertised->verdict == Verdict::fail) return finished(*advertised, stage::kPassive, hand);
  if (ended_at(seen, {stage::kPassive, stage::kList})) {
    Judgement judgement = ended_early(seen, "a listing over a data connection");
    judgement.hint = std::string(kPassiveHint);
    return finished(judgement, stage::kPassive, hand);
  }
  const int code = code_of(seen, kFtp.passive_code);
  const std::string reply = reply_of(seen, kFtp.passive_reply);
  if (code >= 500)
    return finished(
        Judgement::fail(fmt::format("passive mode is refused: {}", reply), "227", reply, std::string(kPassiveHint)),
        stage::kPassive, hand);
  if (code >= 400) return finished(not_now("PASV", reply), stage::kPassive, hand);
  const int login = code_of(seen, kFtp.login_code);
  const int list = login == 230 || login == 232 ? code_of(seen, kFtp.list_code) : 0;
  const std::string listed = reply_of(seen, kFtp.list_reply);
  if (list == 425 || list >= 500)
    return finished(Judgement::fail(fmt::format("no listing over a data connection: {}", listed), "226", listed,
                                    "NoSessionReuseRequired for TLS clients, PassivePorts, the firewall"),
                    stage::kList, hand);
  if (list >= 400) return finished(not_now("listing", listed), stage::kList, hand);
  if (advertised) return finished(*advertised, stage::kPassive, hand);
  if (!seen.has(kFtp.files)) return not_seen(seen, "a listing in passive mode");
  return Judgement::pass(code == 0 ? "EPSV, which names no address" : reply);
}

std::optional<Judgement> judge_transfer(const Observation& seen) {
  const auto* sent = seen.get(kFtp.round_trip_sent);
  const auto* size = seen.get(kFtp.round_trip_size);
  const auto* received = seen.get(kFtp.round_trip_received);
  const auto* listed = seen.get(kFtp.round_trip_listed);
  const auto* same = seen.get(kFtp.round_trip_same);
  const std::string hint = "quota, a full disk, a transfer in ASCII mode, a filter between";
  if (listed && !*listed)
    return Judgement::fail("the uploaded file is not in the folder's listing", "the file's name", "not listed",
                           "HideFiles, or uploads that go to another tree");
  if (sent && size && *size != *sent)
    return Judgement::fail("the uploaded file has another size on the server", fmt::format("{} octets", *sent),
                           fmt::format("{} octets", *size), hint);
  if (same && !*same)
    return Judgement::fail("what is downloaded is not what was uploaded",
                           fmt::format("{} octets, the same SHA-256", *sent),
                           fmt::format("{} octets", received ? *received : 0), hint);
  return std::nullopt;
}

Judgement judge_round_trip(const Observation& seen, const Subject& subject) {
  const std::string& file = subject.parameters.text("round_trip");
  if (file.empty()) return Judgement::skip("`round_trip` names no file");
  const std::string hand = by_curl(subject, fmt::format("--upload-file {}", file));
  if (auto wrong = judge_transfer(seen)) return finished(*wrong, stage::kDownload, hand);
  const int code = code_of(seen, kFtp.round_trip_code);
  const std::string reply = reply_of(seen, kFtp.round_trip_reply);
  const auto* step = seen.get(kFtp.round_trip_refused);
  if (step && code >= 500)
    return finished(Judgement::fail(fmt::format("{} is refused: {}", *step, reply), "2xx", reply,
                                    "<Limit WRITE>, the folder's owner and mode, a read-only mount, quota"),
                    *step, hand);
  if (step && code >= 400) return finished(not_now(*step, reply), *step, hand);
  if (ended_at(seen, {stage::kUpload, stage::kListed, stage::kDownload, stage::kDelete, stage::kLeft}))
    return finished(ended_early(seen, "upload, listing, download and deletion of a file"), seen.error_stage, hand);
  const auto* left = seen.get(kFtp.round_trip_left);
  if (left && *left)
    return finished(Judgement::fail(fmt::format("{} is still there after it was deleted", file),
                                    "the listing as before", file, "delete it by hand"),
                    stage::kLeft, hand);
  if (!left || !seen.has(kFtp.round_trip_same)) {
    Judgement judgement = not_seen(seen, "the file's round trip");
    if (seen.has(kFtp.round_trip_abandoned))
      judgement.hint = fmt::format("{} may be left there: delete it by hand", file);
    return judgement;
  }
  return Judgement::pass(fmt::format("{} octets there and back", kRoundTripOctets));
}

constexpr std::string_view kCurl =
    "curl -v --ssl-reqd --disable-epsv --connect-to ::ADDRESS:21 --user LOGIN ftp://NAME/";

constexpr CheckSpec kChecks[] = {
    {"ftp.greeting", "the server greets with 220", Severity::critical, "RFC 959 §4.2, §5.4", "FTP-01",
     "FTP server not started, bound to the old address, shut down; a greeting that carries a wrong name (warn)",
     "nobody can use FTP", "printf 'QUIT\\r\\n' | nc ADDRESS 21", "start the server; its virtual servers and addresses",
     judge_greeting},
    {"ftp.tls", "TLS begins on the control connection", Severity::critical, "RFC 4217 §4, §9", "FTP-02",
     "mod_tls not loaded, a key that can't be read, PROT P refused", "passwords cross in clear or clients give up",
     "openssl s_client -connect ADDRESS:21 -starttls ftp", "load mod_tls, TLSEngine on, certificate and key",
     judge_tls},
    {"ftp.certificate-chain", "the certificate chain is trusted", Severity::critical, "RFC 5280 §6", "FTP-02",
     "self-signed or unknown issuer, an intermediate that is not served", "clients refuse or warn",
     "openssl s_client -connect ADDRESS:21 -starttls ftp -showcerts", "serve the leaf and every intermediate",
     judge_certificate<net::judge_chain>},
    {"ftp.certificate-name", "the certificate covers the spoken name", Severity::critical, "RFC 9525 §6", "FTP-02",
     "the interim name's certificate", "clients refuse or warn", "openssl s_client -connect ADDRESS:21 -starttls ftp",
     "a certificate for this name", judge_certificate<net::judge_name>},
    {"ftp.certificate-validity", "the certificate is valid, for some time yet", Severity::critical, "RFC 5280 §4.1.2.5",
     "FTP-02", "expired or not yet valid, renewal not set up", "clients refuse or warn",
     "openssl s_client -connect ADDRESS:21 -starttls ftp | openssl x509 -noout -dates", "renew, and reload the server",
     judge_certificate<net::judge_validity>},
    {"ftp.clear-login", "logins without TLS are refused, or allowed, as declared", Severity::critical, "RFC 4217 §4.1",
     "FTP-03", "TLSRequired off where logins in clear are forbidden", "passwords can be read on the way",
     "printf 'USER LOGIN\\r\\nQUIT\\r\\n' | nc ADDRESS 21", "TLSRequired on", judge_clear},
    {"ftp.anonymous", "anonymous logins are refused, or allowed, as declared", Severity::critical, "RFC 1635", "FTP-04",
     "an <Anonymous> section that a package brings", "strangers read, and perhaps write, on the host",
     "curl -v --ssl-reqd --user anonymous:x@ ftp://ADDRESS/", "remove the <Anonymous> section", judge_anonymous},
    {"ftp.login", "the account logs in", Severity::critical, "RFC 959 §5.4", "FTP-04",
     "a hash scheme that the new host can't read, a shell not in /etc/shells, a missing home", "users can't log in",
     kCurl, "the account's password, shell and home on this host", judge_login},
    {"ftp.passive-address", "passive mode leads back to this server", Severity::critical, "RFC 959 §4.1.2", "FTP-05",
     "MasqueradeAddress of the old host or of an inner network; passive ports that the firewall blocks",
     "clients hang at the first listing", kCurl, "MasqueradeAddress and PassivePorts, and the firewall", judge_passive},
    {"ftp.round-trip", "a file goes up, is listed, comes down the same and is deleted", Severity::critical,
     "RFC 959 §4.1.3, RFC 3659 §4", "FTP-08", "uploads denied, quota, read-only folders, damage in transfer",
     "users can't publish", kCurl, "<Limit WRITE>, owner and mode of the folder, mount options, quota",
     judge_round_trip},
};

}  // namespace

std::span<const CheckSpec> checks() {
  return kChecks;
}

}  // namespace drydock::ftp
