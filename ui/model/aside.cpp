#include "ui/model/aside.h"

#include <QThreadPool>
#include <QTimer>

#include <utility>

namespace looptax {

namespace {

constexpr int kPaintedMs = 300;

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
    QTimer::singleShot(kPaintedMs, QThreadPool::globalInstance(), [large = std::move(large)]() mutable {
        QThreadPool::globalInstance()->start([last = std::move(large)] {});
    });
}

} // namespace looptax
