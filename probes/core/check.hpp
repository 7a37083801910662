#pragma once
#include <span>
#include <string>
#include <string_view>

#include "probes/core/evidence.hpp"
#include "probes/core/observation.hpp"
#include "probes/core/subject.hpp"

namespace drydock {

enum class Verdict { pass, warn, fail, inconclusive, skip };
enum class Severity { advisory, degraded, critical };  ///< ascending: std::min caps

std::string_view to_string(Verdict verdict);
std::string_view to_string(Severity severity);

/// The outcome of one check. `message` is one line that a person reads at night: what is wrong, not which rule fired.
struct Judgement {
  Verdict verdict = Verdict::inconclusive;
  std::string message;
  std::string expected;
  std::string actual;
  std::string hint;       ///< what to look at or mend; empty on pass
  std::string reproduce;  ///< a command (swaks, openssl, dig, curl) that shows it by hand; holds no secret
  std::string stage;      ///< the stage it is about; empty: the observation's

  static Judgement pass(std::string actual = {});
  static Judgement warn(std::string message, std::string expected = {}, std::string actual = {}, std::string hint = {});
  static Judgement fail(std::string message, std::string expected = {}, std::string actual = {}, std::string hint = {});
  static Judgement inconclusive(std::string message, std::string hint = {});
  static Judgement skip(std::string reason);
};

/// How a check is judged that goes by other observations of the same look, too.
struct JudgedBeside {
  std::span<const Role* const> roles;
  /// Whether its verdict on this observation depends on the others. Where not, nobody waits for them: it is judged
  /// without evidence.
  bool (*awaits)(const Observation&, const Subject&) = nullptr;
  Judgement (*judge)(const Observation&, const Subject&, const Evidence&) = nullptr;
};

/// How a check is judged: by its own observation, or beside others. Pure: no clock, no I/O.
class Judge {
public:
  using ByItself = Judgement (*)(const Observation&, const Subject&);
  constexpr Judge() = default;
  constexpr Judge(ByItself judge) : by_itself_(judge) {}
  constexpr Judge(const JudgedBeside* beside) : beside_(beside) {}

  Judgement operator()(const Observation& seen, const Subject& subject, const Evidence& evidence = {}) const {
    return beside_ ? beside_->judge(seen, subject, evidence) : by_itself_(seen, subject);
  }
  [[nodiscard]] bool awaits(const Observation& seen, const Subject& subject) const {
    return beside_ && beside_->awaits(seen, subject);
  }
  [[nodiscard]] std::span<const Role* const> roles() const {
    return beside_ ? beside_->roles : std::span<const Role* const>{};
  }

private:
  ByItself by_itself_ = nullptr;
  const JudgedBeside* beside_ = nullptr;
};

/// A built-in rule. A fact that was not seen is inconclusive.
struct CheckSpec {
  std::string_view id;     ///< `smtp.relay-denied`
  std::string_view title;  ///< what must hold, in a few words
  Severity severity = Severity::critical;
  std::string_view rfc;      ///< `RFC 5321 §3.6.2`; empty where no RFC speaks of it
  std::string_view spec;     ///< number in the catalogue: `SMTP-10`
  std::string_view catches;  ///< explain: which mistakes turn it red
  std::string_view why;      ///< explain: what breaks for users when it is red
  std::string_view by_hand;  ///< explain: how to see it by hand
  std::string_view mend;     ///< explain: how to mend it
  Judge judge{};
};

/// For a check whose fact was not seen. Inconclusive, and says at which stage the dialogue ended and why.
Judgement not_seen(const Observation& seen, std::string_view what);

/// For the one check of a probe that stands for "the service answers and the dialogue can be held": fail when the error
/// blames the host (refused, reset, closed, protocol, tls), inconclusive when not. Only call it with seen.error set.
Judgement ended_early(const Observation& seen, std::string_view expected);

}  // namespace drydock
