#include "probes/facet/wrong_password.hpp"

#include <fmt/format.h>

namespace drydock::facet {

std::string why_no_wrong_password(const Parameters& parameters) {
  return parameters.text("wrong_password") == "untested" ? "the scenario says wrong_password: untested" : "";
}

Judgement wrong_password_not_tried() {
  return Judgement::inconclusive(
      "not tried: where the right password is not accepted, a refusal of a wrong one proves nothing");
}

Judgement wrong_password_accepted(std::string_view account, std::string right, std::string answer, std::string hint) {
  return Judgement::fail(fmt::format("anybody can log in as {}: a password that nobody has was accepted", account),
                         std::move(right), std::move(answer), std::move(hint));
}

}  // namespace drydock::facet
