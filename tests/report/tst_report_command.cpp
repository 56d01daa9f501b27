// `looptax report --format html` as a user calls it: real charts, drawn by the real sister program, or none.
#include "app/cli.h"
#include "html_check.h"
#include "report_sessions.h"
#include "support/places.h"
#include "support/test_registry.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QTest>

using namespace looptax;

namespace {

// Named as the session is, so that the two agree wherever they are compared.
struct Folder {
    TempFolder temp;
    std::string session = temp.file(SessionBuilder::kId);
    std::string html = temp.file("report.html");
    explicit Folder(const SessionBuilder& built) { built.writeTo(session); }
    std::vector<std::string> words() const { return {"report", session, "--format", "html", "-o", html}; }
};

// looptax in a folder of its own, with this for a looptax-workbench; without one where the script is empty.
CliEnd runAlone(const std::vector<std::string>& words, const std::string& script) {
    const TempFolder bin;
    const QString program = QString::fromStdString(bin.file("looptax"));
    QFile::copy(QStringLiteral(LOOPTAX_BINARY_DIR "/looptax"), program);
    if (!script.empty()) {
        spit(bin.file("looptax-workbench"), "#!/bin/sh\n" + script + "\n");
        QFile::setPermissions(QString::fromStdString(bin.file("looptax-workbench")),
                              QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }
    QStringList arguments;
    for (const std::string& word : words) arguments.append(QString::fromStdString(word));
    QProcess process;
    process.start(program, arguments);
    CliEnd end;
    if (!process.waitForFinished(kCliDeadlineMs)) return end;
    end.code = process.exitCode();
    end.out = process.readAllStandardOutput().toStdString();
    end.err = process.readAllStandardError().toStdString();
    return end;
}

} // namespace

class tst_report_command : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void chartsAreDrawnAndStandInThePage() {
        const Folder folder(wholeSession());
        const CliEnd end = runLooptax(folder.words());
        QVERIFY2(end.code == 0 && end.err.empty() && end.out.empty(), end.all().c_str());
        const std::string html = slurp(folder.html);
        for (const std::string& problem : htmlProblems(html)) QFAIL(problem.c_str());
        QVERIFY(countLines(html, "<figure class=\"chart onwhite\">") >= 3);
        QVERIFY(contains(html, "<img alt=\"Time to first token by turn\nsession: "));
        QVERIFY(!contains(html, "were on record.</figcaption>")); // none is older than the record
        QVERIFY(!contains(html, ".svg was left out"));
    }
    void upToDateChartsAreTakenAsTheyAre() {
        const Folder folder(oneRunSession());
        QCOMPARE(runLooptax(folder.words()).code, 0);
        const std::string before = slurp(folder.html);
        const std::string chart = joinPath(folder.session, "charts/ttft_by_turn.svg");
        std::string changed = slurp(chart);
        const std::string name = ">Time to first token by turn<";
        changed.replace(changed.find(name), name.size(), ">My own title<");
        spit(chart, changed);
        QCOMPARE(runLooptax(folder.words()).code, 0);
        QVERIFY(contains(slurp(folder.html), "My own title"));
        // Taken away, they are drawn again, and the report has the bytes it had.
        QVERIFY(QDir(QString::fromStdString(joinPath(folder.session, "charts"))).removeRecursively());
        QCOMPARE(runLooptax(folder.words()).code, 0);
        QVERIFY(slurp(folder.html) == before);
    }
    void chartsOlderThanTheRecordAreDrawnAgain() {
        SessionBuilder session(testPlan({{"A", {2}, {}, {}}}, 2));
        session.completeRun(1);
        const Folder folder(session);
        QCOMPARE(runLooptax(folder.words()).code, 0);
        session.completeRun(2);
        session.writeTo(folder.session);
        QCOMPARE(runLooptax(folder.words()).code, 0);
        QVERIFY(!contains(slurp(folder.html), "Drawn when"));
        QVERIFY(contains(slurp(joinPath(folder.session, "charts/ttft_by_turn.svg")), "turns on record: 4\n"));
    }
    void withoutTheProgramThatDrawsTheTablesStand_data() {
        QTest::addColumn<QByteArray>("script");
        QTest::addColumn<QByteArray>("said");
        QTest::addRow("not installed") << QByteArray() << QByteArray("does not lie beside looptax");
        QTest::addRow("fails and says why") << QByteArray("printf 'no \\033[31mfonts here\\n' >&2; exit 3")
                                            << QByteArray("no [31mfonts here");
        QTest::addRow("fails in silence") << QByteArray("exit 3") << QByteArray("without saying why");
        QTest::addRow("dies") << QByteArray("kill -9 $$") << QByteArray("without saying why");
    }
    void withoutTheProgramThatDrawsTheTablesStand() {
        QFETCH(QByteArray, script);
        QFETCH(QByteArray, said);
        const Folder folder(oneRunSession());
        const CliEnd end = runAlone(folder.words(), script.toStdString());
        QVERIFY2(end.code == 0, end.all().c_str());
        QVERIFY2(contains(end.err, "looptax: no new charts for the report: ") && contains(end.err, said.toStdString()),
                 end.all().c_str());
        QVERIFY(!contains(end.err, "\x1B"));
        const std::string html = slurp(folder.html);
        QVERIFY(contains(html, "there are no charts in this report"));
        QVERIFY(contains(html, std::string("looptax-workbench --export ") + SessionBuilder::kId));
        QVERIFY(contains(html, "Every design, turn by turn"));
    }
    void aSessionWithNothingToDrawHasAReport() {
        for (const auto make : {emptySession, failedSession}) {
            const Folder folder(make());
            const CliEnd end = runLooptax(folder.words());
            QVERIFY2(end.code == 0 && contains(end.err, "there is nothing to draw"), end.all().c_str());
            QVERIFY(htmlProblems(slurp(folder.html)).empty());
        }
    }
    void aFolderThatIsNoSessionIsNotDrawn() {
        const TempFolder folder;
        const CliEnd end = runLooptax({"report", folder.path(), "--format", "html", "-o", folder.file("x.html")});
        QVERIFY2(end.code == 4 && contains(end.err, "no journal.jsonl") && !contains(end.err, "charts"), end.all().c_str());
        QVERIFY(!QFileInfo::exists(QString::fromStdString(folder.file("charts"))));
        QVERIFY(!QFileInfo::exists(QString::fromStdString(folder.file("x.html"))));
    }
};

LOOPTAX_TEST(tst_report_command)
#include "tst_report_command.moc"
