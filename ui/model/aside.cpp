#include "ui/model/aside.h"

#include <utility>

namespace looptax {

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

} // namespace looptax
