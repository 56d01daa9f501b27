// Check sums: SHA-256 names contents, CRC-32C finds a torn or damaged journal line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace looptax {

std::string sha256Hex(std::string_view bytes); // 64 lower-case hex digits
std::uint32_t crc32c(std::string_view bytes);  // Castagnoli; "123456789" gives e3069283
std::string crc32cHex(std::string_view bytes); // 8 lower-case hex digits

} // namespace looptax
