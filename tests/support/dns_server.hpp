#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "probes/core/subject.hpp"

/// A name server on 127.0.0.0/8 in a thread of its own, UDP and TCP on one port, that says what a test wants. It writes
/// messages octet by octet, without the codec under test.
namespace drydock::test {

/// A question as it came.
struct DnsAsk {
  std::string octets;
  bool tcp = false;
  std::string name;  ///< lower case, final dot
  std::uint16_t type = 0;
  std::uint16_t id = 0;
  bool rd = false;
  bool cd = false;
  bool edns = false;
  Endpoint client;
};

/// What to send back, message by message; nothing: stay silent.
using DnsHandler = std::function<std::vector<std::string>(const DnsAsk&)>;

/// What TCP to the server meets; `silent`: connections are made, and nothing ever comes.
enum class DnsTcp { answers, refused, silent };

class DnsServer {
public:
  explicit DnsServer(DnsHandler handler, std::string address = "127.0.0.1", std::uint16_t port = 0,
                     DnsTcp tcp = DnsTcp::answers);
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  [[nodiscard]] Endpoint endpoint() const { return {address_, port_}; }
  /// The questions so far.
  [[nodiscard]] std::vector<DnsAsk> asks() const;

private:
  bool bind_both();
  void serve();
  void serve_udp();
  void serve_tcp(int client);
  std::vector<std::string> handle(DnsAsk ask);

  DnsHandler handler_;
  std::string address_;
  std::uint16_t port_ = 0;
  DnsTcp over_tcp_;
  int udp_ = -1, tcp_ = -1;
  std::atomic<bool> stop_ = false;
  mutable std::mutex mutex_;
  std::vector<DnsAsk> asks_;
  std::thread thread_;
};

/// Types by number, as on the wire.
enum DnsType : std::uint16_t { kA = 1, kNs = 2, kCname = 5, kSoa = 6, kPtr = 12, kMx = 15, kTxt = 16, kAaaa = 28 };

/// RDATA, in wire form.
std::string wire_name(std::string_view name);
std::string wire_ip(std::string_view ip);
std::string wire_soa(std::uint32_t serial);

/// Builds a reply to a question; names are written without compression.
class DnsAnswer {
public:
  explicit DnsAnswer(const DnsAsk& ask);
  DnsAnswer& aa(bool on = true);
  DnsAnswer& tc();
  DnsAnswer& ra();
  DnsAnswer& rcode(unsigned code);
  DnsAnswer& id(std::uint16_t id);
  DnsAnswer& question(std::string_view name, std::uint16_t type);
  DnsAnswer& answer(std::string_view name, std::uint16_t type, std::uint32_t ttl, std::string_view rdata);
  DnsAnswer& authority(std::string_view name, std::uint16_t type, std::uint32_t ttl, std::string_view rdata);
  [[nodiscard]] std::string octets() const;

private:
  std::uint16_t id_, flags_ = 0;
  std::string question_, answer_, authority_;
  std::uint16_t answers_ = 0, authorities_ = 0;
};

/// One record of a small zone.
struct DnsData {
  std::string name;
  std::uint16_t type;
  std::string rdata;
  std::uint32_t ttl = 300;
};

/// Answers with authority from these records: what it has, NODATA, NXDOMAIN (with the SOA record), REFUSED outside
/// `zone`.
DnsHandler serve_zone(std::string zone, std::uint32_t serial, std::vector<DnsData> records);

}  // namespace drydock::test
