// Randomness behind a seed that is journalled. The numbers are the same on every machine: mt19937_64 is fixed by the
// standard, its distributions and std::shuffle are not, so the range and the shuffle are ours.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace looptax {

class SeededRandom {
public:
    explicit SeededRandom(std::uint64_t seed) : m_engine(seed) {}

    std::uint64_t next() { return m_engine(); }
    // Uniform in [0, bound), by rejection; bound must be > 0.
    std::uint64_t below(std::uint64_t bound);
    // Uniform in [0, 1), 53 bits.
    double unit() { return double(m_engine() >> 11) * 0x1.0p-53; }

    // Fisher-Yates from the back.
    template <class T> void shuffle(std::vector<T>& items) {
        for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
    }

private:
    std::mt19937_64 m_engine;
};

// Random lower-case hex digits from the operating system: folder names and cache tags, never results.
std::string systemRandomHex(int digits);

} // namespace looptax
