#include "probes/ftp/judge.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/codec/not_now.hpp"
#include "probes/core/shell_word.hpp"
#include "probes/ftp/facts.hpp"

namespace drydock::ftp {

bool expects(const Subject& subject, std::string_view fact) {
  return std::find(subject.expected.facts.begin(), subject.expected.facts.end(), fact) != subject.expected.facts.end();
}

Endpoint endpoint_of(const Subject& subject) {
  return {subject.target.ip,
          subject.target.port.value_or(static_cast<std::uint16_t>(subject.parameters.integer("port", 21)))};
}

std::string by_curl(const Subject& subject, std::string_view arguments) {
  const Account* account = subject.parameters.account("as");
  const std::string& tls = subject.parameters.text("tls");
  const std::string trust = tls != "none" && !subject.surroundings.trust.empty()
                                ? fmt::format(" --cacert {}", shell_word(subject.surroundings.trust))
                                : "";
  return fmt::format("curl -v --disable-epsv{} --connect-to ::{}{}{}{}{} {}://{}/",
                     tls == "starttls" ? " --ssl-reqd" : "", endpoint_of(subject).text(), trust,
                     account ? fmt::format(" --user {}", shell_word(account->login)) : "", arguments.empty() ? "" : " ",
                     arguments, tls == "implicit" ? "ftps" : "ftp",
                     subject.target.name.empty() ? subject.target.ip : subject.target.name);
}

std::string by_netcat(const Subject& subject, std::initializer_list<std::string> commands) {
  const Endpoint to = endpoint_of(subject);
  std::string lines;
  for (const std::string& command : commands) lines += " " + shell_word(command);
  return fmt::format("printf '%s\\r\\n'{} QUIT | nc -w 5 {} {}", lines, to.ip, to.port);
}

Judgement finished(Judgement judgement, std::string_view stage, std::string reproduce) {
  if (judgement.stage.empty()) judgement.stage = std::string(stage);
  judgement.reproduce = std::move(reproduce);
  return judgement;
}

Judgement not_now(std::string_view what, const Reply& reply) {
  return Judgement::inconclusive(fmt::format("{}: the server says \"not now\": {}", what, reply.text()));
}

/// 421 has many meanings, and ProFTPD answers with 530 both to a wrong password and where too many are logged in
/// ("Sorry, the maximum number of allowed clients (N) already connected"): the words tell.
bool is_about_the_crowd(const Reply& reply) {
  return reply.code >= 400 && speaks_of_too_many(reply.text());
}

bool is_not_now(const Reply& reply) {
  return reply.temporary() || is_about_the_crowd(reply);
}

bool is_about_this_client(const Reply& reply) {
  return reply.permanent() && speaks_of_this_client(reply.text());
}

Judgement unseen_reply(const Observation& seen, std::string_view what) {
  const auto* away = seen.get(kFtp.turned_away);
  return away ? Judgement::inconclusive(
                    fmt::format("{} was not seen: the server took no further connection: {}", what, away->text()))
              : not_seen(seen, what);
}

bool is_logged_in(const Observation& seen) {
  const auto* reply = seen.get(kFtp.login);
  return reply && (reply->code == 230 || reply->code == 232);
}

}  // namespace drydock::ftp
