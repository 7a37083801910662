#pragma once
#include <boost/system/result.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/core/error.hpp"

/// DNS messages as values: octets in, octets out. Pure; ldns is the packet codec underneath and shows nowhere.
namespace drydock::dns {

/// One resource record. `name` and `data` are in presentation form, names in them absolute with the final dot, in the
/// case that was sent; `type` is `A`, `MX`, or `TYPE65280` where it has no name (RFC 3597).
struct Record {
  std::string name;
  std::string type;
  std::uint32_t ttl = 0;  ///< seconds
  std::string data;
  std::vector<std::string> strings{};  ///< of TXT and SPF: the octets of each
  bool operator==(const Record&) const = default;
};

struct Question {
  std::string name;
  std::string type;
};

/// One question of class IN to one server.
struct Query {
  std::string name;  ///< presentation form
  std::string type;
  std::uint16_t id = 0;
  bool recursion_desired = false;
  bool checking_disabled = false;
  bool edns = true;  ///< an OPT record with 1232 octets and DO (RFC 6891, RFC 3225)
};

/// A decoded message.
struct Message {
  std::uint16_t id = 0;
  int opcode = 0;
  bool response = false;             ///< QR
  std::vector<std::string> flags;    ///< those set, in the order qr aa tc rd ra ad cd
  std::string rcode;                 ///< NOERROR, NXDOMAIN, ...; RCODE<n> where it has no name. Extended by EDNS.
  std::optional<Question> question;  ///< the first
  std::size_t questions = 0;
  bool edns = false;
  std::vector<Record> answer, authority, additional;  ///< additional without OPT and TSIG
  std::string unsound;  ///< why its records can't be an answer of class IN: another class, data of the wrong size

  [[nodiscard]] bool has_flag(std::string_view flag) const;
};

/// The query's octets. Error (kind local) where name or type can't be put in a message.
boost::system::result<std::string, Error> encode(const Query& query);

/// The message in these octets. Error (kind protocol) for anything that is not a whole message: cut short, compression
/// loops, names over 255 octets. Octets past the last record are ignored.
boost::system::result<Message, Error> decode(std::string_view octets);

/// Why the message is not the answer to the query (RFC 5452 §3): not a response, another id, another opcode, another
/// question. Empty: it is. The question's name is compared without case (RFC 4343).
std::string why_foreign(const Message& message, const Query& query);

/// The header alone, which is there even where the rest is cut.
struct Header {
  std::uint16_t id = 0;
  int opcode = 0;
  bool response = false;
  bool truncated = false;
  int rcode = 0;  ///< without EDNS extension
};
std::optional<Header> peek_header(std::string_view octets);

/// The name of a response code: `NXDOMAIN`; `RCODE23` where it has none.
std::string rcode_name(int rcode);

/// True for a type of records that can be asked for and held (not ANY, AXFR, OPT, TSIG...), `TYPE<n>` included.
bool is_record_type(std::string_view type);

/// What the answer section says about `name` and `type`, aliases followed (RFC 1034 §3.6.2).
struct Resolution {
  std::vector<std::string> aliases;  ///< targets of the CNAME chain, in order
  std::string owner;                 ///< the name at the end of the chain
  std::vector<Record> records;       ///< of the type asked, at `owner`
  bool loops = false;                ///< the chain comes back to itself or is longer than 16
};
Resolution resolve(const Message& message, std::string_view name, std::string_view type);

/// The SOA record of `section` whose owner is `name` or a zone above it, or null.
const Record* find_soa(const std::vector<Record>& section, std::string_view name);

/// The SERIAL of SOA data in presentation form (RFC 1035 §3.3.13).
std::optional<std::uint32_t> soa_serial(std::string_view data);

/// Whether data of this type is made of names, addresses, numbers and hex digits only, so that case says nothing.
bool folds_case(std::string_view type);

/// The name in NS, PTR, CNAME or MX data: the last word.
std::string_view target_of(std::string_view data);

}  // namespace drydock::dns
