#pragma once
#include <memory>
#include <string>

#include "tests/support/test_ca.hpp"

namespace drydock::test {

/// Whether a server asks its clients for a certificate.
enum class ClientCertificate { unwanted, wanted, demanded };

/// The server's end of one accepted socket, plain or TLS, for use in a thread. Every wait ends when `stop` (an eventfd)
/// becomes readable. Throws PeerGone when the client is gone or the wait was ended.
class Wire {
public:
  Wire(int descriptor, int stop);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// At least one octet; empty at the end of the stream.
  std::string read();
  void write(const std::string& octets);
  void start_tls(const Certificate& certificate, int minimum_version, int maximum_version,
                 ClientCertificate of_client = ClientCertificate::unwanted);
  /// FIN; before it close_notify, where there is TLS and `goodbye` is set.
  void hang_up(bool goodbye = true);
  void reset();

private:
  struct Tls;
  void wait(short events) const;
  bool wait_for_tls(int result);
  int descriptor_;
  int stop_;
  std::unique_ptr<Tls> tls_;
};

/// Waits for a connection on the listener `descriptor`; throws PeerGone when `stop` becomes readable.
int accept_or_stop(int descriptor, int stop);
/// A listening socket on `address`; sets `port` to the one it got. Throws std::runtime_error.
int listen_on(const std::string& address, unsigned short& port);

}  // namespace drydock::test
