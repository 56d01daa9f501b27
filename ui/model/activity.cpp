#include "ui/model/activity.h"

#include "ui/model/session_feed.h"

#include <algorithm>
#include <iterator>

namespace looptax {

namespace {

constexpr unsigned bit(Activity activity) { return 1U << unsigned(activity); }

enum Need : unsigned {
    NeedsNothing = 0,
    NeedsSession = 1,
    NeedsTurns = 2,
    NeedsRight = 4,
    NeedsOpenRuns = 8,
    NeedsFailedRuns = 16
};

constexpr unsigned kIdle = bit(Activity::None);
// Nothing is measured, and nobody waits for an answer to a question about the session on screen.
constexpr unsigned kUnmeasured = kIdle | bit(Activity::Reading) | bit(Activity::Writing) | bit(Activity::Exporting);

struct Rule {
    Action action;
    unsigned during; // activities
    unsigned needs;
};

constexpr Rule kRules[] = {
    {Action::Start, kIdle, NeedsNothing},
    {Action::Resume, kIdle, NeedsSession | NeedsRight | NeedsOpenRuns},
    {Action::RetryFailed, kIdle, NeedsSession | NeedsRight | NeedsFailedRuns},
    {Action::ResumeAgain, kIdle, NeedsSession | NeedsRight},
    {Action::AddRepeats, kIdle, NeedsSession | NeedsRight},
    // While one is read another may be asked for: the last one is shown.
    {Action::OpenSession, kIdle | bit(Activity::Reading), NeedsNothing},
    {Action::CloseSession, kIdle, NeedsSession},
    {Action::ExportIntoSession, kIdle, NeedsTurns | NeedsRight},
    {Action::ExportElsewhere, kIdle, NeedsTurns},
    {Action::Calibrate, kIdle, NeedsNothing},
    {Action::Compare, kIdle, NeedsTurns},
    {Action::ChooseOutputFolder, kUnmeasured, NeedsNothing},
    {Action::EditPlan, kUnmeasured, NeedsNothing},
    // A sweep is asked about, files are waited for. A calibration that is stopped leaves nothing behind.
    {Action::CloseWindow, kIdle | bit(Activity::Reading) | bit(Activity::Calibrating), NeedsNothing},
};

static_assert(std::size(kRules) == std::size(kActions));

const Rule& ruleOf(Action action) {
    return *std::find_if(std::begin(kRules), std::end(kRules), [&](const Rule& rule) { return rule.action == action; });
}

QString missing(unsigned needs, const SessionFacts& facts) {
    if ((needs & NeedsSession) != 0 && !facts.open) return QStringLiteral("No session is open.");
    if ((needs & NeedsTurns) != 0 && !facts.turns)
        return facts.open ? QStringLiteral("The session has no turns.") : QStringLiteral("No session is open.");
    if ((needs & NeedsRight) != 0 && !facts.read_only.isEmpty())
        return QStringLiteral("The session is read-only: %1.").arg(facts.read_only);
    if ((needs & NeedsOpenRuns) != 0 && !facts.open_runs)
        return facts.failed_runs ? QStringLiteral("No run is left to make; those that failed can be retried.")
                                 : QStringLiteral("No run of the session is left to make.");
    if ((needs & NeedsFailedRuns) != 0 && !facts.failed_runs) return QStringLiteral("No run of the session failed.");
    return {};
}

QString sentence(Activity activity) {
    switch (activity) {
    case Activity::None: break;
    case Activity::Reading: return QStringLiteral("A session is being read.");
    case Activity::Starting: return QStringLiteral("A sweep is starting.");
    case Activity::Sweeping: return QStringLiteral("A sweep is running.");
    case Activity::Writing: return QStringLiteral("The session's files are being written.");
    case Activity::Exporting: return QStringLiteral("An export is running.");
    case Activity::Calibrating: return QStringLiteral("The calibration dialog is open.");
    }
    return {};
}

} // namespace

SessionFacts factsOf(const SessionFeed& feed) {
    SessionFacts facts;
    facts.open = !feed.folder().empty();
    facts.turns = !feed.store().turns().empty();
    facts.open_runs = feed.openRuns() > 0;
    facts.failed_runs = feed.failedRuns() > 0;
    if (feed.live()) facts.read_only = QStringLiteral("a sweep is writing to it");
    else if (!feed.inUseBy().empty())
        facts.read_only = QStringLiteral("in use by %1").arg(QString::fromStdString(feed.inUseBy()));
    else if (feed.newer()) facts.read_only = QStringLiteral("written by a newer version");
    else if (feed.damaged()) facts.read_only = QStringLiteral("its journal is damaged");
    return facts;
}

Allowance allowance(Action action, Activity activity, const SessionFacts& facts) {
    const Rule& rule = ruleOf(action);
    if (!missing(rule.needs, facts).isEmpty()) return Allowance::Never;
    return (rule.during & bit(activity)) != 0 ? Allowance::Now : Allowance::NotNow;
}

QString whyNot(Action action, Activity activity, const SessionFacts& facts) {
    const Rule& rule = ruleOf(action);
    return (rule.during & bit(activity)) == 0 ? sentence(activity) : missing(rule.needs, facts);
}

Activity activityAfter(Action action, Activity activity) {
    switch (action) {
    case Action::Start:
    case Action::Resume:
    case Action::RetryFailed:
    case Action::ResumeAgain: return Activity::Starting;
    case Action::AddRepeats: return Activity::Writing;
    case Action::OpenSession: return Activity::Reading;
    case Action::ExportIntoSession:
    case Action::ExportElsewhere: return Activity::Exporting;
    case Action::Calibrate: return Activity::Calibrating;
    case Action::CloseSession:
    case Action::Compare:
    case Action::ChooseOutputFolder:
    case Action::EditPlan:
    case Action::CloseWindow: break;
    }
    return activity;
}

namespace {

bool measures(Action action) {
    const Activity next = activityAfter(action, Activity::None);
    return next == Activity::Starting || next == Activity::Calibrating || action == Action::AddRepeats; // which resumes
}

} // namespace

CurrentActivity::CurrentActivity(const SessionFeed& feed, QObject* parent) : QObject(parent), m_feed(feed) {}

Allowance CurrentActivity::allowance(Action action) const {
    const Allowance found = looptax::allowance(action, m_now, factsOf(m_feed));
    const bool held = (m_closing && action != Action::CloseWindow) || (!m_disturbance.isEmpty() && measures(action));
    return held ? std::min(found, Allowance::NotNow) : found;
}

QString CurrentActivity::whyNot(Action action) const {
    const QString why = looptax::whyNot(action, m_now, factsOf(m_feed));
    if (!why.isEmpty() || allows(action)) return why;
    return m_closing ? QStringLiteral("The window is closing.") : m_disturbance;
}

bool CurrentActivity::permit(Action action) {
    if (allows(action)) return true;
    Q_EMIT refused(whyNot(action));
    return false;
}

bool CurrentActivity::enter(Action action) {
    if (!permit(action)) return false;
    become(activityAfter(action, m_now));
    return true;
}

void CurrentActivity::become(Activity next) {
    if (next == m_now) return;
    m_now = next;
    Q_EMIT changed();
}

void CurrentActivity::end() { become(Activity::None); }

void CurrentActivity::setDisturbance(const QString& why) {
    if (why == m_disturbance) return;
    m_disturbance = why;
    Q_EMIT changed();
}

void CurrentActivity::beginNothingMore() {
    m_closing = true;
    Q_EMIT changed();
}

} // namespace looptax
