#pragma once
#include <memory>

#include "probes/core/probe.hpp"

namespace drydock {

/// Mail service of one port: greeting, names, capabilities, TLS, AUTH, recipients. SMTP-01 to -09, -12, -13, -15, -16,
/// -29.
extern const ProbeType kSmtpType;

/// Whether a host relays for strangers: SMTP-10. To be run from a vantage that has no right to relay.
extern const ProbeType kSmtpRelayType;

/// The probes behind the types. `back_off`: how long to wait before another connection to a server that asks for that
/// (421, too many connections); twice as long where it asks again. The types use kSmtpBackOff.
inline constexpr Duration kSmtpBackOff{1000};
std::unique_ptr<const Probe> make_smtp_probe(Duration back_off);
std::unique_ptr<const Probe> make_smtp_relay_probe(Duration back_off);

}  // namespace drydock
