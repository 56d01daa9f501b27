// A job on a thread of its own whose result comes back to the thread that asked; when a newer job was asked
// for meanwhile, the older result is dropped. One thread at a time. The destructor waits for the job that
// runs.
#pragma once

#include <QObject>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace looptax {

template <class Result> class LatestTask {
public:
    // stop becomes true when the result is no longer wanted.
    using Job = std::function<Result(const std::atomic<bool>& stop)>;
    using Done = std::function<void(Result)>;

    LatestTask() = default;
    LatestTask(const LatestTask&) = delete;
    LatestTask& operator=(const LatestTask&) = delete;
    ~LatestTask() {
        m_stop = true;
        if (m_thread.joinable()) m_thread.join();
    }

    bool running() const { return m_thread.joinable(); }

    void start(Job job, Done done) {
        m_next = {std::move(job), std::move(done)};
        if (running())
            m_stop = true;
        else
            launch();
    }

    // What runs ends in vain; what waits never starts.
    void drop() {
        m_next.reset();
        m_stop = true;
    }

private:
    void launch() {
        m_stop = false;
        auto [job, done] = std::move(*m_next);
        m_next.reset();
        m_thread = std::thread([this, job = std::move(job), done = std::move(done)] {
            auto result = std::make_shared<Result>(job(m_stop));
            QMetaObject::invokeMethod(
                &m_home, [this, done, result] { arrive(done, std::move(*result)); }, Qt::QueuedConnection);
        });
    }

    void arrive(const Done& done, Result result) {
        m_thread.join();
        m_thread = {};
        const bool wanted = !m_stop;
        if (m_next) launch();
        if (wanted) done(std::move(result));
    }

    QObject m_home; // its thread is the one that asks; events for it die with it
    std::thread m_thread;
    std::atomic<bool> m_stop{false};
    std::optional<std::pair<Job, Done>> m_next;
};

} // namespace looptax
