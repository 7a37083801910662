#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

namespace drydock {

/// A door that opens once; any number of coroutines of one executor may wait for it.
class Latch {
public:
  explicit Latch(const boost::asio::any_io_executor& executor);
  void open();
  [[nodiscard]] bool is_open() const { return open_; }
  boost::asio::awaitable<void> wait();

private:
  boost::asio::steady_timer timer_;
  bool open_ = false;
};

/// Lets at most `places` coroutines of one executor through at once, the others wait their turn.
class Turnstile {
public:
  Turnstile(const boost::asio::any_io_executor& executor, int places);

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
  boost::asio::steady_timer timer_;
  int free_;
};

}  // namespace drydock
