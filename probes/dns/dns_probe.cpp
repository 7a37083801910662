#include "probes/dns/dns_probe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/codec/dns/message.hpp"
#include "probes/codec/dns/name.hpp"
#include "probes/codec/dns/serial.hpp"
#include "probes/dns/dns_asked.hpp"
#include "probes/dns/facts.hpp"
#include "probes/net/dns_exchange.hpp"
#include "probes/net/stream.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr Duration kPatience{10000};     // four questions: after 0, 1, 3 and 7 s
constexpr Duration kSidePatience{4000};  // for what the other servers are asked
constexpr Duration kSerialPause{500};
constexpr int kApexSteps = 10;

/// One probe's run: whom it asks and where it writes.
struct Talk {
  const ProbeContext& context;
  Observation& out;
  std::string name, type;
  Asked mode;

  [[nodiscard]] net::DnsPeer peer(Endpoint server, Duration patience) const {
    return {std::move(server), context.subject.vantage.address,
            std::min<Deadline>(context.deadline, Clock::now() + patience), &out.transcript, context.answered};
  }
  [[nodiscard]] dns::Query query(std::string_view about, std::string_view kind) const {
    dns::Query query;
    query.name = about;
    query.type = kind;
    query.recursion_desired = mode != Asked::authoritative;
    return query;
  }
};

/// Whether an answer without records proves that there are none, and does not merely point elsewhere.
bool proves_absence(const dns::Message& message, const dns::Resolution& found, Asked mode) {
  if (found.loops || (message.rcode != "NOERROR" && message.rcode != "NXDOMAIN")) return false;
  if (mode == Asked::resolver) return true;
  if (mode == Asked::listed && message.has_flag("ra")) return true;
  if (!message.has_flag("aa")) return false;
  return found.aliases.empty() || message.rcode == "NXDOMAIN" ||
         dns::find_soa(message.authority, found.owner) != nullptr;
}

void record(const Talk& talk, const net::DnsReply& reply) {
  const dns::Message& message = reply.message;
  Observation& out = talk.out;
  out.set(kDns.rcode, message.rcode);
  out.set(kDns.flags, message.flags);
  out.set(kDns.transport, std::string(reply.tcp ? "tcp" : "udp"));
  const dns::Resolution found = dns::resolve(message, talk.name, talk.type);
  if (!found.aliases.empty()) out.set(kDns.aliases, as_names(found.aliases));
  if (found.loops) out.set(kDns.alias_loop, true);
  if (found.records.empty() && !proves_absence(message, found, talk.mode)) return;
  std::vector<DnsData> answers;
  std::int64_t ttl = INT64_MAX;
  for (const dns::Record& record : found.records) {
    std::string joined;
    for (const auto& part : record.strings) joined += part;
    answers.push_back({record.strings.empty() ? record.data : joined, dns::folds_case(record.type)});
    ttl = std::min<std::int64_t>(ttl, record.ttl);
    if (!record.strings.empty())
      for (const auto& part : record.strings) out.at(kDns.strings).push_back(part);
  }
  std::ranges::sort(answers, {}, &DnsData::text);
  if (!answers.empty()) out.set(kDns.ttl, ttl);
  out.set(kDns.answers, std::move(answers));
}

/// An answer, or why there is none.
struct Side {
  std::optional<dns::Message> message;
  std::string trouble;
};

asio::awaitable<Side> ask_aside(const Talk& talk, Endpoint server, std::string_view about, std::string_view kind) {
  Side side;
  const net::DnsPeer peer = talk.peer(std::move(server), kSidePatience);
  const dns::Query query = talk.query(about, kind);
  try {
    net::DnsReply reply = co_await net::ask_dns(peer, query);
    side.message = std::move(reply.message);
  } catch (const Failure& failure) {
    side.trouble = fmt::format("no answer ({})", to_string(failure.kind()));
  }
  co_return side;
}

/// The zone that holds the name, by the SOA record of an answer or of its authority section (RFC 2308 §3). Empty where
/// the server shows none.
asio::awaitable<std::string> find_apex(const Talk& talk, const Endpoint& server, const dns::Message& first) {
  const dns::Message* message = &first;
  Side side;
  std::string about = talk.name;
  for (int step = 0; step < kApexSteps; ++step) {
    const dns::Record* soa = dns::find_soa(message->answer, talk.name);
    if (!soa) soa = dns::find_soa(message->authority, talk.name);
    if (soa && message->has_flag("aa")) co_return soa->name;
    // An alias hides the zone that it lies in: climb.
    if (step > 0) {
      if (about == ".") break;
      about = dns::parent(about);
    }
    side = co_await ask_aside(talk, server, about, "SOA");
    if (!side.message || (side.message->rcode != "NOERROR" && side.message->rcode != "NXDOMAIN")) break;
    message = &*side.message;
  }
  co_return std::string();
}

/// `2003082701`, or why there is no serial.
std::string serial_text(const Side& side, const std::string& zone) {
  if (!side.message) return side.trouble;
  if (side.message->rcode != "NOERROR") return side.message->rcode;
  if (!side.message->has_flag("aa")) return "not authoritative";
  for (const dns::Record& record : side.message->answer) {
    if (record.type != "SOA" || !dns::same_name(record.name, zone)) continue;
    const auto serial = dns::soa_serial(record.data);
    if (serial) return fmt::format("{}", *serial);
  }
  return "no SOA record";
}

/// The names of the zone's name servers, folded, sorted, joined by spaces; or why there are none.
std::string ns_text(const Side& side, const std::string& zone) {
  if (!side.message) return side.trouble;
  if (side.message->rcode != "NOERROR") return side.message->rcode;
  std::vector<std::string> names;
  for (const dns::Record& record : side.message->answer)
    if (record.type == "NS" && dns::same_name(record.name, zone)) names.push_back(dns::fold(record.data) + ".");
  std::ranges::sort(names);
  return names.empty() ? "no NS records" : fmt::format("{}", fmt::join(names, " "));
}

std::vector<Endpoint> other_servers(const Subject& subject) {
  std::vector<Endpoint> others;
  const Endpoint own = dns_server(subject);
  for (const std::string& text : subject.dns.authoritative) {
    const auto server = net::parse_dns_server(text);
    if (server && server->text() != own.text()) others.push_back(*server);
  }
  return others;
}

bool is_serial(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_behind(const std::string& own, const Fields& others) {
  if (!is_serial(own)) return false;
  const auto mine = static_cast<std::uint32_t>(std::stoul(own));
  return std::ranges::any_of(others, [&](const auto& other) {
    return is_serial(other.second) &&
           dns::compare_serials(mine, static_cast<std::uint32_t>(std::stoul(other.second))) ==
               std::partial_ordering::less;
  });
}

/// Asks the others first and the own server last, so that a change in between can't make it look behind.
asio::awaitable<Fields> compare_serials(const Talk& talk, const std::string& zone) {
  talk.out.stage = "serial";
  Fields serials;
  for (const Endpoint& other : other_servers(talk.context.subject)) {
    const Side side = co_await ask_aside(talk, other, zone, "SOA");
    serials.emplace_back(other.text(), serial_text(side, zone));
  }
  talk.out.set(kDns.other_serials, serials);
  const Endpoint own = dns_server(talk.context.subject);
  const Deadline patience = Clock::now() + kNotifyGrace;
  while (true) {
    const Side side = co_await ask_aside(talk, own, zone, "SOA");
    const std::string text = serial_text(side, zone);
    if (side.message) talk.out.set(kDns.soa_authoritative, side.message->has_flag("aa"));
    if (is_serial(text)) talk.out.set(kDns.serial, static_cast<std::int64_t>(std::stoul(text)));
    const bool again =
        is_behind(text, serials) && Clock::now() + kSerialPause < std::min(patience, talk.context.deadline);
    if (!again) co_return serials;
    talk.out.transcript.note("behind the other servers: waiting for NOTIFY and the transfer");
    co_await net::pause(kSerialPause);
  }
}

/// Servers that gave no serial are not asked again: their silence is known.
asio::awaitable<void> compare_ns(const Talk& talk, const std::string& zone, const Fields& serials) {
  talk.out.stage = "ns";
  const Side own = co_await ask_aside(talk, dns_server(talk.context.subject), zone, "NS");
  if (own.message) talk.out.set(kDns.ns, ns_text(own, zone));
  Fields sets;
  for (const auto& [text, serial] : serials) {
    const auto server = net::parse_dns_server(text);
    if (!server || !is_serial(serial)) continue;
    const Side side = co_await ask_aside(talk, *server, zone, "NS");
    if (side.message) sets.emplace_back(text, ns_text(side, zone));
  }
  talk.out.set(kDns.other_ns, std::move(sets));
}

asio::awaitable<void> look_at_zone(const Talk& talk, const dns::Message& first) {
  talk.out.stage = "zone";
  const Endpoint own = dns_server(talk.context.subject);
  const std::string zone = co_await find_apex(talk, own, first);
  if (zone.empty()) co_return;
  talk.out.set(kDns.zone, {zone, true});
  const Fields serials = co_await compare_serials(talk, zone);
  co_await compare_ns(talk, zone, serials);
}

/// SERVFAIL with checking and an answer without it: the resolver found the zone's signatures wrong (RFC 4035 §5.5).
asio::awaitable<void> ask_unchecked(const Talk& talk, const Endpoint& server) {
  talk.out.stage = "checking-disabled";
  dns::Query query = talk.query(talk.name, talk.type);
  query.checking_disabled = true;
  const net::DnsPeer peer = talk.peer(server, kSidePatience);
  try {
    const net::DnsReply reply = co_await net::ask_dns(peer, query);
    talk.out.set(kDns.unchecked_rcode, reply.message.rcode);
  } catch (const Failure& failure) {
    talk.out.transcript.note(fmt::format("no answer with CD=1: {}", failure.what()));
  }
}

class DnsProbe : public Probe {
public:
  explicit DnsProbe(const Parameters& parameters)
      : name_(parameters.text("name")), type_(asked_type(parameters)), mode_(asked(parameters)) {}

  asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    const Talk talk{context, out, name_, type_, mode_};
    const Endpoint server = dns_server(context.subject);
    out.address = server.text();
    out.stage = "question";
    const net::DnsPeer peer = talk.peer(server, kPatience);
    const dns::Query query = talk.query(name_, type_);
    const net::DnsReply reply = co_await net::ask_dns(peer, query);
    record(talk, reply);
    const std::string& rcode = reply.message.rcode;
    if (mode_ == Asked::authoritative && (rcode == "NOERROR" || rcode == "NXDOMAIN"))
      co_await look_at_zone(talk, reply.message);
    if (mode_ == Asked::resolver && rcode == "SERVFAIL") co_await ask_unchecked(talk, server);
    out.stage = "end";
  }

private:
  std::string name_, type_;
  Asked mode_;
};

}  // namespace

Asked asked(const Parameters& parameters) {
  const auto& list = parameters.texts("ask");
  const std::string word = list.size() == 1 ? list.front() : list.empty() ? parameters.text("ask") : "";
  if (word == "resolvers") return Asked::resolver;
  if (word == "authoritative" || (word.empty() && list.empty())) return Asked::authoritative;
  return Asked::listed;
}

Endpoint dns_server(const Subject& subject) {
  return {subject.ip, subject.port.value_or(53)};
}

std::string asked_type(const Parameters& parameters) {
  std::string type = parameters.text("type");
  for (char& c : type)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return type.empty() ? "A" : type;
}

std::unique_ptr<const Probe> make_dns_probe(const Parameters& parameters) {
  return std::make_unique<DnsProbe>(parameters);
}

}  // namespace drydock
