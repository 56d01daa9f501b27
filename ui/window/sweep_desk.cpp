#include "ui/window/sweep_desk.h"

#include "ui/model/session_story.h"

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
        if (!services.analyse) return out;
        const auto session = loadSession(services.files, folder);
        if (!session || !session->store.plan()) return out;
        out.analysis = services.analyse(session->store, collecting(session->store));
        out.story = sessionStory(session->store, out.analysis);
        return out;
    }
};

SweepDesk::SweepDesk(const Services& services, SessionFeed& feed, QObject* parent)
    : QObject(parent)
    , m_services(services)
    , m_feed(feed)
    , m_controller(services, feed)
    , m_out(services.sessions_folder) {
    connect(&m_controller, &SweepController::stateChanged, this, &SweepDesk::refresh);
    connect(&m_controller, &SweepController::progressed, this, &SweepDesk::refresh);
    connect(&m_controller, &SweepController::ended, this, &SweepDesk::onEnded);
    connect(&m_feed, &SessionFeed::runningChanged, this, &SweepDesk::refresh);
    connect(&m_feed, &SessionFeed::sessionReset, this, &SweepDesk::refresh);
    m_tick.setInterval(1'000);
    connect(&m_tick, &QTimer::timeout, this, &SweepDesk::changed);
}

void SweepDesk::setOut(const std::string& folder) {
    m_out = folder;
    Q_EMIT changed();
}

void SweepDesk::start(const Plan& plan) {
    if (busy()) return;
    m_trouble.reset();
    m_wanted.clear();
    m_tick.start();
    m_controller.start(plan, m_out);
}

void SweepDesk::resume(bool retryFailed) {
    if (busy() || (m_feed.folder().empty() && m_wanted.empty())) return;
    m_trouble.reset();
    if (!m_feed.folder().empty()) m_wanted = m_feed.folder();
    m_tick.start();
    m_controller.resume(m_wanted, retryFailed);
}

void SweepDesk::addRepeats(int more) {
    if (busy() || m_feed.folder().empty() || !m_services.addRepeats || more <= 0) return;
    m_trouble.reset();
    m_writing = true;
    auto status = std::make_shared<Status>();
    const std::string folder = m_feed.folder();
    m_aside.run([status, &services = m_services, folder, more] { *status = services.addRepeats(folder, more); },
                [this, status, folder] {
                    m_writing = false;
                    if (!*status)
                        m_trouble = Trouble{sentencesOf(status->error()), {}};
                    else if (m_feed.folder() == folder) // else another one was dropped on the window meanwhile
                        resume(false);
                    Q_EMIT changed();
                });
    Q_EMIT changed();
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

void SweepDesk::forgetTrouble() {
    m_trouble.reset();
    Q_EMIT changed();
}

void SweepDesk::refresh() {
    if (m_controller.busy()) m_trouble = troubleOf(view());
    Q_EMIT changed();
}

void SweepDesk::onEnded() {
    m_tick.stop();
    const SweepResult result = *m_controller.result();
    m_trouble = troubleOf(result, !m_wanted.empty());
    if (result.folder.empty()) {
        Q_EMIT changed();
        Q_EMIT over();
        return;
    }
    m_wanted.clear();
    m_writing = true;
    auto derived = std::make_shared<Derived>();
    m_aside.run(
        [derived, &services = m_services, folder = result.folder] { *derived = Derived::make(services, folder); },
        [this, derived, folder = result.folder] {
            m_writing = false;
            if (derived->analysis)
                m_feed.setAnalysis(folder, std::move(*derived->analysis), std::move(derived->story));
            // A full disk has been told already; the journal, from which all this is made, is what counts.
            if (!derived->written && !m_trouble) {
                const Error& error = derived->written.error();
                m_trouble = Trouble{sentencesOf(error), {}};
            }
            Q_EMIT changed();
            Q_EMIT over();
        });
    Q_EMIT changed();
}

} // namespace looptax
