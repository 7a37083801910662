#pragma once
#include <string>
#include <string_view>

namespace drydock {

/// The initial response of SASL PLAIN in base64, RFC 4616 §2: no authorisation identity. Throws std::invalid_argument
/// where login or password holds a NUL, or the login is empty.
std::string sasl_plain(std::string_view login, std::string_view password);

/// One answer of SASL LOGIN in base64 (draft-murchison-sasl-login): to `Username:` the login, to `Password:` the
/// password.
std::string sasl_login_answer(std::string_view value);

}  // namespace drydock
