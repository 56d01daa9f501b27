#include "ui/widgets/background_task.h"

#include <QCoreApplication>
#include <QThread>
#include <QTimer>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace looptax {

namespace {

constexpr auto kOwnersWait = std::chrono::seconds(2);

// Never destroyed: a thread that was let go may outlive what is static.
struct Threads {
    std::mutex mutex;
    std::condition_variable ended;
    int running = 0;
    std::deque<std::function<void()>> news; // for the thread of the window
};
Threads& threads() {
    static auto& kThreads = *new Threads;
    return kThreads;
}

// One at a time: a call may run an event loop of its own, which takes the rest.
void takeNews() {
    while (true) {
        std::function<void()> call;
        {
            const std::lock_guard lock(threads().mutex);
            if (threads().news.empty()) return;
            call = std::move(threads().news.front());
            threads().news.pop_front();
        }
        call();
    }
}

// Not in Qt's event itself: a thread sanitizer sees nothing of how Qt hands that over, and takes it for a race.
void tellWindow(std::function<void()> call) {
    QCoreApplication* app = QCoreApplication::instance();
    if (app == nullptr) return;
    {
        const std::lock_guard lock(threads().mutex);
        threads().news.push_back(std::move(call));
    }
    QMetaObject::invokeMethod(
        app, [] { takeNews(); }, Qt::QueuedConnection);
}

constexpr int kPaintedMs = 300;

// One in the program, and a child of it: what still waits at the end goes with it.
class Disposal : public QObject {
public:
    static Disposal& of(QCoreApplication& app) {
        static const QString kName = QStringLiteral("looptax-disposal");
        if (auto* there = app.findChild<QObject*>(kName, Qt::FindDirectChildrenOnly)) return static_cast<Disposal&>(*there);
        auto* made = new Disposal(&app);
        made->setObjectName(kName);
        return *made;
    }
    void take(std::shared_ptr<void> large) {
        m_waiting.push_back(std::move(large));
        m_timer.start();
    }

private:
    explicit Disposal(QObject* parent) : QObject(parent) {
        m_timer.setSingleShot(true);
        m_timer.setInterval(kPaintedMs);
        connect(&m_timer, &QTimer::timeout, this,
                [this] { startBackgroundThread([last = std::exchange(m_waiting, {})]() mutable { last.clear(); }); });
    }

    QTimer m_timer;
    std::vector<std::shared_ptr<void>> m_waiting;
};

} // namespace

struct BackgroundTask::Running {
    Stop stop{false};
    BackgroundTask* owner = nullptr; // read and written on the thread of the window alone
    std::mutex mutex;
    std::condition_variable ended;
    bool over = false;
};

BackgroundTask::~BackgroundTask() {
    drop();
    if (!m_running) return;
    m_running->owner = nullptr;
    if (m_abandoned) return;
    std::unique_lock lock(m_running->mutex);
    m_running->ended.wait_for(lock, kOwnersWait, [this] { return m_running->over; });
}

void BackgroundTask::drop() {
    m_next.reset();
    if (m_running) m_running->stop = true;
}

void BackgroundTask::abandon() {
    drop();
    m_abandoned = true;
}

void BackgroundTask::launch(Next next) {
    m_abandoned = false;
    m_running = std::make_shared<Running>();
    m_running->owner = this;
    m_then = std::move(next.then);
    startBackgroundThread([running = m_running, work = std::move(next.work)]() mutable {
        work(running->stop);
        work = nullptr; // what it holds goes before the owner hears that it is over
        {
            const std::lock_guard lock(running->mutex);
            running->over = true;
        }
        running->ended.notify_all();
        tellWindow([running = std::move(running)] {
            if (running->owner != nullptr) running->owner->arrived();
        });
    });
}

void BackgroundTask::arrived() {
    const bool wanted = !m_running->stop;
    m_running.reset();
    const auto then = std::exchange(m_then, nullptr);
    if (auto next = std::exchange(m_next, std::nullopt)) launch(std::move(*next));
    if (wanted) then(); // last: it may destroy this object
}

void startBackgroundThread(std::function<void()> work) {
    {
        const std::lock_guard lock(threads().mutex);
        ++threads().running;
    }
    std::thread([work = std::move(work)]() mutable {
        work();
        work = nullptr;
        const std::lock_guard lock(threads().mutex);
        --threads().running;
        threads().ended.notify_all();
    }).detach();
}

bool waitForBackgroundWork(std::chrono::milliseconds most) {
    std::unique_lock lock(threads().mutex);
    return threads().ended.wait_for(lock, most, [] { return threads().running == 0; });
}

void disposeLater(std::shared_ptr<void> large) {
    QCoreApplication* app = QCoreApplication::instance();
    // On any other thread nobody waits for this one: it goes here and now, when the caller's pointer does.
    if (app != nullptr && QThread::currentThread() == app->thread()) Disposal::of(*app).take(std::move(large));
}

} // namespace looptax
