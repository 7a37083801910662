#include "probes/ftp/passive.hpp"

#include <array>
#include <boost/asio/ip/address_v4.hpp>
#include <cctype>
#include <string>

namespace drydock::ftp {
namespace asio = boost::asio;

std::optional<PassiveAddress> parse_passive(std::string_view text) {
  for (std::size_t start = 0; start < text.size(); ++start) {
    if (!std::isdigit(static_cast<unsigned char>(text[start]))) continue;
    std::array<unsigned, 6> numbers{};
    std::size_t at = start;
    std::size_t count = 0;
    for (; count < numbers.size(); ++count) {
      std::size_t digits = 0;
      while (at < text.size() && digits < 4 && std::isdigit(static_cast<unsigned char>(text[at])))
        numbers[count] = numbers[count] * 10 + static_cast<unsigned>(text[at++] - '0'), ++digits;
      if (digits == 0 || digits > 3 || numbers[count] > 255) break;
      if (count == 5) continue;
      if (at >= text.size() || text[at] != ',') break;
      ++at;
      while (at < text.size() && text[at] == ' ') ++at;
    }
    if (count == numbers.size()) {
      const std::string ip = std::to_string(numbers[0]) + '.' + std::to_string(numbers[1]) + '.' +
                             std::to_string(numbers[2]) + '.' + std::to_string(numbers[3]);
      return PassiveAddress{ip, static_cast<std::uint16_t>(numbers[4] * 256 + numbers[5])};
    }
    while (start + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[start + 1]))) ++start;
  }
  return std::nullopt;
}

bool is_private(std::string_view ip) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address_v4(std::string(ip), error);
  if (error) return false;
  const auto bits = address.to_uint();
  const auto in = [bits](std::uint32_t network, int length) {
    return (bits >> (32 - length)) == (network >> (32 - length));
  };
  return in(0x0A000000, 8) || in(0xAC100000, 12) || in(0xC0A80000, 16) || in(0x7F000000, 8) || in(0xA9FE0000, 16) ||
         in(0x64400000, 10) || in(0x00000000, 8);
}

}  // namespace drydock::ftp
