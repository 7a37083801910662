#include <fmt/format.h>
#include <fmt/ranges.h>

#include "probes/codec/dns/name.hpp"
#include "probes/core/text.hpp"
#include "probes/net/dns_exchange.hpp"

/// Questions and their answers, above the exchange of messages.
namespace drydock::net {
namespace asio = boost::asio;

namespace {

/// One question as it is meant and as it is sent: its name in mixed case, which is harder to forge an answer to.
struct Asked {
  dns::Query plain, mixed;
  std::string plain_octets;
  std::optional<dns::Message> answer;
  bool case_kept = true;

  /// The message with the question's name as it is meant: servers compress names in their answers by pointing at it.
  [[nodiscard]] std::string restore(std::string_view octets) const {
    const std::size_t size = plain_octets.find('\0', 12) + 1 - 12;
    std::string restored(octets);
    const std::string_view meant = std::string_view(plain_octets).substr(12, size);
    if (octets.size() >= 12 + size && dns::same_name(octets.substr(12, size), meant)) restored.replace(12, size, meant);
    return restored;
  }

  DnsFit file(std::string_view octets) {
    auto decoded = dns::decode(octets);
    if (!decoded) {
      const auto header = dns::peek_header(octets);
      const bool ours = header && header->response && header->id == mixed.id;
      return {ours ? DnsFit::Kind::malformed : DnsFit::Kind::foreign, decoded.error().message};
    }
    std::string why = dns::why_foreign(*decoded, mixed);
    if (!why.empty()) return {DnsFit::Kind::foreign, why};
    const auto bare = [](std::string_view name) { return name.substr(0, name.size() - (name.ends_with('.') ? 1 : 0)); };
    case_kept = !decoded->question || bare(decoded->question->name) == bare(mixed.name);
    auto restored = dns::decode(restore(octets));
    answer = restored ? std::move(*restored) : std::move(*decoded);
    return {};
  }
};

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

void record_question(const DnsPeer& peer, const dns::Query& query) {
  if (!peer.transcript) return;
  peer.transcript->sent(fmt::format("{} {} {} id={}{}{}{}", peer.server.text(), query.name, query.type, query.id,
                                    query.recursion_desired ? " rd" : "", query.checking_disabled ? " cd" : "",
                                    query.edns ? " edns=1232 do" : ""));
}

void record_answer(const DnsPeer& peer, const DnsReply& reply) {
  if (!peer.transcript) return;
  const dns::Message& message = reply.message;
  peer.transcript->received(fmt::format("{} {} id={} {}{}{}", peer.server.text(), message.rcode, message.id,
                                        joined(message.flags), message.edns ? " edns" : "",
                                        reply.tcp ? " over TCP" : ""));
  const auto show = [&](const char* section, const std::vector<dns::Record>& records) {
    for (const auto& record : records)
      if (record.type != "RRSIG" && record.type != "NSEC" && record.type != "NSEC3")
        peer.transcript->received(
            fmt::format("  {}: {} {} {} {}", section, record.name, record.ttl, record.type, record.data));
  };
  show("answer", message.answer);
  show("authority", message.authority);
}

enum class Letters { mixed, lower };

asio::awaitable<DnsReply> ask_once(DnsPeer peer, dns::Query query, Letters letters) {
  Asked asked;
  query.id = static_cast<std::uint16_t>(random_bits());
  asked.plain = asked.mixed = std::move(query);
  asked.mixed.name =
      letters == Letters::mixed ? dns::mix_case(asked.plain.name, random_bits()) : ascii_lower(asked.plain.name);
  auto plain = dns::encode(asked.plain);
  auto request = dns::encode(asked.mixed);
  if (!plain || !request) throw Failure(ErrorKind::local, request ? plain.error().message : request.error().message);
  asked.plain_octets = std::move(*plain);
  record_question(peer, asked.mixed);
  const DnsAccept accept = [&asked](std::string_view octets) { return asked.file(octets); };
  RawDnsReply raw = co_await exchange_dns(peer, std::move(*request), accept);
  if (!asked.answer) throw Failure(ErrorKind::protocol, "the answer was lost");
  DnsReply reply{std::move(*asked.answer), raw.tcp, raw.dropped};
  record_answer(peer, reply);
  if (!reply.message.unsound.empty())
    throw Failure(ErrorKind::protocol,
                  fmt::format("the answer of {} is none: {}", peer.server.text(), reply.message.unsound));
  if (peer.transcript && !asked.case_kept)
    peer.transcript->note("the server did not keep the case of the question's name");
  co_return reply;
}

/// The same question in another form; nothing where no answer comes to it.
asio::awaitable<std::optional<DnsReply>> ask_again(DnsPeer peer, dns::Query query, Letters letters) {
  std::optional<DnsReply> reply;
  try {
    DnsReply answered = co_await ask_once(peer, std::move(query), letters);
    reply = std::move(answered);
  } catch (const Failure& failure) {
    if (peer.transcript) peer.transcript->note(failure.what());
  }
  co_return reply;
}

bool dislikes_question(const dns::Message& message) {
  return message.rcode == "FORMERR" || message.rcode == "NOTIMP" || message.rcode == "BADVERS";
}

bool dislikes_name(const dns::Message& message) {
  return message.rcode == "NXDOMAIN" || message.rcode == "REFUSED" || message.rcode == "NOTAUTH";
}

void note_again(const DnsPeer& peer, std::string_view how) {
  if (peer.transcript) peer.transcript->note(how);
}

/// Blames the server for what it answered first, where it answers so once more: a zone may change between two
/// questions.
asio::awaitable<void> blame(const DnsPeer& peer, const dns::Query& query, const DnsReply& first, DnsChoke what,
                            DnsReply& simpler) {
  if (simpler.message.rcode == first.message.rcode) co_return;
  const std::optional<DnsReply> again = co_await ask_again(peer, query, Letters::mixed);
  if (!again || again->message.rcode != first.message.rcode) co_return;
  simpler.chokes_on = what;
  simpler.choked_rcode = first.message.rcode;
}

}  // namespace

asio::awaitable<DnsReply> ask_dns(DnsPeer peer, dns::Query query) {
  DnsReply reply = co_await ask_once(peer, query, Letters::mixed);
  if (query.edns && dislikes_question(reply.message)) {
    note_again(peer, "asking again without EDNS");
    dns::Query without = query;
    without.edns = false;
    std::optional<DnsReply> plain = co_await ask_again(peer, without, Letters::mixed);
    if (!plain) co_return reply;
    if (reply.message.edns) co_await blame(peer, query, reply, DnsChoke::edns, *plain);
    reply = std::move(*plain);
    query = std::move(without);
  }
  if (!dislikes_name(reply.message)) co_return reply;
  note_again(peer, "asking again in lower case");
  std::optional<DnsReply> lower = co_await ask_again(peer, query, Letters::lower);
  if (!lower || lower->message.rcode == reply.message.rcode) co_return reply;
  co_await blame(peer, query, reply, DnsChoke::mixed_case, *lower);
  co_return std::move(*lower);
}

}  // namespace drydock::net
