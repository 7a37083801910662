#include "probes/codec/sasl.hpp"

#include <stdexcept>

#include "probes/codec/base64.hpp"

namespace drydock {

std::string sasl_plain(std::string_view login, std::string_view password) {
  if (login.empty()) throw std::invalid_argument("SASL PLAIN needs a login");
  if (login.find('\0') != std::string_view::npos || password.find('\0') != std::string_view::npos)
    throw std::invalid_argument("SASL PLAIN can't carry a NUL");
  std::string blob(1, '\0');
  blob.append(login).append(1, '\0').append(password);
  return base64_encode(blob);
}

std::string sasl_login_answer(std::string_view value) {
  return base64_encode(value);
}

}  // namespace drydock
