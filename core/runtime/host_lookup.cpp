#include "runtime/host_lookup.h"

#include "domain/url.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <optional>
#include <sys/socket.h>
#include <thread>

namespace looptax {

namespace {

constexpr std::chrono::milliseconds kSlice{20}; // how late a cancel may be noticed

using AddressList = std::unique_ptr<addrinfo, void (*)(addrinfo*)>;

// code: of getaddrinfo(); 0 where the list is not empty.
AddressList ask(const std::string& host, int flags, int& code) {
    addrinfo hints{};
    hints.ai_flags = flags;
    hints.ai_socktype = SOCK_STREAM; // each address once
    addrinfo* found = nullptr;
    code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    return {code == 0 ? found : nullptr, [](addrinfo* list) {
                if (list != nullptr) ::freeaddrinfo(list);
            }};
}

bool isNumeric(const std::string& host) {
    int code = 0;
    (void)ask(host, AI_NUMERICHOST, code);
    return code == 0;
}

struct Lookup {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Result<std::vector<std::string>>> found;
};

} // namespace

Result<std::vector<std::string>> systemAddresses(const std::string& host) {
    if (isNumeric(host)) return std::vector<std::string>{host};
    if (isLocalhostName(host)) return std::vector<std::string>{"127.0.0.1", "::1"};
    int code = 0;
    const AddressList list = ask(host, AI_ADDRCONFIG, code);
    std::vector<std::string> out;
    for (const addrinfo* at = list.get(); at != nullptr; at = at->ai_next) {
        char text[NI_MAXHOST];
        if (::getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0) continue;
        if (std::find(out.begin(), out.end(), text) == out.end()) out.emplace_back(text);
    }
    if (!out.empty()) return out;
    return Error{ErrorKind::Unreachable, "no address is known for " + host + ": " + ::gai_strerror(code != 0 ? code : EAI_NONAME),
                 host, "is the name spelled right, and does this machine have a network?", 0};
}

Result<std::vector<std::string>> lookUp(const std::string& host, const HostResolver& resolver, std::int64_t deadlineNs,
                                        Clock& clock, const CancelFlag& cancel) {
    // Nothing to ask anybody: no thread for it.
    if (!resolver && (isNumeric(host) || isLocalhostName(host))) return systemAddresses(host);
    const auto lookup = std::make_shared<Lookup>();
    // It may still run when main() has ended and what is static is being destroyed: it uses what it owns and the C
    // library, nothing static of ours and no Qt.
    std::thread([lookup, host, resolve = resolver ? resolver : HostResolver(systemAddresses)] {
        auto found = resolve(host);
        const std::lock_guard lock(lookup->mutex);
        lookup->found.emplace(std::move(found));
        lookup->changed.notify_all();
    }).detach();
    std::unique_lock lock(lookup->mutex);
    while (!lookup->found) {
        if (cancel) return Error{ErrorKind::Cancelled, "cancelled", host, {}, 0};
        if (clock.monotonicNs() >= deadlineNs)
            return Error{ErrorKind::Unreachable, "the name " + host + " was not resolved in time", host,
                         "give the numeric address instead", kLookupTimedOut};
        lookup->changed.wait_for(lock, kSlice);
    }
    return *lookup->found;
}

} // namespace looptax
