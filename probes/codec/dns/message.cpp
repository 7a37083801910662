#include "probes/codec/dns/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "probes/codec/dns/ldns.hpp"
#include "probes/codec/dns/name.hpp"
#include "probes/codec/dns/walker.hpp"

namespace drydock::dns {
namespace {

constexpr std::uint16_t kUdpSize = 1232;  // 1280 (RFC 8200 §5) less the headers of IPv6 and UDP: never in fragments
constexpr std::size_t kHeaderSize = 12;
constexpr std::size_t kLongestChain = 16;

Error bad(std::string message) {
  return {ErrorKind::protocol, std::move(message)};
}
Error ours(std::string message) {
  return {ErrorKind::local, std::move(message)};
}

std::string take(char* text) {
  const Ldns<char> owner(text);
  return text ? std::string(text) : std::string();
}

/// RFC 3597 §5 for a field that ldns can't write.
std::string generic_form(const ldns_rdf& field) {
  std::string hex = fmt::format("\\# {} ", ldns_rdf_size(&field));
  for (std::size_t i = 0; i < ldns_rdf_size(&field); ++i) hex += fmt::format("{:02x}", ldns_rdf_data(&field)[i]);
  return hex;
}

std::string type_name(ldns_rr_type type) {
  return take(ldns_rr_type2str(type));
}

/// RFC 1035 §3.3: each field is a length and so many octets.
std::vector<std::string> strings_of(const ldns_rr& rr) {
  std::vector<std::string> strings;
  for (std::size_t i = 0; i < ldns_rr_rd_count(&rr); ++i) {
    const ldns_rdf* field = ldns_rr_rdf(&rr, i);
    if (field && ldns_rdf_get_type(field) == LDNS_RDF_TYPE_STR && ldns_rdf_size(field) > 0)
      strings.emplace_back(reinterpret_cast<const char*>(ldns_rdf_data(field)) + 1, ldns_rdf_size(field) - 1);
  }
  return strings;
}

/// Why these records can't be what was asked for; empty where they can.
std::string why_unsound(const ldns_rr_list* list) {
  for (std::size_t i = 0; list && i < ldns_rr_list_rr_count(list); ++i) {
    const ldns_rr* rr = ldns_rr_list_rr(list, i);
    if (!rr) continue;
    const std::string type = type_name(ldns_rr_get_type(rr));
    if (ldns_rr_get_class(rr) != LDNS_RR_CLASS_IN)
      return fmt::format("it holds a {} record of class {}", type, take(ldns_rr_class2str(ldns_rr_get_class(rr))));
    if (!ldns_rr_is_question(rr) && ldns_rr_rd_count(rr) == 0 && ldns_rr_descript(ldns_rr_get_type(rr)) &&
        ldns_rr_descriptor_minimum(ldns_rr_descript(ldns_rr_get_type(rr))) > 0)
      return fmt::format("it holds a {} record without data", type);
  }
  return {};
}

Record make_record(const ldns_rr& rr) {
  const ldns_rr_type type = ldns_rr_get_type(&rr);
  Record record{take(ldns_rdf2str(ldns_rr_owner(&rr))), type_name(type), ldns_rr_ttl(&rr), {}, {}};
  if (type == LDNS_RR_TYPE_TXT || type == LDNS_RR_TYPE_SPF) record.strings = strings_of(rr);
  for (std::size_t i = 0; i < ldns_rr_rd_count(&rr); ++i) {
    const ldns_rdf* field = ldns_rr_rdf(&rr, i);
    if (!field) continue;
    std::string text = take(ldns_rdf2str(field));
    if (text.empty()) text = generic_form(*field);
    if (!record.data.empty()) record.data += ' ';
    record.data += text;
  }
  return record;
}

std::vector<Record> make_section(const ldns_rr_list* list) {
  std::vector<Record> records;
  for (std::size_t i = 0; list && i < ldns_rr_list_rr_count(list); ++i) {
    const ldns_rr* rr = ldns_rr_list_rr(list, i);
    if (rr && ldns_rr_owner(rr)) records.push_back(make_record(*rr));
  }
  return records;
}

std::vector<std::string> flags_of(const ldns_pkt& packet) {
  std::vector<std::string> flags;
  const auto add = [&](bool set, const char* name) {
    if (set) flags.emplace_back(name);
  };
  add(ldns_pkt_qr(&packet), "qr");
  add(ldns_pkt_aa(&packet), "aa");
  add(ldns_pkt_tc(&packet), "tc");
  add(ldns_pkt_rd(&packet), "rd");
  add(ldns_pkt_ra(&packet), "ra");
  add(ldns_pkt_ad(&packet), "ad");
  add(ldns_pkt_cd(&packet), "cd");
  return flags;
}

/// Why the message breaks a rule that ldns does not watch over; empty where it breaks none. Of each of these records
/// there is at most one (RFC 6891 §6.1.1, RFC 8945 §5.1), and of several ldns frees only the last.
std::string why_ill_formed(std::string_view octets) {
  constexpr unsigned kOpt = 41;
  constexpr unsigned kTsig = 250;
  Walker walker(octets);
  walker.take(kHeaderSize);
  for (unsigned i = 0; i < get16(octets, 4) && walker.good(); ++i) walker.take_question();
  const unsigned records = get16(octets, 6) + get16(octets, 8) + get16(octets, 10);
  int options = 0;
  int signatures = 0;
  for (unsigned i = 0; i < records && walker.good(); ++i) {
    const unsigned type = walker.take_record();
    options += type == kOpt ? 1 : 0;
    signatures += type == kTsig ? 1 : 0;
  }
  if (options > 1) return fmt::format("it holds {} OPT records", options);
  if (signatures > 1) return fmt::format("it holds {} TSIG records", signatures);
  return walker.good() ? std::string() : "it is cut short, or a name or record in it is broken";
}

std::optional<ldns_rr_type> parse_type(std::string_view type) {
  const std::string text(type);
  const ldns_rr_type number = ldns_get_rr_type_by_name(text.c_str());
  if (number == 0) return std::nullopt;
  return number;
}

}  // namespace

bool Message::has_flag(std::string_view flag) const {
  return std::ranges::find(flags, flag) != flags.end();
}

boost::system::result<std::string, Error> encode(const Query& query) {
  const auto type = parse_type(query.type);
  if (!type) return ours(fmt::format("\"{}\" is not a record type", query.type));
  if (!is_name(query.name)) return ours(fmt::format("\"{}\" is not a domain name", query.name));
  ldns_rdf* name = nullptr;
  if (ldns_str2rdf_dname(&name, query.name.c_str()) != LDNS_STATUS_OK)
    return ours(fmt::format("\"{}\" is not a domain name", query.name));
  // The packet owns `name` from here on.
  const Ldns<ldns_pkt> packet(ldns_pkt_query_new(name, *type, LDNS_RR_CLASS_IN, 0));
  if (!packet) return ours("out of memory");
  ldns_pkt_set_id(packet.get(), query.id);
  ldns_pkt_set_rd(packet.get(), query.recursion_desired);
  ldns_pkt_set_cd(packet.get(), query.checking_disabled);
  if (query.edns) {
    ldns_pkt_set_edns_udp_size(packet.get(), kUdpSize);
    ldns_pkt_set_edns_do(packet.get(), true);
  }
  std::uint8_t* octets = nullptr;
  std::size_t size = 0;
  const ldns_status status = ldns_pkt2wire(&octets, packet.get(), &size);
  const Ldns<std::uint8_t> owner(octets);
  if (status != LDNS_STATUS_OK) return ours(ldns_get_errorstr_by_id(status));
  return std::string(reinterpret_cast<const char*>(octets), size);
}

boost::system::result<Message, Error> decode(std::string_view octets) {
  if (octets.size() < kHeaderSize) return bad(fmt::format("{} octets are no DNS message", octets.size()));
  if (const std::string why = why_ill_formed(octets); !why.empty())
    return bad(fmt::format("not a whole DNS message: {}", why));
  ldns_pkt* parsed = nullptr;
  const auto* data = reinterpret_cast<const std::uint8_t*>(octets.data());
  const ldns_status status = ldns_wire2pkt(&parsed, data, octets.size());
  const Ldns<ldns_pkt> packet(parsed);
  if (status != LDNS_STATUS_OK || !parsed)
    return bad(fmt::format("not a whole DNS message: {}", ldns_get_errorstr_by_id(status)));
  Message message;
  message.id = ldns_pkt_id(parsed);
  message.opcode = ldns_pkt_get_opcode(parsed);
  message.response = ldns_pkt_qr(parsed);
  message.flags = flags_of(*parsed);
  message.edns = ldns_pkt_edns(parsed);
  const int extended = message.edns ? ldns_pkt_edns_extended_rcode(parsed) << 4 : 0;
  message.rcode = rcode_name(extended | static_cast<int>(ldns_pkt_get_rcode(parsed)));
  const ldns_rr_list* questions = ldns_pkt_question(parsed);
  message.questions = questions ? ldns_rr_list_rr_count(questions) : 0;
  if (message.questions > 0) {
    const ldns_rr* first = ldns_rr_list_rr(questions, 0);
    message.question = {take(ldns_rdf2str(ldns_rr_owner(first))), type_name(ldns_rr_get_type(first))};
  }
  for (const ldns_rr_list* list : {questions, static_cast<const ldns_rr_list*>(ldns_pkt_answer(parsed)),
                                   static_cast<const ldns_rr_list*>(ldns_pkt_authority(parsed))})
    if (message.unsound.empty()) message.unsound = why_unsound(list);
  message.answer = make_section(ldns_pkt_answer(parsed));
  message.authority = make_section(ldns_pkt_authority(parsed));
  message.additional = make_section(ldns_pkt_additional(parsed));
  return message;
}

std::string why_foreign(const Message& message, const Query& query) {
  if (!message.response) return "it is a query, not a response";
  if (message.id != query.id) return fmt::format("its id is {}, not {}", message.id, query.id);
  if (message.opcode != 0) return fmt::format("its opcode is {}, not 0", message.opcode);
  // Some servers answer with a bare header when they refuse or can't read the question (RFC 1035 §4.1.1, FORMERR).
  if (message.questions == 0 && message.answer.empty() && message.rcode != "NOERROR" && message.rcode != "NXDOMAIN")
    return {};
  if (message.questions != 1) return fmt::format("it holds {} questions", message.questions);
  const Question& question = *message.question;
  const auto asked = parse_type(query.type);
  if (!same_name(question.name, query.name) || !asked || parse_type(question.type) != asked)
    return fmt::format("it answers {} {}, not {} {}", question.name, question.type, query.name, query.type);
  return {};
}

std::optional<Header> peek_header(std::string_view octets) {
  if (octets.size() < kHeaderSize) return std::nullopt;
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(octets[i]); };
  Header header;
  header.id = static_cast<std::uint16_t>(at(0) << 8U | at(1));
  header.response = (at(2) & 0x80U) != 0;
  header.opcode = (at(2) >> 3U) & 0xF;
  header.truncated = (at(2) & 0x02U) != 0;
  header.rcode = at(3) & 0xF;
  return header;
}

std::string rcode_name(int rcode) {
  // IANA "DNS RCODEs"; 16 is BADVERS in OPT and BADSIG in TSIG, which tsig.cpp names itself.
  static constexpr const char* kNames[] = {"NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
                                           "YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE"};
  if (rcode >= 0 && rcode < static_cast<int>(std::size(kNames))) return kNames[rcode];
  if (rcode == 16) return "BADVERS";
  if (rcode == 23) return "BADCOOKIE";
  return fmt::format("RCODE{}", rcode);
}

bool is_record_type(std::string_view type) {
  const auto number = parse_type(type);
  if (!number) return false;
  // RFC 6895 §3.1: 128 to 255 are questions and meta types, 41 is OPT.
  return *number != 41 && (*number < 128 || *number > 255) && *number != 65535;
}

bool folds_case(std::string_view type) {
  static constexpr std::array kFold = {"A",   "AAAA", "NS",   "CNAME", "DNAME", "PTR",  "MX",
                                       "SOA", "SRV",  "TLSA", "DS",    "CDS",   "SSHFP"};
  return std::ranges::find(kFold, type) != kFold.end();
}

Resolution resolve(const Message& message, std::string_view name, std::string_view type) {
  Resolution found;
  found.owner = std::string(name);
  const auto wanted = parse_type(type);
  if (!wanted) return found;
  while (true) {
    const Record* alias = nullptr;
    for (const Record& record : message.answer) {
      if (!same_name(record.name, found.owner)) continue;
      if (parse_type(record.type) == wanted) found.records.push_back(record);
      if (record.type == "CNAME" && !alias) alias = &record;
    }
    if (!found.records.empty() || !alias) return found;
    const bool seen =
        same_name(alias->data, name) ||
        std::ranges::any_of(found.aliases, [&](const std::string& earlier) { return same_name(earlier, alias->data); });
    if (seen || found.aliases.size() == kLongestChain) {
      found.loops = true;
      return found;
    }
    found.aliases.push_back(alias->data);
    found.owner = alias->data;
  }
}

const Record* find_soa(const std::vector<Record>& section, std::string_view name) {
  const Record* found = nullptr;
  for (const Record& record : section)
    if (record.type == "SOA" && is_within(name, record.name)) found = &record;
  return found;
}

std::optional<std::uint32_t> soa_serial(std::string_view data) {
  std::size_t word = 0;
  std::size_t at = 0;
  while (at < data.size()) {
    const std::size_t end = std::min(data.find(' ', at), data.size());
    if (word == 2) {
      std::uint32_t serial = 0;
      const auto [stop, error] = std::from_chars(data.data() + at, data.data() + end, serial);
      if (error != std::errc{} || stop != data.data() + end) return std::nullopt;
      return serial;
    }
    if (end > at) ++word;
    at = end + 1;
  }
  return std::nullopt;
}

std::string_view target_of(std::string_view data) {
  const std::size_t space = data.rfind(' ');
  return space == std::string_view::npos ? data : data.substr(space + 1);
}

}  // namespace drydock::dns
