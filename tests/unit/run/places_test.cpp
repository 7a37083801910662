#include "harness/run/places.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <list>

namespace drydock {
namespace {

class PlacesTest : public testing::Test {
protected:
  PlacesTest() { scenario_.hosts = {{"new", kHost, {"a.test", "a.test"}, {}, {}, {}}}; }
  /// How many are free at this address.
  int free_at(const std::string& ip) {
    std::list<Turnstile::Pass> taken;
    while (auto place = places_.at(ip).take_free()) taken.push_back(std::move(*place));
    return static_cast<int>(taken.size());
  }
  void look() { places_.open(loop_.get_executor()); }

  static constexpr const char* kHost = "127.0.0.20";
  static constexpr const char* kPort = "127.0.0.20:25";
  boost::asio::io_context loop_;
  Scenario scenario_;
  Places places_{scenario_, 8, 0};
};

TEST_F(PlacesTest, AHostHasItsLimitAndAServerThatIsNoneAnother) {
  look();
  EXPECT_EQ(free_at(kHost), 4);
  EXPECT_EQ(free_at("127.0.0.99"), 8);
}

TEST_F(PlacesTest, WhoTurnsAwayKeepsFewerForGood) {
  look();
  places_.turned_away(kHost);
  EXPECT_EQ(free_at(kHost), 3);
  look();
  EXPECT_EQ(free_at(kHost), 3);
  for (int times = 0; times < 9; ++times) places_.turned_away(kHost);
  EXPECT_EQ(free_at(kHost), 1);
}

TEST_F(PlacesTest, WhoseFirstWordTakesEverLongerHasFewerForThisLook) {
  look();
  places_.first_word(kHost, kPort, Duration(100));
  places_.first_word(kHost, kPort, Duration(900));
  EXPECT_EQ(free_at(kHost), 4) << "that is soon";
  places_.first_word(kHost, kPort, Duration(1500));
  EXPECT_EQ(free_at(kHost), 3);
  places_.first_word(kHost, kPort, Duration(3000));
  EXPECT_EQ(free_at(kHost), 2);
  look();
  EXPECT_EQ(free_at(kHost), 4) << "it may have been another's load";
  places_.first_word(kHost, kPort, Duration(2000));
  EXPECT_EQ(free_at(kHost), 3) << "what is quick is known from before";
}

TEST_F(PlacesTest, WhoAlwaysTakesLongIsNotOverloaded) {
  look();
  for (int times = 0; times < 5; ++times) places_.first_word(kHost, kPort, Duration(5000));
  places_.first_word(kHost, "127.0.0.20:21", Duration(50));
  places_.first_word(kHost, kPort, Duration(5200));
  EXPECT_EQ(free_at(kHost), 4);
}

}  // namespace
}  // namespace drydock
