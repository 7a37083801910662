#pragma once
#include <fmt/format.h>

#include <string>
#include <vector>

#include "probes/dns/facts.hpp"
#include "probes/dns/type.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/observe.hpp"

namespace drydock::test {

inline const std::vector<test::DnsData> kZone = {
    {"python.test.", kNs, wire_name("ns1.python.test")},
    {"python.test.", kNs, wire_name("ns2.python.test")},
    {"ns1.python.test.", kA, wire_ip("127.0.0.1")},
    {"ns2.python.test.", kA, wire_ip("127.0.0.2")},
    {"ns3.python.test.", kA, wire_ip("127.0.0.3")},
    {"python.test.", kMx, std::string("\0\x0A", 2) + wire_name("starship.python.test")},
    {"starship.python.test.", kA, wire_ip("127.0.20.1")},
    {"www.python.test.", kCname, wire_name("starship.python.test")},
    {"away.python.test.", kCname, wire_name("starship.other.test")},
    {"txt.python.test.", kTxt, std::string("\x09v=DKIM1; \x09k=rsa; \"X"), 300},
    {"many.python.test.", kA, wire_ip("127.0.20.9"), 600},
    {"many.python.test.", kA, wire_ip("127.0.20.10"), 60},
};

inline Subject subject_of(const DnsServer& own, const std::vector<const DnsServer*>& authoritative,
                          const std::string& name, const std::string& type = "A",
                          const std::string& ask = "authoritative") {
  Subject subject = subject_at(own.endpoint());
  subject.target.id = "dns";
  subject.parameters.set("name", name);
  subject.parameters.set("type", type);
  subject.parameters.set("ask", std::vector{ask});
  for (const DnsServer* server : authoritative)
    subject.surroundings.dns.authoritative.push_back(server->endpoint().text());
  return subject;
}

inline Verdict verdict(const std::string& check, const Observation& seen, const Subject& subject) {
  return judge(kDnsType, check, seen, subject).verdict;
}

/// The verdicts of all checks in the order of the table: p w f i s.
inline std::string verdicts(const Observation& seen, const Subject& subject) {
  std::string all;
  for (const CheckSpec& check : kDnsType.checks) all += to_string(check.judge(seen, subject).verdict)[0];
  return all;
}

inline std::vector<std::string> answers(const Observation& seen) {
  const auto* list = seen.get(kDns.answers);
  return list ? texts_of(*list) : std::vector<std::string>{"(not seen)"};
}

}  // namespace drydock::test
