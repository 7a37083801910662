#include "probes/registry.hpp"

#include <array>

#include "probes/command/type.hpp"
#include "probes/dns/type.hpp"
#include "probes/ftp/type.hpp"
#include "probes/http/type.hpp"
#include "probes/imap/type.hpp"
#include "probes/mail/type.hpp"
#include "probes/ports/type.hpp"
#include "probes/rdns/type.hpp"
#include "probes/smtp/type.hpp"
#include "probes/tls/type.hpp"

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
