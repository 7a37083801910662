#include "tests/support/fault_sweep.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tests/support/observe.hpp"

namespace drydock::test {

namespace {

enum class Break { hang_up, reset, stall, half_hang_up, half_reset, half_stall, long_line, many_lines };
constexpr Break kBreaks[] = {Break::hang_up,    Break::reset,      Break::stall,     Break::half_hang_up,
                             Break::half_reset, Break::half_stall, Break::long_line, Break::many_lines};
constexpr std::size_t kFlood = 4 * 1024 * 1024;
constexpr std::size_t kMaxFacts = 1024 * 1024;
constexpr Duration kCutPatience{20'000};
constexpr Duration kSlack{5'000};

std::string_view name_of(Break kind) {
  switch (kind) {
    case Break::hang_up:
      return "hangs up";
    case Break::reset:
      return "resets";
    case Break::stall:
      return "stalls";
    case Break::half_hang_up:
      return "says half and hangs up";
    case Break::half_reset:
      return "says half and resets";
    case Break::half_stall:
      return "says half and stalls";
    case Break::long_line:
      return "sends an endless line";
    case Break::many_lines:
      return "sends endless lines";
  }
  return "?";
}

bool is_half(Break kind) {
  return kind == Break::half_hang_up || kind == Break::half_reset || kind == Break::half_stall;
}
bool is_stall(Break kind) {
  return kind == Break::stall || kind == Break::half_stall;
}
bool is_flood(Break kind) {
  return kind == Break::long_line || kind == Break::many_lines;
}

bool is_server_move(const Move& move) {
  using Kind = Move::Kind;
  return move.kind == Kind::say || move.kind == Kind::tls || move.kind == Kind::data_say ||
         move.kind == Kind::data_tls || move.kind == Kind::act;
}

bool is_data(const Move& move) {
  return move.kind == Move::Kind::data_say || move.kind == Move::Kind::data_tls;
}
bool has_octets(const Move& move) {
  return move.kind == Move::Kind::say || move.kind == Move::Kind::data_say;
}

/// Whether the reply could have gone on with further lines, RFC 5321 §4.2.1. The first of other endless lines is a
/// whole answer, so that the probe need not notice what follows it.
bool is_numbered(const Move& move) {
  return move.text.size() > 3 && (move.text[3] == ' ' || move.text[3] == '-') &&
         move.text.find_first_not_of("0123456789") == 3;
}

/// The lines of a multi-line reply that never ends, in the manner of the first line of `move`.
std::string endless_lines(const Move& move) {
  std::string line = move.text.substr(0, move.text.find('\r'));
  if (line.size() > 3 && line[3] == ' ') line[3] = '-';
  line += "\r\n";
  std::string flood;
  while (flood.size() < kFlood) flood += line;
  return flood;
}

Script broken(const Move& move, Break kind) {
  Script script;
  if (is_half(kind)) {
    Move half = move;
    half.kind = move.kind == Move::Kind::say ? Move::Kind::say : Move::Kind::data_say;
    half.text = move.text.substr(0, move.text.size() / 2);
    half.count = 0;
    script.push_back(half);
  }
  if (is_flood(kind)) {
    Move flood = move;
    flood.count = 0;
    flood.text = kind == Break::long_line ? std::string(kFlood, 'A') : endless_lines(move);
    script.push_back(flood);
    script.push_back(stall());
  } else if (is_stall(kind)) {
    script.push_back(stall());
  } else {
    if (is_data(move)) script.push_back(data_end());
    script.push_back(kind == Break::hang_up || kind == Break::half_hang_up ? hang_up() : reset());
  }
  return script;
}

/// How all connections but the first differ from it.
enum class Difference { impostor, no_tls, another_service };

std::string_view name_of(Difference kind) {
  switch (kind) {
    case Difference::impostor:
      return "has another certificate from the second connection on";
    case Difference::no_tls:
      return "speaks in clear where TLS is to begin, from the second connection on";
    case Difference::another_service:
      return "is another service from the second connection on";
  }
  return "?";
}

struct Place {
  std::size_t script;
  std::size_t index;
};

std::vector<Place> server_moves(const std::vector<Script>& scripts) {
  std::vector<Place> places;
  for (std::size_t script = 0; script < scripts.size(); ++script)
    for (std::size_t index = 0; index < scripts[script].size(); ++index)
      if (is_server_move(scripts[script][index])) places.push_back({script, index});
  return places;
}

/// Where one script breaks, every later connection is refused an answer in the same way.
std::vector<Script> broken_at(const std::vector<Script>& healthy, const Place& place, Break kind) {
  std::vector<Script> scripts(healthy.begin(), healthy.begin() + static_cast<std::ptrdiff_t>(place.script) + 1);
  Script& script = scripts.back();
  const Script end = broken(script[place.index], kind);
  script.resize(place.index);
  script.insert(script.end(), end.begin(), end.end());
  scripts.push_back(is_stall(kind) || is_flood(kind) ? Script{stall()} : Script{end.back()});
  return scripts;
}

std::size_t size_of_facts(const Observation& seen) {
  std::size_t size = 0;
  for (const auto& [name, value] : seen.facts()) size += name.size() + describe(value).size();
  return size;
}

class Sweep {
public:
  explicit Sweep(const SweepPlan& plan) : plan_(plan) {}

  void healthy() {
    ScriptedPeer peer(plan_.scripts, plan_.peer);
    const Subject subject = plan_.subject(peer.endpoint());
    const Observation seen = observe(plan_.type, subject, kCutPatience);
    const std::string which = "the healthy dialogue";
    if (seen.error) complain(which, "ended early: " + seen.error->message, seen);
    if (!peer.complaints().empty()) complain(which, "was not followed: " + peer.complaints(), seen);
    for (const auto& check : plan_.type.checks) {
      const Judgement judgement = check.judge(seen, subject);
      if (judgement.verdict == Verdict::fail && !plan_.may_fail.contains(std::string(check.id)))
        complain(which, fmt::format("fails {}: {}", check.id, judgement.message), seen);
      know(which, std::string(check.id), judgement, seen);
    }
    for (const auto& [id, need] : plan_.needs) must_exist(id);
    for (const auto& [id, why] : plan_.not_here) must_exist(id);
    several_ = peer.connections() > 1 && plan_.scripts.size() > 1;
  }

  [[nodiscard]] bool makes_several_connections() const { return several_; }

  /// `number`: the first move that is not made as in the healthy dialogue.
  void differ(Difference kind, std::size_t number, std::vector<Script> scripts, PeerOptions options) {
    const std::string which = fmt::format("the server {}", name_of(kind));
    const ScriptedPeer peer(std::move(scripts), std::move(options));
    const Subject subject = plan_.subject(peer.endpoint());
    const auto start = Clock::now();
    const Observation seen = observe(plan_.type, subject, kCutPatience);
    end_well(which, start, kCutPatience, seen);
    for (const auto& check : plan_.type.checks) {
      const std::string id(check.id);
      const Judgement judgement = check.judge(seen, subject);
      const auto need = plan_.needs.find(id);
      const bool by_anybody = kind != Difference::another_service && plan_.of_anybody.contains(id);
      if (passes(judgement) && need != plan_.needs.end() && need->second >= number && !by_anybody)
        complain(which, id + " passes though what it needs was not seen", seen);
    }
  }

  void cut(std::size_t number, const Place& place, Break kind) {
    const Move& move = plan_.scripts[place.script][place.index];
    const bool answered = kind == Break::many_lines && !is_numbered(move);
    const std::string which =
        fmt::format("the server {} at its move {} (\"{}\")", name_of(kind), number, printable(move.text.substr(0, 40)));
    ScriptedPeer peer(broken_at(plan_.scripts, place, kind), plan_.peer);
    const Subject subject = plan_.subject(peer.endpoint());
    const Duration patience = is_stall(kind) || is_flood(kind) ? plan_.patience : kCutPatience;
    const auto start = Clock::now();
    const Observation seen = observe(plan_.type, subject, patience);
    end_well(which, start, patience, seen);
    if (!seen.error && !answered && !plan_.tolerated.contains(number))
      complain(which, "the probe did not notice", seen);
    for (const auto& check : plan_.type.checks)
      judge_one(which, answered ? number + 1 : number, kind, check, seen, subject);
  }

  std::vector<std::string> found;

private:
  static bool passes(const Judgement& judgement) {
    return judgement.verdict == Verdict::pass || judgement.verdict == Verdict::warn;
  }
  void must_exist(const std::string& id) {
    for (const auto& check : plan_.type.checks)
      if (check.id == id) return;
    complain("the plan", "names " + id + ", which is no check of the type", {});
  }
  /// In the healthy dialogue each check passes, which the plan knows, or shows why it can't.
  void know(const std::string& which, const std::string& id, const Judgement& judgement, const Observation& seen) {
    const bool needed = plan_.needs.contains(id);
    if (passes(judgement) && !needed)
      complain(which, id + " passes, and `needs` does not say what it can't pass without", seen);
    if (!passes(judgement) && needed)
      complain(which, id + " does not pass, so that no break shows what it needs: " + judgement.message, seen);
    const bool explained = judgement.verdict == Verdict::skip || plan_.not_here.contains(id);
    if (!passes(judgement) && !needed && !explained)
      complain(which, id + " does not pass, and `not_here` does not say why: " + judgement.message, seen);
  }
  void end_well(const std::string& which, Clock::time_point start, Duration patience, const Observation& seen) {
    if (Clock::now() - start > patience + kSlack) complain(which, "the probe did not end by its deadline", seen);
    if (size_of_facts(seen) > kMaxFacts) complain(which, "the facts grew without bound", seen);
    if (seen.transcript.lines().size() > Transcript::kMaxLines)
      complain(which, "the transcript grew without bound", seen);
  }
  void judge_one(const std::string& which, std::size_t number, Break kind, const CheckSpec& check,
                 const Observation& seen, const Subject& subject) {
    const std::string id(check.id);
    const Judgement judgement = check.judge(seen, subject);
    const auto need = plan_.needs.find(id);
    const bool unseen = number == 0 || (need != plan_.needs.end() && need->second >= number);
    if (passes(judgement) && unseen && !plan_.tolerated.contains(number))
      complain(which, id + " passes though what it needs was not seen", seen);
    if (judgement.verdict == Verdict::fail && is_stall(kind) && !plan_.may_fail.contains(id))
      complain(which, id + " fails though the server was only silent: " + judgement.message, seen);
    if (judgement.verdict != Verdict::pass && judgement.message.empty()) complain(which, id + " says nothing", seen);
  }
  void complain(const std::string& which, const std::string& what, const Observation& seen) {
    std::string text = transcript_text(seen);
    if (text.size() > 2000) text.resize(2000);
    found.push_back(fmt::format("{}: {}\n{}", which, what, text));
  }

  const SweepPlan& plan_;
  bool several_ = false;
};

constexpr std::string_view kAnotherService = "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n";

/// All scripts but the first are those of another service.
std::vector<Script> of_another_service(const std::vector<Script>& healthy) {
  return {healthy.front(), {send(std::string(kAnotherService)), hang_up()}};
}

/// In all scripts but the first, there is no TLS where it was to begin.
std::vector<Script> without_tls(const std::vector<Script>& healthy) {
  std::vector<Script> scripts = healthy;
  for (std::size_t i = 1; i < scripts.size(); ++i)
    for (Move& move : scripts[i])
      if (move.kind == Move::Kind::tls) move = send("there is no TLS here\r\n");
  return scripts;
}

void sweep_later_connections(Sweep& sweep, const SweepPlan& plan, const std::vector<Place>& places) {
  const auto first = std::ranges::find_if(places, [](const Place& place) { return place.script > 0; });
  const auto number = static_cast<std::size_t>(first - places.begin());
  sweep.differ(Difference::another_service, number, of_another_service(plan.scripts), plan.peer);
  const auto tls = std::find_if(first, places.end(), [&](const Place& place) {
    return plan.scripts[place.script][place.index].kind == Move::Kind::tls;
  });
  if (tls != places.end())
    sweep.differ(Difference::no_tls, static_cast<std::size_t>(tls - places.begin()), without_tls(plan.scripts),
                 plan.peer);
  if (plan.peer.certificate.chain.empty()) return;
  PeerOptions options = plan.peer;
  options.impostor = TestCa().issue({.names = {"impostor.test"}});
  sweep.differ(Difference::impostor, number, plan.scripts, options);
}

}  // namespace

std::vector<std::string> fault_sweep(const SweepPlan& plan) {
  Sweep sweep(plan);
  sweep.healthy();
  const auto places = server_moves(plan.scripts);
  for (std::size_t number = 0; number < places.size(); ++number)
    for (const Break kind : kBreaks) {
      const Move& move = plan.scripts[places[number].script][places[number].index];
      if ((is_half(kind) || is_flood(kind)) && !has_octets(move)) continue;
      sweep.cut(number, places[number], kind);
    }
  if (sweep.makes_several_connections()) sweep_later_connections(sweep, plan, places);
  return sweep.found;
}

}  // namespace drydock::test
