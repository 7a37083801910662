#pragma once
#include <boost/system/result.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "probes/core/error.hpp"

/// Transaction signatures, RFC 8945, round one request and its one answer. Pure: the caller gives the time.
namespace drydock::dns {

/// A shared key. Holds a secret: never print it.
struct TsigKey {
  std::string name;       ///< presentation form
  std::string algorithm;  ///< hmac-sha224, -sha256, -sha384, -sha512, -sha1; in lower case
  std::string secret;     ///< octets
};

/// Reads `key "name" { algorithm hmac-sha256; secret "base64"; };` as tsig-keygen writes it: one key, white space and
/// comments (# and //) free, nothing else before or after. The error (kind credential) never quotes the text.
boost::system::result<TsigKey, Error> parse_tsig_key(std::string_view text);

inline constexpr std::uint16_t kTsigFudge = 300;  ///< seconds, RFC 8945 §10

struct SignedMessage {
  std::string octets;
  std::string mac;  ///< what the answer's signature is chained to
};

/// The message with a TSIG record appended. `message` must hold none. `now`: seconds since 1970.
SignedMessage sign(std::string_view message, const TsigKey& key, std::uint64_t now);

enum class TsigState {
  valid,     ///< signed with the key, in time
  absent,    ///< no TSIG record
  rejected,  ///< the server says why it did not take our signature: see `error`
  invalid    ///< signed, but not with this key, not over this, or out of time
};

struct TsigVerdict {
  TsigState state = TsigState::absent;
  std::string error;       ///< BADSIG, BADKEY, BADTIME, BADTRUNC as the server's TSIG record says; empty: none
  std::string why;         ///< for `invalid`: what does not fit
  bool authentic = false;  ///< the MAC verified, also where state is `rejected` (BADTIME is signed, RFC 8945 §5.2.3)
  std::optional<std::uint64_t> server_time;  ///< with BADTIME: the server's clock, seconds since 1970
};

/// Verifies the answer to a request whose MAC was `request_mac`.
TsigVerdict verify(std::string_view answer, const TsigKey& key, std::string_view request_mac, std::uint64_t now);

}  // namespace drydock::dns
