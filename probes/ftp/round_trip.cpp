#include "probes/ftp/round_trip.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <charconv>

#include "probes/ftp/facts.hpp"
#include "probes/ftp/listing.hpp"
#include "probes/ftp/passive.hpp"
#include "probes/ftp/probe.hpp"
#include "probes/net/clean_up.hpp"

namespace drydock::ftp {
namespace asio = boost::asio;

namespace {

std::string random_octets(std::size_t count) {
  std::string octets(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(octets.data()), static_cast<int>(count)) != 1)
    throw Failure(ErrorKind::local, "this machine gives no random octets");
  return octets;
}

/// One session with an account, step after step.
class Session {
public:
  Session(const ProbeContext& context, FtpLogin login, Observation& out)
      : context_(context), login_(std::move(login)), out_(out), client_(context, login_, out) {}

  asio::awaitable<void> run();
  /// Deletes the file in a session of its own where the first one left it. Throws nothing.
  asio::awaitable<void> clean_up();
  [[nodiscard]] bool leftover() const { return uploaded_ && !deleted_; }
  /// The server was asked to delete it and would not.
  [[nodiscard]] bool kept() const { return kept_; }

private:
  asio::awaitable<bool> log_in();
  asio::awaitable<std::optional<std::vector<std::string>>> list(std::string_view stage);
  asio::awaitable<void> round_trip();
  asio::awaitable<void> send_and_fetch();
  asio::awaitable<void> fetch();
  asio::awaitable<void> delete_file();
  asio::awaitable<void> delete_anew();
  bool took(std::string_view step, const FtpOutcome& outcome);
  void note_session();

  const ProbeContext& context_;
  FtpLogin login_;
  Observation& out_;
  FtpClient client_;
  std::string file_;
  std::string octets_;
  bool uploaded_ = false;
  bool deleted_ = false;
  bool kept_ = false;
};

/// Facts of the login and of the passive mode, from what was said.
void Session::note_session() {
  for (const FtpExchange& exchange : client_.exchanges()) {
    const Reply& reply = exchange.reply;
    if (exchange.command.empty() && reply.code >= 400) out_.set(kFtp.turned_away, reply);
    const bool goes_on = exchange.command == "USER" && reply.code >= 300 && reply.code < 400;
    const bool of_login = exchange.command == "USER" || exchange.command == "PASS" || exchange.command == "ACCT";
    if (of_login && !goes_on) out_.set(kFtp.login, reply);
    if (exchange.command == "PASV" || exchange.command == "EPSV") out_.set(kFtp.passive, reply);
  }
  if (const Reply* protection = client_.reply_to("PROT")) out_.set(kFtp.prot, *protection);
  if (const auto error = client_.data_error()) out_.set(kFtp.passive_error, std::string(to_string(*error)));
  const Reply* passive = out_.get(kFtp.passive);
  const auto address = passive && passive->code == 227 ? parse_passive(passive->words()) : std::nullopt;
  if (!address) return;
  out_.set(kFtp.passive_address, address->ip);
  out_.set(kFtp.passive_port, std::int64_t{address->port});
}

/// Notes how a step of the round trip ended. True where it was done.
bool Session::took(std::string_view step, const FtpOutcome& outcome) {
  if (outcome.done) {
    out_.set(kFtp.round_trip_step, std::string(step));
    return true;
  }
  out_.set(kFtp.round_trip_refused, std::string(step));
  out_.set(kFtp.round_trip_reply, outcome.reply);
  return false;
}

asio::awaitable<std::optional<std::vector<std::string>>> Session::list(std::string_view stage) {
  const FtpOutcome outcome = co_await client_.list(std::string(stage));
  if (outcome.done) co_return names_in(outcome.octets);
  // An empty folder: 450 or 550 in answer to NLST itself (RFC 959 leaves the case open).
  const Reply* reply = client_.reply_to("NLST");
  if (reply && reply == &client_.exchanges().back().reply && (reply->code == 450 || reply->code == 550))
    co_return std::vector<std::string>{};
  out_.set(kFtp.list, outcome.reply);
  co_return std::nullopt;
}

asio::awaitable<void> Session::delete_file() {
  const FtpOutcome gone = co_await client_.remove(std::string(stage::kDelete), file_);
  deleted_ = took(stage::kDelete, gone);
  kept_ = !deleted_;
}

asio::awaitable<void> Session::fetch() {
  const auto listed = co_await list(stage::kListed);
  if (listed) out_.set(kFtp.round_trip_listed, std::binary_search(listed->begin(), listed->end(), file_));
  FtpOutcome got = co_await client_.retrieve(std::string(stage::kDownload), file_, 2 * kRoundTripOctets);
  if (const Reply* size = client_.reply_to("SIZE"); size && size->code == 213) {
    std::int64_t octets = -1;
    const std::string& text = size->lines.front();
    std::from_chars(text.data(), text.data() + text.size(), octets);
    out_.set(kFtp.round_trip_size, octets);
  }
  if (!took(stage::kDownload, got)) co_return;
  out_.set(kFtp.round_trip_received, static_cast<std::int64_t>(got.octets.size()));
  out_.set(kFtp.round_trip_same, got.octets == octets_);
}

asio::awaitable<void> Session::send_and_fetch() {
  octets_ = random_octets(kRoundTripOctets);
  out_.set(kFtp.round_trip_sent, static_cast<std::int64_t>(octets_.size()));
  uploaded_ = true;
  const FtpOutcome stored = co_await client_.store(std::string(stage::kUpload), file_, octets_);
  const bool began = client_.reply_to("STOR") && client_.reply_to("STOR")->code < 400;
  uploaded_ = stored.done || began;
  if (!took(stage::kUpload, stored)) co_return;
  co_await fetch();
}

/// Whoever names a file that is there may be mistaken about the folder.
asio::awaitable<void> Session::round_trip() {
  const auto* files = out_.get(kFtp.files);
  out_.stage = stage::kUpload;
  for (const std::string& name : {context_.subject.parameters.text("round_trip"), file_})
    if (files && std::ranges::find(*files, name) != files->end())
      throw Failure(ErrorKind::local, fmt::format("{} is there already, so nothing was uploaded; name another file in "
                                                  "`round_trip`, such as drydock-${{token}}",
                                                  name));
  co_await send_and_fetch();
  if (!uploaded_) co_return;
  co_await delete_file();
  if (!deleted_) co_return;
  const auto names = co_await list(stage::kLeft);
  if (!names) co_return;
  out_.set(kFtp.round_trip_left, std::binary_search(names->begin(), names->end(), file_));
}

asio::awaitable<bool> Session::log_in() {
  const auto names = co_await list(stage::kList);
  if (names) out_.set(kFtp.files, *names);
  co_return names.has_value();
}

asio::awaitable<void> Session::run() {
  struct Note {
    Session& session;
    ~Note() { session.note_session(); }
  };
  const Note note{*this};
  file_ = uploaded_name(context_.subject);
  const bool in = co_await log_in();
  if (in && !file_.empty()) co_await round_trip();
}

asio::awaitable<void> Session::clean_up() {
  try {
    co_await delete_anew();
  } catch (const Failure& failure) {
    out_.transcript.note(fmt::format("whether it was deleted is not known: {}", failure.what()));
  }
}

/// 550 may mean that there is no such file, or that it stays (RFC 959 §4.2.2): the listing tells.
asio::awaitable<void> Session::delete_anew() {
  out_.transcript.note(fmt::format("deleting {}, which was left behind", file_));
  FtpClient client(context_, login_, out_);
  const FtpOutcome gone = co_await client.remove(std::string(stage::kDelete), file_);
  deleted_ = gone.done;
  const FtpOutcome listed = co_await client.list(std::string(stage::kLeft));
  if (!listed.done) co_return;
  const auto names = names_in(listed.octets);
  deleted_ = !std::binary_search(names.begin(), names.end(), file_);
}

}  // namespace

std::string uploaded_name(const Subject& subject) {
  const std::string& given = subject.parameters.text("round_trip");
  if (given.empty() || subject.token.empty() || given.find(subject.token) != std::string::npos) return given;
  const std::size_t dot = given.rfind('.');
  const std::size_t ending = dot == std::string::npos || dot == 0 ? given.size() : dot;
  return fmt::format("{}-{}{}", given.substr(0, ending), subject.token, given.substr(ending));
}

asio::awaitable<void> use_account(const ProbeContext& context, FtpLogin login, Observation& out) {
  Session session(context, std::move(login), out);
  if (context.subject.parameters.text("round_trip").empty()) {
    co_await session.run();
    co_return;
  }
  struct Note {
    const Session& session;
    Observation& out;
    ~Note() {
      if (session.leftover()) out.set(session.kept() ? kFtp.round_trip_left : kFtp.round_trip_abandoned, true);
    }
  };
  const Note note{session, out};
  net::CleanUp clean_up{.needed = [&] { return session.leftover() && !session.kept(); },
                        .run = [&] { return session.clean_up(); },
                        .after_a_break = std::chrono::seconds(10),
                        .interrupted = std::chrono::seconds(3)};
  co_await net::with_clean_up(context, out, session.run(), std::move(clean_up));
}

}  // namespace drydock::ftp
