#include "ui/model/aside.h"

#include <QCoreApplication>
#include <QThreadPool>
#include <QTimer>

#include <utility>
#include <vector>

namespace looptax {

namespace {

constexpr int kPaintedMs = 300;

// One in the program, and a child of it: what still waits at the end goes with it.
class Disposal : public QObject {
public:
    static Disposal& of(QCoreApplication& app) {
        static const QString kName = QStringLiteral("looptax-disposal");
        if (auto* there = app.findChild<QObject*>(kName, Qt::FindDirectChildrenOnly))
            return static_cast<Disposal&>(*there);
        auto* made = new Disposal(&app);
        made->setObjectName(kName);
        return *made;
    }
    void take(std::shared_ptr<void> large) {
        m_waiting.push_back(std::move(large));
        m_timer.start();
    }

private:
    explicit Disposal(QObject* parent)
        : QObject(parent) {
        m_timer.setSingleShot(true);
        m_timer.setInterval(kPaintedMs);
        connect(&m_timer, &QTimer::timeout, this,
                [this] { QThreadPool::globalInstance()->start([last = std::exchange(m_waiting, {})] {}); });
    }

    QTimer m_timer;
    std::vector<std::shared_ptr<void>> m_waiting;
};

} // namespace

Aside::Aside(QObject* parent)
    : QObject(parent) {}

Aside::~Aside() {
    if (m_thread) m_thread->wait();
}

void Aside::run(std::function<void()> work, std::function<void()> then) {
    m_then = std::move(then);
    m_thread.reset(QThread::create(std::move(work)));
    m_thread->setObjectName(QStringLiteral("aside"));
    connect(m_thread.get(), &QThread::finished, this, &Aside::finish);
    m_thread->start();
}

void Aside::finish() {
    m_thread->wait();
    m_thread.release()->deleteLater(); // called from its own signal
    std::exchange(m_then, nullptr)();
}

void disposeLater(std::shared_ptr<void> large) {
    QCoreApplication* app = QCoreApplication::instance();
    // On any other thread nobody waits for this one: it goes here and now, when the caller's pointer does.
    if (app != nullptr && QThread::currentThread() == app->thread())
        Disposal::of(*app).take(std::move(large));
}

} // namespace looptax
