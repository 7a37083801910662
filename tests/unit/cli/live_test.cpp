// Live lines: never wider than the terminal, and what they say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <iostream>

#include "harness/cli/live_lines.hpp"
#include "harness/cli/transfer_view.hpp"

namespace drydock::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(FitColumns, CountsColumnsAndNotOctets) {
  EXPECT_EQ(fit_columns("short", 10), "short");
  EXPECT_EQ(fit_columns("0123456789", 10), "0123456789");
  EXPECT_EQ(fit_columns("0123456789x", 10), "012345678\u2026");
  EXPECT_EQ(fit_columns("\u00e4\u00f6\u00fc\u00e4\u00f6", 5), "\u00e4\u00f6\u00fc\u00e4\u00f6");
  EXPECT_EQ(fit_columns("\u65e5\u672c\u8a9e", 5), "\u65e5\u672c\u2026") << "wide characters take two columns";
  EXPECT_EQ(fit_columns("e\u0301e\u0301", 2), "e\u0301e\u0301") << "combining ones take none";
  EXPECT_EQ(fit_columns("a\x1b[2Jb", 80), "a\\x1b[2Jb");
  EXPECT_EQ(fit_columns("", 0), "");
}

/// What `draw` writes to a terminal of 40 columns and 10 rows; it may change the size.
template <class Draw>
std::string written_to_a_small_terminal(const Draw& draw) {
  winsize size{};
  size.ws_col = 40;
  size.ws_row = 10;
  int master = -1;
  const pid_t child = ::forkpty(&master, nullptr, nullptr, &size);
  if (child == 0) {
    draw(size);
    std::cerr << "end" << std::flush;
    ::_exit(can_draw() ? 0 : 1);
  }
  std::string all;
  std::array<char, 4096> part{};
  for (ssize_t got = 0; (got = ::read(master, part.data(), part.size())) > 0;)
    all.append(part.data(), static_cast<std::size_t>(got));
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(master);
  EXPECT_EQ(status, 0);
  return all;
}

std::string drawn_on_a_small_terminal(const std::vector<std::vector<std::string>>& pictures) {
  return written_to_a_small_terminal([&](winsize) {
    LiveLines lines;
    for (const auto& picture : pictures) lines.draw(picture);
  });
}

/// A terminal that knows line ends, wrapping at 40 columns, and the two sequences that LiveLines uses.
struct Screen {
  std::vector<std::string> rows{""};
  std::size_t row = 0;
  bool wrapped = false;
  void write(const std::string& text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text.compare(i, 4, "\x1b[1A") == 0) {
        row = row > 0 ? row - 1 : 0;
        i += 3;
      } else if (text.compare(i, 4, "\x1b[2K") == 0) {
        rows[row].clear();
        i += 3;
      } else if (text[i] == '\n') {
        if (++row >= rows.size()) rows.emplace_back();
      } else if (text[i] != '\r') {
        if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) rows[row] += text[i];
        wrapped = wrapped || rows[row].size() >= 40;
      }
    }
  }
};

TEST(LiveLinesOnATerminal, StayNotBehindWhereItBecomesNarrower) {
  const std::string all = written_to_a_small_terminal([](winsize size) {
    LiveLines lines;
    lines.draw({std::string(200, 'w'), "a"});
    size.ws_col = 25;
    ::ioctl(STDERR_FILENO, TIOCSWINSZ, &size);
  });
  std::size_t ups = 0;
  for (std::size_t at = 0; (at = all.find("\x1b[1A", at)) != std::string::npos; ++at) ++ups;
  EXPECT_EQ(ups, 3U) << "39 columns take two rows of 25, and \"a\" one";
}

TEST(LiveLinesOnATerminal, NeitherWrapNorStayBehind) {
  const std::string wide(200, 'w');
  std::vector<std::string> many(30, "line");
  Screen screen;
  screen.write(drawn_on_a_small_terminal({{wide, "a"}, {"b"}, many, {wide, wide}}));
  EXPECT_FALSE(screen.wrapped);
  EXPECT_LE(screen.rows.size(), 10U);
  for (std::size_t i = 1; i < screen.rows.size(); ++i) EXPECT_EQ(screen.rows[i], "");
  EXPECT_EQ(screen.rows[0], "end");
}

TEST(TransferViewLines, TellWhatGoesOn) {
  TransferView view(true, nullptr);
  EXPECT_TRUE(view.lines(Clock::now()).empty());
  view.step(3, 13, "stop-mail-on-old");
  view.action_started("on old: systemctl stop exim4");
  view.action_said("first\nsec");
  view.action_said("ond\nthird that has not");
  EXPECT_THAT(view.lines(Clock::now() + std::chrono::seconds(67)),
              ElementsAre("step 3 of 13: stop-mail-on-old", "  1:07 on old: systemctl stop exim4", "  | second"));
  view.action_ended();
  const auto now = Clock::now();
  view.gates({{"new-is-ready", 4, 2, 3, "mail-arrives: no answer", now + std::chrono::seconds(12),
               now + std::chrono::seconds(271)}},
             false);
  EXPECT_THAT(view.lines(now),
              ElementsAre("step 3 of 13: stop-mail-on-old", "  gate new-is-ready: 2 of 3 passed, look 4",
                          "    lacks mail-arrives: no answer", "    next look in 0:12; 4:31 left"));
  view.gates({}, false);
  EXPECT_EQ(view.lines(now).size(), 1U);
}

TEST(TransferViewLines, HoldNoSecretAndNoControl) {
  Redactor redactor;
  redactor.add("Sesame-7");
  TransferView view(true, &redactor);
  view.step(1, 1, "one");
  view.action_started("here: sync");
  view.action_said("\x1b[2Jpassword Sesa");
  view.action_said("me-7 \xff\n");
  const auto lines = view.lines(Clock::now());
  EXPECT_THAT(lines.back(), HasSubstr("[secret]"));
  EXPECT_THAT(lines.back(), Not(HasSubstr("\x1b")));
  EXPECT_THAT(lines.back(), Not(HasSubstr("same")));
}

}  // namespace
}  // namespace drydock::cli
