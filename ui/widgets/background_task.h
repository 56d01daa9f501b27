// Work beside the thread of the window, for what would hold it up: reading a journal, fitting, writing files. Its
// result comes back to that thread. One thread at a time for each task, and the newest work wins: what an older one
// found is dropped.
//
// Work that hangs (a dead network folder, a pipe nobody writes to) must not keep a window open. So who owns the task
// waits for it only a while, and lets it go. What work uses must therefore live until waitForBackgroundWork() has said
// that none is left: the services of the program, copies, shared pointers; never the owner of the task.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace looptax {

class BackgroundTask {
public:
    using Stop = std::atomic<bool>; // becomes true when the result is no longer wanted

    BackgroundTask() = default;
    BackgroundTask(const BackgroundTask&) = delete;
    BackgroundTask& operator=(const BackgroundTask&) = delete;
    ~BackgroundTask(); // waits for what runs, at most two seconds

    bool busy() const { return m_running != nullptr; }

    // work() or work(stop) on a thread of its own; then(result), or then() where there is none, on the thread of the
    // window, from its loop. then may start the next work, and may destroy the owner.
    template <class Work, class Then> void run(Work work, Then then);

    void drop();    // what runs ends in vain, what waits never starts
    void abandon(); // the same, and nobody waits for it

private:
    struct Running;
    struct Next {
        std::function<void(const Stop&)> work;
        std::function<void()> then;
    };
    void launch(Next next);
    void arrived();

    std::shared_ptr<Running> m_running;
    std::function<void()> m_then; // of what runs
    std::optional<Next> m_next;
    bool m_abandoned = false;
};

// Until no work runs any more in this program, at most so long; false: some does. Whoever owns what work uses asks
// before it goes.
bool waitForBackgroundWork(std::chrono::milliseconds most);

void startBackgroundThread(std::function<void()> work); // what the others here are made of

// The result, where it comes in time; the work is abandoned otherwise.
template <class Work> auto doneWithin(std::chrono::milliseconds most, Work work) {
    auto promise = std::make_shared<std::promise<decltype(work())>>();
    auto result = promise->get_future();
    startBackgroundThread([promise, work = std::move(work)] { promise->set_value(work()); });
    return result.wait_for(most) == std::future_status::ready ? std::optional(result.get()) : std::nullopt;
}

// Frees what is large beside the window, a moment later: that takes longer than an event may, and while it is freed
// the two threads wait for each other at the allocator, so what replaces it is painted first.
void disposeLater(std::shared_ptr<void> large);

template <class T> void disposeInBackground(T& value) { disposeLater(std::make_shared<T>(std::exchange(value, T()))); }

template <class Work, class Then> void BackgroundTask::run(Work work, Then then) {
    const auto call = [](auto& callee, const Stop& stop) {
        if constexpr (std::is_invocable_v<decltype(callee), const Stop&>) return callee(stop);
        else return callee();
    };
    using Result = decltype(call(work, std::declval<const Stop&>()));
    Next next;
    if constexpr (std::is_void_v<Result>) {
        next.work = [work = std::move(work), call](const Stop& stop) mutable { call(work, stop); };
        next.then = std::move(then);
    } else {
        auto result = std::make_shared<std::optional<Result>>();
        next.work = [work = std::move(work), call, result](const Stop& stop) mutable { result->emplace(call(work, stop)); };
        next.then = [then = std::move(then), result]() mutable { then(std::move(**result)); };
    }
    if (busy()) {
        drop();
        m_next = std::move(next);
    } else {
        launch(std::move(next));
    }
}

} // namespace looptax
