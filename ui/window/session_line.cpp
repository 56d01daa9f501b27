#include "ui/window/session_line.h"

#include "base/text.h"
#include "store/session.h"
#include "ui/verdicts/verdict_words.h"

namespace looptax {

namespace {

constexpr int kOneLine = 140;            // characters: what a window of 1280 px holds
constexpr std::size_t kMostFindings = 3; // a damaged file can have thousands

QString cleaned(const std::string& text) {
    QString out = QString::fromStdString(stripControls(repairUtf8(text))).simplified();
    if (!out.isEmpty()) out[0] = out[0].toUpper();
    if (!out.endsWith(QLatin1Char('.'))) out += QLatin1Char('.');
    return out;
}

} // namespace

QString SessionLine::exportAllText() {
    return QStringLiteral("Export all");
}
QString SessionLine::verdictsText() {
    return QStringLiteral("Show verdicts");
}
QString SessionLine::resumeText() {
    return QStringLiteral("Resume");
}
QString SessionLine::retryText() {
    return QStringLiteral("Retry failed");
}
QString SessionLine::readAgainText() {
    return QStringLiteral("Read again");
}

SessionLine::SessionLine(const SessionFeed& feed, QWidget* parent)
    : NoticeLine(QStringLiteral("Session"), parent)
    , m_feed(feed) {}

void SessionLine::refresh(bool busy, bool amendable) {
    if (busy || m_feed.folder().empty()) {
        clear();
        return;
    }
    const std::string id = SessionPaths(m_feed.folder()).id();
    QString found = QStringLiteral("Session %1:").arg(QString::fromStdString(id));
    for (const std::string& sentence : m_feed.story())
        found += QLatin1Char(' ') + QString::fromStdString(sentence);
    QStringList sentences{found}; // one paragraph: the height is the charts'
    const auto& findings = m_feed.findings();
    for (std::size_t i = 0; i < findings.size() && i < kMostFindings; ++i)
        sentences << cleaned(findings[i]);
    if (findings.size() > kMostFindings)
        sentences << QStringLiteral("%1 more findings: looptax verify lists them.")
                         .arg(findings.size() - kMostFindings);

    // What may not be written to is only read: the writer's own process, a newer version, damage.
    const bool writable = m_feed.inUseBy().empty() && !m_feed.newer() && !m_feed.damaged();
    std::vector<Button> buttons;
    if (!m_feed.store().turns().empty())
        buttons.push_back({exportAllText(), [this] { Q_EMIT exportAll(); },
                           QStringLiteral("Charts, CSV, JSON and report into the session's folder")});
    const auto& analysis = m_feed.analysis();
    if (analysis && !analysis->verdicts.empty() && !m_feed.store().turns().empty())
        buttons.push_back({verdictsText(), [this] { Q_EMIT showVerdicts(); },
                           QStringLiteral("What the sweep shows, what it cannot show, and what it would take")});
    // What was planned comes first.
    if (amendable && analysis && analysis->add_repeats > 0 && m_feed.openRuns() + m_feed.failedRuns() == 0)
        buttons.push_back({addRepeatsText(analysis->add_repeats),
                           [this, more = analysis->add_repeats] { Q_EMIT addRepeats(more); },
                           QStringLiteral("Amends the plan of this session and goes on with it")});
    if (writable && m_feed.openRuns() > 0)
        buttons.push_back({resumeText(), [this] { Q_EMIT resume(); },
                           QStringLiteral("Make the runs that are not complete; what is complete is kept")});
    if (writable && m_feed.failedRuns() > 0)
        buttons.push_back({retryText(), [this] { Q_EMIT retryFailed(); },
                           QStringLiteral("Resume, and make the failed runs again too")});
    if (!m_feed.inUseBy().empty())
        buttons.push_back(
            {readAgainText(), [this] { Q_EMIT readAgain(); }, QStringLiteral("Read what has come since")});
    const bool good = findings.empty() && m_feed.openRuns() == 0 && m_feed.failedRuns() == 0;
    say(good ? Kind::Good : findings.empty() ? Kind::Info : Kind::Trouble, sentences, std::move(buttons));
}

} // namespace looptax
