#include "probes/codec/dns/tsig.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

#include "probes/codec/dns/ldns.hpp"
#include "probes/codec/dns/name.hpp"
#include "probes/codec/dns/walker.hpp"

namespace drydock::dns {
namespace {

constexpr std::uint16_t kTypeTsig = 250;
constexpr std::uint16_t kClassAny = 255;
constexpr std::size_t kHeaderSize = 12;
constexpr int kBadTime = 18;

void put16(std::string& out, unsigned value) {
  out += static_cast<char>(value >> 8U & 0xFFU);
  out += static_cast<char>(value & 0xFFU);
}

void put48(std::string& out, std::uint64_t value) {
  for (int shift = 40; shift >= 0; shift -= 8) out += static_cast<char>(value >> static_cast<unsigned>(shift) & 0xFFU);
}

/// A name in canonical wire form: uncompressed, lower case (RFC 4034 §6.2). Empty where it is no name.
std::string canonical_wire(const std::string& name) {
  ldns_rdf* parsed = nullptr;
  const ldns_status status = ldns_str2rdf_dname(&parsed, fold(name).c_str());
  const Ldns<ldns_rdf> owner(parsed);
  if (status != LDNS_STATUS_OK || !parsed) return {};
  return {reinterpret_cast<const char*>(ldns_rdf_data(parsed)), ldns_rdf_size(parsed)};
}

const EVP_MD* digest_of(std::string_view algorithm) {
  if (algorithm == "hmac-sha1") return EVP_sha1();
  if (algorithm == "hmac-sha224") return EVP_sha224();
  if (algorithm == "hmac-sha256") return EVP_sha256();
  if (algorithm == "hmac-sha384") return EVP_sha384();
  if (algorithm == "hmac-sha512") return EVP_sha512();
  return nullptr;
}

std::string hmac(const TsigKey& key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  if (!HMAC(digest_of(key.algorithm), key.secret.data(), static_cast<int>(key.secret.size()), data, text.size(),
            mac.data(), &size))
    throw std::logic_error("HMAC failed");
  return {reinterpret_cast<const char*>(mac.data()), size};
}

/// What a TSIG record says, RFC 8945 §4.2.
struct TsigRecord {
  std::string name, algorithm;  ///< canonical wire form
  std::uint64_t time = 0;
  unsigned fudge = 0;
  std::string mac;
  unsigned original_id = 0;
  unsigned error = 0;
  std::string other;
  std::size_t start = 0;  ///< where the record begins in the message
};

/// RFC 8945 §4.3.3.
std::string variables(const TsigRecord& record) {
  std::string text = record.name;
  put16(text, kClassAny);
  text.append(4, '\0');
  text += record.algorithm;
  put48(text, record.time);
  put16(text, record.fudge);
  put16(text, record.error);
  put16(text, static_cast<unsigned>(record.other.size()));
  return text + record.other;
}

/// The TSIG record, which must be the last of the additional section (RFC 8945 §5.1).
std::optional<TsigRecord> find_tsig(std::string_view message) {
  if (message.size() < kHeaderSize) return std::nullopt;
  Walker walker(message);
  walker.take(kHeaderSize);
  for (unsigned i = 0; i < get16(message, 4) && walker.good(); ++i) walker.take_question();
  const unsigned records = get16(message, 6) + get16(message, 8) + get16(message, 10);
  if (get16(message, 10) == 0) return std::nullopt;
  for (unsigned i = 0; i + 1 < records && walker.good(); ++i) walker.take_record();
  TsigRecord record;
  record.start = walker.at();
  record.name = walker.take_name();
  if (walker.take16() != kTypeTsig || walker.take16() != kClassAny) return std::nullopt;
  walker.take(4);
  const std::size_t length = walker.take16();
  if (length != message.size() - walker.at()) return std::nullopt;
  record.algorithm = walker.take_name();
  record.time = walker.take48();
  record.fudge = walker.take16();
  record.mac = walker.take(walker.take16());
  record.original_id = walker.take16();
  record.error = walker.take16();
  record.other = walker.take(walker.take16());
  if (!walker.good() || !walker.at_end()) return std::nullopt;
  return record;
}

/// The message as it was before it was signed: without the record, with the original id (RFC 8945 §5.3.1).
std::string unsigned_form(std::string_view message, const TsigRecord& record) {
  std::string bare;
  put16(bare, record.original_id);
  bare += message.substr(2, 8);
  put16(bare, get16(message, 10) - 1);
  bare += message.substr(kHeaderSize, record.start - kHeaderSize);
  return bare;
}

std::string error_name(unsigned error) {
  switch (error) {
    case 16:
      return "BADSIG";
    case 17:
      return "BADKEY";
    case kBadTime:
      return "BADTIME";
    case 22:
      return "BADTRUNC";
    default:
      return fmt::format("TSIG error {}", error);
  }
}

bool mac_matches(std::string_view answer, const TsigRecord& record, const TsigKey& key, std::string_view request_mac) {
  std::string text;
  put16(text, static_cast<unsigned>(request_mac.size()));
  text += request_mac;
  text += unsigned_form(answer, record);
  text += variables(record);
  const std::string mac = hmac(key, text);
  return mac.size() == record.mac.size() && CRYPTO_memcmp(mac.data(), record.mac.data(), mac.size()) == 0;
}

}  // namespace

SignedMessage sign(std::string_view message, const TsigKey& key, std::uint64_t now) {
  TsigRecord record;
  record.name = canonical_wire(key.name);
  record.algorithm = canonical_wire(key.algorithm);
  record.time = now;
  record.fudge = kTsigFudge;
  record.mac = hmac(key, std::string(message) + variables(record));
  std::string data = record.algorithm;
  put48(data, record.time);
  put16(data, record.fudge);
  put16(data, static_cast<unsigned>(record.mac.size()));
  data += record.mac;
  data += message.substr(0, 2);
  put16(data, 0);
  put16(data, 0);
  std::string octets(message);
  std::string count;
  put16(count, get16(message, 10) + 1);
  octets.replace(10, 2, count);
  octets += record.name;
  put16(octets, kTypeTsig);
  put16(octets, kClassAny);
  octets.append(4, '\0');
  put16(octets, static_cast<unsigned>(data.size()));
  return {octets + data, record.mac};
}

TsigVerdict verify(std::string_view answer, const TsigKey& key, std::string_view request_mac, std::uint64_t now) {
  TsigVerdict verdict;
  const auto record = find_tsig(answer);
  if (!record) return verdict;
  verdict.state = TsigState::invalid;
  if (record->name != canonical_wire(key.name) || record->algorithm != canonical_wire(key.algorithm)) {
    verdict.why = "it is signed with another key or algorithm";
    return verdict;
  }
  verdict.authentic = mac_matches(answer, *record, key, request_mac);
  if (record->error != 0) {
    verdict.state = TsigState::rejected;
    verdict.error = error_name(record->error);
    if (record->error == kBadTime && record->other.size() == 6) verdict.server_time = Walker(record->other).take48();
    return verdict;
  }
  if (!verdict.authentic) {
    verdict.why = "its signature does not fit its content";
    return verdict;
  }
  const std::uint64_t apart = record->time > now ? record->time - now : now - record->time;
  if (apart > record->fudge) {
    verdict.why =
        fmt::format("it was signed {} s away from our clock, more than the {} s it allows", apart, record->fudge);
    return verdict;
  }
  verdict.state = TsigState::valid;
  return verdict;
}

}  // namespace drydock::dns
