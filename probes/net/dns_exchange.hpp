#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "probes/codec/dns/message.hpp"
#include "probes/core/observation.hpp"
#include "probes/core/subject.hpp"

/// DNS messages over the network: UDP with retransmission, TCP where the answer is truncated or UDP brings nothing but
/// what does not belong to the question.
namespace drydock::net {

/// One server, and how to talk to it.
struct DnsPeer {
  Endpoint server;
  std::string from;     ///< the vantage's address; empty: the system chooses
  Deadline deadline{};  ///< when to give up: Failure(timeout)
  Transcript* transcript = nullptr;
  std::set<std::string>* answered = nullptr;  ///< gets server.ip once it answers or refuses
};

/// What a received message is to the request it may answer.
struct DnsFit {
  enum class Kind {
    answer,
    foreign,   ///< does not belong to the request; a forgery for all we know: wait on
    malformed  ///< belongs to the request by its header, and is broken: ask again over TCP, where nobody can forge
  };
  Kind kind = Kind::answer;
  std::string why;
};
/// Called with the octets of each message that came; must not throw.
using DnsAccept = std::function<DnsFit(std::string_view)>;

struct RawDnsReply {
  std::string octets;
  bool tcp = false;
  int sent = 0;     ///< UDP datagrams sent
  int dropped = 0;  ///< messages that came and were no answer
};

enum class DnsTransport { udp_first, tcp };

/// Sends the request and waits for a message that `accept` takes. Retransmits after 1, 2, 4, ... seconds on one socket,
/// so that a late answer counts. Only datagrams from the server's own address and port are looked at. A truncated
/// answer (TC, RFC 2181 §9) is asked for over TCP. Throws Failure: timeout; refused (ICMP port unreachable twice, RST);
/// protocol where what came over TCP is no answer; local where the source address is not ours.
boost::asio::awaitable<RawDnsReply> exchange_dns(DnsPeer peer, std::string request, DnsAccept accept,
                                                 DnsTransport transport = DnsTransport::udp_first);

/// What a server can't bear that it must (RFC 6891 §7, RFC 4343 §3): it answers the same question well without.
enum class DnsChoke {
  none,
  edns,       ///< it answers questions with EDNS by an error that holds EDNS itself
  mixed_case  ///< it knows names in lower case only
};

struct DnsReply {
  dns::Message message;  ///< the answer to the question that the server could bear
  bool tcp = false;
  int dropped = 0;
  DnsChoke chokes_on = DnsChoke::none;
  std::string choked_rcode{};  ///< what it answered to the other question
};

/// Asks one question. The id is chosen here and the name's case mixed at random. A server that does not know EDNS
/// (FORMERR or NOTIMP without an OPT record, RFC 6891 §7) is asked once more without; so is one that answers with such
/// an error all the same, and one that refuses the name or does not know it is asked in lower case: where that helps,
/// the reply says so. Questions as they were sent and answers are in the transcript.
boost::asio::awaitable<DnsReply> ask_dns(DnsPeer peer, dns::Query query);

/// Reads `ip`, `ip:port` or `[v6]:port`; port 53 where none is written. Nothing where it is none of these.
std::optional<Endpoint> parse_dns_server(std::string_view text);

/// Unpredictable (RFC 5452 §9.2).
std::uint64_t random_bits();

}  // namespace drydock::net
