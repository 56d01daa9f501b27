// A sweep on a worker thread of its own. Down go values and the control's flags; up come batches through one mutex
// queue with one coalesced wake-up: a queued signal for each event would cost fifteen times as much.
#pragma once

#include "engine/sweep.h"

#include <QObject>
#include <QThread>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace looptax {

// Everything that came up since the last drain, in order within each list.
struct SweepBatch {
    std::string folder; // set once
    std::vector<JournalLine> lines;
    std::optional<SweepProgress> progress; // the newest only
    std::optional<SweepResult> result;     // the last thing that ever comes
};

class SweepThread final : public QObject, private SweepListener {
public:
    using Receiver = std::function<void(SweepBatch)>;

    // receiver is called on the thread this object lives in, which needs an event loop.
    SweepThread(Catalogue catalogue, std::shared_ptr<const TaskPack> pack, EngineWorld world, Receiver receiver);
    ~SweepThread() override; // cuts a sweep that still runs and waits for it

    void start(SweepRequest request); // once
    SweepControl& control() { return m_control; }
    LiveTurn& live() { return m_live; }

private:
    void onSession(const std::string& folder) override;
    void onLine(const JournalLine& line) override;
    void onProgress(const SweepProgress& progress) override;
    template <class Change> void push(Change change);
    void drain();

    Catalogue m_catalogue;
    std::shared_ptr<const TaskPack> m_pack;
    EngineWorld m_world;
    Receiver m_receiver;
    SweepControl m_control;
    LiveTurn m_live;
    std::unique_ptr<QThread> m_thread;
    std::mutex m_mutex; // protects m_batch
    SweepBatch m_batch;
    std::atomic<bool> m_posted{false};
};

} // namespace looptax
