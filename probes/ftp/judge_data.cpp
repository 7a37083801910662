#include <fmt/format.h>

#include <optional>

#include "probes/core/shell_word.hpp"
#include "probes/ftp/facts.hpp"
#include "probes/ftp/judge.hpp"
#include "probes/ftp/passive.hpp"
#include "probes/ftp/probe.hpp"
#include "probes/ftp/round_trip.hpp"

namespace drydock::ftp {
namespace {

constexpr std::string_view kPassiveHint =
    "MasqueradeAddress (a name there may still be the old host's), PassivePorts, and the firewall's rule for them";

std::string text_of(const Reply* reply) {
  return reply ? reply->text() : std::string();
}

std::optional<Judgement> judge_advertised(const Observation& seen, const Subject& subject) {
  const auto* address = seen.get(kFtp.passive_address);
  if (!address || *address == subject.target.ip || expects(subject, "passive.address")) return std::nullopt;
  const std::string reply = text_of(seen.get(kFtp.passive));
  if (is_private(*address))
    return Judgement::fail(fmt::format("PASV sends clients to {}, where they can't reach this server", *address),
                           fmt::format("227 with {}", subject.target.ip), reply, std::string(kPassiveHint));
  return Judgement::warn(
      fmt::format("PASV names {}, not the address {} that was dialled; many clients ignore it, some don't", *address,
                  subject.target.ip),
      fmt::format("227 with {}", subject.target.ip), reply, "say `passive.address` under expect where this is meant");
}

/// A data connection that could not be made, or a passive mode that can't be used; nothing where it could.
std::optional<Judgement> judge_connection(const Observation& seen) {
  const auto* passive = seen.get(kFtp.passive);
  const std::string reply = text_of(passive);
  if (const auto* error = seen.get(kFtp.passive_error))
    return Judgement::fail(
        fmt::format("the port of the passive reply takes no connection ({}), while the control connection lives",
                    *error),
        "a data connection", fmt::format("{}: {}", reply, *error), std::string(kPassiveHint));
  if (ended_at(seen, {stage::kPassive, stage::kList})) {
    Judgement judgement = ended_early(seen, "a listing over a data connection");
    if (passive && seen.error_stage == stage::kPassive)
      judgement.message += fmt::format("; the passive reply was: {}", reply);
    judgement.hint = std::string(kPassiveHint);
    return judgement;
  }
  if (passive && passive->permanent())
    return Judgement::fail(fmt::format("passive mode is refused: {}", reply), "227", reply, std::string(kPassiveHint));
  if (passive && passive->temporary()) return not_now("PASV", *passive);
  return std::nullopt;
}

/// A listing that was refused; nothing where none was.
std::optional<Judgement> judge_listing(const Observation& seen) {
  const auto* listed = seen.get(kFtp.list);
  if (!listed || !is_logged_in(seen)) return std::nullopt;
  if (listed->code == 425 || listed->permanent())
    return Judgement::fail(fmt::format("no listing over a data connection: {}", listed->text()), "226", listed->text(),
                           "NoSessionReuseRequired for TLS clients, PassivePorts, the firewall");
  return listed->temporary() ? std::optional(not_now("listing", *listed)) : std::nullopt;
}

std::optional<Judgement> judge_transfer(const Observation& seen) {
  const auto* sent = seen.get(kFtp.round_trip_sent);
  const auto* size = seen.get(kFtp.round_trip_size);
  const auto* received = seen.get(kFtp.round_trip_received);
  const auto* listed = seen.get(kFtp.round_trip_listed);
  const auto* same = seen.get(kFtp.round_trip_same);
  const std::string hint = "quota, a full disk, a transfer in ASCII mode, a filter between";
  if (listed && !*listed)
    return Judgement::fail("the uploaded file is not in the folder's listing", "the file's name", "not listed",
                           "HideFiles, or uploads that go to another tree");
  if (sent && size && *size != *sent)
    return Judgement::fail("the uploaded file has another size on the server", fmt::format("{} octets", *sent),
                           fmt::format("{} octets", *size), hint);
  if (same && !*same)
    return Judgement::fail("what is downloaded is not what was uploaded",
                           fmt::format("{} octets, the same SHA-256", *sent),
                           fmt::format("{} octets", received ? *received : 0), hint);
  return std::nullopt;
}

/// A step that the server refused; nothing where it refused none.
std::optional<Judgement> judge_refused_step(const Observation& seen) {
  const auto* step = seen.get(kFtp.round_trip_refused);
  const auto* reply = seen.get(kFtp.round_trip_reply);
  if (!step || !reply) return std::nullopt;
  if (reply->permanent())
    return Judgement::fail(fmt::format("{} is refused: {}", *step, reply->text()), "2xx", reply->text(),
                           "<Limit WRITE>, the folder's owner and mode, a read-only mount, quota");
  return reply->temporary() ? std::optional(not_now(*step, *reply)) : std::nullopt;
}

Judgement round_trip_of(const Observation& seen, const std::string& file, const std::string& hand) {
  if (auto wrong = judge_transfer(seen)) return finished(*wrong, stage::kDownload, hand);
  if (auto refused = judge_refused_step(seen)) {
    const std::string step = *seen.get(kFtp.round_trip_refused);
    return finished(std::move(*refused), step, hand);
  }
  if (ended_at(seen, {stage::kUpload, stage::kListed, stage::kDownload, stage::kDelete, stage::kLeft}))
    return finished(ended_early(seen, "upload, listing, download and deletion of a file"), seen.error_stage, hand);
  const auto* left = seen.get(kFtp.round_trip_left);
  if (left && *left)
    return finished(
        Judgement::fail(fmt::format("{} is still there after it was deleted", file), "the listing as before", file),
        stage::kLeft, hand);
  if (!left || !seen.has(kFtp.round_trip_same)) return unseen_reply(seen, "the file's round trip");
  return Judgement::pass(fmt::format("{} octets there and back", kRoundTripOctets));
}

/// Whatever else there is to say: a file that is left is told.
Judgement with_leftover(Judgement judgement, const Observation& seen, const std::string& file) {
  const auto* left = seen.get(kFtp.round_trip_left);
  if (!seen.has(kFtp.round_trip_abandoned) && !(left && *left)) return judgement;
  judgement.hint = fmt::format("{} may be left there: delete it by hand{}{}", file, judgement.hint.empty() ? "" : "; ",
                               judgement.hint);
  return judgement;
}

}  // namespace

Judgement judge_passive(const Observation& seen, const Subject& subject) {
  if (!subject.parameters.account("as")) return Judgement::skip("no account (`as`), so no passive mode to see");
  const std::string hand = by_curl(subject);
  const auto advertised = judge_advertised(seen, subject);
  if (advertised && advertised->verdict == Verdict::fail) return finished(*advertised, stage::kPassive, hand);
  if (const auto trouble = judge_connection(seen)) return finished(*trouble, stage::kPassive, hand);
  if (const auto trouble = judge_listing(seen)) return finished(*trouble, stage::kList, hand);
  if (advertised) return finished(*advertised, stage::kPassive, hand);
  const auto* passive = seen.get(kFtp.passive);
  if (!passive || !seen.has(kFtp.files)) return unseen_reply(seen, "a listing in passive mode");
  return Judgement::pass(passive->text());
}

Judgement judge_round_trip(const Observation& seen, const Subject& subject) {
  const std::string file = uploaded_name(subject);
  if (file.empty()) return Judgement::skip("`round_trip` names no file");
  const std::string hand = by_curl(subject, fmt::format("--upload-file {}", shell_word(file)));
  return with_leftover(round_trip_of(seen, file, hand), seen, file);
}

}  // namespace drydock::ftp
