#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

#include "probes/core/check.hpp"
#include "probes/core/ended_at.hpp"
#include "probes/core/fact.hpp"

/// What the checks of `ftp` share, and those of them that speak of logins and of data.
namespace drydock::ftp {

bool expects(const Subject& subject, std::string_view fact);
Endpoint endpoint_of(const Subject& subject);
/// The same by hand; curl asks for the password.
std::string by_curl(const Subject& subject, std::string_view arguments = {});
/// These commands on a control connection without TLS.
std::string by_netcat(const Subject& subject, std::initializer_list<std::string> commands);
/// With the command, and with the stage where the judgement names none.
Judgement finished(Judgement judgement, std::string_view stage, std::string reproduce);
Judgement not_now(std::string_view what, const Reply& reply);
/// True where a refusal speaks of how many clients there are, not of this one.
bool is_about_the_crowd(const Reply& reply);
/// True where a reply to a login or a greeting says neither yes nor no: 4yz, or too many clients.
bool is_not_now(const Reply& reply);
/// True where a refusal speaks of this prober: it says nothing about the login.
bool is_about_this_client(const Reply& reply);
/// For a reply on a later connection that was not seen: with the server's words where it took no further connection.
Judgement unseen_reply(const Observation& seen, std::string_view what);
bool is_logged_in(const Observation& seen);

}  // namespace drydock::ftp
