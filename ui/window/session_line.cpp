#include "ui/window/session_line.h"

#include "base/text.h"
#include "store/session.h"
#include "ui/style/text.h"
#include "ui/verdicts/verdict_words.h"
#include "ui/window/trouble.h"

namespace looptax {

namespace {

constexpr std::size_t kMostFindings = 3; // a damaged file can have thousands

} // namespace

QString SessionLine::exportAllText() { return QStringLiteral("Export all"); }
QString SessionLine::exportElsewhereText() { return words(Mend::ExportElsewhere); }
QString SessionLine::verdictsText() { return QStringLiteral("Show verdicts"); }
QString SessionLine::resumeText() { return QStringLiteral("Resume"); }
QString SessionLine::retryText() { return QStringLiteral("Retry failed"); }
QString SessionLine::readAgainText() { return QStringLiteral("Read again"); }

SessionLine::SessionLine(const SessionFeed& feed, QWidget* parent)
    : NoticeLine(QStringLiteral("Session"), parent)
    , m_feed(feed) {}

void SessionLine::refresh(Activity activity, const std::function<Allowance(Action)>& allowance) {
    const bool shown = activity == Activity::None || activity == Activity::Exporting || activity == Activity::Calibrating;
    if (!shown || m_feed.live() || m_feed.folder().empty()) {
        clear();
        return;
    }
    const std::string id = SessionPaths(m_feed.folder()).id();
    QString found = QStringLiteral("Session %1:").arg(QString::fromStdString(id));
    for (const std::string& sentence : m_feed.story()) found += QLatin1Char(' ') + QString::fromStdString(sentence);
    QStringList sentences{found}; // one paragraph: the height is the charts'
    const auto& findings = m_feed.findings();
    for (std::size_t i = 0; i < findings.size() && i < kMostFindings; ++i) sentences << sentence(cleanText(findings[i]));
    if (findings.size() > kMostFindings)
        sentences << QStringLiteral("%1 more findings: looptax verify lists them.").arg(findings.size() - kMostFindings);

    std::vector<Button> buttons;
    const auto offer = [&](Action action, const QString& text, const QString& explanation, auto press) {
        if (const Allowance now = allowance(action); now != Allowance::Never)
            buttons.push_back({text, press, explanation, now == Allowance::Now});
    };
    if (allowance(Action::ExportIntoSession) != Allowance::Never)
        offer(Action::ExportIntoSession, exportAllText(),
              QStringLiteral("Charts, CSV, JSON and report into the session's folder"), [this] { Q_EMIT exportAll(); });
    else
        offer(Action::ExportElsewhere, exportElsewhereText(),
              QStringLiteral("Charts, CSV, JSON and report into a folder of your choice; this session is read-only"),
              [this] { Q_EMIT exportElsewhere(); });
    const auto& analysis = m_feed.analysis();
    if (analysis && !analysis->verdicts.empty() && !m_feed.store().turns().empty())
        buttons.push_back({verdictsText(), [this] { Q_EMIT showVerdicts(); },
                           QStringLiteral("What the sweep shows, what it cannot show, and what it would take")});
    // What was planned comes first.
    if (analysis && analysis->add_repeats > 0 && m_feed.openRuns() + m_feed.failedRuns() == 0)
        offer(Action::AddRepeats, addRepeatsText(analysis->add_repeats),
              QStringLiteral("Amends the plan of this session and goes on with it"),
              [this, more = analysis->add_repeats] { Q_EMIT addRepeats(more); });
    offer(Action::Resume, resumeText(), QStringLiteral("Make the runs that are not complete; what is complete is kept"),
          [this] { Q_EMIT resume(); });
    offer(Action::RetryFailed, retryText(), QStringLiteral("Resume, and make the failed runs again too"),
          [this] { Q_EMIT retryFailed(); });
    if (!m_feed.inUseBy().empty())
        offer(Action::OpenSession, readAgainText(), QStringLiteral("Read what has come since"), [this] { Q_EMIT readAgain(); });
    const bool good = findings.empty() && m_feed.openRuns() == 0 && m_feed.failedRuns() == 0;
    say(good ? Kind::Good : findings.empty() ? Kind::Info : Kind::Trouble, sentences, std::move(buttons));
}

} // namespace looptax
