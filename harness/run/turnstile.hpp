#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <optional>

#include "probes/core/probe.hpp"

namespace drydock {

/// A door that opens once; any number of coroutines of one executor may wait for it.
class Latch {
public:
  explicit Latch(const boost::asio::any_io_executor& executor);
  void open();
  boost::asio::awaitable<void> wait();

private:
  boost::asio::steady_timer timer_;
  bool open_ = false;
};

/// Lets at most `places` coroutines of one executor through at once; the others wait their turn: those who come back
/// before the others, else first come, first served. Each place that is given back wakes one of them.
class Turnstile {
public:
  Turnstile(const boost::asio::any_io_executor& executor, int places);
  Turnstile(const Turnstile&) = delete;
  Turnstile& operator=(const Turnstile&) = delete;

  /// Holds one place until it is destroyed.
  class Pass {
  public:
    explicit Pass(Turnstile* turnstile) : turnstile_(turnstile) {}
    Pass(Pass&& other) noexcept : turnstile_(other.turnstile_) { other.turnstile_ = nullptr; }
    Pass& operator=(Pass&&) = delete;
    ~Pass();

  private:
    Turnstile* turnstile_;
  };
  /// `again`: has been let through before.
  boost::asio::awaitable<Pass> enter(bool again = false);
  /// A place that is free and that nobody waits for; nothing where there is none.
  std::optional<Pass> take_free();
  /// From now on one place fewer, and one at the least.
  void narrow();
  /// Whether somebody waits.
  [[nodiscard]] bool is_wanted() const { return !queue_.empty(); }

private:
  struct Waiter;
  void give_back();
  boost::asio::any_io_executor executor_;
  std::list<Waiter*> queue_;
  int places_;
  int free_;  ///< below 0: so many that are held go when they are given back
};

/// The slot of one probe: a place at its address and one of all. Who holds one of all waits for no address. Both
/// turnstiles must outlive it.
class HeldSlot final : public Slot {
public:
  HeldSlot(Turnstile& at_address, Turnstile& of_all) : at_address_(at_address), of_all_(of_all) {}
  [[nodiscard]] bool is_wanted() const override { return at_address_.is_wanted() || of_all_.is_wanted(); }
  void leave() override;
  boost::asio::awaitable<void> enter() override;
  std::size_t take_more(std::size_t most) override;
  void give_back_more() override { more_.clear(); }

private:
  Turnstile& at_address_;
  Turnstile& of_all_;
  std::optional<Turnstile::Pass> here_, in_all_;
  std::list<Turnstile::Pass> more_;
  bool was_in_ = false;
};

}  // namespace drydock
