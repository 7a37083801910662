#include "probes/registry.hpp"

#include <array>

#include "probes/command/command.hpp"
#include "probes/dns/dns.hpp"
#include "probes/ftp/ftp.hpp"
#include "probes/http/http.hpp"
#include "probes/imap/imap.hpp"
#include "probes/mail/mail.hpp"
#include "probes/ports/ports.hpp"
#include "probes/rdns/rdns.hpp"
#include "probes/smtp/smtp.hpp"
#include "probes/tls/tls.hpp"

namespace drydock {

std::span<const ProbeType* const> probe_types() {
  static const std::array<const ProbeType*, 11> kTypes{&kSmtpType, &kSmtpRelayType, &kMailType,   &kImapType,
                                                       &kHttpType, &kFtpType,       &kTlsType,    &kDnsType,
                                                       &kRdnsType, &kPortsType,     &kCommandType};
  return kTypes;
}

const ProbeType* find_probe_type(std::string_view name) {
  for (const auto* type : probe_types())
    if (type->name == name) return type;
  return nullptr;
}

const CheckSpec* find_check(std::string_view id) {
  for (const auto* type : probe_types())
    for (const auto& check : type->checks)
      if (check.id == id) return &check;
  return nullptr;
}

}  // namespace drydock
