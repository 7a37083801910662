#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace drydock::cli {

/// True where lines can be drawn over: standard error is a terminal that is not `dumb`.
bool can_draw();

/// The longest beginning of `text` that fits into so many columns of a terminal, made printable; one that is cut ends
/// with `…`. Wide characters count two, combining ones none.
std::string fit_columns(std::string_view text, std::size_t columns);

/// How many columns a printable text takes.
std::size_t columns_of(std::string_view text);

/// Lines at the bottom of a terminal (standard error) that are drawn over each other. None is wider or higher than the
/// terminal is at that moment, so that none wraps and none stays behind: not even where the terminal has become
/// narrower since and has broken its lines anew.
class LiveLines {
public:
  ~LiveLines() { clear(); }
  void draw(const std::vector<std::string>& lines);
  void clear();

private:
  std::vector<std::size_t> drawn_;  ///< columns of each line
};

}  // namespace drydock::cli
