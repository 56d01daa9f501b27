// A job on a thread of its own whose result comes back to the thread that asked; when a newer job was asked
// for meanwhile, the older result is dropped. One thread at a time. The destructor waits for the job that
// runs.
#pragma once

#include <QObject>

#include <atomic>
#include <functional>
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
        m_job = std::move(m_next->first);
        m_done = std::move(m_next->second);
        m_next.reset();
        m_thread = std::thread([this] {
            m_result.emplace(m_job(m_stop));
            QMetaObject::invokeMethod(
                &m_home, [this] { arrive(); }, Qt::QueuedConnection);
        });
    }

    void arrive() {
        m_thread.join(); // what the thread wrote is read after it has ended
        m_thread = {};
        const bool wanted = !m_stop;
        const Done done = std::move(m_done);
        Result result = std::move(*m_result);
        m_result.reset();
        if (m_next) launch();
        if (wanted) done(std::move(result));
    }

    QObject m_home; // its thread is the one that asks; events for it die with it
    std::thread m_thread;
    std::atomic<bool> m_stop{false};
    std::optional<std::pair<Job, Done>> m_next;
    Job m_job;   // what runs
    Done m_done; // and who is told
    std::optional<Result> m_result;
};

} // namespace looptax
