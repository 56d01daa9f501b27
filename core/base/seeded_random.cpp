#include "base/seeded_random.h"

namespace looptax {

std::uint64_t SeededRandom::below(std::uint64_t bound) {
    // Values above the largest multiple of bound would favour the small results.
    const std::uint64_t limit = UINT64_MAX - (UINT64_MAX % bound + 1) % bound;
    std::uint64_t value = m_engine();
    while (value > limit) value = m_engine();
    return value % bound;
}

std::string systemRandomHex(int digits) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::random_device device;
    std::string out;
    for (int i = 0; i < digits; ++i) out += kDigits[device() & 15u];
    return out;
}

} // namespace looptax
