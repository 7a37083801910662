#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <vector>

#include "probes/net/for_each.hpp"
#include "probes/smtp/facts.hpp"
#include "probes/smtp/relay_way.hpp"
#include "probes/smtp/settings.hpp"
#include "probes/smtp/type.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

/// For a port of which the scenario does not say that it takes mail: to connect, and to greet.
constexpr Duration kKnock{3000};
constexpr Duration kFirstWord{10'000};

/// Whether a way that came to no question is one that the server offers, or may: it greeted, it offered STARTTLS, or it
/// was only slower than the time that was given it.
bool is_offered(const RelayWay& way, WayEnd end, const Failure& failure, const std::string& stage) {
  if (end == WayEnd::asked || end == WayEnd::in_clear) return false;
  return failure.kind() == ErrorKind::timeout || way.tls == TlsMode::starttls || stage == "ehlo";
}

/// Port after port, each in clear, inside TLS, or both: what it offers.
class RelayDialogue {
public:
  RelayDialogue(const ProbeContext& context, Observation& out, Duration back_off)
      : context_(context), brief_(context), out_(out), back_off_(back_off) {
    brief_.patience = context.patience == Duration(0) ? kFirstWord : std::min(context.patience, kFirstWord);
  }

  asio::awaitable<void> run();

private:
  asio::awaitable<void> knock();
  asio::awaitable<void> knock_at(std::size_t i);
  asio::awaitable<void> ask_port(std::uint16_t port);
  asio::awaitable<void> ask_in_clear(std::uint16_t port);
  asio::awaitable<void> ask(RelayWay way);

  const ProbeContext& context_;
  ProbeContext brief_;
  Observation& out_;
  Duration back_off_;
  std::vector<std::uint16_t> ports_ = relay_ports(context_.subject);
  std::vector<net::PortState> states_ = std::vector<net::PortState>(ports_.size(), net::PortState::open);
  WayEnd end_ = WayEnd::absent;  ///< of the way that was asked last
  bool offers_starttls_ = false;
};

asio::awaitable<void> RelayDialogue::run() {
  co_await ask_port(ports_.front());
  co_await knock();
  for (std::size_t i = 1; i < ports_.size(); ++i) {
    if (states_[i] == net::PortState::open)
      co_await ask_port(ports_[i]);
    else
      out_.at(kRelay.passed_over)
          .emplace_back(fmt::format("port {}", ports_[i]), std::string(net::to_string(states_[i])));
  }
  out_.address = Endpoint{context_.subject.target.ip, ports_.front()}.text();
}

/// At the ports of which the scenario does not speak, side by side where the host may be asked so.
asio::awaitable<void> RelayDialogue::knock() {
  const std::function<asio::awaitable<void>(std::size_t)> work = [this](std::size_t i) { return knock_at(i + 1); };
  co_await net::for_each_index(context_.slot, ports_.size() - 1, ports_.size(), work);
}

asio::awaitable<void> RelayDialogue::knock_at(std::size_t i) {
  const net::PortState state = co_await net::knock(context_, {context_.subject.target.ip, ports_[i]}, kKnock);
  states_[i] = state;
}

/// By the port's number first; where the server shows that it is the other way round, that way.
asio::awaitable<void> RelayDialogue::ask_port(std::uint16_t port) {
  if (port == kSubmissionsPort) {
    co_await ask({port, TlsMode::implicit});
    if (end_ == WayEnd::in_clear) co_await ask_in_clear(port);
    co_return;
  }
  co_await ask_in_clear(port);
  if (end_ != WayEnd::silent) co_return;
  co_await ask({port, TlsMode::implicit});
  // What was silent in clear was waiting for TLS.
  if (end_ == WayEnd::asked && out_.has(kRelay.unseen))
    std::erase_if(out_.at(kRelay.unseen),
                  [port](const auto& row) { return row.first == RelayWay{port, TlsMode::none}.text(); });
}

asio::awaitable<void> RelayDialogue::ask_in_clear(std::uint16_t port) {
  co_await ask({port, TlsMode::none});
  if (end_ == WayEnd::asked && offers_starttls_) co_await ask({port, TlsMode::starttls});
}

/// What breaks at a port of which the scenario speaks, or that has shown that it takes mail, is the observation's
/// error; elsewhere it is why the way was not seen, or passed over.
asio::awaitable<void> RelayDialogue::ask(RelayWay way) {
  const bool ours = way.port == ports_.front();
  const bool may_take_its_time = ours && end_ != WayEnd::silent;
  RelayWayDialogue dialogue(context_, may_take_its_time ? context_ : brief_, out_, back_off_, way);
  end_ = co_await dialogue.run();
  offers_starttls_ = dialogue.offers_starttls();
  const auto& broken = dialogue.broken();
  if (!broken) co_return;
  const bool put_off = end_ != WayEnd::asked && broken->kind() == ErrorKind::temporary;
  if (put_off)
    out_.at(kRelay.put_off).emplace_back(way.text(), broken->what());
  else if (is_offered(way, end_, *broken, dialogue.broken_stage()))
    out_.at(kRelay.unseen).emplace_back(way.text(), broken->what());
  else if (end_ != WayEnd::asked)
    out_.at(kRelay.passed_over).emplace_back(way.text(), broken->what());
  const bool matters = end_ == WayEnd::asked || put_off || (ours && way.tls != TlsMode::starttls);
  if (!matters || out_.error) co_return;
  out_.error = Error{broken->kind(), broken->what()};
  out_.error_stage = dialogue.broken_stage();
}

class RelayProbe final : public Probe {
public:
  explicit RelayProbe(Duration back_off) : back_off_(back_off) {}

  asio::awaitable<void> run(const ProbeContext& context, Observation& out) const override {
    if (context.subject.is_withheld(kRelayDenied)) co_return;
    RelayDialogue dialogue(context, out, back_off_);
    co_await dialogue.run();
  }

private:
  Duration back_off_;
};

}  // namespace

std::unique_ptr<const Probe> make_smtp_relay_probe(Duration back_off) {
  return std::make_unique<RelayProbe>(back_off);
}

}  // namespace drydock
