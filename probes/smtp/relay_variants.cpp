#include "probes/smtp/relay_variants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "probes/smtp/settings.hpp"

namespace drydock {
namespace {

/// An address of documentation, RFC 5737: nobody's, and never the host's own.
constexpr std::string_view kOutsideIp = "192.0.2.1";

std::string address_literal(const std::string& ip) {
  return ip.find(':') == std::string::npos ? fmt::format("[{}]", ip) : fmt::format("[IPv6:{}]", ip);
}

std::string our_domain(const Subject& subject) {
  return subject.expected.domains.empty() ? subject.target.name : subject.expected.domains.front();
}

}  // namespace

std::string RelayWay::text() const {
  const std::string_view how = tls == TlsMode::none       ? "in clear"
                               : tls == TlsMode::implicit ? "inside implicit TLS"
                                                          : "inside TLS";
  return fmt::format("port {} {}", port, how);
}

bool RelayWay::for_submission() const {
  return is_submission(port) || tls == TlsMode::implicit;
}

std::string RelayWay::row(const std::string& what) const {
  return fmt::format("{} ({})", what, text());
}

std::vector<std::uint16_t> relay_ports(const Subject& subject) {
  std::vector<std::uint16_t> ports = {smtp_endpoint(subject, subject.parameters.integer("port", kSmtpPort)).port};
  const auto add = [&ports](std::uint16_t port) {
    if (port != 0 && std::ranges::find(ports, port) == ports.end()) ports.push_back(port);
  };
  const bool said = subject.target.port || subject.parameters.has("port");
  if (!said && !subject.parameters.has("also"))
    for (const auto port : {kSubmissionPort, kSubmissionsPort}) add(static_cast<std::uint16_t>(port));
  for (const std::string& text : subject.parameters.texts("also")) {
    std::uint16_t port = 0;
    std::from_chars(text.data(), text.data() + text.size(), port);
    add(port);
  }
  return ports;
}

std::vector<std::string> relay_controls(const Subject& subject) {
  if (const std::string& declared = subject.parameters.text("control"); !declared.empty()) return {declared};
  const std::string ours = our_domain(subject);
  if (ours.empty()) return {"postmaster"};
  return {"postmaster@" + ours, "postmaster"};
}

std::string relay_stranger(const Subject& subject) {
  const std::string ours = our_domain(subject);
  return fmt::format("no-such-user-{}{}{}", subject.token, ours.empty() ? "" : "@", ours);
}

std::vector<RelayVariant> relay_variants(const Subject& subject) {
  const std::string& outside = subject.parameters.text("outside");
  const auto at = outside.rfind('@');
  if (at == std::string::npos) return {};
  const std::string user = outside.substr(0, at);
  const std::string domain = outside.substr(at + 1);
  const std::string ours = our_domain(subject);
  const std::string stranger = "probe@" + domain;

  std::vector<RelayVariant> variants;
  const auto add = [&variants, &stranger](char letter, std::string_view what, std::string recipient,
                                          bool at_ours = false) {
    variants.push_back(
        {fmt::format("{} {}: RCPT TO:<{}>", letter, what, recipient), stranger, std::move(recipient), at_ours});
  };
  const auto add_from = [&variants, &outside](char letter, std::string_view what, std::string sender) {
    variants.push_back({fmt::format("{} {}: MAIL FROM:<{}> RCPT TO:<{}>", letter, what, sender, outside),
                        std::move(sender), outside, false});
  };
  add('a', "plain", outside);
  if (!ours.empty()) {
    add('b', "percent hack", fmt::format("{}%{}@{}", user, domain, ours), true);
    add('c', "source route", fmt::format("@{}:{}", ours, outside));
    add('d', "bang path", fmt::format("{}!{}@{}", domain, user, ours), true);
  }
  add('e', "quoted address", fmt::format("\"{}\"", outside), true);
  if (!ours.empty()) add('f', "quoted local part", fmt::format("\"{}\"@{}", outside, ours), true);
  add('g', "address literal", fmt::format("{}@[{}]", user, kOutsideIp));
  if (!ours.empty()) add('h', "two at signs", fmt::format("{}@{}", outside, ours), true);
  add('l', "final dot", outside + ".");
  add_from('i', "null sender", {});
  if (!ours.empty()) add_from('j', "sender of our own", "postmaster@" + ours);
  add_from('k', "sender at the host's address", "postmaster@" + address_literal(subject.target.ip));
  return variants;
}

}  // namespace drydock
