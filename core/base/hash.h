// Check sums: SHA-256 names contents, CRC-32C finds a torn or damaged journal line.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace looptax {

std::string sha256Hex(std::string_view bytes); // 64 lower-case hex digits

// The same of bytes that come in parts: files too large to hold.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    void add(std::string_view bytes);
    std::string hex(); // once, at the end

private:
    struct State;
    std::unique_ptr<State> m_state;
};

std::uint32_t crc32c(std::string_view bytes);  // Castagnoli; "123456789" gives e3069283
std::string crc32cHex(std::string_view bytes); // 8 lower-case hex digits

} // namespace looptax
