#pragma once
#include <cstdio>
#include <string>

#include "probes/http/type.hpp"
#include "tests/support/observe.hpp"
#include "tests/support/scripted_peer.hpp"

namespace drydock::test {

/// Reads one request: its line and its fields up to the empty line.
inline Script hear_request(const std::string& start = "GET /") {
  return {hear(start), hear_until("")};
}

/// A whole answer with Content-Length.
inline Move answer(const std::string& status, const std::string& fields, const std::string& body) {
  return send("HTTP/1.1 " + status + "\r\n" + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
              body);
}

inline Script exchange(const std::string& status, const std::string& fields, const std::string& body) {
  Script script = hear_request();
  script.push_back(answer(status, fields, body));
  return script;
}

/// Aimed at the peer by its address, speaking site.test; the hosts of the scenario are site.test, drydock.test
/// (interim) and old.test.
inline Subject http_subject(const Endpoint& to, const std::string& path = "/", const std::string& scheme = "http") {
  Subject subject = subject_at(to, "site.test");
  subject.expected.hostname = "site.test";
  subject.expected.wrong_names = {"drydock.test", "old.test"};
  subject.parameters.set("method", std::string("GET"));
  subject.parameters.set("url", scheme + "://site.test" + path);
  return subject;
}

inline Judgement judge_http(std::string_view id, const Observation& seen, const Subject& subject) {
  return judge(kHttpType, id, seen, subject);
}

/// The ids of the checks with this verdict, joined by spaces, without `http.`.
inline std::string with_verdict(Verdict verdict, const Observation& seen, const Subject& subject) {
  std::string ids;
  for (const CheckSpec& check : kHttpType.checks) {
    if (check.judge(seen, subject).verdict != verdict) continue;
    ids += (ids.empty() ? "" : " ") + std::string(check.id.substr(5));
  }
  return ids;
}

inline std::string failed(const Observation& seen, const Subject& subject) {
  return with_verdict(Verdict::fail, seen, subject);
}

/// What a shell says to a command that was pasted into it.
inline std::string shown_by(const std::string& command) {
  std::string output;
  FILE* pipe = ::popen(("{ " + command + "; } 2>&1").c_str(), "r");
  char octets[4096];
  while (pipe && std::fgets(octets, sizeof octets, pipe)) output += octets;
  if (pipe) ::pclose(pipe);
  return output;
}

inline Script redirect(const std::string& status, const std::string& location) {
  return exchange(status, "Location: " + location + "\r\nContent-Type: text/html\r\n", "moved");
}

inline const Script kPage = exchange("200 OK", "Content-Type: text/html\r\n", "<p>page</p>");

}  // namespace drydock::test
