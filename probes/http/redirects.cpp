#include <fmt/format.h>

#include "probes/http/facts.hpp"
#include "probes/http/rules.hpp"

namespace drydock::http {

namespace {

std::string text_of(const WebLink* link) {
  return link ? link->text : "nowhere";
}

/// `301 http://a/ -> https://a/`, and so on.
std::string chain_of(const std::vector<Record>& hops) {
  std::string chain;
  for (const Record& hop : hops) {
    const auto* status = hop.get(kRedirect.status);
    chain += fmt::format("{}{} {} -> {}", chain.empty() ? "" : ", ", status ? *status : 0,
                         brief(text_of(hop.get(kRedirect.url))), brief(text_of(hop.get(kRedirect.location))));
  }
  return chain;
}

/// The first Location that leads from https down to http, or null.
const WebLink* step_down(const std::vector<Record>& hops) {
  for (const Record& hop : hops) {
    const auto* from = hop.get(kRedirect.url);
    const auto* to = hop.get(kRedirect.location);
    if (from && to && from->text.starts_with("https:") && to->target.starts_with("http:")) return to;
  }
  return nullptr;
}

/// What is wrong with how the redirects ended; empty where nothing is.
std::string wrong_end(const Observation& seen, const Subject& subject, RedirectEnd end, std::size_t hops) {
  const std::string* problem = seen.get(kHttp.hops_problem);
  switch (end) {
    case RedirectEnd::loop:
      return fmt::format("the redirects lead in a circle after {}", hops);
    case RedirectEnd::too_many:
      return fmt::format("more than {} redirects follow each other", hops - 1);
    case RedirectEnd::unreadable:
      return "a redirect names no valid http or https URL";
    case RedirectEnd::no_location:
      return hops == 1 && expects(subject, "location") ? "" : "a redirect has no Location, so nobody can follow it";
    case RedirectEnd::failed:
      return fmt::format("what the redirect names can't be fetched: {}", problem ? *problem : "");
    case RedirectEnd::answer:
    case RedirectEnd::elsewhere:
    case RedirectEnd::unanswered:
      break;
  }
  return {};
}

}  // namespace

Judgement judge_redirect(const Observation& seen, const Subject& subject) {
  if (status_of(seen) == 0) return not_seen(seen, "an answer");
  const std::string& method = subject.parameters.text("method");
  if (method != "GET" && method != "HEAD" && !method.empty())
    return Judgement::skip(fmt::format("redirects of {} are not followed", method));
  const auto* hops = seen.get(kHttp.hops);
  if (!hops) return not_seen(seen, "where the redirects lead");
  const std::string chain = chain_of(*hops);
  const auto finished = [&](Judgement judgement) {
    judgement.stage = "redirect";
    judgement.reproduce = by_curl(seen, subject, true);
    return judgement;
  };
  const auto failed = [&](std::string message) {
    return finished(Judgement::fail(std::move(message),
                                    "at most 3 redirects that end at an answer, never from https to http", chain,
                                    "RewriteRule and Redirect of both virtual hosts, and what a proxy in front adds"));
  };
  const auto end = seen.get(kHttp.hops_end);
  const std::string wrong = end ? wrong_end(seen, subject, *end, hops->size()) : std::string();
  if (end == RedirectEnd::loop || end == RedirectEnd::too_many) return unless_withheld(failed(wrong), seen);
  if (const WebLink* down = step_down(*hops))
    return failed(fmt::format("a redirect leads from https down to http: {}", brief(down->text)));
  if (!wrong.empty()) return failed(wrong);
  if (!end) return not_seen(seen, "the end of the redirects");
  const std::string* problem = seen.get(kHttp.hops_problem);
  if (end == RedirectEnd::unanswered)
    return finished(
        Judgement::inconclusive(fmt::format("what the redirect names was not seen: {}", problem ? *problem : "")));
  if (hops->size() > 3) return failed(fmt::format("{} redirects follow each other", hops->size()));
  return Judgement::pass(hops->empty() ? "no redirect" : chain);
}

}  // namespace drydock::http
