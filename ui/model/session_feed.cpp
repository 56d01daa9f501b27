#include "ui/model/session_feed.h"

#include "domain/outcome.h"
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace looptax {

namespace {

std::int64_t numberOf(const Json& body, const char* key, std::int64_t otherwise) {
    const auto found = body.find(key);
    return found != body.end() && found->is_number_integer() ? found->get<std::int64_t>() : otherwise;
}

} // namespace

SessionFeed::SessionFeed(FileOps& files, Analyser analyse, QObject* parent)
    : QObject(parent)
    , m_files(files)
    , m_analyse(std::move(analyse)) {}

void SessionFeed::wantLaws() {
    if (m_fitting || lawsAreCurrent()) return;
    m_fitting = true;
    // The turns are copied, because they grow meanwhile: some milliseconds for ten thousand.
    m_fit.run([turns = m_store.turns(),
               age = lawsAge(m_store)] { return std::make_shared<const SessionLaws>(sessionLaws(turns, age)); },
              [this](std::shared_ptr<const SessionLaws> laws) {
                  m_fitting = false;
                  disposeInBackground(m_laws);
                  m_laws = std::move(laws);
                  Q_EMIT lawsChanged();
              });
}

void SessionFeed::dropTasks() {
    m_fit.drop();
    m_collect.drop();
    m_fitting = false;
}

void SessionFeed::empty() {
    dropTasks();
    disposeInBackground(m_store);
    disposeInBackground(m_laws);
    m_folder.clear();
    m_findings.clear();
    m_story.clear();
    m_analysis.reset();
    m_amendments.reset();
    m_open = {};
    m_running.reset();
    m_newer = m_damaged = false;
    m_inUseBy.clear();
}

void SessionFeed::clear() {
    empty();
    const bool wasLive = std::exchange(m_live, false);
    Q_EMIT sessionReset();
    if (wasLive) Q_EMIT liveChanged();
}

void SessionFeed::beginLive(std::string folder) {
    empty();
    m_folder = std::move(folder);
    m_live = true;
    Q_EMIT sessionReset();
    Q_EMIT liveChanged();
}

void SessionFeed::endLive() {
    if (!std::exchange(m_live, false)) return;
    m_collect.drop();
    m_open = openRunsOf(m_store);
    m_analysis.reset(); // what was still collecting is no verdict
    if (m_running) {
        m_running.reset();
        Q_EMIT runningChanged();
    }
    Q_EMIT liveChanged();
}

void SessionFeed::setAnalysis(const std::string& folder, std::optional<Analysis> analysis, std::vector<std::string> story) {
    if (m_live || folder != m_folder) return;
    m_analysis = std::move(analysis);
    m_story = std::move(story);
    Q_EMIT analysisChanged();
}

void SessionFeed::apply(const std::vector<JournalLine>& lines) {
    if (lines.empty()) return;
    const int before = int(m_store.turns().size());
    int changedFrom = before;             // rows before the batch that a run_end touches
    const JournalLine* running = nullptr; // the last line that says which turn is in flight
    for (const JournalLine& line : lines) {
        if (line.type == "run_end") {
            const int run = int(numberOf(*line.body, "run", 0));
            if (const RunView* view = m_store.lastAttempt(run); view != nullptr && !view->turns.empty())
                changedFrom = std::min(changedFrom, int(view->turns.front()));
        }
        m_store.apply(line);
        if (line.type == "turn_start" || line.type == "turn_done" || line.type == "turn_fail" || line.type == "run_end")
            running = &line;
    }
    if (running != nullptr) noteRunning(*running);
    const int after = int(m_store.turns().size());
    if (after > before) Q_EMIT turnsAppended(before, after - 1);
    if (changedFrom < before) Q_EMIT turnsChanged(changedFrom, before - 1);
    if (running != nullptr) Q_EMIT runningChanged();
    collect();
    Q_EMIT linesApplied();
}

// What is collected and under which rules is known before the first turn, and nothing is judged: once, and again for
// the amendments of a session that goes on. It reads the calibration that is kept on disk, so not here.
void SessionFeed::collect() {
    if (!m_live || !m_analyse || !m_store.plan() || m_amendments == m_store.amendments().size()) return;
    m_amendments = m_store.amendments().size();
    m_collect.run([analyse = m_analyse, store = m_store] { return analyse(store, true); },
                  [this](Analysis analysis) {
                      m_analysis = std::move(analysis);
                      Q_EMIT analysisChanged();
                  });
}

void SessionFeed::noteRunning(const JournalLine& line) {
    m_running.reset();
    if (line.type != "turn_start") return;
    RunningTurn turn;
    turn.run = int(numberOf(*line.body, "run", 0));
    turn.run_attempt = int(numberOf(*line.body, "run_attempt", 1));
    turn.send_attempt = int(numberOf(*line.body, "send_attempt", 1));
    turn.turn = int(numberOf(*line.body, "turn", 0));
    turn.prompt_chars = numberOf(*line.body, "prompt_chars", 0);
    for (const ScheduledRun& run : m_store.schedule()) {
        if (run.run != turn.run) continue;
        turn.cell = run.cell;
        if (m_store.plan() && std::size_t(run.target) < m_store.plan()->targets.size())
            turn.target = m_store.plan()->targets[std::size_t(run.target)].id;
        turn.design = run.design;
        turn.n = run.n;
        turn.cap = run.cap;
        turn.padding = run.padding;
        turn.repeat = run.repeat;
    }
    m_running = std::move(turn);
}

void SessionFeed::setStream(std::int64_t sentNs, std::int64_t deltas) {
    if (!m_running || (m_running->sent_ns == sentNs && m_running->deltas == deltas)) return;
    m_running->sent_ns = sentNs;
    m_running->deltas = deltas;
    Q_EMIT runningChanged();
}

Status SessionFeed::open(const std::string& folder) {
    auto session = readSession(m_files, folder, m_analyse);
    if (!session) return session.error();
    show(session.take());
    return {};
}

void SessionFeed::show(ReadSession session) {
    dropTasks();
    const bool wasLive = std::exchange(m_live, false);
    m_findings = findingsOf(session);
    m_newer = session.loaded.read.newer;
    m_damaged = session.loaded.read.damagedLine > 0;
    m_inUseBy = session.in_use_by;
    m_story = std::move(session.story);
    m_analysis = std::move(session.analysis);
    m_open = session.open;
    disposeInBackground(m_store);
    m_store = std::move(session.loaded.store);
    disposeInBackground(m_laws);
    m_laws = std::move(session.laws);
    m_folder = session.folder;
    m_running.reset();
    Q_EMIT sessionReset();
    if (wasLive) Q_EMIT liveChanged();
}

} // namespace looptax
