// Gives up on a name server that is silent, ends, and only then hears from it: the lookup goes on while what is static is
// being destroyed. Exit code 0 when the lookup's thread came to its end all the same.
#include "runtime/host_lookup.h"

#include <QCoreApplication>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <netdb.h>
#include <thread>
#include <unistd.h>

using namespace looptax;

namespace {

std::atomic<bool> asked{false}, answers{false}; // nothing destroys them

std::ptrdiff_t threads() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator());
}

template <class Ready> void waitFor(Ready ready) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!ready()) {
        if (std::chrono::steady_clock::now() > end) ::_exit(3);
        std::this_thread::yield();
    }
}

// The first of what is static, so the last to go.
struct AfterTheEnd {
    ~AfterTheEnd() {
        waitFor([] { return asked.load(); });
        const auto with = threads();
        answers = true;
        waitFor([&] { return threads() < with; });
    }
} afterTheEnd;

} // namespace

extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** found) {
    if ((hints->ai_flags & AI_NUMERICHOST) == 0) {
        asked = true;
        waitFor([] { return answers.load(); });
        return EAI_AGAIN;
    }
    static const auto kReal = reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    return kReal(host, service, hints, found);
}

int main(int argc, char** argv) {
    QCoreApplication app(argc, argv);
    SystemClock clock;
    const CancelFlag cancel{true};
    return lookUp("runtime.example", {}, clock.monotonicNs(), clock, cancel).ok() ? 1 : 0;
}
