#include "ui/model/sweep_controller.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace looptax {

namespace {

constexpr std::size_t kSlice = 128;            // lines a signal
constexpr std::int64_t kBudgetNs = 10'000'000; // of an event of the window, tables and charts included

} // namespace

SweepController::SweepController(const Services& services, SessionFeed& feed, CurrentActivity& activity, QObject* parent)
    : QObject(parent)
    , m_services(services)
    , m_feed(feed)
    , m_activity(activity) {
    m_poll.setInterval(500);
    connect(&m_poll, &QTimer::timeout, this, &SweepController::pollStream);
}

SweepController::~SweepController() = default;

bool SweepController::start(const Plan& plan, const std::string& out) {
    if (!m_activity.enter(Action::Start)) return false;
    SweepRequest request;
    request.plan = plan;
    request.out = out;
    request.trust.origin = Origin::Typed; // what a file brought along has been allowed in the plan panel
    launch(std::move(request), plan.task.pack);
    return true;
}

bool SweepController::resume(const std::string& folder, bool retryFailed, const std::set<std::string>& allowed,
                             bool changedRuntime) {
    if (!m_activity.enter(Action::ResumeAgain)) return false;
    SweepRequest request;
    request.resume = folder;
    request.trust = m_services.trust(Origin::Session);
    request.trust.allowed.insert(allowed.begin(), allowed.end());
    request.retry_failed = retryFailed;
    request.changed_runtime = changedRuntime;
    const std::optional<Plan>& plan = m_feed.store().plan();
    launch(std::move(request), plan && m_feed.folder() == folder ? plan->task.pack : TaskChoice{}.pack);
    return true;
}

void SweepController::launch(SweepRequest request, const std::string& packName) {
    m_progress.reset();
    m_result.reset();
    const auto pack = m_services.taskPack(packName);
    if (!pack) {
        m_result.emplace().error = pack.error();
        tellEnded();
        return;
    }
    m_thread = m_services.makeSweep(*pack, [this](SweepBatch batch) { receive(std::move(batch)); });
    setState(SweepState::Starting);
    request.instrument = m_services.instrument; // it lies on disk: read on the thread of the sweep
    m_thread->start(std::move(request));
    m_poll.start();
}

void SweepController::receive(SweepBatch batch) {
    if (!batch.folder.empty()) m_feed.beginLive(batch.folder);
    m_pending.insert(m_pending.end(), std::make_move_iterator(batch.lines.begin()), std::make_move_iterator(batch.lines.end()));
    if (batch.result) m_arrived = std::move(batch.result);
    if (batch.progress) {
        m_progress = std::move(batch.progress);
        if (m_state != SweepState::Stopping) setState(stateByPhase());
        Q_EMIT progressed();
    }
    if (!m_applyPosted) applyPending();
}

void SweepController::applyPending() {
    m_applyPosted = false;
    const std::int64_t began = m_services.clock.monotonicNs();
    while (m_applied < m_pending.size()) {
        const std::size_t end = std::min(m_applied + kSlice, m_pending.size());
        std::vector<JournalLine> slice(std::make_move_iterator(m_pending.begin() + std::ptrdiff_t(m_applied)),
                                       std::make_move_iterator(m_pending.begin() + std::ptrdiff_t(end)));
        m_applied = end;
        m_feed.apply(slice);
        if (m_applied < m_pending.size() && m_services.clock.monotonicNs() - began > kBudgetNs) {
            m_applyPosted = true;
            // A timer of zero lets what a person does and what must be painted come first; a posted event
            // would not.
            QTimer::singleShot(0, this, &SweepController::applyPending);
            return;
        }
    }
    m_pending.clear();
    m_applied = 0;
    if (m_arrived) conclude();
}

void SweepController::conclude() {
    m_result = std::exchange(m_arrived, std::nullopt);
    m_poll.stop();
    m_feed.endLive();
    // The worker pushed the result as its last act, but this may be called from the object itself.
    m_thread.release()->deleteLater();
    setState(SweepState::Idle);
    tellEnded();
}

void SweepController::tellEnded() {
    Q_EMIT ended();
    if (m_activity.now() == Activity::Starting || m_activity.now() == Activity::Sweeping) m_activity.end();
}

SweepState SweepController::stateByPhase() const {
    const bool pausing = m_thread->control().pause;
    switch (m_progress ? m_progress->phase : SweepPhase::Preflight) {
    case SweepPhase::Preflight:
    case SweepPhase::StartingServer:
    case SweepPhase::WarmingUp: return pausing ? SweepState::Pausing : SweepState::Starting;
    case SweepPhase::Explaining:
    case SweepPhase::Running: return pausing ? SweepState::Pausing : SweepState::Running;
    case SweepPhase::Paused: return pausing ? SweepState::Paused : SweepState::Running;
    case SweepPhase::TargetLost: return SweepState::Lost;
    case SweepPhase::Ended: break; // the result comes after it
    }
    return m_state;
}

void SweepController::setState(SweepState state) {
    if (state == m_state) return;
    m_state = state;
    // A warm-up between two targets is no second start.
    if (state == SweepState::Running) m_activity.become(Activity::Sweeping);
    Q_EMIT stateChanged();
}

void SweepController::pollStream() {
    if (m_thread) m_feed.setStream(m_thread->live().sent_ns, m_thread->live().deltas);
}

void SweepController::pause() {
    if (m_state != SweepState::Running && m_state != SweepState::Starting) return;
    m_thread->control().pause = true;
    setState(stateByPhase());
}

void SweepController::proceed() {
    if (m_state != SweepState::Pausing && m_state != SweepState::Paused) return;
    m_thread->control().pause = false;
    setState(stateByPhase());
}

void SweepController::skipRun() {
    // Before the first run it would skip one that nobody has seen begin.
    if (m_state == SweepState::Running || m_state == SweepState::Pausing || m_state == SweepState::Paused)
        m_thread->control().skip = true;
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

void SweepController::askAgain() {
    if (m_state == SweepState::Lost) m_thread->control().ask_again = true;
}

} // namespace looptax
