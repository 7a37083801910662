#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "probes/core/probe.hpp"
#include "probes/dns/asked.hpp"
#include "probes/net/dns_lookup.hpp"

namespace drydock {

/// One run of the probe: whom it asks and where it writes.
struct DnsTalk {
  const ProbeContext& context;
  Observation& out;
  std::string name, type;
  Asked mode;

  /// How long what the other servers are asked may take.
  static constexpr Duration kSidePatience{4000};

  [[nodiscard]] Endpoint own() const { return dns_server(context.subject); }
  /// The authoritative servers without this one; only those of families that the vantage can dial.
  [[nodiscard]] std::vector<Endpoint> others() const {
    std::vector<Endpoint> all;
    for (const std::string& text : context.subject.surroundings.dns.authoritative) {
      const auto server = net::parse_dns_server(text);
      const bool in_reach = server && context.subject.surroundings.vantage.source_for(server->ip);
      if (in_reach && server->text() != own().text()) all.push_back(*server);
    }
    return all;
  }
  [[nodiscard]] net::DnsPeer peer(Endpoint server, Duration patience = kSidePatience) const {
    std::string from = context.subject.surroundings.vantage.dials_from(server.ip);
    return {std::move(server), std::move(from), std::min<Deadline>(context.deadline, Clock::now() + patience),
            &out.transcript, context.answered};
  }
  [[nodiscard]] static dns::Query query(std::string_view about, std::string_view kind, bool recursion) {
    dns::Query query;
    query.name = about;
    query.type = kind;
    query.recursion_desired = recursion;
    return query;
  }
};

}  // namespace drydock
