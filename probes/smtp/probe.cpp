#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <utility>

#include "probes/smtp/dialogue.hpp"
#include "probes/smtp/type.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr int kAuthenticated = 235;
/// How often a connection is made again where the server asks to wait.
constexpr int kMostWaits = 2;
constexpr int kMostSilences = 2;

bool is_start(const std::string& stage) {
  return stage == "connect" || stage == "banner" || stage == "ehlo";
}

bool is_about(const Record& row, std::string_view check) {
  const std::string* about = row.get(kSmtpBreak.check);
  return about && *about == check;
}

}  // namespace

void SmtpDialogue::note_break(const Fact<std::vector<Record>>& fact, std::string_view check, const std::string& words) {
  auto& rows = out_.at(fact);
  if (std::ranges::any_of(rows, [check](const Record& row) { return is_about(row, check); })) return;
  Record row;
  row.set(kSmtpBreak.check, std::string(check));
  row.set(kSmtpBreak.stage, out_.stage);
  row.set(kSmtpBreak.words, words);
  rows.push_back(std::move(row));
}

/// The check that the command which broke is about.
std::string_view SmtpDialogue::culprit_of(std::string_view check) const {
  const std::string& stage = out_.stage;
  if (is_start(stage)) return smtp_check::kGreeting;
  if (stage == "auth")
    return check == smtp_check::kClearAuth || check == smtp_check::kWrongPassword ? check : smtp_check::kAuth;
  // A prober without a name sends from nobody: who breaks at that would break at bounces.
  if (stage == "mail" && settings_.why_no_stranger().empty() && sender().empty()) return smtp_check::kNullSender;
  if (stage != "tls" && stage != "starttls") return check;
  return settings_.tls() == TlsMode::implicit ? smtp_check::kGreeting : smtp_check::kStarttls;
}

void SmtpDialogue::charge(std::string_view check, const Failure& failure) {
  out_.transcript.note(fmt::format("ended at {}: {}", out_.stage, failure.what()));
  const std::string_view culprit = culprit_of(check);
  // Who was greeted before is turned away now, without a word: it need not be the server's service that is broken.
  const bool turned_away = is_start(out_.stage) && out_.has(kSmtp.ehlo_name);
  const bool blamed = blames_host(failure.kind()) && !turned_away;
  if (blamed) note_break(kSmtp.broken, culprit, failure.what());
  if (!blamed || culprit != check) note_break(kSmtp.unanswered, check, failure.what());
  if (failure.kind() == ErrorKind::timeout)
    given_up_ = ++silences_ >= kMostSilences || out_.stage == "connect" || out_.stage == "banner";
  if (out_.error) return;
  out_.error = Error{failure.kind(), failure.what()};
  out_.error_stage = out_.stage;
}

asio::awaitable<void> SmtpDialogue::attempt(std::string_view check, Purpose purpose) {
  bool broke = false;
  for (int waits = 0; !given_up_;) {
    try {
      co_await (this->*purpose)();
      co_return;
    } catch (const ServerEnded& ended) {
      // Who has not let this prober in at all is asked again by whoever runs the probe, with fewer connections at once.
      const bool let_in = out_.has(kSmtp.ehlo_name);
      if (!let_in || waits == kMostWaits || !asks_to_wait(ended.reply())) {
        charge(check, ended);
        co_return;
      }
      out_.transcript.note(fmt::format("once more after a pause, as the server asks: {}", ended.what()));
    } catch (const Failure& failure) {
      if (!is_hang_up(failure) || std::exchange(broke, true)) {
        charge(check, failure);
        co_return;
      }
      out_.transcript.note(fmt::format("once more on another connection: {}", failure.what()));
      continue;
    }
    co_await net::pause(back_off_ * (1 << waits++));
  }
}

asio::awaitable<SmtpClient> SmtpDialogue::open(ErrorBudget budget) {
  SmtpClient session = co_await SmtpClient::open_ready(context_, settings_.endpoint(), tls_, out_, std::move(budget));
  co_return session;
}

/// Logged in where the port is for those who log in: MAIL may follow.
asio::awaitable<SmtpClient> SmtpDialogue::open_for_mail(ErrorBudget budget) {
  SmtpClient session = co_await open(std::move(budget));
  if (settings_.submission()) {
    const Reply reply = co_await authenticate(session, mechanism_for_mail());
    if (reply.code != kAuthenticated)
      throw ServerEnded(reply, fmt::format("the login that mail needs got {}", reply.text()));
  }
  co_return session;
}

asio::awaitable<void> SmtpDialogue::run() {
  co_await attempt(smtp_check::kGreeting, &SmtpDialogue::meet);
  if (!out_.has(kSmtp.ehlo_name)) co_return;
  const bool starts_tls = settings_.tls() == TlsMode::starttls && tls_ == TlsMode::starttls;
  if (starts_tls && settings_.wants(smtp_check::kStarttls, kSmtp.injection))
    co_await attempt(smtp_check::kStarttls, &SmtpDialogue::inject);
  if (settings_.why_no_clear_auth().empty() && settings_.wants(smtp_check::kClearAuth, kSmtp.clear_auth))
    co_await attempt(smtp_check::kClearAuth, &SmtpDialogue::log_in_clear);
  if (settings_.why_no_auth().empty()) co_await test_auth();
  if (settings_.defers().empty()) {
    co_await ask_all();
    if (settings_.why_no_stranger().empty() && settings_.wants(smtp_check::kNullSender, kSmtp.null_sender))
      co_await attempt(smtp_check::kNullSender, &SmtpDialogue::send_from_nobody);
    if (settings_.why_no_scanner().empty() && settings_.wants(smtp_check::kScanner, kSmtp.scanner))
      co_await test_scanner();
  } else if (settings_.wants(smtp_check::kDefers, kSmtp.defers)) {
    co_await ask_deferred();
  }
  // Last: after a wrong login a server may delay the right ones of this address.
  if (settings_.why_no_wrong_password().empty() && settings_.wants(smtp_check::kWrongPassword, kSmtp.wrong_password))
    co_await attempt(smtp_check::kWrongPassword, &SmtpDialogue::log_in_wrongly);
}

namespace {

class SmtpProbe final : public Probe {
public:
  explicit SmtpProbe(Duration back_off) : back_off_(back_off) {}

  asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    SmtpDialogue dialogue(context, out, back_off_);
    co_await dialogue.run();
  }

private:
  Duration back_off_;
};

}  // namespace

std::unique_ptr<const Probe> make_smtp_probe(Duration back_off) {
  return std::make_unique<SmtpProbe>(back_off);
}

}  // namespace drydock
