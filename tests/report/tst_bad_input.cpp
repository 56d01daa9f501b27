// Sessions that hold less, or other, than a report would like: each has a useful report that says what is missing.
#include "html_check.h"
#include "report_sessions.h"
#include "support/test_registry.h"

#include "app/session_files.h"
#include "record/schedule_json.h"

#include <nlohmann/json.hpp>

#include <QTest>

using namespace looptax;

namespace {

SessionBuilder oneDesignSession() {
    SessionBuilder b(testPlan({{"C", {3}, {3}, {}}}, 8));
    for (int run = 1; run <= 8; ++run) b.completeRun(run);
    return b;
}

// Two journals glued together, as a copy gone wrong leaves them: the second plan is another one.
SessionBuilder mixedPlansSession() {
    SessionBuilder b(testPlan({{"A", {2}, {}, {}}}, 2));
    b.completeRun(1);
    Plan other = testPlan({{"A", {2}, {}, {}}}, 2);
    other.sampling.temperature = 0.9;
    const std::string text = writePlan(other);
    b.add("plan", {{"text", text}, {"sha256", sha256Hex(text)}, {"schedule", scheduleToJson(b.schedule(), other)}});
    b.completeRun(2);
    return b;
}

SessionBuilder newerSession() {
    SessionBuilder b(testPlan({{"A", {2}, {}, {}}}, 2));
    b.completeRun(1);
    b.add("turn_weather", {{"v", 2}, {"sky", "blue"}});
    b.completeRun(2);
    return b;
}

} // namespace

class tst_bad_input : public QObject {
    Q_OBJECT
    SystemFileOps m_files;

private Q_SLOTS:
    void aReportSaysWhatIsMissing_data() {
        QTest::addColumn<int>("which");
        QTest::addColumn<QByteArray>("said");
        QTest::addRow("one run") << 0 << QByteArray("one run: no interval, no verdict");
        QTest::addRow("one turn") << 1 << QByteArray("one run: no interval, no verdict");
        QTest::addRow("only failures") << 2 << QByteArray("no run is complete");
        QTest::addRow("nothing") << 3 << QByteArray("nothing was measured yet");
        QTest::addRow("no counts") << 4 << QByteArray("did not report cached tokens");
        QTest::addRow("one design") << 5 << QByteArray("Untestable");
        QTest::addRow("mixed plans") << 6 << QByteArray("another plan than the one before");
        QTest::addRow("newer") << 7 << QByteArray("newer version");
    }
    void aReportSaysWhatIsMissing() {
        QFETCH(int, which);
        QFETCH(QByteArray, said);
        static constexpr std::array kMakers{oneRunSession, oneTurnSession,   failedSession,     emptySession,
                                            silentSession, oneDesignSession, mixedPlansSession, newerSession};
        const TempFolder folder;
        kMakers[std::size_t(which)]().writeTo(folder.path());
        const auto markdown = renderSession(m_files, folder.path(), ReportFormat::Markdown);
        QVERIFY(markdown.ok());
        QVERIFY2(has(*markdown, said.toStdString()), markdown->c_str());
        for (const char* section :
             {"## The question", "## Verdicts", "## Conditions", "## What this does not show", "## How to repeat it"})
            QVERIFY2(has(*markdown, section), section);
        const auto html = renderSession(m_files, folder.path(), ReportFormat::Html);
        QVERIFY(html.ok());
        for (const std::string& problem : htmlProblems(*html)) QFAIL(problem.c_str());
        const auto summary = renderSession(m_files, folder.path(), ReportFormat::JsonSummary);
        QVERIFY(summary.ok() && Json::accept(*summary));
    }
};

LOOPTAX_TEST(tst_bad_input)
#include "tst_bad_input.moc"
