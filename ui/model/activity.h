// What the window is doing, one thing at a time, and what may be done meanwhile. Every entry point of the window (menu,
// button, key, drop, command line, a call) asks here before it begins; what is greyed asks the same table. Without it two
// things at once would fill one session with the turns of another, or measure turns while pictures are drawn.
#pragma once

#include <QObject>
#include <QString>

namespace looptax {

class SessionFeed;

enum class Activity {
    None,
    Reading,  // a session folder
    Starting, // a sweep: pre-flight, server, warm-up
    Sweeping, // turns are measured
    Writing,  // the session's own files: an amendment, or what is derived at the end of a sweep
    Exporting,
    Calibrating // its dialog is open
};

enum class Action {
    Start,
    Resume,      // runs that are not complete
    RetryFailed, // those and the failed ones
    ResumeAgain, // the session, whatever its records on screen say: after an error or an amendment
    AddRepeats,
    OpenSession, // also: read it again
    CloseSession,
    ExportIntoSession, // files into the session's folder
    ExportElsewhere,
    Calibrate,
    Compare,
    ChooseOutputFolder,
    EditPlan, // and scan for runtimes
    CloseWindow
};

inline constexpr Activity kActivities[] = {Activity::None,    Activity::Reading,   Activity::Starting,   Activity::Sweeping,
                                           Activity::Writing, Activity::Exporting, Activity::Calibrating};
inline constexpr Action kActions[] = {
    Action::Start,           Action::Resume,      Action::RetryFailed,  Action::ResumeAgain,
    Action::AddRepeats,      Action::OpenSession, Action::CloseSession, Action::ExportIntoSession,
    Action::ExportElsewhere, Action::Calibrate,   Action::Compare,      Action::ChooseOutputFolder,
    Action::EditPlan,        Action::CloseWindow};

// Of the session on screen, as far as actions depend on it.
struct SessionFacts {
    bool open = false;
    bool turns = false;
    bool open_runs = false;
    bool failed_runs = false;
    QString read_only; // why nothing may be written to its folder; empty: it may
};
SessionFacts factsOf(const SessionFeed& feed);

enum class Allowance {
    Never,  // not with this session: no control need be shown
    NotNow, // once the activity is over
    Now
};
Allowance allowance(Action action, Activity activity, const SessionFacts& facts);
// Why it is not allowed, a sentence; empty: it is.
QString whyNot(Action action, Activity activity, const SessionFacts& facts);
// The activity that an action is the beginning of; the one there is, where it begins none.
Activity activityAfter(Action action, Activity activity);

class CurrentActivity : public QObject {
    Q_OBJECT
public:
    // feed: the session on screen; must outlive this object.
    explicit CurrentActivity(const SessionFeed& feed, QObject* parent = nullptr);

    Activity now() const { return m_now; }
    Allowance allowance(Action action) const;
    bool allows(Action action) const { return allowance(action) == Allowance::Now; }
    QString whyNot(Action action) const;

    // The guard of an entry point that begins no activity. Where the action is not allowed: false, and refused().
    bool permit(Action action);
    // The guard of one that does; the activity is current when this returns true.
    bool enter(Action action);
    // The same work goes on as another activity: Starting -> Sweeping -> Writing.
    void become(Activity next);
    void end();

    // What goes on beside the window's activities and would disturb a measurement, a sentence; empty: nothing. None begins then.
    void setDisturbance(const QString& why);

    // The window closes as soon as what runs is over: nothing else begins, and nothing follows by itself.
    void beginNothingMore();

Q_SIGNALS:
    void changed();
    void refused(const QString& why);

private:
    const SessionFeed& m_feed;
    Activity m_now = Activity::None;
    bool m_closing = false;
    QString m_disturbance;
};

} // namespace looptax
