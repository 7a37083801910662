#pragma once
#include <string>
#include <string_view>

#include "probes/client/smtp_client.hpp"
#include "probes/core/subject.hpp"

/// Commands that do by hand what a client does, aimed at the same address from the same one. None holds a secret.
namespace drydock {

/// By swaks; `rest` is added to it.
std::string swaks_command(const Subject& subject, const Endpoint& to, TlsMode tls, std::string_view rest);

/// By curl, at a mailbox of `login`, for whose password it asks; under TLS. `scheme`: imap, imaps, pop3, pop3s.
/// `command`: what is sent then.
std::string curl_mailbox_command(const Subject& subject, const Endpoint& to, std::string_view scheme,
                                 std::string_view folder, std::string_view login, std::string_view command);

}  // namespace drydock
