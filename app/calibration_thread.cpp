#include "app/calibration_thread.h"

#include "app/world.h"
#include "calibrate/calibration_file.h"
#include "runtime/managed_server.h"

#include <QCoreApplication>
#include <QThread>

#include <utility>

namespace looptax {

CalibrationThread::CalibrationThread(CalibrationOrder order, FileOps& files, Clock& clock, Receiver receiver)
    : m_receiver(std::move(receiver)) {
    m_thread.reset(QThread::create([this, order = std::move(order), &files, &clock] {
        Result<CalibrationOutcome> outcome = work(order, files, clock);
        push([&](CalibrationNews& news) { news.outcome = std::move(outcome); });
    }));
    m_thread->setObjectName(QStringLiteral("calibration"));
    m_thread->start();
}

CalibrationThread::~CalibrationThread() {
    cancel();
    m_thread->wait();
}

Result<CalibrationOutcome> CalibrationThread::work(const CalibrationOrder& order, FileOps& files, Clock& clock) {
    auto pack = loadTaskPack("research-log");
    if (!pack) return pack.error();
    EngineWorld world = realWorld(files, clock);
    CalibrationListener listener;
    listener.line = [this](const JournalLine& line) { push([&](CalibrationNews& news) { news.lines.push_back(line); }); };
    listener.progress = [this](Load load, int done, int all) {
        push([&](CalibrationNews& news) {
            news.done = done;
            news.all = all;
            news.now = loadText(load);
        });
    };
    const auto instruments = calibrate(order, world, *pack, m_control, listener);
    if (!instruments) return instruments.error();
    if (const Status kept = keepCalibrations(files, *instruments); !kept) return kept.error();
    CalibrationOutcome outcome;
    for (const Instrument& one : *instruments) {
        outcome.summary += (outcome.summary.empty() ? "" : "\n") + calibrationHead(one);
        auto rows = calibrationRows(one);
        // One table with one head, each load under its name.
        if (outcome.rows.empty()) outcome.rows.push_back(rows.front());
        outcome.rows.push_back({loadText(one.load)});
        outcome.rows.insert(outcome.rows.end(), rows.begin() + 1, rows.end());
    }
    return outcome;
}

template <class Change> void CalibrationThread::push(Change change) {
    {
        const std::lock_guard lock(m_mutex);
        change(m_news);
    }
    if (!m_posted.exchange(true))
        QMetaObject::invokeMethod(
            this, [this] { drain(); }, Qt::QueuedConnection);
}

void CalibrationThread::drain() {
    m_posted = false; // before the batch is taken: what comes meanwhile must post again
    CalibrationNews news;
    {
        const std::lock_guard lock(m_mutex);
        std::swap(news, m_news);
    }
    m_receiver(std::move(news));
}

CalibrationMaker calibrationMaker(FileOps& files, Clock& clock, int turns, const std::string& program) {
    CalibrationOrder order;
    order.turns = turns;
    order.program = program.empty() ? QCoreApplication::applicationFilePath().toStdString() : program;
    order.folder = dataFolder();
    order.window = true;
    return [&files, &clock, order](CalibrationJob::Receiver receiver) -> std::unique_ptr<CalibrationJob> {
        return std::make_unique<CalibrationThread>(order, files, clock, std::move(receiver));
    };
}

} // namespace looptax
