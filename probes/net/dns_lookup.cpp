#include "probes/net/dns_lookup.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/core/error.hpp"

namespace drydock::net {
namespace asio = boost::asio;

namespace {

/// The chain of aliases leads out of what the server holds.
bool ends_outside(const dns::Message& message, const dns::Resolution& found) {
  return found.records.empty() && !found.aliases.empty() && message.rcode == "NOERROR" &&
         !dns::find_soa(message.authority, found.owner);
}

AddressesTold read_addresses(const dns::Message& message, const std::string& name, const std::string& type,
                             bool authoritative) {
  AddressesTold told;
  if (!is_definitive(message.rcode)) {
    told.trouble = message.rcode;
    told.elsewhere = message.rcode == "REFUSED" || message.rcode == "NOTAUTH";
    return told;
  }
  const dns::Resolution found = dns::resolve(message, name, type);
  told.elsewhere = authoritative && (!message.has_flag("aa") || ends_outside(message, found));
  if (told.elsewhere) {
    told.trouble = "it does not speak for the name";
    return told;
  }
  told.addresses.emplace();
  for (const dns::Record& record : found.records) told.addresses->push_back(record.data);
  std::ranges::sort(*told.addresses);
  return told;
}

}  // namespace

bool is_definitive(std::string_view rcode) {
  return rcode == "NOERROR" || rcode == "NXDOMAIN";
}

bool SideAnswer::definitive() const {
  return message && is_definitive(message->rcode);
}

asio::awaitable<SideAnswer> ask_aside(DnsPeer peer, dns::Query query) {
  SideAnswer side;
  try {
    DnsReply reply = co_await ask_dns(std::move(peer), std::move(query));
    side.message = std::move(reply.message);
  } catch (const Failure& failure) {
    side.trouble = fmt::format("no answer ({})", to_string(failure.kind()));
  }
  co_return side;
}

asio::awaitable<AddressesTold> ask_addresses(DnsPeer peer, std::string name, std::string type, bool authoritative) {
  dns::Query query;
  query.name = name;
  query.type = type;
  query.recursion_desired = !authoritative;
  const SideAnswer side = co_await ask_aside(std::move(peer), std::move(query));
  if (!side.message) co_return AddressesTold{std::nullopt, false, side.trouble};
  co_return read_addresses(*side.message, name, type, authoritative);
}

}  // namespace drydock::net
