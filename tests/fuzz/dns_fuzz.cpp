#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "probes/codec/dns/message.hpp"
#include "probes/codec/dns/name.hpp"
#include "probes/codec/dns/tsig.hpp"
#include "probes/codec/dns/update.hpp"

using namespace drydock;

namespace {

dns::Query query() {
  dns::Query query;
  query.name = "mail.test";
  query.type = "A";
  query.id = 0x1234;
  return query;
}

}  // namespace

/// A message from a server, its signature, and the text of a key: none may crash, hang or read out of bounds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const dns::Query kQuery = query();
  static const dns::TsigKey kKey = {"lab-ddns", "hmac-sha256", "secret"};
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  const auto message = dns::decode(octets);
  if (message) {
    dns::why_foreign(*message, kQuery);
    for (const auto& record : message->answer) {
      dns::resolve(*message, record.name, "A");
      dns::soa_serial(record.data);
      dns::is_within(record.name, "test");
      dns::parent(record.name);
    }
    dns::find_soa(message->authority, "mail.test");
  }
  dns::peek_header(octets);
  dns::why_foreign_update(octets, 0x1234);
  dns::verify(octets, kKey, "mac", 1000000000);
  const auto key = dns::parse_tsig_key(octets);
  if (key) dns::sign(std::string(12, 0), *key, 0);
  return 0;
}
