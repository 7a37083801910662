#pragma once
#include <array>
#include <string>
#include <string_view>

#include "probes/core/check.hpp"
#include "probes/core/parameter.hpp"

/// What types that log in share about a password that nobody has, which a server must refuse.
namespace drydock::facet {

inline constexpr std::array<std::string_view, 2> kWrongPasswordWords{"refused", "untested"};

/// The parameter `wrong_password`. `what`: what is tried.
constexpr ParameterSpec wrong_password_parameter(
    std::string_view what =
        "whether a made-up password is tried on the account (`untested`: not; a server may ban who guesses often)") {
  return {.name = "wrong_password",
          .type = ParameterType::choice,
          .default_value = kWrongPasswordWords.front(),
          .meaning = what,
          .choices = kWrongPasswordWords};
}

/// Why the scenario has none tried; empty where it does.
std::string why_no_wrong_password(const Parameters& parameters);

/// For a wrong password that was not tried, since the right one was not accepted.
Judgement wrong_password_not_tried();

/// For one that was accepted. `answer`: the server's; `right`: what it should have said.
Judgement wrong_password_accepted(std::string_view account, std::string right, std::string answer, std::string hint);

}  // namespace drydock::facet
