// The derived files as they lie in a session folder: written from the journal, and the same whenever they are
// made again.
#include "report_sessions.h"
#include "support/test_registry.h"

#include "app/session_files.h"
#include "base/base64.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <map>

using namespace looptax;

namespace {

const std::vector<std::string> kDerived{"turns.csv", "summary.json", "report.md", "report.html"};

std::map<std::string, std::string> derivedIn(const std::string& folder) {
    std::map<std::string, std::string> out;
    for (const std::string& name : kDerived) out[name] = slurp(joinPath(folder, name));
    return out;
}

} // namespace

class tst_session_files : public QObject {
    Q_OBJECT
    SystemFileOps m_files;

private Q_SLOTS:
    void deletedAndMadeAgainTheyAreTheSame() {
        TempFolder folder;
        wholeSession().writeTo(folder.path());
        QVERIFY(writeDerivedFiles(m_files, folder.path()).ok());
        const auto before = derivedIn(folder.path());
        for (const std::string& name : kDerived) {
            QVERIFY2(!before.at(name).empty(), name.c_str());
            QVERIFY(QFile::remove(QString::fromStdString(folder.file(name))));
        }
        QVERIFY(writeDerivedFiles(m_files, folder.path()).ok());
        QVERIFY(derivedIn(folder.path()) == before);
        // On demand they are the same as well.
        QCOMPARE(*renderSession(m_files, folder.path(), ReportFormat::Html), before.at("report.html"));
        QCOMPARE(*renderSession(m_files, folder.path(), ReportFormat::Markdown), before.at("report.md"));
    }
    void repliesOfTheJournalAreQuotedAndHarmless() {
        TempFolder folder;
        wholeSession().writeTo(folder.path());
        const std::string html = *renderSession(m_files, folder.path(), ReportFormat::Html);
        QVERIFY(has(html, "&lt;script&gt;alert(3)&lt;/script&gt;"));
        QVERIFY(has(html, "characters left out"));
        QVERIFY(!has(html, "<script"));
        QVERIFY(!has(html, "\x1B"));
        const std::string markdown = *renderSession(m_files, folder.path(), ReportFormat::Markdown);
        QVERIFY(has(markdown, "\n`````text\n````json\n")); // longer than the model's own fence
        QVERIFY(!has(markdown, "\x1B"));
    }
    void chartsBesideTheReportAreTakenInAndNothingElse() {
        TempFolder folder;
        const SessionBuilder session = oneTurnSession();
        session.writeTo(folder.path());
        QVERIFY(has(*renderSession(m_files, folder.path(), ReportFormat::Html), "there are no charts in this report"));
        QVERIFY(!chartsAreCurrent(m_files, folder.path()));
        QDir().mkpath(QString::fromStdString(folder.file("charts")));
        spit(folder.file("charts/context_by_turn.svg"), chartSvg("Context by turn", 1));
        spit(folder.file("charts/ttft_by_turn.svg"), chartSvg("Time to first token by turn", 1));
        spit(folder.file("charts/ttft_by_turn.png"), "no drawing");
        spit(folder.file("charts/a name) ![x](y.svg"), chartSvg("Markup", 1));
        const std::string html = *renderSession(m_files, folder.path(), ReportFormat::Html);
        QVERIFY(!has(html, "there are no charts in this report"));
        QVERIFY(!has(html, "Markup"));
        QVERIFY(html.find("Time to first token by turn") < html.find("Context by turn")); // what is looked for first
        QVERIFY(has(html, toBase64(chartSvg("Time to first token by turn", 1))) &&
                has(html, toBase64(chartSvg("Context by turn", 1))));
        QVERIFY(has(*renderSession(m_files, folder.path(), ReportFormat::Markdown),
                    "![Time to first token by turn](charts/ttft_by_turn.svg)"));
        QVERIFY(chartsAreCurrent(m_files, folder.path()));
        spit(folder.file("charts/context_by_turn.svg"), chartSvg("Context by turn", 0));
        QVERIFY(!chartsAreCurrent(m_files, folder.path()));
    }
    void aDamagedJournalIsSaidInTheReport() {
        TempFolder folder;
        const SessionBuilder session = wholeSession();
        session.writeTo(folder.path());
        std::string journal = session.journal();
        journal[journal.find("\"turn_done\"") + 3] ^= 1;
        spit(folder.file("journal.jsonl"), journal);
        for (const ReportFormat format : {ReportFormat::Markdown, ReportFormat::Html})
            QVERIFY(has(*renderSession(m_files, folder.path(), format), "is damaged"));
    }
    void aFolderWithoutASessionIsAnError() {
        TempFolder folder;
        for (const ReportFormat format : {ReportFormat::Html, ReportFormat::Csv})
            QVERIFY(!renderSession(m_files, folder.path(), format).ok());
        QVERIFY(!writeDerivedFiles(m_files, folder.path()).ok());
        QVERIFY(!chartsAreCurrent(m_files, folder.path()));
    }
};

LOOPTAX_TEST(tst_session_files)
#include "tst_session_files.moc"
