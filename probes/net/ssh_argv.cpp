#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "probes/core/ownership.hpp"
#include "probes/core/shell_word.hpp"
#include "probes/net/child_process.hpp"

namespace drydock::net {

namespace {

/// A file name as a value of ssh_config(5): quoted, since spaces separate, and without tokens.
std::string option_path(const std::string& path) {
  std::string text = "\"";
  for (const char octet : path) {
    if (octet == '%') text += '%';
    if (octet == '"' || octet == '\\') text += '\\';
    text += octet;
  }
  return text + "\"";
}

std::string key_path(const std::string& path) {
  std::string text;
  for (const char octet : path) text += octet == '%' ? std::string("%%") : std::string(1, octet);
  return text;
}

}  // namespace

std::string why_ssh_is_distrusted(const SshAccess& access) {
  if (::geteuid() != 0) return {};
  for (const auto* file : {&access.known_hosts, &access.key_file})
    if (::access(file->c_str(), F_OK) == 0)  // what is not there, ssh itself tells of
      if (const auto why = distrust(*file, Owned::file)) return *why;
  return {};
}

std::vector<std::string> ssh_shell_argv(const SshAccess& access, std::string_view ip, std::string_view from,
                                        std::string_view shell) {
  std::vector<std::string> argv = {"ssh", "-F", "none", "-T"};
  const std::string known_hosts = access.known_hosts.empty() ? "/dev/null" : option_path(access.known_hosts);
  for (const std::string& option :
       {std::string("BatchMode=yes"), std::string("StrictHostKeyChecking=yes"), "UserKnownHostsFile=" + known_hosts,
        std::string("GlobalKnownHostsFile=/dev/null"), std::string("UpdateHostKeys=no"), std::string("CheckHostIP=no"),
        std::string("IdentitiesOnly=yes"), std::string("IdentityAgent=none"),
        std::string("PreferredAuthentications=publickey"), std::string("ClearAllForwardings=yes"),
        std::string("ForwardAgent=no"), std::string("ForwardX11=no"), std::string("ControlMaster=no"),
        std::string("ControlPath=none"), std::string("PermitLocalCommand=no"), std::string("ConnectTimeout=10"),
        std::string("ServerAliveInterval=10"), std::string("ServerAliveCountMax=3"), std::string("LogLevel=ERROR")}) {
    argv.emplace_back("-o");
    argv.push_back(option);
  }
  argv.insert(argv.end(), {"-i", access.key_file.empty() ? "none" : key_path(access.key_file)});
  if (!from.empty()) argv.insert(argv.end(), {"-b", std::string(from)});
  argv.insert(argv.end(), {"-p", std::to_string(access.port)});
  if (!access.user.empty()) argv.insert(argv.end(), {"-l", access.user});
  argv.insert(argv.end(), {"--", std::string(ip), std::string(shell)});
  return argv;
}

std::vector<std::string> ssh_argv(const SshAccess& access, std::string_view ip, std::string_view from,
                                  const std::vector<std::string>& argv) {
  std::string line;
  for (const auto& argument : argv) {
    // The first word is always quoted: unquoted it could be a reserved word or an assignment.
    line += line.empty() ? shell_quoted(argument) : " " + shell_word(argument);
  }
  return ssh_shell_argv(access, ip, from, line);
}

}  // namespace drydock::net
