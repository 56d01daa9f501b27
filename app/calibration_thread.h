// A calibration on a thread of its own, for the window: the same path as a sweep's, one queue with one
// coalesced wake-up.
#pragma once

#include "calibrate/calibration.h"
#include "ui/model/calibration_job.h"

#include <QObject>

#include <atomic>
#include <memory>
#include <mutex>

class QThread;

namespace looptax {

class CalibrationThread final : public QObject, public CalibrationJob {
public:
    // Begins at once. The receiver is called on the thread this is made on, which needs an event loop.
    CalibrationThread(CalibrationOrder order, FileOps& files, Clock& clock, Receiver receiver);
    ~CalibrationThread() override;
    void cancel() override { m_control.cut = true; }

private:
    template <class Change> void push(Change change);
    void drain();
    Result<CalibrationOutcome> work(const CalibrationOrder& order, FileOps& files, Clock& clock);

    Receiver m_receiver;
    SweepControl m_control;
    std::unique_ptr<QThread> m_thread;
    std::mutex m_mutex; // protects m_news
    CalibrationNews m_news;
    std::atomic<bool> m_posted{false};
};

// turns: at least. program: what runs as the server; empty: this one.
CalibrationMaker calibrationMaker(FileOps& files, Clock& clock, int turns, const std::string& program = {});

} // namespace looptax
