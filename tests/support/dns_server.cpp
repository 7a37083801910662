#include "tests/support/dns_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace drydock::test {
namespace {

void put16(std::string& out, unsigned value) {
  out += static_cast<char>(value >> 8U & 0xFFU);
  out += static_cast<char>(value & 0xFFU);
}
void put32(std::string& out, std::uint32_t value) {
  put16(out, value >> 16U);
  put16(out, value & 0xFFFFU);
}

unsigned octet(const std::string& octets, std::size_t at) {
  return at < octets.size() ? static_cast<std::uint8_t>(octets[at]) : 0;
}
std::uint16_t get16(const std::string& octets, std::size_t at) {
  return static_cast<std::uint16_t>(octet(octets, at) << 8U | octet(octets, at + 1));
}

sockaddr_in socket_address(const std::string& ip, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (inet_pton(AF_INET, ip.c_str(), &address.sin_addr) != 1) throw std::invalid_argument("not an IPv4 address: " + ip);
  return address;
}

Endpoint endpoint_of(const sockaddr_in& address) {
  std::array<char, INET_ADDRSTRLEN> text{};
  inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
  return {text.data(), ntohs(address.sin_port)};
}

DnsAsk read_ask(std::string octets, bool tcp, const Endpoint& client) {
  DnsAsk ask;
  ask.tcp = tcp;
  ask.client = client;
  ask.id = get16(octets, 0);
  ask.rd = (octet(octets, 2) & 1U) != 0;
  ask.cd = (octet(octets, 3) & 0x10U) != 0;
  ask.edns = get16(octets, 10) != 0;
  std::size_t at = 12;
  while (at < octets.size() && octets[at] != 0) {
    const std::size_t length = octet(octets, at);
    for (std::size_t i = 1; i <= length; ++i)
      ask.name += static_cast<char>(std::tolower(static_cast<int>(octet(octets, at + i))));
    ask.name += '.';
    at += length + 1;
  }
  if (ask.name.empty()) ask.name = ".";
  ask.type = get16(octets, at + 1);
  ask.octets = std::move(octets);
  return ask;
}

bool read_all(int socket, std::string& octets) {
  std::size_t done = 0;
  while (done < octets.size()) {
    const ssize_t count = ::recv(socket, octets.data() + done, octets.size() - done, 0);
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

bool within(const std::string& name, const std::string& zone) {
  return zone == "." || name == zone || (name.size() > zone.size() && name.ends_with("." + zone));
}

}  // namespace

DnsServer::DnsServer(DnsHandler handler, std::string address, std::uint16_t port, DnsTcp tcp)
    : handler_(std::move(handler)), address_(std::move(address)), port_(port), over_tcp_(tcp) {
  for (int attempt = 0; attempt < 50 && !bind_both(); ++attempt) {
    if (port != 0) throw std::runtime_error("can't bind " + address_ + ":" + std::to_string(port));
    port_ = 0;
  }
  thread_ = std::thread([this] { serve(); });
}

DnsServer::~DnsServer() {
  stop_ = true;
  thread_.join();
  ::close(udp_);
  ::close(tcp_);
}

bool DnsServer::bind_both() {
  udp_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  tcp_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(tcp_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = socket_address(address_, port_);
  socklen_t size = sizeof address;
  bool ok = ::bind(udp_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
            ::getsockname(udp_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  // Bound and not listening, it refuses connections, and nobody else gets the port.
  ok = ok && ::bind(tcp_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
       (over_tcp_ == DnsTcp::refused || ::listen(tcp_, 16) == 0);
  if (ok) {
    port_ = ntohs(address.sin_port);
    return true;
  }
  ::close(udp_);
  ::close(tcp_);
  udp_ = tcp_ = -1;
  return false;
}

std::vector<DnsAsk> DnsServer::asks() const {
  const std::lock_guard lock(mutex_);
  return asks_;
}

std::vector<std::string> DnsServer::handle(DnsAsk ask) {
  {
    const std::lock_guard lock(mutex_);
    asks_.push_back(ask);
  }
  return handler_(ask);
}

void DnsServer::serve() {
  while (!stop_) {
    // A descriptor below 0 is not waited for.
    std::array<pollfd, 2> waiting{pollfd{udp_, POLLIN, 0}, pollfd{over_tcp_ == DnsTcp::answers ? tcp_ : -1, POLLIN, 0}};
    if (::poll(waiting.data(), waiting.size(), 20) <= 0) continue;
    if (waiting[0].revents != 0) serve_udp();
    if (waiting[1].revents == 0) continue;
    const int client = ::accept4(tcp_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    serve_tcp(client);
    ::close(client);
  }
}

void DnsServer::serve_udp() {
  std::string octets(65535, '\0');
  sockaddr_in from{};
  socklen_t size = sizeof from;
  const ssize_t count =
      ::recvfrom(udp_, octets.data(), octets.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &size);
  if (count < 12) return;
  octets.resize(static_cast<std::size_t>(count));
  for (const std::string& reply : handle(read_ask(std::move(octets), false, endpoint_of(from))))
    ::sendto(udp_, reply.data(), reply.size(), 0, reinterpret_cast<const sockaddr*>(&from), size);
}

void DnsServer::serve_tcp(int client) {
  const timeval patience{10, 0};
  ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string length(2, '\0');
  if (!read_all(client, length)) return;
  std::string octets(get16(length, 0), '\0');
  if (!read_all(client, octets)) return;
  for (const std::string& reply : handle(read_ask(std::move(octets), true, {}))) {
    std::string framed;
    put16(framed, static_cast<unsigned>(reply.size()));
    framed += reply;
    ::send(client, framed.data(), framed.size(), MSG_NOSIGNAL);
  }
}

std::string wire_name(std::string_view name) {
  std::string wire;
  while (!name.empty() && name != ".") {
    const std::size_t dot = std::min(name.find('.'), name.size());
    wire += static_cast<char>(dot);
    wire += name.substr(0, dot);
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  return wire + '\0';
}

std::string wire_ip(std::string_view ip) {
  std::string octets(16, '\0');
  const std::string text(ip);
  if (inet_pton(AF_INET6, text.c_str(), octets.data()) == 1) return octets;
  if (inet_pton(AF_INET, text.c_str(), octets.data()) == 1) return octets.substr(0, 4);
  throw std::invalid_argument("not an address: " + text);
}

std::string wire_soa(std::uint32_t serial) {
  std::string data = wire_name("ns1.test.") + wire_name("root.test.");
  put32(data, serial);
  for (const std::uint32_t seconds : {3600U, 600U, 86400U, 300U}) put32(data, seconds);
  return data;
}

DnsAnswer::DnsAnswer(const DnsAsk& ask)
    : id_(ask.id), flags_(static_cast<std::uint16_t>(0x8000U | (ask.rd ? 0x0100U : 0U))) {
  // The question as it came, case included.
  std::size_t at = 12;
  while (at < ask.octets.size() && ask.octets[at] != 0) at += octet(ask.octets, at) + 1;
  question_ = ask.octets.substr(12, at + 5 - 12);
}

DnsAnswer& DnsAnswer::aa(bool on) {
  flags_ = static_cast<std::uint16_t>(on ? flags_ | 0x0400U : flags_ & ~0x0400U);
  return *this;
}
DnsAnswer& DnsAnswer::tc() {
  flags_ |= 0x0200U;
  return *this;
}
DnsAnswer& DnsAnswer::ra() {
  flags_ |= 0x0080U;
  return *this;
}
DnsAnswer& DnsAnswer::rcode(unsigned code) {
  flags_ = static_cast<std::uint16_t>((flags_ & 0xFFF0U) | code);
  return *this;
}
DnsAnswer& DnsAnswer::id(std::uint16_t id) {
  id_ = id;
  return *this;
}
DnsAnswer& DnsAnswer::question(std::string_view name, std::uint16_t type) {
  question_ = wire_name(name);
  put16(question_, type);
  put16(question_, 1);
  return *this;
}

namespace {
std::string wire_record(std::string_view name, std::uint16_t type, std::uint32_t ttl, std::string_view rdata) {
  std::string record = wire_name(name);
  put16(record, type);
  put16(record, 1);
  put32(record, ttl);
  put16(record, static_cast<unsigned>(rdata.size()));
  return record += rdata;
}
}  // namespace

DnsAnswer& DnsAnswer::answer(std::string_view name, std::uint16_t type, std::uint32_t ttl, std::string_view rdata) {
  answer_ += wire_record(name, type, ttl, rdata);
  ++answers_;
  return *this;
}
DnsAnswer& DnsAnswer::authority(std::string_view name, std::uint16_t type, std::uint32_t ttl, std::string_view rdata) {
  authority_ += wire_record(name, type, ttl, rdata);
  ++authorities_;
  return *this;
}

std::string DnsAnswer::octets() const {
  std::string message;
  put16(message, id_);
  put16(message, flags_);
  put16(message, question_.empty() ? 0 : 1);
  put16(message, answers_);
  put16(message, authorities_);
  put16(message, 0);
  return message + question_ + answer_ + authority_;
}

DnsHandler serve_zone(std::string zone, std::uint32_t serial, std::vector<DnsData> records) {
  records.push_back({zone, kSoa, wire_soa(serial), 3600});
  return [zone = std::move(zone), serial, records = std::move(records)](const DnsAsk& ask) -> std::vector<std::string> {
    DnsAnswer reply(ask);
    if (!within(ask.name, zone)) return {reply.rcode(5).octets()};
    reply.aa();
    std::string name = ask.name;
    bool exists = false;
    bool found = false;
    for (std::size_t i = 0; i < records.size(); ++i) {
      const DnsData& record = records[i];
      exists = exists || within(lower(record.name), name);
      if (lower(record.name) != name) continue;
      if (record.type == ask.type || record.type == kCname)
        reply.answer(record.name, record.type, record.ttl, record.rdata);
      found = found || record.type == ask.type;
    }
    if (!found) reply.rcode(exists ? 0 : 3).authority(zone, kSoa, 300, wire_soa(serial));
    return {reply.octets()};
  };
}

}  // namespace drydock::test
