#include "ui/model/sweep_controller.h"

#include "domain/plan_json.h"
#include "store/session.h"

#include <utility>

namespace looptax {

SweepController::SweepController(const Services& services, SessionFeed& feed, QObject* parent)
    : QObject(parent)
    , m_services(services)
    , m_feed(feed) {
    m_poll.setInterval(500);
    connect(&m_poll, &QTimer::timeout, this, &SweepController::pollStream);
}

SweepController::~SweepController() = default;

void SweepController::start(const Plan& plan, const std::string& out) {
    SweepRequest request;
    request.plan = plan;
    request.out = out;
    launch(std::move(request), plan.task.pack);
}

void SweepController::resume(const std::string& folder, bool retryFailed) {
    SweepRequest request;
    request.resume = folder;
    request.retry_failed = retryFailed;
    std::string pack = TaskChoice{}.pack;
    if (const auto text = readFile(m_services.files, SessionPaths(folder).plan()))
        pack = readPlan(*text).plan.task.pack;
    launch(std::move(request), pack);
}

void SweepController::launch(SweepRequest request, const std::string& packName) {
    if (busy()) return;
    m_progress.reset();
    m_result.reset();
    const auto pack = m_services.taskPack(packName);
    if (!pack) {
        m_result.emplace().error = pack.error();
        Q_EMIT ended();
        return;
    }
    m_thread = m_services.makeSweep(*pack, [this](SweepBatch batch) { receive(std::move(batch)); });
    setState(SweepState::Starting);
    m_thread->start(std::move(request));
    m_poll.start();
}

void SweepController::receive(SweepBatch batch) {
    if (!batch.folder.empty()) m_feed.beginLive(batch.folder);
    m_feed.apply(batch.lines);
    if (batch.progress) {
        m_progress = std::move(batch.progress);
        if (m_state != SweepState::Stopping) {
            switch (m_progress->phase) {
            case SweepPhase::Preflight:
            case SweepPhase::StartingServer:
            case SweepPhase::WarmingUp:
                setState(SweepState::Starting);
                break;
            case SweepPhase::Running:
                setState(m_thread->control().pause ? SweepState::Pausing : SweepState::Running);
                break;
            case SweepPhase::Paused:
                setState(SweepState::Paused);
                break;
            case SweepPhase::TargetLost:
                setState(SweepState::Lost);
                break;
            case SweepPhase::Ended:
                break; // the result comes after it
            }
        }
        Q_EMIT progressed();
    }
    if (!batch.result) return;
    m_result = std::move(batch.result);
    m_poll.stop();
    m_feed.endLive();
    // The worker pushed the result as its last act, but this is called from the object itself.
    m_thread.release()->deleteLater();
    setState(SweepState::Idle);
    Q_EMIT ended();
}

void SweepController::setState(SweepState state) {
    if (state == m_state) return;
    m_state = state;
    Q_EMIT stateChanged();
}

void SweepController::pollStream() {
    if (m_thread) m_feed.setStream(m_thread->live().sent_ns, m_thread->live().deltas);
}

void SweepController::pause() {
    if (m_state != SweepState::Running && m_state != SweepState::Starting) return;
    m_thread->control().pause = true;
    setState(SweepState::Pausing);
}

void SweepController::proceed() {
    if (m_state != SweepState::Pausing && m_state != SweepState::Paused) return;
    m_thread->control().pause = false;
    setState(SweepState::Running);
}

void SweepController::skipRun() {
    if (busy()) m_thread->control().skip = true;
}

void SweepController::stop() {
    if (!busy()) return;
    m_thread->control().finish = true;
    m_thread->control().pause = false;
    setState(SweepState::Stopping);
}

void SweepController::cut() {
    if (!busy()) return;
    m_thread->control().cut = true;
    setState(SweepState::Stopping);
}

} // namespace looptax
