#include "probes/client/by_hand.hpp"

#include <fmt/format.h>

#include "probes/core/shell_word.hpp"

namespace drydock {

std::string swaks_command(const Subject& subject, const Endpoint& to, TlsMode tls, std::string_view rest) {
  std::string command = fmt::format("swaks --server {} --port {}", to.ip, to.port);
  if (!subject.surroundings.vantage.address.empty())
    command += " --local-interface " + subject.surroundings.vantage.address;
  if (!subject.surroundings.vantage.name.empty()) command += " --ehlo " + shell_word(subject.surroundings.vantage.name);
  if (tls == TlsMode::starttls) command += " --tls";
  if (tls == TlsMode::implicit) command += " --tls-on-connect";
  return rest.empty() ? command : fmt::format("{} {}", command, rest);
}

std::string curl_mailbox_command(const Subject& subject, const Endpoint& to, std::string_view scheme,
                                 std::string_view folder, std::string_view login, std::string_view command) {
  const std::string& name = subject.target.name.empty() ? to.ip : subject.target.name;
  std::string options = subject.surroundings.trust.empty() ? "" : " --cacert " + shell_word(subject.surroundings.trust);
  if (!subject.surroundings.vantage.address.empty())
    options += " --interface " + shell_word(subject.surroundings.vantage.address);
  const std::string url = fmt::format("{}://{}:{}/{}", scheme, name, to.port, folder);
  return fmt::format("curl -v --ssl-reqd{} --connect-to ::{} --user {} {} -X {}", options, to.text(), shell_word(login),
                     shell_word(url), shell_word(command));
}

}  // namespace drydock
