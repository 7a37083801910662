#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace drydock::dns {

/// The 16 bits at `at`, most significant octet first. Both octets must be there.
unsigned get16(std::string_view octets, std::size_t at);

/// Walks over a message in wire form (RFC 1035 §4.1); every step stays inside it. After a step that can't be made it is
/// no longer good, and every further step gives nothing. The octets must outlive it.
class Walker {
public:
  explicit Walker(std::string_view octets) : octets_(octets) {}
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool at_end() const { return at_ == octets_.size(); }

  std::string_view take(std::size_t count);
  unsigned take16();
  std::uint64_t take48();
  /// A name in canonical wire form: uncompressed, lower case. Pointers must lead backwards (RFC 1035 §4.1.4), so that
  /// none can loop.
  std::string take_name();
  void take_question();
  /// A whole resource record; gives its type. Data that is there must have the form that its type has, to the octet: of
  /// A, NS, CNAME, SOA, PTR, MX, TXT (RFC 1035 §3.3, §3.4), AAAA, SRV, DNAME and SPF.
  unsigned take_record();

private:
  void take_data(unsigned type, std::size_t end);
  void take_strings(std::size_t end);
  std::string_view octets_;
  std::size_t at_ = 0;
  bool good_ = true;
};

}  // namespace drydock::dns
