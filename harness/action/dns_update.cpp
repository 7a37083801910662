#include "harness/action/dns_update.hpp"

#include <fmt/format.h>

#include <chrono>

#include "probes/codec/dns/message.hpp"
#include "probes/codec/dns/tsig.hpp"
#include "probes/codec/dns/update.hpp"
#include "probes/net/dns_exchange.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr std::size_t kLargestDatagram = 512;  // RFC 2136 has no EDNS of its own
constexpr Duration kPatience{30000};           // five questions by UDP; repeating an update does no harm

std::uint64_t unix_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

ActionResult failed(std::string message) {
  return {ActionEnd::failed, std::move(message), {}, std::nullopt};
}

std::vector<dns::RrsetChange> changes_of(const DnsUpdateAction& action) {
  std::vector<dns::RrsetChange> changes;
  for (const auto& record : action.changes) changes.push_back({record.name, record.type, record.ttl, record.data});
  return changes;
}

/// What is asked for, line by line, as a person would type it into nsupdate.
std::string in_words(const DnsUpdateAction& action) {
  std::string text = fmt::format("server {}\nzone {}\n", action.server, action.zone);
  for (const auto& record : action.changes) {
    text += fmt::format("update delete {} {}\n", record.name, record.type);
    for (const std::string& data : record.data)
      text += fmt::format("update add {} {} {} {}\n", record.name, record.ttl, record.type, data);
  }
  return text;
}

/// What the server's answer says. `hint` says where to look.
struct Answer {
  std::string rcode;
  dns::TsigVerdict signature;
};

std::string hint_for(const Answer& answer, const DnsUpdateAction& action, const std::string& key_name) {
  const std::string& error = answer.signature.error;
  if (error == "BADTIME") {
    if (!answer.signature.server_time) return "the clocks of this machine and of the server are too far apart";
    const auto skew = static_cast<std::int64_t>(unix_now()) - static_cast<std::int64_t>(*answer.signature.server_time);
    return fmt::format("this machine's clock is {} s {} the server's; {} s are allowed: set the clocks",
                       skew < 0 ? -skew : skew, skew < 0 ? "behind" : "ahead of", dns::kTsigFudge);
  }
  if (error == "BADKEY")
    return fmt::format(
        "the server does not know the key {} with that algorithm, or does not allow it for this: compare the "
        "key's name and algorithm on both sides",
        key_name);
  if (error == "BADSIG") return fmt::format("the secret of the key {} differs on the server", key_name);
  if (answer.rcode == "NOTAUTH") return fmt::format("the server is not the primary of {}", action.zone);
  if (answer.rcode == "REFUSED")
    return fmt::format("the server's access list does not let the key {} from this address change {}", key_name,
                       action.zone);
  if (answer.rcode == "NOTZONE") return fmt::format("a name does not lie in {}", action.zone);
  if (answer.rcode == "NOTIMP") return "the server takes no dynamic updates";
  if (answer.rcode == "FORMERR") return "the server can't read the update: is its software very old?";
  return "look at the server's log";
}

ActionResult result_of(const Answer& answer, const DnsUpdateAction& action, const std::string& key_name, bool tcp) {
  const std::string said =
      answer.signature.error.empty() ? answer.rcode : fmt::format("{} ({})", answer.rcode, answer.signature.error);
  ActionResult result;
  result.output = fmt::format("{}answer over {}: {}\n", in_words(action), tcp ? "TCP" : "UDP", said);
  if (answer.rcode == "NOERROR" && answer.signature.state == dns::TsigState::valid) {
    result.end = ActionEnd::done;
    result.message = fmt::format("{} took the update of {}", action.server, action.zone);
    return result;
  }
  result.end = ActionEnd::failed;
  result.message = fmt::format("{} did not take the update of {}: {}; {}", action.server, action.zone, said,
                               hint_for(answer, action, key_name));
  return result;
}

/// What was signed and sent, and what judges the answers to it.
struct Pending {
  dns::TsigKey key;
  std::uint16_t id = 0;
  std::string mac;
  Answer answer;

  /// A refusal may come unsigned (RFC 8945 §5.2): believed, since it changes nothing. Success must be signed.
  net::DnsFit file(std::string_view octets) {
    using Kind = net::DnsFit::Kind;
    std::string why = dns::why_foreign_update(octets, id);
    if (!why.empty()) return {Kind::foreign, why};
    auto message = dns::decode(octets);
    if (!message) return {Kind::malformed, message.error().message};
    dns::TsigVerdict signature = dns::verify(octets, key, mac, unix_now());
    const bool said_no = message->rcode != "NOERROR";
    if (!said_no && signature.state != dns::TsigState::valid)
      return {Kind::foreign, signature.state == dns::TsigState::absent ? "it says NOERROR without a signature"
                                                                       : "it says NOERROR, but " + signature.why};
    answer = {message->rcode, std::move(signature)};
    return {};
  }
};

/// True where the update provably never reached the server.
bool never_arrived(ErrorKind kind) {
  return kind == ErrorKind::refused || kind == ErrorKind::prohibited || kind == ErrorKind::unreachable ||
         kind == ErrorKind::local;
}

ActionResult lost(const Failure& failure, const DnsUpdateAction& action) {
  ActionResult result;
  result.end = never_arrived(failure.kind()) ? ActionEnd::failed : ActionEnd::unknown;
  result.output = in_words(action);
  result.message = result.end == ActionEnd::failed
                       ? fmt::format("the update of {} was not delivered: {}", action.zone, failure.what())
                       : fmt::format("nobody knows whether {} took the update of {}: {}", action.server, action.zone,
                                     failure.what());
  return result;
}

/// The signed message, or why there is none.
boost::system::result<std::string, Error> prepare(const DnsUpdateAction& action, Pending& pending) {
  if (!action.key.available())
    return Error{ErrorKind::credential, fmt::format("the TSIG key can't be read: {}", action.key.why_missing())};
  auto key = dns::parse_tsig_key(action.key.reveal());
  if (!key) return key.error();
  pending.key = std::move(*key);
  pending.id = static_cast<std::uint16_t>(net::random_bits());
  const auto message = dns::encode_update(action.zone, changes_of(action), pending.id);
  if (!message) return message.error();
  dns::SignedMessage signed_message = dns::sign(*message, pending.key, unix_now());
  pending.mac = std::move(signed_message.mac);
  return std::move(signed_message.octets);
}

}  // namespace

asio::awaitable<ActionResult> run_dns_update(const DnsUpdateAction& action, std::string source_ip, Deadline deadline) {
  const auto server = net::parse_dns_server(action.server);
  if (!server) co_return failed(fmt::format("nothing was sent: \"{}\" is no address of a name server", action.server));
  Pending pending;
  auto request = prepare(action, pending);
  if (!request) co_return failed(fmt::format("nothing was sent: {}", request.error().message));
  const auto transport = request->size() <= kLargestDatagram ? net::DnsTransport::udp_first : net::DnsTransport::tcp;
  const Deadline patience = std::min<Deadline>(deadline, Clock::now() + kPatience);
  const net::DnsPeer peer{*server, std::move(source_ip), patience, nullptr, nullptr};
  const net::DnsAccept accept = [&pending](std::string_view octets) { return pending.file(octets); };
  std::optional<Failure> failure;
  bool tcp = false;
  try {
    const net::RawDnsReply reply = co_await net::exchange_dns(peer, std::move(*request), accept, transport);
    tcp = reply.tcp;
  } catch (const Failure& thrown) {
    failure = thrown;
  }
  if (failure) co_return lost(*failure, action);
  co_return result_of(pending.answer, action, pending.key.name, tcp);
}

}  // namespace drydock
