#include "engine/sweep_thread.h"

#include <utility>

namespace looptax {

SweepThread::SweepThread(Catalogue catalogue, std::shared_ptr<const TaskPack> pack, EngineWorld world, Receiver receiver)
    : m_catalogue(catalogue)
    , m_pack(std::move(pack))
    , m_world(std::move(world))
    , m_receiver(std::move(receiver)) {}

SweepThread::~SweepThread() {
    if (!m_thread) return;
    m_control.cut = true;
    m_thread->wait();
}

void SweepThread::start(SweepRequest request) {
    m_thread.reset(QThread::create([this, request = std::move(request)]() mutable {
        SweepResult result;
        {
            Sweep sweep(std::move(request), m_catalogue, m_pack, m_world, m_control, *this, &m_live);
            result = sweep.run();
        } // the lock, the servers and the sockets are gone before anybody hears that it is over
        push([&](SweepBatch& batch) { batch.result = std::move(result); });
    }));
    m_thread->setObjectName(QStringLiteral("sweep"));
    m_thread->start();
}

template <class Change> void SweepThread::push(Change change) {
    {
        const std::lock_guard lock(m_mutex);
        change(m_batch);
    }
    if (!m_posted.exchange(true))
        QMetaObject::invokeMethod(
            this, [this] { drain(); }, Qt::QueuedConnection);
}

void SweepThread::drain() {
    // Cleared first: an event that comes while we take the batch must post again, or it would wait for ever.
    m_posted = false;
    SweepBatch batch;
    {
        const std::lock_guard lock(m_mutex);
        std::swap(batch, m_batch);
    }
    m_receiver(std::move(batch));
}

void SweepThread::onSession(const std::string& folder) {
    push([&](SweepBatch& batch) { batch.folder = folder; });
}

void SweepThread::onLine(const JournalLine& line) {
    push([&](SweepBatch& batch) { batch.lines.push_back(line); });
}

void SweepThread::onProgress(const SweepProgress& progress) {
    push([&](SweepBatch& batch) { batch.progress = progress; });
}

} // namespace looptax
