#include "calibrate/busy_threads.h"

#include "base/text.h"

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace looptax {

namespace {

constexpr int kMostThreads = 4'096;

// Volatile: a loop that nobody sees may be left out, or taken to end.
[[noreturn]] void compute() {
    volatile std::uint64_t value = 1;
    for (;;) value = value * 6'364'136'223'846'793'005u + 1;
}

} // namespace

int runBusyThreads(const std::vector<std::string>& words) {
    const auto count = words.size() == 1 ? parseInteger(words[0]) : std::nullopt;
    if (!count || *count < 1 || *count > kMostThreads) {
        std::fprintf(stderr, "busy-threads: a number of threads, 1 to %d\n", kMostThreads);
        return 2;
    }
    static std::atomic<int> running{0};
    try {
        for (int i = 0; i < int(*count); ++i)
            std::thread([] {
                ++running;
                compute();
            }).detach();
    } catch (const std::system_error& error) {
        std::fprintf(stderr, "busy-threads: %s\n", error.what());
        return 3;
    }
    while (running < int(*count)) std::this_thread::yield();
    std::printf("busy %d\n", int(*count));
    std::fflush(stdout);
    for (;;) ::pause();
}

} // namespace looptax
