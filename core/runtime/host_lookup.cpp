#include "runtime/host_lookup.h"

#include "domain/url.h"

#include <QHostAddress>
#include <QHostInfo>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace looptax {

namespace {

constexpr std::chrono::milliseconds kSlice{20}; // how late a cancel may be noticed

bool isNumeric(const std::string& host) {
    QHostAddress literal;
    return literal.setAddress(QString::fromStdString(host));
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
    const QHostInfo info = QHostInfo::fromName(QString::fromStdString(host));
    std::vector<std::string> out;
    for (const QHostAddress& address : info.addresses())
        out.push_back(address.toString().toStdString());
    if (!out.empty()) return out;
    return Error{ErrorKind::Unreachable,
                 "no address is known for " + host + ": " + info.errorString().toStdString(), host,
                 "is the name spelled right, and does this machine have a network?", 0};
}

Result<std::vector<std::string>> lookUp(const std::string& host, const HostResolver& resolver,
                                        std::int64_t deadlineNs, Clock& clock, const CancelFlag& cancel) {
    // Nothing to ask anybody: no thread for it.
    if (!resolver && (isNumeric(host) || isLocalhostName(host))) return systemAddresses(host);
    const auto lookup = std::make_shared<Lookup>();
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
