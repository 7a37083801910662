#include "probes/core/error.hpp"

namespace drydock {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::timeout:
      return "timeout";
    case ErrorKind::unreachable:
      return "unreachable";
    case ErrorKind::refused:
      return "refused";
    case ErrorKind::prohibited:
      return "prohibited";
    case ErrorKind::reset:
      return "reset";
    case ErrorKind::closed:
      return "closed";
    case ErrorKind::protocol:
      return "protocol";
    case ErrorKind::tls:
      return "tls";
    case ErrorKind::temporary:
      return "temporary";
    case ErrorKind::credential:
      return "credential";
    case ErrorKind::local:
      return "local";
    case ErrorKind::interrupted:
      return "interrupted";
  }
  return "unknown";
}

std::optional<ErrorKind> error_kind(std::string_view word) {
  for (const ErrorKind kind : {ErrorKind::timeout, ErrorKind::unreachable, ErrorKind::refused, ErrorKind::prohibited,
                               ErrorKind::reset, ErrorKind::closed, ErrorKind::protocol, ErrorKind::tls,
                               ErrorKind::temporary, ErrorKind::credential, ErrorKind::local, ErrorKind::interrupted})
    if (to_string(kind) == word) return kind;
  return std::nullopt;
}

bool blames_host(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::refused:
    case ErrorKind::prohibited:
    case ErrorKind::reset:
    case ErrorKind::closed:
    case ErrorKind::protocol:
    case ErrorKind::tls:
      return true;
    case ErrorKind::timeout:
    case ErrorKind::unreachable:
    case ErrorKind::temporary:
    case ErrorKind::credential:
    case ErrorKind::local:
    case ErrorKind::interrupted:
      return false;
  }
  return false;
}

}  // namespace drydock
