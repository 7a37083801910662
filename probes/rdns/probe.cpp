#include "probes/rdns/probe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "probes/client/smtp_client.hpp"
#include "probes/codec/dns/message.hpp"
#include "probes/codec/dns/name.hpp"
#include "probes/net/deadline.hpp"
#include "probes/net/dns_lookup.hpp"
#include "probes/rdns/facts.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr Duration kPatience{10000};
constexpr Duration kSidePatience{4000};
constexpr Duration kSmtpPatience{20'000};  ///< greetings of 10 s and more are slow, and no more (smtp.greeting)
constexpr std::size_t kMostNames = 8;

/// One probe's run: whom it asks and where it writes.
struct Talk {
  const ProbeContext& context;
  Observation& out;
  std::string ip;

  [[nodiscard]] Endpoint resolver() const {
    return {context.subject.target.ip, context.subject.target.port.value_or(53)};
  }
  [[nodiscard]] net::DnsPeer peer(Endpoint server, Duration patience) const {
    std::string from = context.subject.surroundings.vantage.dials_from(server.ip);
    return {std::move(server), std::move(from), std::min<Deadline>(context.deadline, Clock::now() + patience),
            &out.transcript, context.answered};
  }
};

std::string address_type(std::string_view ip) {
  return ip.find(':') == std::string_view::npos ? "A" : "AAAA";
}

void note_addresses(Observation& out, const std::string& name, const Endpoint& server, const net::AddressesTold& told) {
  const std::string where = fmt::format("{} at {}", name, server.text());
  if (told.addresses)
    out.at(kRdns.forward).emplace_back(where, as_names(*told.addresses));
  else
    out.at(kRdns.forward_troubles).emplace_back(where, told.trouble);
}

/// Every authoritative server that speaks for the name; the resolver where none does.
asio::awaitable<void> confirm(const Talk& talk, const std::string& name) {
  const std::string type = address_type(talk.ip);
  bool spoken_for = false;
  for (const std::string& text : talk.context.subject.surroundings.dns.authoritative) {
    const auto server = net::parse_dns_server(text);
    // What the vantage has no address for is for another vantage to ask.
    if (!server || !talk.context.subject.surroundings.vantage.source_for(server->ip)) continue;
    const auto told = co_await net::ask_addresses(talk.peer(*server, kSidePatience), name, type, true);
    if (told.elsewhere) continue;
    spoken_for = spoken_for || told.addresses;
    note_addresses(talk.out, name, *server, told);
  }
  if (spoken_for) co_return;
  const Endpoint resolver = talk.resolver();
  const auto told = co_await net::ask_addresses(talk.peer(resolver, kSidePatience), name, type, false);
  note_addresses(talk.out, name, resolver, told);
}

/// The greeting and one EHLO: the least that makes a mail server say its name. For this type that is one stage.
asio::awaitable<void> hear_ehlo(const Talk& talk, Endpoint to) {
  net::Stream stream = co_await net::Stream::dial(talk.context, std::move(to), talk.out);
  std::string own = ehlo_name(talk.context.subject.surroundings.vantage, stream.local().ip);
  std::string stage;
  SmtpClient client(std::move(stream), talk.context, std::move(own), Trace(talk.out, stage));
  co_await client.greet();
  talk.out.set(kRdns.smtp, client.greeting());
  if (client.greeting().code != 220) co_return;
  const Reply reply = co_await client.ehlo();
  talk.out.set(kRdns.smtp, reply);
  if (reply.positive()) talk.out.set(kRdns.ehlo, {client.capabilities().name, true});
  co_await client.quit();
}

/// Notes what the mail server calls itself; a server that can't be talked to is no failure of this probe.
asio::awaitable<void> ask_mail_server(const Talk& talk, std::uint16_t port) {
  talk.out.stage = "smtp";
  const std::string address = talk.out.address;
  const Deadline patience = std::min<Deadline>(talk.context.deadline, Clock::now() + kSmtpPatience);
  try {
    const bool ended = co_await net::with_deadline(patience, hear_ehlo(talk, {talk.ip, port}));
    if (!ended) talk.out.set(kRdns.smtp_error, std::string(to_string(ErrorKind::timeout)));
  } catch (const Failure& failure) {
    talk.out.set(kRdns.smtp_error, std::string(to_string(failure.kind())));
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
    for (const char* type : {"A", "AAAA"}) {
      const auto told =
          co_await net::ask_addresses(talk.peer(talk.resolver(), kSidePatience), name, std::string(type), false);
      definitive = definitive && told.addresses;
      if (told.addresses) all.insert(all.end(), told.addresses->begin(), told.addresses->end());
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
    for (std::size_t i = 0; i < std::min(names.size(), kMostNames); ++i) co_await confirm(talk, names[i]);
    if (context.subject.surroundings.is_ours(ip_)) {
      co_await ask_mail_server(talk, smtp_port_);
      co_await look_up_ehlo(talk);
    }
    out.stage = "end";
  }

private:
  static asio::awaitable<std::vector<std::string>> ask_names(const Talk& talk, const std::string& reverse) {
    const net::DnsPeer peer = talk.peer(talk.resolver(), kPatience);
    dns::Query query;
    query.name = reverse;
    query.type = "PTR";
    query.recursion_desired = true;
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
