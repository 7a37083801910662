#include "probes/codec/dns/update.hpp"

#include <fmt/format.h>

#include "probes/codec/dns/ldns.hpp"
#include "probes/codec/dns/message.hpp"
#include "probes/codec/dns/name.hpp"

namespace drydock::dns {
namespace {

constexpr int kOpcodeUpdate = 5;
constexpr std::uint32_t kLongestTtl = 0x7FFFFFFF;

Error ours(std::string message) {
  return {ErrorKind::local, std::move(message)};
}

std::string absolute(std::string_view name) {
  std::string text = fold(name);
  return text == "." ? text : text + ".";
}

/// An RR of class ANY without data: delete the whole RRset.
Ldns<ldns_rr> deletion(const RrsetChange& change) {
  ldns_rdf* owner = nullptr;
  if (ldns_str2rdf_dname(&owner, absolute(change.name).c_str()) != LDNS_STATUS_OK) return nullptr;
  Ldns<ldns_rr> rr(ldns_rr_new());
  ldns_rr_set_owner(rr.get(), owner);
  ldns_rr_set_ttl(rr.get(), 0);
  ldns_rr_set_type(rr.get(), ldns_get_rr_type_by_name(change.type.c_str()));
  ldns_rr_set_class(rr.get(), LDNS_RR_CLASS_ANY);
  return rr;
}

boost::system::result<Ldns<ldns_rr>, Error> addition(const RrsetChange& change, const std::string& data) {
  const auto wrong = [&](std::string_view why) {
    return ours(fmt::format("\"{}\" can't be the data of a {} record of {}: {}", data, change.type, change.name, why));
  };
  if (data.find_first_of(std::string_view("\n\r\0", 3)) != std::string::npos) return wrong("it holds a line break");
  const std::string line = fmt::format("{} {} IN {} {}", absolute(change.name), change.ttl, change.type, data);
  ldns_rr* parsed = nullptr;
  const ldns_status status = ldns_rr_new_frm_str(&parsed, line.c_str(), change.ttl, nullptr, nullptr);
  Ldns<ldns_rr> rr(parsed);
  if (status != LDNS_STATUS_OK || !parsed) return wrong(ldns_get_errorstr_by_id(status));
  if (ldns_rr_rd_count(parsed) == 0) return wrong("there is none");
  return rr;
}

std::string why_wrong(std::string_view zone, const RrsetChange& change) {
  if (!is_name(change.name)) return fmt::format("\"{}\" is not a domain name", change.name);
  if (!is_within(change.name, zone)) return fmt::format("{} does not lie in the zone {}", change.name, zone);
  if (!is_record_type(change.type)) return fmt::format("\"{}\" is not a record type", change.type);
  if (change.ttl > kLongestTtl) return fmt::format("TTL {} of {} is over 2147483647", change.ttl, change.name);
  return {};
}

}  // namespace

boost::system::result<std::string, Error> encode_update(std::string_view zone, const std::vector<RrsetChange>& changes,
                                                        std::uint16_t id) {
  if (!is_name(zone)) return ours(fmt::format("the zone \"{}\" is not a domain name", zone));
  const Ldns<ldns_rr_list> updates(ldns_rr_list_new());
  for (const RrsetChange& change : changes) {
    const std::string wrong = why_wrong(zone, change);
    if (!wrong.empty()) return ours(wrong);
    Ldns<ldns_rr> removal = deletion(change);
    if (!removal) return ours(fmt::format("\"{}\" is not a domain name", change.name));
    ldns_rr_list_push_rr(updates.get(), removal.release());
    for (const std::string& data : change.data) {
      auto added = addition(change, data);
      if (!added) return added.error();
      ldns_rr_list_push_rr(updates.get(), added->release());
    }
  }
  ldns_rdf* apex = nullptr;
  if (ldns_str2rdf_dname(&apex, absolute(zone).c_str()) != LDNS_STATUS_OK)
    return ours(fmt::format("the zone \"{}\" is not a domain name", zone));
  // The packet owns `apex` from here on, and copies the records.
  const Ldns<ldns_pkt> packet(ldns_update_pkt_new(apex, LDNS_RR_CLASS_IN, nullptr, updates.get(), nullptr));
  if (!packet) return ours("ldns made no update message");
  ldns_pkt_set_id(packet.get(), id);
  ldns_pkt_set_rd(packet.get(), false);  // ldns sets it; RFC 2136 §2.2 wants zero
  std::uint8_t* octets = nullptr;
  std::size_t size = 0;
  const ldns_status status = ldns_pkt2wire(&octets, packet.get(), &size);
  const Ldns<std::uint8_t> owner(octets);
  if (status != LDNS_STATUS_OK) return ours(ldns_get_errorstr_by_id(status));
  return std::string(reinterpret_cast<const char*>(octets), size);
}

std::string why_foreign_update(std::string_view octets, std::uint16_t id) {
  const auto header = peek_header(octets);
  if (!header) return fmt::format("{} octets are no DNS message", octets.size());
  if (!header->response) return "it is a query, not a response";
  if (header->id != id) return fmt::format("its id is {}, not {}", header->id, id);
  if (header->opcode != kOpcodeUpdate) return fmt::format("its opcode is {}, not {}", header->opcode, kOpcodeUpdate);
  return {};
}

}  // namespace drydock::dns
