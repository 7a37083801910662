#include "probes/http/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "probes/facet/certificate.hpp"
#include "probes/http/facts.hpp"
#include "probes/http/rules.hpp"

namespace drydock::http {

namespace {

Judgement judge_hop_tls(const Record& hop, const Subject& subject, facet::JudgeCertificate judge) {
  Observation handshake = Observation::of(hop);
  const std::string* address = hop.get(kHop.address);
  const WebLink* asked = hop.get(kHop.url);
  const auto url = asked ? net::parse_url(asked->text) : std::nullopt;
  handshake.address = address ? *address : "";
  Subject spoken = subject;
  spoken.target.name = url && !is_address(url->host) ? url->host : "";
  Judgement judgement = judge(handshake, spoken, kHopTls);
  if (judgement.verdict != Verdict::pass && judgement.verdict != Verdict::skip)
    judgement.message =
        fmt::format("where a redirect leads, at {}: {}", asked ? brief(asked->text) : "", judgement.message);
  return judgement;
}

}  // namespace

Judgement judge_answers(const Observation& seen, const Subject& subject) {
  const std::string& stage = seen.error_stage;
  if (seen.error && (status_of(seen) == 0 || stage == "answer" || stage == "body")) {
    Judgement judgement = ended_early(seen, "a whole HTTP answer");
    if (judgement.verdict == Verdict::fail) judgement.hint = "is the web server running, and does it listen here?";
    if (seen.error->kind == ErrorKind::tls)
      judgement.hint =
          "SSLEngine and the certificate of this virtual host; \"unrecognized name\" means that no virtual "
          "host has the spoken name; plain text means that HTTP is served on the TLS port";
    if (seen.error->kind == ErrorKind::credential)
      judgement.hint =
          "such a header goes out over https only, to a server whose certificate proves its name: name its authority "
          "as `trust`, or leave the header out";
    judgement.reproduce = by_curl(seen, subject);
    return judgement;
  }
  if (status_of(seen) == 0) return not_seen(seen, "an HTTP answer");
  const std::string* reason = seen.get(kHttp.reason);
  return Judgement::pass(fmt::format("{} {}", status_of(seen), reason ? brief(*reason) : ""));
}

Judgement of_certificate(const Observation& seen, const Subject& subject, facet::JudgeCertificate judge) {
  constexpr std::array kWorse{Verdict::skip, Verdict::pass, Verdict::warn, Verdict::inconclusive, Verdict::fail};
  const auto rank = [&](const Judgement& one) { return std::find(kWorse.begin(), kWorse.end(), one.verdict); };
  const auto target = target_of(subject.parameters, subject);
  Subject spoken = subject;
  spoken.target.name = spoken_name(subject);
  const bool secure = !target || target->url.scheme == "https";
  Judgement worst = secure ? judge(seen, spoken, kHttpTls) : Judgement::skip("the URL is not https");
  if (const auto* hops = seen.get(kHttp.hop_tls))
    for (const Record& hop : *hops)
      if (Judgement one = judge_hop_tls(hop, subject, judge); rank(one) > rank(worst)) worst = std::move(one);
  if (worst.reproduce.empty() && worst.verdict != Verdict::pass && worst.verdict != Verdict::skip && target)
    worst.reproduce = by_openssl(target->to.text(), spoken.target.name);
  return worst;
}

}  // namespace drydock::http
