#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>

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

/// Lets at most `places` coroutines of one executor through at once; the others wait their turn, first come, first
/// served. Each place that is given back wakes one of them.
class Turnstile {
public:
  Turnstile(const boost::asio::any_io_executor& executor, int places);
  Turnstile(const Turnstile&) = delete;
  Turnstile& operator=(const Turnstile&) = delete;

  /// Holds one place until it is destroyed.
  class Place {
  public:
    explicit Place(Turnstile* turnstile) : turnstile_(turnstile) {}
    Place(Place&& other) noexcept : turnstile_(other.turnstile_) { other.turnstile_ = nullptr; }
    Place& operator=(Place&&) = delete;
    ~Place();

  private:
    Turnstile* turnstile_;
  };
  boost::asio::awaitable<Place> enter();

private:
  struct Waiter;
  void give_back();
  boost::asio::any_io_executor executor_;
  std::list<Waiter*> queue_;
  int free_;
};

}  // namespace drydock
