#include "probes/dns/probe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/dns/facts.hpp"
#include "probes/dns/zone.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr Duration kPatience{10000};  // four questions: after 0, 1, 3 and 7 s

/// Whether an answer without records proves that there are none, and does not merely point elsewhere.
bool proves_absence(const dns::Message& message, const dns::Resolution& found, Asked mode) {
  if (found.loops || !net::is_definitive(message.rcode)) return false;
  if (mode == Asked::resolver) return true;
  if (mode == Asked::listed && message.has_flag("ra")) return true;
  if (!message.has_flag("aa")) return false;
  return found.aliases.empty() || message.rcode == "NXDOMAIN" ||
         dns::find_soa(message.authority, found.owner) != nullptr;
}

void record(const DnsTalk& talk, const net::DnsReply& reply) {
  const dns::Message& message = reply.message;
  Observation& out = talk.out;
  out.set(kDns.rcode, message.rcode);
  out.set(kDns.flags, message.flags);
  out.set(kDns.transport, std::string(reply.tcp ? "tcp" : "udp"));
  if (reply.chokes_on == net::DnsChoke::edns) out.set(kDns.edns_rcode, reply.choked_rcode);
  if (reply.chokes_on == net::DnsChoke::mixed_case) out.set(kDns.mixed_case_rcode, reply.choked_rcode);
  const dns::Resolution found = dns::resolve(message, talk.name, talk.type);
  if (!found.aliases.empty()) out.set(kDns.aliases, as_names(found.aliases));
  if (found.loops) out.set(kDns.alias_loop, true);
  if (found.records.empty() && !proves_absence(message, found, talk.mode)) return;
  if (!found.records.empty() && message.rcode != "NOERROR") {
    out.transcript.note(
        fmt::format("records beside {}: whoever resolves by that code has none of them", message.rcode));
    return;
  }
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

/// SERVFAIL with checking and an answer without it: the resolver found the zone's signatures wrong (RFC 4035 §5.5).
asio::awaitable<void> ask_unchecked(const DnsTalk& talk) {
  talk.out.stage = "checking-disabled";
  dns::Query query = DnsTalk::query(talk.name, talk.type, true);
  query.checking_disabled = true;
  const net::SideAnswer side = co_await net::ask_aside(talk.peer(talk.own()), query);
  if (side.message)
    talk.out.set(kDns.unchecked_rcode, side.message->rcode);
  else
    talk.out.transcript.note(fmt::format("with CD=1: {}", side.trouble));
}

/// The control of silence: whether another authoritative server answers the same question.
asio::awaitable<void> ask_the_others(const DnsTalk& talk) {
  for (const Endpoint& other : talk.others()) {
    const net::SideAnswer side = co_await net::ask_aside(talk.peer(other), DnsTalk::query(talk.name, talk.type, false));
    if (!side.definitive()) continue;
    talk.out.set(kDns.others_answered, {other.text()});
    co_return;
  }
}

/// How long the question may take, so that there is time left where this server is silent.
Duration patience_until(Deadline deadline) {
  const auto left = std::chrono::duration_cast<Duration>(deadline - Clock::now());
  return std::min(kPatience, left * 2 / 3);
}

/// What a server that is silent says to the question without EDNS. True where it answers that.
asio::awaitable<bool> ask_without_edns(const DnsTalk& talk, dns::Query query) {
  const auto left = std::chrono::duration_cast<Duration>(talk.context.deadline - Clock::now());
  query.edns = false;
  const net::SideAnswer plain = co_await net::ask_aside(talk.peer(talk.own(), left / 2), std::move(query));
  if (!plain.message) co_return false;
  record(talk, {.message = *plain.message, .chokes_on = net::DnsChoke::edns, .choked_rcode = std::string(kNoAnswer)});
  co_return true;
}

class DnsProbe : public Probe {
public:
  explicit DnsProbe(const Parameters& parameters)
      : name_(parameters.text("name")), type_(asked_type(parameters)), mode_(asked(parameters)) {}

  asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    const DnsTalk talk{context, out, name_, type_, mode_};
    out.address = talk.own().text();
    out.stage = "question";
    const net::DnsPeer peer = talk.peer(talk.own(), patience_until(context.deadline));
    const dns::Query query = DnsTalk::query(name_, type_, mode_ != Asked::authoritative);
    std::optional<Failure> silence;
    std::optional<net::DnsReply> reply;
    try {
      net::DnsReply answered = co_await net::ask_dns(peer, query);
      reply = std::move(answered);
    } catch (const Failure& failure) {
      const bool unreadable = mode_ == Asked::resolver && failure.kind() == ErrorKind::protocol;
      if (failure.kind() != ErrorKind::timeout && !unreadable) throw;
      silence = failure;
    }
    if (silence) {
      const bool answers_without = co_await ask_without_edns(talk, query);
      if (is_declared_authoritative(context.subject)) co_await ask_the_others(talk);
      if (!answers_without) throw Failure(*silence);
      co_return;
    }
    record(talk, *reply);
    co_await look_further(talk, reply->message);
    out.stage = "end";
  }

private:
  static asio::awaitable<void> look_further(const DnsTalk& talk, const dns::Message& message) {
    const bool definitive = net::is_definitive(message.rcode);
    if (talk.mode == Asked::resolver && message.rcode == "SERVFAIL") co_await ask_unchecked(talk);
    if (talk.mode != Asked::authoritative) co_return;
    if (!definitive || !message.has_flag("aa")) co_await look_who_is_listed(talk);
    if (definitive) co_await look_at_zone(talk, message);
  }

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
  return {subject.target.ip, subject.target.port.value_or(53)};
}

bool is_declared_authoritative(const Subject& subject) {
  const std::string own = dns_server(subject).text();
  return std::ranges::any_of(subject.surroundings.dns.authoritative, [&](const std::string& text) {
    const auto server = net::parse_dns_server(text);
    return server && server->text() == own;
  });
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
