#pragma once
#include "probes/core/fact.hpp"
#include "probes/facet/certificate.hpp"

namespace drydock {

/// What the type `ftp` sees.
struct FtpFacts {
  Fact<Reply> welcome{"ftp.welcome", "the greeting", Parity::normalised, "reply code"};
  Fact<std::vector<std::string>> features{"ftp.features", "what FEAT lists", Parity::same};
  Fact<Reply> auth_tls{"ftp.auth_tls", "the reply to AUTH TLS", Parity::normalised, "reply code"};
  Fact<Reply> prot{"ftp.prot", "the reply to PROT P", Parity::normalised, "reply code"};
  Fact<Reply> turned_away{"ftp.turned_away", "the greeting of a later connection that was not 220"};
  Fact<Reply> anonymous{"ftp.anonymous", "the last reply to an anonymous login", Parity::normalised, "reply code"};
  Fact<bool> anonymous_cut{"ftp.anonymous_cut", "the server hung up on an anonymous login, without a reply",
                           Parity::same};
  Fact<Reply> anonymous_clear{"ftp.anonymous_clear", "the last reply to an anonymous login without TLS",
                              Parity::normalised, "reply code"};
  Fact<bool> anonymous_clear_cut{"ftp.anonymous_clear_cut",
                                 "the server hung up on an anonymous login without TLS, without a reply", Parity::same};
  Fact<Reply> clear{"ftp.clear", "the reply to USER without TLS", Parity::normalised, "reply code"};
  Fact<bool> clear_cut{"ftp.clear_cut", "the server hung up on USER without TLS, without a reply", Parity::same};
  Fact<Reply> login{"ftp.login", "the last reply to the account's login", Parity::normalised, "reply code"};
  Fact<Reply> wrong_password{"ftp.wrong_password", "the last reply to a login with a made-up password",
                             Parity::normalised, "reply code"};
  Fact<Reply> passive{"ftp.passive", "the last reply to PASV, or over IPv6 to EPSV", Parity::normalised, "reply code"};
  Fact<std::string> passive_address{"ftp.passive.address", "the address that it names; never dialled", Parity::free};
  Fact<std::int64_t> passive_port{"ftp.passive.port", "the port that it names", Parity::free};
  Fact<std::string> passive_error{
      "ftp.passive.error", "why that port took no connection while the control connection lived: timeout, unreachable",
      Parity::same};
  Fact<std::vector<std::string>> files{"ftp.files", "names in the folder before the round trip", Parity::free};
  Fact<Reply> list{"ftp.list", "the reply that refused a listing", Parity::normalised, "reply code"};
  Fact<std::string> round_trip_step{"ftp.round_trip.step", "the last step of the round trip that was done",
                                    Parity::same};
  Fact<std::string> round_trip_refused{"ftp.round_trip.refused", "the step that was refused"};
  Fact<Reply> round_trip_reply{"ftp.round_trip.reply", "the reply that refused it"};
  Fact<std::int64_t> round_trip_sent{"ftp.round_trip.sent", "octets that were uploaded"};
  Fact<std::int64_t> round_trip_size{"ftp.round_trip.size", "octets that SIZE tells afterwards (RFC 3659 §4)"};
  Fact<bool> round_trip_listed{"ftp.round_trip.listed", "the uploaded file is in the listing"};
  Fact<std::int64_t> round_trip_received{"ftp.round_trip.received", "octets that were downloaded"};
  Fact<bool> round_trip_same{"ftp.round_trip.same", "what came down is what went up (SHA-256)"};
  Fact<bool> round_trip_left{"ftp.round_trip.left", "the file is still there at the end"};
  Fact<bool> round_trip_abandoned{"ftp.round_trip.abandoned", "the file could not be deleted after an early end"};
};
inline constexpr FtpFacts kFtp;
inline constexpr facet::TlsFacts kFtpTls = facet::tls_facts<"ftp.tls">();

}  // namespace drydock
