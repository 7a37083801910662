#include "harness/run/turnstile.hpp"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "probes/net/stream.hpp"

namespace drydock {
namespace {

namespace asio = boost::asio;
using testing::ElementsAre;

class HeldSlotTest : public testing::Test {
protected:
  HeldSlotTest() = default;
  /// Holds a slot for a moment, leaves it where `returns` says so, and comes back.
  asio::awaitable<void> look(std::string name, bool returns) {
    HeldSlot slot(address_, all_);
    co_await slot.enter();
    said_.push_back(name + " in");
    co_await net::pause(Duration(20));
    if (returns) {
      EXPECT_TRUE(slot.is_wanted());
      slot.leave();
      co_await net::pause(Duration(1));
      co_await slot.enter();
      said_.push_back(name + " again");
      co_await slot.enter();  // which is nothing, since it is held
    }
    co_await net::pause(Duration(20));
    said_.push_back(name + " out");
  }
  void start(const std::string& name, bool returns = false) {
    asio::co_spawn(loop_, look(name, returns), [](const std::exception_ptr& thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
  }

  asio::io_context loop_;
  Turnstile address_{loop_.get_executor(), 1};
  Turnstile all_{loop_.get_executor(), 1};
  std::vector<std::string> said_;
};

TEST_F(HeldSlotTest, WhoComesBackGoesBeforeWhoHasNotBegun) {
  start("a", true);
  start("b");
  start("c");
  loop_.run();
  EXPECT_THAT(said_, ElementsAre("a in", "b in", "b out", "a again", "a out", "c in", "c out"));
}

TEST_F(HeldSlotTest, NobodyWaitsForAnAddressWithAPlaceOfAll) {
  start("a", true);
  start("b", true);
  start("c");
  loop_.run();
  EXPECT_EQ(said_.size(), 8U) << "they all came to their end";
}

TEST(HeldSlotWithMore, TakesWhatIsFreeAndNobodyWants) {
  asio::io_context loop;
  Turnstile address(loop.get_executor(), 3), all(loop.get_executor(), 8);
  bool other_is_in = false;
  const auto spread = [&]() -> asio::awaitable<void> {
    HeldSlot slot(address, all);
    co_await slot.enter();
    EXPECT_EQ(slot.take_more(5), 2U);
    co_await net::pause(Duration(20));
    EXPECT_FALSE(other_is_in);
    EXPECT_TRUE(slot.is_wanted());
    slot.give_back_more();
    EXPECT_EQ(slot.take_more(5), 1U) << "one of them was wanted";
    co_await net::pause(Duration(20));
    EXPECT_TRUE(other_is_in);
  };
  const auto other = [&]() -> asio::awaitable<void> {
    co_await net::pause(Duration(5));
    HeldSlot slot(address, all);
    co_await slot.enter();
    other_is_in = true;
    co_await net::pause(Duration(100));
  };
  const auto rethrow = [](const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
  };
  asio::co_spawn(loop, spread(), rethrow);
  asio::co_spawn(loop, other(), rethrow);
  loop.run();
}

TEST(Turnstile, NarrowsToOneAndNoFurther) {
  asio::io_context loop;
  Turnstile turnstile(loop.get_executor(), 3);
  int inside = 0, most = 0, passed = 0;
  const auto pass = [&]() -> asio::awaitable<void> {
    const auto place = co_await turnstile.enter();
    most = std::max(most, ++inside);
    if (++passed <= 4) turnstile.narrow();
    co_await net::pause(Duration(5));
    --inside;
  };
  for (int i = 0; i < 3; ++i) asio::co_spawn(loop, pass, asio::detached);
  loop.run();
  EXPECT_EQ(most, 2) << "who is inside stays, and the next waits";
  most = 0;
  loop.restart();
  for (int i = 0; i < 5; ++i) asio::co_spawn(loop, pass, asio::detached);
  loop.run();
  EXPECT_EQ(most, 1);
  EXPECT_EQ(passed, 8);
}

}  // namespace
}  // namespace drydock
