#include "probes/rdns/rdns_probe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/codec/dns/message.hpp"
#include "probes/codec/dns/name.hpp"
#include "probes/codec/reply.hpp"
#include "probes/net/deadline.hpp"
#include "probes/net/dns_exchange.hpp"
#include "probes/net/stream.hpp"
#include "probes/rdns/facts.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr Duration kPatience{10000};
constexpr Duration kSidePatience{4000};
constexpr Duration kSmtpPatience{8000};
constexpr std::size_t kMostNames = 8;

/// One probe's run: whom it asks and where it writes.
struct Talk {
  const ProbeContext& context;
  Observation& out;
  std::string ip;

  [[nodiscard]] Endpoint resolver() const { return {context.subject.ip, context.subject.port.value_or(53)}; }
  [[nodiscard]] net::DnsPeer peer(Endpoint server, Duration patience) const {
    return {std::move(server), context.subject.vantage.address,
            std::min<Deadline>(context.deadline, Clock::now() + patience), &out.transcript, context.answered};
  }
};

dns::Query query_for(std::string_view name, std::string_view type, bool recursion) {
  dns::Query query;
  query.name = name;
  query.type = type;
  query.recursion_desired = recursion;
  return query;
}

/// What one server says about the addresses of a name.
struct Addresses {
  bool definitive = false;  ///< `text` is what the zone says
  bool elsewhere = false;   ///< the server does not speak for the name
  std::string text;         ///< addresses joined by spaces, or what came instead of any
  std::vector<std::string> list;
};

Addresses read_addresses(const dns::Message& message, std::string_view name, std::string_view type,
                         bool authoritative) {
  Addresses found;
  if (message.rcode != "NOERROR" && message.rcode != "NXDOMAIN") {
    found.text = message.rcode;
    found.elsewhere = message.rcode == "REFUSED" || message.rcode == "NOTAUTH";
    return found;
  }
  const dns::Resolution resolved = dns::resolve(message, name, type);
  for (const dns::Record& record : resolved.records) found.list.push_back(record.data);
  std::ranges::sort(found.list);
  const bool alias_ends_outside = found.list.empty() && !resolved.aliases.empty() && message.rcode == "NOERROR" &&
                                  !dns::find_soa(message.authority, resolved.owner);
  found.elsewhere = authoritative && (!message.has_flag("aa") || alias_ends_outside);
  found.definitive = !found.elsewhere;
  if (!found.list.empty())
    found.text = fmt::format("{}", fmt::join(found.list, " "));
  else
    found.text = message.rcode == "NXDOMAIN" ? "NXDOMAIN" : fmt::format("no {} record", type);
  return found;
}

asio::awaitable<Addresses> ask_addresses(const Talk& talk, Endpoint server, std::string_view name,
                                         std::string_view type, bool authoritative) {
  Addresses found;
  const net::DnsPeer peer = talk.peer(std::move(server), kSidePatience);
  const dns::Query query = query_for(name, type, !authoritative);
  try {
    const net::DnsReply reply = co_await net::ask_dns(peer, query);
    found = read_addresses(reply.message, name, type, authoritative);
  } catch (const Failure& failure) {
    found.text = fmt::format("no answer ({})", to_string(failure.kind()));
  }
  co_return found;
}

std::string_view address_type(std::string_view ip) {
  return ip.find(':') == std::string_view::npos ? "A" : "AAAA";
}

/// Every authoritative server that speaks for the name; the resolver where none does.
asio::awaitable<void> confirm(const Talk& talk, const std::string& name, Fields& forward) {
  const std::string_view type = address_type(talk.ip);
  bool spoken_for = false;
  for (const std::string& text : talk.context.subject.dns.authoritative) {
    const auto server = net::parse_dns_server(text);
    if (!server) continue;
    const Addresses found = co_await ask_addresses(talk, *server, name, type, true);
    if (found.elsewhere) continue;
    spoken_for = spoken_for || found.definitive;
    forward.emplace_back(fmt::format("{} {}", name, server->text()), found.text);
  }
  if (spoken_for) co_return;
  const Endpoint resolver = talk.resolver();
  const Addresses found = co_await ask_addresses(talk, resolver, name, type, false);
  forward.emplace_back(fmt::format("{} {}", name, resolver.text()), found.text);
}

asio::awaitable<Reply> read_reply(net::Stream& stream) {
  ReplyParser parser;
  while (true) {
    const std::string line = co_await stream.read_line();
    const auto complete = parser.add_line(line);
    if (!complete) throw Failure(complete.error().kind, complete.error().message);
    if (*complete) co_return parser.take();
  }
}

/// The greeting and one EHLO: the least that makes a mail server say its name.
asio::awaitable<void> hear_ehlo(const Talk& talk, Endpoint to) {
  net::Stream stream = co_await net::Stream::dial(talk.context, std::move(to), talk.out);
  const Reply greeting = co_await read_reply(stream);
  if (greeting.code != 220) {
    talk.out.set(kRdns.smtp, fmt::format("greeted with {}", greeting.text()));
    co_return;
  }
  const std::string& own = talk.context.subject.vantage.name;
  const std::string hello = fmt::format("EHLO {}", own.empty() ? "localhost" : own);
  co_await stream.write_line(hello);
  const Reply reply = co_await read_reply(stream);
  co_await stream.write_line("QUIT");
  talk.out.set(kRdns.smtp, fmt::format("{}", reply.code));
  if (reply.positive()) talk.out.set(kRdns.ehlo, {parse_capabilities(reply).name, true});
}

/// Notes what the mail server calls itself; a server that can't be talked to is no failure of this probe.
asio::awaitable<void> ask_mail_server(const Talk& talk, std::uint16_t port) {
  talk.out.stage = "smtp";
  const std::string address = talk.out.address;
  const Deadline patience = std::min<Deadline>(talk.context.deadline, Clock::now() + kSmtpPatience);
  try {
    const bool ended = co_await net::with_deadline(patience, hear_ehlo(talk, {talk.ip, port}));
    if (!ended && !talk.out.has(kRdns.smtp)) talk.out.set(kRdns.smtp, std::string("timeout"));
  } catch (const Failure& failure) {
    talk.out.set(kRdns.smtp, std::string(to_string(failure.kind())));
  }
  talk.out.address = address;
}

asio::awaitable<void> look_up_ehlo(const Talk& talk) {
  const auto* ehlo = talk.out.get(kRdns.ehlo);
  if (!ehlo) co_return;
  talk.out.stage = "ehlo-addresses";
  const std::string name = ehlo->text;
  std::vector<std::string> all;
  bool definitive = true;
  if (dns::is_name(name) && !name.starts_with('[')) {
    for (const std::string_view type : {"A", "AAAA"}) {
      const Addresses found = co_await ask_addresses(talk, talk.resolver(), name, type, false);
      definitive = definitive && found.definitive;
      all.insert(all.end(), found.list.begin(), found.list.end());
    }
  }
  if (definitive || !all.empty()) talk.out.set(kRdns.ehlo_addresses, as_names(all));
}

class RdnsProbe : public Probe {
public:
  RdnsProbe(const Parameters& parameters, std::uint16_t smtp_port)
      : ip_(parameters.text("address")), smtp_port_(smtp_port) {}

  asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    const Talk talk{context, out, ip_};
    out.address = talk.resolver().text();
    out.stage = "ptr";
    const auto reverse = dns::reverse_name(ip_);
    if (!reverse) throw Failure(ErrorKind::local, fmt::format("\"{}\" is no IP address", ip_));
    const std::vector<std::string> names = co_await ask_names(talk, *reverse);
    out.stage = "forward";
    Fields forward;
    for (std::size_t i = 0; i < std::min(names.size(), kMostNames); ++i) co_await confirm(talk, names[i], forward);
    if (!names.empty()) out.set(kRdns.forward, std::move(forward));
    if (context.subject.is_ours(ip_)) {
      co_await ask_mail_server(talk, smtp_port_);
      co_await look_up_ehlo(talk);
    }
    out.stage = "end";
  }

private:
  static asio::awaitable<std::vector<std::string>> ask_names(const Talk& talk, const std::string& reverse) {
    const net::DnsPeer peer = talk.peer(talk.resolver(), kPatience);
    const dns::Query query = query_for(reverse, "PTR", true);
    const net::DnsReply reply = co_await net::ask_dns(peer, query);
    talk.out.set(kRdns.rcode, reply.message.rcode);
    std::vector<std::string> names;
    if (reply.message.rcode != "NOERROR" && reply.message.rcode != "NXDOMAIN") co_return names;
    const dns::Resolution found = dns::resolve(reply.message, reverse, "PTR");
    for (const dns::Record& record : found.records) names.push_back(record.data);
    std::ranges::sort(names);
    if (!found.loops) talk.out.set(kRdns.names, as_names(names));
    co_return names;
  }

  std::string ip_;
  std::uint16_t smtp_port_;
};

}  // namespace

std::unique_ptr<const Probe> make_rdns_probe(const Parameters& parameters, std::uint16_t smtp_port) {
  return std::make_unique<RdnsProbe>(parameters, smtp_port);
}

}  // namespace drydock
