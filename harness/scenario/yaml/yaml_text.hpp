#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "harness/scenario/yaml/node.hpp"

namespace drydock {

struct TextProblem {
  Place place;
  std::string message;
};

/// What forbids to hand the text to a YAML parser: too large, not UTF-8, control characters, tabs as indentation.
std::optional<TextProblem> text_problem(const std::shared_ptr<const Source>& source, std::string_view text);

/// True where the quoted scalar that begins at `place` has its closing mark (yaml-cpp takes the end of the file for
/// one). Also true where no quotation mark stands there.
bool quote_is_closed(const Source& source, const Place& place);

/// What a person did wrong where the parser stopped. `open`: where the innermost open `{` or `[` stands.
TextProblem syntax_problem(const Place& place, const std::string& parser_says, const std::optional<Place>& open);

/// The octet in the line at which the character of that column (from 1) begins.
std::size_t octet_of_column(std::string_view line, int column);
int column_of_octet(std::string_view line, std::size_t octet);

}  // namespace drydock
