#include "ui/window/sweep_desk.h"

#include "report/session_story.h"
#include "store/load_session.h"

#include <algorithm>
#include <memory>

namespace looptax {

// The verdicts come from the journal on disk, as those of any session that is opened: the records on screen
// belong to the thread of the window.
struct SweepDesk::Derived {
    Status written;
    std::optional<Analysis> analysis;
    std::vector<std::string> story;

    static Derived make(const Services& services, const std::string& folder) {
        Derived out;
        out.written = services.writeDerived(folder, folder, {});
        const auto session = loadSession(services.files, folder);
        if (!session) return out;
        if (services.analyse && session->store.plan())
            out.analysis = services.analyse(session->store, collecting(session->store));
        out.story = sessionStory(session->store, out.analysis);
        return out;
    }
};

SweepDesk::SweepDesk(const Services& services, SessionFeed& feed, CurrentActivity& activity, WindowMessages& messages,
                     QObject* parent)
    : QObject(parent)
    , m_services(services)
    , m_feed(feed)
    , m_activity(activity)
    , m_messages(messages)
    , m_controller(services, feed, activity)
    , m_out(services.sessions_folder) {
    connect(&m_controller, &SweepController::stateChanged, this, &SweepDesk::refresh);
    connect(&m_controller, &SweepController::progressed, this, &SweepDesk::refresh);
    connect(&m_controller, &SweepController::ended, this, &SweepDesk::onEnded);
    connect(&m_feed, &SessionFeed::runningChanged, this, &SweepDesk::refresh);
    connect(&m_feed, &SessionFeed::sessionReset, this, [this] {
        m_messages.clear(MessageSource::Permission); // it was about the session before
        refresh();
    });
    // The question is about what was about to begin; what begins now has other things to tell.
    connect(&m_activity, &CurrentActivity::changed, this, [this] {
        if (m_activity.now() != Activity::None) m_messages.clear(MessageSource::Permission);
    });
    m_tick.setInterval(1'000);
    connect(&m_tick, &QTimer::timeout, this, &SweepDesk::changed);
}

bool SweepDesk::busy() const {
    const Activity now = m_activity.now();
    return now == Activity::Starting || now == Activity::Sweeping || now == Activity::Writing;
}

void SweepDesk::setOut(const std::string& folder) {
    m_out = folder;
    Q_EMIT changed();
}

bool SweepDesk::start(const Plan& plan) {
    if (!m_activity.permit(Action::Start)) return false;
    m_messages.clear(MessageSource::Sweep);
    m_wanted.clear();
    m_retry = false;
    m_tick.start();
    return m_controller.start(plan, m_out);
}

bool SweepDesk::resume(bool retryFailed) {
    return m_activity.permit(retryFailed ? Action::RetryFailed : Action::Resume) && launchResume(retryFailed);
}

// The session may have been handed over by anybody: its plan names programs and addresses.
bool SweepDesk::isPermitted(const std::function<void()>& goOn) {
    m_messages.clear(MessageSource::Permission);
    if (!m_feed.store().plan()) return true; // the engine reads the folder's copy, and asks
    Trust trust = m_services.trust(Origin::Session);
    trust.allowed.insert(m_allowed.begin(), m_allowed.end());
    const std::vector<TrustNeed> needs = needsTrust(*m_feed.store().plan(), trust);
    if (needs.empty()) return true;
    WindowMessage question;
    question.waits = true;
    question.sentences << QStringLiteral("This session needs your permission before it goes on:");
    constexpr std::size_t kMostShown = 8;
    for (std::size_t i = 0; i < std::min(needs.size(), kMostShown); ++i)
        question.sentences << QString::fromStdString(needs[i].what) + QLatin1Char('.');
    // A yes is for what can be read here.
    if (needs.size() > kMostShown)
        question.sentences << QStringLiteral("And %1 more, too many to show. Use looptax run --resume with --trust-plan.")
                                  .arg(needs.size() - kMostShown);
    else
        question.buttons.push_back({QStringLiteral("Allow and continue"),
                                    [this, needs, goOn] {
                                        if (!m_activity.permit(Action::ResumeAgain)) return;
                                        m_messages.clear(MessageSource::Permission);
                                        for (const TrustNeed& need : needs) m_allowed.insert(need.hash);
                                        if (m_services.allow) m_services.allow(needs);
                                        goOn();
                                    },
                                    QStringLiteral("Allows exactly this, and remembers it for the next time")});
    question.buttons.push_back({QStringLiteral("Cancel"), [this] { m_messages.clear(MessageSource::Permission); },
                                QStringLiteral("Nothing is started and nothing is sent")});
    m_messages.tell(MessageSource::Permission, std::move(question));
    return false;
}

bool SweepDesk::resumeAgain() { return launchResume(m_retry); }

bool SweepDesk::resumeOnChanged() { return launchResume(m_retry, true); }

bool SweepDesk::launchResume(bool retryFailed, bool changedRuntime) {
    if (!m_activity.permit(Action::ResumeAgain)) return false;
    if (!isPermitted([this, retryFailed, changedRuntime] { launchResume(retryFailed, changedRuntime); })) return false;
    m_messages.clear(MessageSource::Sweep);
    m_wanted = m_feed.folder();
    m_retry = retryFailed;
    m_tick.start();
    return m_controller.resume(m_wanted, retryFailed, m_allowed, changedRuntime);
}

bool SweepDesk::addRepeats(int more) {
    if (!m_services.addRepeats || more <= 0 || !m_activity.permit(Action::AddRepeats)) return false;
    if (!isPermitted([this, more] { addRepeats(more); })) return false;
    if (!m_activity.enter(Action::AddRepeats)) return false;
    m_messages.clear(MessageSource::Sweep);
    auto status = std::make_shared<Status>();
    const std::string folder = m_feed.folder();
    m_aside.run([status, &services = m_services, folder, more] { *status = services.addRepeats(folder, more); },
                [this, status] {
                    if (!*status) m_messages.tell(MessageSource::Sweep, Trouble{sentencesOf(status->error()), {}});
                    m_activity.end();
                    if (*status) launchResume(false);
                    Q_EMIT changed();
                });
    return true;
}

SweepView SweepDesk::view() const {
    SweepView view;
    view.state = m_controller.state();
    // What the last sweep counted is not what a session read from disk did.
    if (m_controller.busy() || (m_controller.result() && m_controller.result()->folder == m_feed.folder()))
        view.progress = m_controller.progress();
    view.running = m_feed.running();
    view.now_ns = m_services.clock.monotonicNs();
    // Until the new session has a folder, the old one stays on screen: the start may still fail.
    const bool others = m_controller.busy() && !m_feed.live() && m_wanted.empty();
    view.folder = others ? std::string() : m_feed.folder();
    view.out = m_out;
    return view;
}

void SweepDesk::refresh() {
    // A lost target counts down; the message goes when it is back.
    const auto trouble = m_controller.busy() ? troubleOf(view()) : std::nullopt;
    if (trouble) m_messages.tell(MessageSource::Sweep, *trouble);
    else if (m_lost) m_messages.clear(MessageSource::Sweep);
    m_lost = trouble.has_value();
    Q_EMIT changed();
}

void SweepDesk::onEnded() {
    m_tick.stop();
    const SweepResult result = *m_controller.result();
    const auto trouble = troubleOf(result, !m_wanted.empty());
    if (trouble) m_messages.tell(MessageSource::Sweep, *trouble);
    if (result.folder.empty()) {
        m_activity.end();
        Q_EMIT changed();
        Q_EMIT over();
        return;
    }
    m_activity.become(Activity::Writing);
    auto derived = std::make_shared<Derived>();
    m_aside.run([derived, &services = m_services, folder = result.folder] { *derived = Derived::make(services, folder); },
                [this, derived, folder = result.folder, told = trouble.has_value()] {
                    m_feed.setAnalysis(folder, std::move(derived->analysis), std::move(derived->story));
                    // A full disk has been told already; the journal, from which all this is made, is what counts.
                    if (!derived->written && !told)
                        m_messages.tell(MessageSource::Sweep, Trouble{sentencesOf(derived->written.error()), {}});
                    m_activity.end();
                    Q_EMIT changed();
                    Q_EMIT over();
                });
    Q_EMIT changed();
}

} // namespace looptax
