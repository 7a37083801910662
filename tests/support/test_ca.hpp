#pragma once
#include <memory>
#include <string>
#include <vector>

namespace drydock::test {

/// What a certificate for a test says. Dates count from now.
struct CertificateOptions {
  std::vector<std::string> names = {"localhost"};  ///< subjectAltName: IP addresses become iPAddress, the rest dNSName
  std::string common_name = "test";
  double age_hours = 240;  ///< since notBefore; negative: not valid yet
  double days_left = 90;   ///< until notAfter; negative: expired
  bool self_signed = false;
  bool intermediate = false;       ///< issued by an intermediate CA
  bool serve_intermediate = true;  ///< false: the chain served lacks it
  double intermediate_days_left = 3650;
  double intermediate_age_hours = 240;  ///< as age_hours
  bool serve_expired_too = false;       ///< before the intermediate another certificate of its key, which has expired
  bool wrong_order = false;             ///< the chain is served with an unrelated certificate between leaf and issuer
  int rsa_bits = 0;                     ///< 0: EC P-256
};

/// A certificate with its key, PEM.
struct Certificate {
  std::string chain;  ///< leaf first
  std::string key;
};

/// A throw-away certificate authority: a new one each time; its file lives as long as the object.
class TestCa {
public:
  TestCa();
  ~TestCa();
  TestCa(const TestCa&) = delete;
  TestCa& operator=(const TestCa&) = delete;

  [[nodiscard]] Certificate issue(const CertificateOptions& options = {}) const;
  /// The CA's certificate, PEM.
  [[nodiscard]] std::string pem() const;
  /// A file that holds pem(), for Surroundings::trust.
  [[nodiscard]] const std::string& trust_file() const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace drydock::test
