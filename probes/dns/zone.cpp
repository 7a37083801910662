#include "probes/dns/zone.hpp"

#include <algorithm>

#include "probes/codec/dns/name.hpp"
#include "probes/codec/dns/serial.hpp"
#include "probes/core/ip_address.hpp"
#include "probes/dns/facts.hpp"
#include "probes/dns/probe.hpp"
#include "probes/net/stream.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr Duration kSerialPause{500};
constexpr int kApexSteps = 10;
constexpr std::size_t kMostServers = 13;  ///< names of name servers whose addresses are looked up

/// A server, and how it is asked: an authoritative one without recursion, and only its authority counts.
struct Source {
  Endpoint server;
  bool authoritative = true;
};

asio::awaitable<net::SideAnswer> ask(const DnsTalk& talk, const Source& source, std::string_view about,
                                     std::string_view kind) {
  return net::ask_aside(talk.peer(source.server), DnsTalk::query(about, kind, !source.authoritative));
}

/// The zone that holds the name, by the SOA record of an answer or of its authority section (RFC 2308 §3). Empty where
/// the server shows none. `first`: an answer that is already there, or null.
asio::awaitable<std::string> find_apex(const DnsTalk& talk, const Source& source, const dns::Message* first) {
  const dns::Message* message = first;
  net::SideAnswer side;
  std::string about = talk.name;
  for (int step = first ? 0 : 1; step < kApexSteps; ++step) {
    if (message) {
      const dns::Record* soa = dns::find_soa(message->answer, talk.name);
      if (!soa) soa = dns::find_soa(message->authority, talk.name);
      if (soa && (!source.authoritative || message->has_flag("aa"))) co_return soa->name;
      // An alias hides the zone that it lies in: climb.
      if (step > 0) {
        if (about == ".") break;
        about = dns::parent(about);
      }
    }
    side = co_await ask(talk, source, about, "SOA");
    if (!side.definitive()) break;
    message = &*side.message;
  }
  co_return std::string();
}

/// The serial, or in words why there is none.
struct SerialTold {
  std::optional<std::int64_t> serial;
  std::string trouble;
};

SerialTold serial_in(const net::SideAnswer& side, const std::string& zone) {
  if (!side.message) return {std::nullopt, side.trouble};
  if (side.message->rcode != "NOERROR") return {std::nullopt, side.message->rcode};
  if (!side.message->has_flag("aa")) return {std::nullopt, "not authoritative"};
  for (const dns::Record& record : side.message->answer) {
    if (record.type != "SOA" || !dns::same_name(record.name, zone)) continue;
    const auto serial = dns::soa_serial(record.data);
    if (serial) return {*serial, {}};
  }
  return {std::nullopt, "no SOA record"};
}

/// The names of the zone's name servers, folded and sorted. Nothing where the answer has none.
std::vector<std::string> name_servers_in(const net::SideAnswer& side, const std::string& zone) {
  std::vector<std::string> names;
  if (!side.definitive()) return names;
  for (const dns::Record& record : side.message->answer)
    if (record.type == "NS" && dns::same_name(record.name, zone)) names.push_back(dns::fold(record.data) + ".");
  std::ranges::sort(names);
  return names;
}

/// Whether an authoritative server says in this answer what the zone says.
bool speaks_for_it(const net::SideAnswer& side) {
  return side.definitive() && side.message->has_flag("aa");
}

std::string why_it_does_not(const net::SideAnswer& side) {
  if (!side.message) return side.trouble;
  return side.definitive() ? "not authoritative" : side.message->rcode;
}

/// What the server itself answers where that says nothing about its zone.
void note_rcode(const DnsTalk& talk, std::string_view type, const net::SideAnswer& side) {
  if (!side.message || side.definitive()) return;
  auto& rcodes = talk.out.at(kDns.zone_rcodes);
  std::erase_if(rcodes, [type](const auto& row) { return row.first == type; });
  rcodes.emplace_back(type, side.message->rcode);
}

bool is_behind(std::int64_t own, const Rows<std::int64_t>& others) {
  return std::ranges::any_of(others, [&](const auto& other) {
    return dns::compare_serials(static_cast<std::uint32_t>(own), static_cast<std::uint32_t>(other.second)) ==
           std::partial_ordering::less;
  });
}

asio::awaitable<Rows<std::int64_t>> other_serials(const DnsTalk& talk, const std::string& zone) {
  Rows<std::int64_t> serials;
  for (const Endpoint& other : talk.others()) {
    const net::SideAnswer side = co_await ask(talk, {other}, zone, "SOA");
    const SerialTold told = serial_in(side, zone);
    if (told.serial)
      serials.emplace_back(other.text(), *told.serial);
    else
      talk.out.at(kDns.other_troubles).emplace_back(other.text(), told.trouble);
  }
  co_return serials;
}

/// Asks the others first and the own server last, so that a change in between can't make it look behind.
asio::awaitable<void> compare_serials(const DnsTalk& talk, const std::string& zone) {
  talk.out.stage = "serial";
  const Rows<std::int64_t> others = co_await other_serials(talk, zone);
  talk.out.set(kDns.other_serials, others);
  const Deadline patience = Clock::now() + kNotifyGrace;
  while (true) {
    const net::SideAnswer side = co_await ask(talk, {talk.own()}, zone, "SOA");
    const SerialTold told = serial_in(side, zone);
    note_rcode(talk, "SOA", side);
    if (side.message) talk.out.set(kDns.soa_authoritative, side.message->has_flag("aa"));
    if (told.serial) talk.out.set(kDns.serial, *told.serial);
    const bool again = told.serial && is_behind(*told.serial, others) &&
                       Clock::now() + kSerialPause < std::min(patience, talk.context.deadline);
    if (!again) co_return;
    talk.out.transcript.note("behind the other servers: waiting for NOTIFY and the transfer");
    co_await net::pause(kSerialPause);
  }
}

/// All addresses of a name; nothing where not even one family of them could be looked up whole.
asio::awaitable<std::optional<std::vector<std::string>>> addresses_of(const DnsTalk& talk, std::string name,
                                                                      std::vector<Source> sources) {
  std::vector<std::string> all;
  for (const char* type : {"A", "AAAA"}) {
    bool told = false;
    for (const Source& source : sources) {
      const auto found =
          co_await net::ask_addresses(talk.peer(source.server), name, std::string(type), source.authoritative);
      if (!found.addresses) continue;
      all.insert(all.end(), found.addresses->begin(), found.addresses->end());
      told = true;
      break;
    }
    if (!told) co_return std::nullopt;
  }
  co_return all;
}

/// Who can tell the address of a name server: the server that names it, else a resolver.
std::vector<Source> with_resolvers(const DnsTalk& talk, const Source& first) {
  std::vector<Source> sources{first};
  for (const std::string& text : talk.context.subject.surroundings.dns.resolvers)
    if (const auto server = net::parse_dns_server(text)) sources.push_back({*server, false});
  return sources;
}

asio::awaitable<Rows<std::vector<DnsData>>> addresses_of_all(const DnsTalk& talk, std::vector<std::string> names,
                                                             Source source) {
  Rows<std::vector<DnsData>> rows;
  for (std::size_t i = 0; i < std::min(names.size(), kMostServers); ++i) {
    const auto addresses = co_await addresses_of(talk, names[i], with_resolvers(talk, source));
    if (addresses) rows.emplace_back(names[i], as_names(*addresses));
  }
  co_return rows;
}

/// Servers that gave no serial are not asked again: their silence is known.
asio::awaitable<void> compare_ns(const DnsTalk& talk, const std::string& zone) {
  talk.out.stage = "ns";
  const net::SideAnswer own = co_await ask(talk, {talk.own()}, zone, "NS");
  note_rcode(talk, "NS", own);
  std::vector<std::string> names;
  if (speaks_for_it(own)) {
    names = name_servers_in(own, zone);
    talk.out.set(kDns.ns, as_names(names));
  }
  Rows<std::vector<DnsData>> sets;
  for (const auto& [text, serial] : *talk.out.get(kDns.other_serials)) {
    const auto server = net::parse_dns_server(text);
    if (!server) continue;
    const net::SideAnswer side = co_await ask(talk, {*server}, zone, "NS");
    if (speaks_for_it(side))
      sets.emplace_back(text, as_names(name_servers_in(side, zone)));
    else
      talk.out.at(kDns.other_troubles).emplace_back(text, why_it_does_not(side));
  }
  talk.out.set(kDns.other_ns, std::move(sets));
  talk.out.stage = "ns-addresses";
  Rows<std::vector<DnsData>> addresses = co_await addresses_of_all(talk, names, {talk.own()});
  talk.out.set(kDns.ns_addresses, std::move(addresses));
}

/// Whether this server is among the name servers that one source knows; nothing where it does not tell all of them.
asio::awaitable<std::optional<bool>> is_listed_at(const DnsTalk& talk, Source source) {
  const std::string zone = co_await find_apex(talk, source, nullptr);
  if (zone.empty()) co_return std::nullopt;
  const net::SideAnswer side = co_await ask(talk, source, zone, "NS");
  const std::vector<std::string> names = name_servers_in(side, zone);
  const Rows<std::vector<DnsData>> addresses = co_await addresses_of_all(talk, names, source);
  const std::string own = talk.own().ip;
  for (const auto& [name, list] : addresses)
    for (const DnsData& address : list)
      if (same_address(address.text, own)) co_return true;
  if (names.empty() || addresses.size() < names.size()) co_return std::nullopt;
  co_return false;
}

}  // namespace

asio::awaitable<void> look_at_zone(const DnsTalk& talk, const dns::Message& first) {
  talk.out.stage = "zone";
  const std::string zone = co_await find_apex(talk, {talk.own()}, &first);
  if (zone.empty()) co_return;
  talk.out.set(kDns.zone, {zone, true});
  co_await compare_serials(talk, zone);
  co_await compare_ns(talk, zone);
}

asio::awaitable<void> look_who_is_listed(const DnsTalk& talk) {
  talk.out.stage = "listed";
  std::vector<Source> sources;
  for (const Endpoint& other : talk.others()) sources.push_back({other});
  for (const std::string& text : talk.context.subject.surroundings.dns.resolvers)
    if (const auto server = net::parse_dns_server(text)) sources.push_back({*server, false});
  sources.push_back({talk.own(), false});  // which may know it as any resolver does
  for (const Source& source : sources) {
    const auto listed = co_await is_listed_at(talk, source);
    if (!listed) continue;
    talk.out.set(kDns.listed, *listed);
    co_return;
  }
}

}  // namespace drydock
