#pragma once
#include "probes/core/fact.hpp"
#include "probes/net/tls_facts.hpp"

namespace drydock {

/// What the type `ftp` sees.
struct FtpFacts {
  Fact<std::string> welcome{"ftp.welcome", "the greeting, with its code", Parity::free};
  Fact<std::int64_t> welcome_code{"ftp.welcome_code", "code of the greeting", Parity::same};
  Fact<std::vector<std::string>> features{"ftp.features", "what FEAT lists", Parity::same};
  Fact<std::int64_t> auth_tls_code{"ftp.auth_tls.code", "code of the reply to AUTH TLS", Parity::same};
  Fact<std::string> auth_tls_reply{"ftp.auth_tls.reply", "the reply to AUTH TLS"};
  Fact<std::int64_t> prot_code{"ftp.prot.code", "code of the reply to PROT P", Parity::same};
  Fact<std::string> prot_reply{"ftp.prot.reply", "the reply to PROT P"};
  Fact<std::int64_t> anonymous_code{"ftp.anonymous.code", "code of the last reply to an anonymous login", Parity::same};
  Fact<std::string> anonymous_reply{"ftp.anonymous.reply", "the last reply to an anonymous login"};
  Fact<Reply> anonymous_clear{"ftp.anonymous_clear", "the last reply to an anonymous login without TLS"};
  Fact<std::int64_t> clear_code{"ftp.clear.code", "code of the reply to USER without TLS", Parity::same};
  Fact<std::string> clear_reply{"ftp.clear.reply", "the reply to USER without TLS"};
  Fact<std::int64_t> login_code{"ftp.login.code", "code of the last reply to the account's login", Parity::same};
  Fact<std::string> login_reply{"ftp.login.reply", "the last reply to the account's login"};
  Fact<std::int64_t> passive_code{"ftp.passive.code", "code of the last reply to PASV", Parity::same};
  Fact<std::string> passive_reply{"ftp.passive.reply", "the last reply to PASV"};
  Fact<std::string> passive_address{"ftp.passive.address", "the address that it names; never dialled", Parity::free};
  Fact<std::int64_t> passive_port{"ftp.passive.port", "the port that it names", Parity::free};
  Fact<std::vector<std::string>> files{"ftp.files", "names in the folder before the round trip", Parity::same};
  Fact<std::int64_t> list_code{"ftp.list.code", "code of the reply that refused a listing", Parity::same};
  Fact<std::string> list_reply{"ftp.list.reply", "the reply that refused a listing"};
  Fact<std::string> round_trip_step{"ftp.round_trip.step", "the last step of the round trip that was done",
                                    Parity::same};
  Fact<std::string> round_trip_refused{"ftp.round_trip.refused", "the step that was refused"};
  Fact<std::int64_t> round_trip_code{"ftp.round_trip.code", "code of the reply that refused it"};
  Fact<std::string> round_trip_reply{"ftp.round_trip.reply", "the reply that refused it"};
  Fact<std::int64_t> round_trip_sent{"ftp.round_trip.sent", "octets that were uploaded"};
  Fact<std::int64_t> round_trip_size{"ftp.round_trip.size", "octets that SIZE tells afterwards (RFC 3659 §4)"};
  Fact<bool> round_trip_listed{"ftp.round_trip.listed", "the uploaded file is in the listing"};
  Fact<std::int64_t> round_trip_received{"ftp.round_trip.received", "octets that were downloaded"};
  Fact<bool> round_trip_same{"ftp.round_trip.same", "what came down is what went up (SHA-256)"};
  Fact<bool> round_trip_left{"ftp.round_trip.left", "the file is still there at the end"};
  Fact<bool> round_trip_abandoned{"ftp.round_trip.abandoned", "the file could not be deleted after an early end"};
};
inline constexpr FtpFacts kFtp;
inline constexpr net::TlsFacts kFtpTls = net::tls_facts<"ftp.tls">();

}  // namespace drydock
