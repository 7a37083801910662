#pragma once
#include <string>
#include <string_view>

#include "probes/core/check.hpp"
#include "probes/smtp/settings.hpp"

/// What the rules about mail, those at RCPT and that of the scanner, have in common.
namespace drydock {

/// Why nobody could be asked about on a port where one must log in first; empty where that was possible.
std::string why_no_login(const Observation& seen, const SmtpSettings& settings);

/// Who sends.
std::string sender_of(const Subject& subject, const SmtpSettings& settings);

/// `rest`: what is done besides the envelope.
std::string swaks_mail(const Subject& subject, const SmtpSettings& settings, std::string_view from, std::string_view to,
                       std::string_view rest = "--quit-after RCPT");

}  // namespace drydock
