#include "harness/plan/event.hpp"

#include <gtest/gtest.h>

#include <boost/describe/members.hpp>
#include <boost/json/parse.hpp>
#include <boost/mp11/algorithm.hpp>
#include <fstream>
#include <iterator>
#include <random>

namespace drydock {
namespace {

using boost::mp11::mp_for_each;
using boost::mp11::mp_identity;
using boost::mp11::mp_transform;

template <class T>
constexpr bool kDescribed = boost::describe::has_describe_members<T>::value;
template <class T>
constexpr bool kIsVector = false;
template <class T>
constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
constexpr bool kIsOptional = false;
template <class T>
constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
constexpr bool kIsPair = false;
template <class A, class B>
constexpr bool kIsPair<std::pair<A, B>> = true;

/// Fills any entry with whatever octets and numbers come.
class Filler {
public:
  explicit Filler(unsigned seed, std::size_t longest) : random_(seed), longest_(longest) {}

  template <class T>
  void fill(T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
      value = octets();
    } else if constexpr (std::is_same_v<T, Text> || std::is_same_v<T, Output>) {
      value.value = octets();
    } else if constexpr (std::is_same_v<T, RawJson>) {
      value.value = random_() % 2 ? R"({"results":[1,"x\\u202e",null]})" : "[]";
    } else if constexpr (std::is_same_v<T, WallTime>) {
      value = WallTime(std::chrono::milliseconds(random_() % 4'000'000'000'000ULL));
    } else if constexpr (std::is_same_v<T, bool>) {
      value = random_() % 2 == 1;
    } else if constexpr (kIsOptional<T>) {
      if (random_() % 2) fill(value.emplace());
    } else if constexpr (kIsVector<T>) {
      value.resize(random_() % 4);
      for (auto& one : value) fill(one);
    } else if constexpr (kIsPair<T>) {
      fill(value.first);
      fill(value.second);
    } else if constexpr (kDescribed<T>) {
      mp_for_each<boost::describe::describe_members<T, boost::describe::mod_any_access>>(
          [&](auto descriptor) { fill(value.*descriptor.pointer); });
    } else {
      value = static_cast<T>(random_());
    }
  }

private:
  std::string octets() {
    std::string text(random_() % longest_, '\0');
    for (char& octet : text) octet = static_cast<char>(random_());
    return text;
  }
  std::mt19937_64 random_;
  std::size_t longest_;
};

template <class Visit>
void each_kind(Visit visit) {
  mp_for_each<mp_transform<mp_identity, EventContent>>([&](auto identity) {
    using Kind = typename decltype(identity)::type;
    if constexpr (kDescribed<Kind>) visit(Kind{});
  });
}

TEST(Event, OfEveryKindReadsBackAsItWasWrittenWhateverOctetsItHolds) {
  const TextFilter filter;
  int kinds = 0;
  each_kind([&](auto what) {
    ++kinds;
    for (unsigned seed = 0; seed < 200; ++seed) {
      Filler(seed, 60).fill(what);
      EventContent content = what;
      clean(content, filter);
      const std::string payload = to_payload(content);
      ASSERT_EQ(printable(payload), payload) << what.kKind;
      ASSERT_TRUE(from_payload(what.kKind, payload) == content) << payload;
    }
  });
  EXPECT_EQ(kinds, 22);
}

TEST(Event, IsBoundedWhateverAnActionPrints) {
  const TextFilter filter;
  EventContent end = event::ActionEnded{
      "one", 0, false, "done", {std::string(1'000'000, '\x01')}, 0, {std::string(50'000'000, '\xe9')}};
  clean(end, filter);
  EXPECT_LT(to_payload(end).size(), 2 * (TextFilter::kOutput + TextFilter::kLine) + 1000);
}

TEST(Event, ASecretGoesFromEveryTextAndStaysOutOfTheNamesThatTheTransferIsReadBy) {
  Redactor redactor;
  redactor.add("Sesame-7");
  const TextFilter filter(&redactor);
  each_kind([&](auto what) {
    using Kind = decltype(what);
    mp_for_each<boost::describe::describe_members<Kind, boost::describe::mod_any_access>>([&](auto descriptor) {
      using Member = std::remove_cvref_t<decltype(what.*descriptor.pointer)>;
      if constexpr (std::is_same_v<Member, Text> || std::is_same_v<Member, Output>)
        (what.*descriptor.pointer).value = "say Sesame-7\xff now";
    });
    EventContent content = what;
    clean(content, filter);
    EXPECT_EQ(to_payload(content).find("Sesame"), std::string::npos) << what.kKind;
  });
  EventContent done = event::StepDone{"open-Sesame-7", {}};
  clean(done, filter);
  EXPECT_EQ(step_of(done), "open-Sesame-7") << "a step whose name holds a secret by chance is still that step";
}

TEST(Event, ThatIsNotUnderstoodIsKeptWithItsReason) {
  struct Case {
    const char *kind, *payload, *why;
  };
  const Case cases[] = {
      {"step-frozen", R"({"step":"one"})", "does not know its kind"},
      {"stopped", "{", "not JSON"},
      {"stopped", "[]", "'stopped' is no object"},
      {"stopped", R"({"verb":"cutover"})", "'exit' is missing"},
      {"stopped", R"({"verb":5,"exit":0})", "'verb' is no text"},
      {"stopped", R"({"verb":"cutover","exit":99999999999})", "'exit' is no whole number in range"},
      {"stopped", "{\"verb\":\"caf\xe9\",\"exit\":0}", "not JSON"},
  };
  for (const auto& one : cases) {
    const EventContent content = from_payload(one.kind, one.payload);
    const auto* unknown = std::get_if<event::Unknown>(&content);
    ASSERT_NE(unknown, nullptr) << one.payload;
    EXPECT_EQ(unknown->kind, one.kind);
    EXPECT_EQ(unknown->payload, one.payload);
    EXPECT_NE(unknown->why.find(one.why), std::string::npos) << unknown->why;
    EXPECT_EQ(kind_of(content), one.kind);
  }
}

TEST(Event, OfALaterVersionWithMoreKeysIsUnderstood) {
  const EventContent content = from_payload("stopped", R"({"verb":"cutover","exit":4,"mood":"good"})");
  EXPECT_TRUE(content == EventContent(event::Stopped{"cutover", 4}));
}

TEST(Event, OfEveryKindIsOnTheFormatsPageWithAllItsKeys) {
  std::ifstream file(DRYDOCK_SOURCE_DIR "/harness/journal/FORMAT.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  each_kind([&](auto what) {
    using Kind = decltype(what);
    const std::size_t at = page.find("\n| `" + std::string(Kind::kKind) + "` |");
    ASSERT_NE(at, std::string::npos) << Kind::kKind;
    const std::string line = page.substr(at + 1, page.find('\n', at + 1) - at - 1);
    mp_for_each<boost::describe::describe_members<Kind, boost::describe::mod_any_access>>([&](auto descriptor) {
      EXPECT_NE(line.find("`" + std::string(descriptor.name) + "`"), std::string::npos)
          << Kind::kKind << "." << descriptor.name;
    });
  });
}

TEST(Event, ARepeatedLookIsKnownWithoutReadingIt) {
  event::Looked look;
  EXPECT_FALSE(is_repeated_look(event::Looked::kKind, to_payload(look)));
  look.same_as = 17;
  look.gates = {{"new-is-ready", "switch-dns", "before", 12'345, "inconclusive", {"p p.answers: no answer in time"}}};
  look.verdicts = std::string(64, 'a');
  EXPECT_TRUE(is_repeated_look(event::Looked::kKind, to_payload(look)));
  EXPECT_FALSE(is_repeated_look("stopped", to_payload(look)));
  EXPECT_LT(to_payload(look).size(), 400U);
}

}  // namespace
}  // namespace drydock
