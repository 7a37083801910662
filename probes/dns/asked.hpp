#pragma once
#include <string>

#include "probes/core/subject.hpp"

namespace drydock {

/// How the parameter `ask` chose the server that an observation is about.
enum class Asked {
  authoritative,  ///< RD=0; its answer is the zone's
  resolver,       ///< RD=1; it is ours, so that its failures say nothing about the zone
  listed          ///< RD=1; an address that the scenario names
};
Asked asked(const Parameters& parameters);

/// The server's address and port as subject.target.ip and subject.target.port say, port 53 where none is said.
Endpoint dns_server(const Subject& subject);

/// Whether the server is one of `dns.authoritative`, however it was chosen: its silence or SERVFAIL is then its own.
bool is_declared_authoritative(const Subject& subject);

/// The record type asked for, in upper case; A where none is said.
std::string asked_type(const Parameters& parameters);

}  // namespace drydock
