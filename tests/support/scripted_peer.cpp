#include "tests/support/scripted_peer.hpp"

#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "tests/support/password_wire.hpp"
#include "tests/support/wire.hpp"

namespace drydock::test {

namespace {

Move of(Move::Kind kind, std::string text = {}, std::size_t count = 0) {
  return {kind, std::move(text), count, {}};
}

void replace_all(std::string& text, const std::string& mark, const std::string& value) {
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size()))
    text.replace(at, mark.size(), value);
}

}  // namespace

Move hear(std::string prefix) {
  return of(Move::Kind::hear, std::move(prefix));
}
Move hear_until(std::string line) {
  return of(Move::Kind::hear_until, std::move(line));
}
Move hear_octets(std::size_t count) {
  return of(Move::Kind::hear_octets, {}, count);
}
Move say(std::string text) {
  return of(Move::Kind::say, std::move(text), 1);
}
Move send(std::string octets) {
  return of(Move::Kind::say, std::move(octets), 0);
}
Move tls() {
  return of(Move::Kind::tls);
}
Move hang_up() {
  return of(Move::Kind::hang_up);
}
Move reset() {
  return of(Move::Kind::reset);
}
Move stall() {
  return of(Move::Kind::stall);
}
Move open_data() {
  return of(Move::Kind::open_data);
}
Move data_say(std::string octets) {
  return of(Move::Kind::data_say, std::move(octets));
}
Move data_hear() {
  return of(Move::Kind::data_hear);
}
Move data_tls() {
  return of(Move::Kind::data_tls);
}
Move data_end() {
  return of(Move::Kind::data_end);
}
namespace {

/// Whole repetitions, as many as make a good write.
std::string repeated(const std::string& octets) {
  constexpr std::size_t kEnough = 64 * 1024;
  std::string many;
  while (many.size() < kEnough) many += octets;
  return many;
}

}  // namespace

Move endless(std::string octets) {
  return act([many = repeated(octets)](PeerConnection& client) {
    for (;;) client.send(many);
  });
}
Move data_endless(std::string octets) {
  return act([many = repeated(octets)](PeerConnection& client) {
    for (;;) client.follow({data_say(many)});
  });
}
Move act(std::function<void(PeerConnection&)> function) {
  return {Move::Kind::act, {}, 0, std::move(function)};
}

struct ScriptedPeer::State {
  PeerOptions options;
  std::vector<Script> scripts;
  std::uint16_t port = 0;
  int listener = -1;
  int stop = -1;
  std::thread acceptor;
  std::vector<std::thread> workers;  ///< touched by the acceptor alone, until it is joined
  mutable std::mutex mutex;
  std::vector<std::string> heard;
  std::string complaints;
  std::string data;
  std::size_t connections = 0;

  void note_complaint(const std::string& what) {
    const std::lock_guard lock(mutex);
    complaints += what + "\n";
  }
  void accept_all();
  void serve(int descriptor, std::size_t number);
};

namespace {

class Connection final : public PeerConnection {
public:
  Connection(int descriptor, int stop, const PeerOptions& options, std::uint16_t port,
             std::function<void(std::string)> heard, std::function<void(std::string)> complained,
             std::function<void(std::string)> received)
      : wire_(descriptor, stop),
        stop_(stop),
        options_(options),
        port_(port),
        heard_(std::move(heard)),
        complained_(std::move(complained)),
        received_(std::move(received)) {}
  ~Connection() override {
    if (data_listener_ >= 0) ::close(data_listener_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  std::string line() override {
    std::size_t end = 0;
    while ((end = input_.find('\n')) == std::string::npos) input_ += more();
    last_ = input_.substr(0, end);
    input_.erase(0, end + 1);
    if (!last_.empty() && last_.back() == '\r') last_.pop_back();
    heard_(last_);
    return last_;
  }
  std::string octets(std::size_t count) override {
    while (input_.size() < count) input_ += more();
    std::string taken = input_.substr(0, count);
    input_.erase(0, count);
    return taken;
  }
  void send(const std::string& octets) override { wire_.write(octets); }
  void start_tls() override {
    if (!input_.empty()) complain("octets came before the TLS handshake: " + input_);
    wire_.start_tls(options_.certificate, options_.minimum_version, options_.maximum_version,
                    options_.client_certificate);
    encrypted_ = true;
  }
  void hang_up() override {
    wire_.hang_up();
    throw PeerGone{};
  }
  void close_without_goodbye() override {
    wire_.hang_up(false);
    throw PeerGone{};
  }
  void reset() override {
    wire_.reset();
    throw PeerGone{};
  }
  void stall() override {
    for (;;) more();
  }
  void follow(const Script& script) override {
    for (const Move& move : script) make(move);
  }
  void complain(const std::string& what) override { complained_(what); }
  [[nodiscard]] const std::string& last() const override { return last_; }
  [[nodiscard]] const std::string& data() const override { return data_; }

private:
  std::string more() {
    std::string octets = wire_.read();
    if (octets.empty()) throw PeerGone{};
    if (!encrypted_ || !options_.proves_itself) passwords_.hear(octets);
    return octets;
  }
  void expect(const std::string& prefix) {
    const std::string said = line();
    if (said.size() >= prefix.size() && strncasecmp(said.c_str(), prefix.c_str(), prefix.size()) == 0) return;
    complain("expected \"" + prefix + "\", heard \"" + said + "\"");
    hang_up();
  }
  [[nodiscard]] std::string filled(std::string text) const {
    replace_all(text, "{tag}", last_.substr(0, last_.find(' ')));
    replace_all(text, "{port}", std::to_string(port_));
    replace_all(text, "{epsv}", std::to_string(data_port_));
    replace_all(text, "{pasv_port}", std::to_string(data_port_ / 256) + "," + std::to_string(data_port_ % 256));
    replace_all(text, "{pasv}",
                "127,0,0,1," + std::to_string(data_port_ / 256) + "," + std::to_string(data_port_ % 256));
    return text;
  }
  void open_data_listener() {
    if (data_listener_ >= 0) ::close(data_listener_);
    data_wire_.reset();
    data_port_ = 0;
    data_listener_ = listen_on(options_.address, data_port_);
  }
  Wire& data_wire() {
    if (!data_wire_) data_wire_ = std::make_unique<Wire>(accept_or_stop(data_listener_, stop_), stop_);
    return *data_wire_;
  }
  void read_data() {
    data_.clear();
    for (std::string part = data_wire().read(); !part.empty(); part = data_wire().read()) data_ += part;
    received_(data_);
  }
  void make(const Move& move) {
    using Kind = Move::Kind;
    switch (move.kind) {
      case Kind::hear:
        return expect(move.text);
      case Kind::hear_until:
        while (line() != move.text) {
        }
        return;
      case Kind::hear_octets:
        octets(move.count);
        return;
      case Kind::say:
        return send(move.count == 1 ? filled(move.text) + "\r\n" : move.text);
      case Kind::tls:
        return start_tls();
      case Kind::hang_up:
        return hang_up();
      case Kind::reset:
        return reset();
      case Kind::stall:
        return stall();
      case Kind::open_data:
        return open_data_listener();
      case Kind::data_say:
        return data_wire().write(move.text);
      case Kind::data_hear:
        return read_data();
      case Kind::data_tls:
        return data_wire().start_tls(options_.certificate, options_.minimum_version, options_.maximum_version);
      case Kind::data_end:
        data_wire().hang_up();
        data_wire_.reset();
        return;
      case Kind::act:
        return move.function(*this);
    }
  }

  Wire wire_;
  bool encrypted_ = false;
  PasswordWire passwords_;
  int stop_;
  const PeerOptions& options_;
  std::uint16_t port_;
  std::function<void(std::string)> heard_;
  std::function<void(std::string)> complained_;
  std::function<void(std::string)> received_;
  std::string input_;
  std::string last_;
  std::string data_;
  int data_listener_ = -1;
  std::uint16_t data_port_ = 0;
  std::unique_ptr<Wire> data_wire_;
};

}  // namespace

void ScriptedPeer::State::serve(int descriptor, std::size_t number) {
  const auto locked = [this](auto&& change) {
    const std::lock_guard lock(mutex);
    change();
  };
  PeerOptions own = options;
  if (number > 0 && !options.impostor.chain.empty()) {
    own.certificate = options.impostor;
    own.proves_itself = false;
  }
  try {
    Connection connection(
        descriptor, stop, own, port, [&](std::string line) { locked([&] { heard.push_back(std::move(line)); }); },
        [&](const std::string& what) { note_complaint(what); },
        [&](std::string octets) { locked([&] { data = std::move(octets); }); });
    if (options.implicit_tls) connection.start_tls();
    connection.follow(scripts[std::min(number, scripts.size() - 1)]);
    if (options.hang_up_at_end) connection.hang_up();
    connection.stall();
  } catch (const PeerGone&) {
  } catch (const std::exception& error) {
    note_complaint(error.what());
  }
}

void ScriptedPeer::State::accept_all() {
  try {
    for (;;) {
      const int descriptor = accept_or_stop(listener, stop);
      std::size_t number = 0;
      {
        const std::lock_guard lock(mutex);
        number = connections++;
      }
      workers.emplace_back([this, descriptor, number] { serve(descriptor, number); });
    }
  } catch (const PeerGone&) {
  }
}

ScriptedPeer::ScriptedPeer(Script script, PeerOptions options)
    : ScriptedPeer(std::vector<Script>{std::move(script)}, std::move(options)) {}

ScriptedPeer::ScriptedPeer(std::vector<Script> scripts, PeerOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
  state_->scripts = std::move(scripts);
  if (state_->scripts.empty()) state_->scripts.emplace_back();
  state_->port = state_->options.port;
  state_->listener = listen_on(state_->options.address, state_->port);
  state_->stop = ::eventfd(0, EFD_CLOEXEC);
  state_->acceptor = std::thread([state = state_.get()] { state->accept_all(); });
}

ScriptedPeer::~ScriptedPeer() {
  const std::uint64_t one = 1;
  if (::write(state_->stop, &one, sizeof one) < 0) std::abort();
  state_->acceptor.join();
  for (auto& worker : state_->workers) worker.join();
  ::close(state_->listener);
  ::close(state_->stop);
}

Endpoint ScriptedPeer::endpoint() const {
  return {state_->options.address, state_->port};
}
std::uint16_t ScriptedPeer::port() const {
  return state_->port;
}
std::vector<std::string> ScriptedPeer::heard() const {
  const std::lock_guard lock(state_->mutex);
  return state_->heard;
}
std::size_t ScriptedPeer::connections() const {
  const std::lock_guard lock(state_->mutex);
  return state_->connections;
}
std::string ScriptedPeer::complaints() const {
  const std::lock_guard lock(state_->mutex);
  return state_->complaints;
}
std::string ScriptedPeer::data() const {
  const std::lock_guard lock(state_->mutex);
  return state_->data;
}

}  // namespace drydock::test
