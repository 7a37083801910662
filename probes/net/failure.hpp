#pragma once
#include <boost/system/error_code.hpp>
#include <string_view>

#include "probes/core/error.hpp"

namespace drydock::net {

/// What an error of a socket or of TLS means for a dialogue. `doing` completes "... while DOING" in the message and may
/// be empty. Only EACCES is not told apart here: see connect_tcp.
Error to_error(const boost::system::error_code& code, std::string_view doing);

/// Throws the Failure of to_error, except operation_aborted, which is thrown as it is: that is cancellation.
[[noreturn]] void raise(const boost::system::error_code& code, std::string_view doing);

}  // namespace drydock::net
