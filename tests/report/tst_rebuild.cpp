// A session taken down to its journal, and made again by the programs a user has: every derived file has the bytes it
// had. What was explained is asked of a server; so one case keeps that file and has no server any more.
#include "app/cli.h"
#include "sim/scripted_server.h"
#include "support/places.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QTest>

#include <map>

using namespace looptax;

namespace {

// Name below the folder -> bytes.
std::map<std::string, std::string> filesBelow(const std::string& folder) {
    std::map<std::string, std::string> out;
    const QDir top(QString::fromStdString(folder));
    QDirIterator files(top.path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        const QString path = files.next();
        out[top.relativeFilePath(path).toStdString()] = slurp(path.toStdString());
    }
    return out;
}

// What the contract names: everything but PDF, which carries the time it was made at.
bool isDerived(const std::string& name) {
    if (name.size() > 4 && name.substr(name.size() - 4) == ".pdf") return false;
    return name.rfind("charts/", 0) == 0 || name.rfind("report.", 0) == 0 || name == "turns.csv" || name == "summary.json" ||
           name == "explanations.jsonl";
}

bool workbench(const std::vector<std::string>& words) {
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    process.setProcessEnvironment(environment);
    QStringList arguments;
    for (const std::string& word : words) arguments.append(QString::fromStdString(word));
    process.start(QStringLiteral(LOOPTAX_BINARY_DIR "/looptax-workbench"), arguments);
    return process.waitForFinished(kCliDeadlineMs) && process.exitCode() == 0;
}

bool explain(const std::string& session, const CliProcess::Environment& environment = {}) {
    return runLooptax({"explain", session}, environment).code == 0;
}

// What a user does to have everything that needs no server; in another time zone and language than before where asked.
bool makeAll(const std::string& session, const CliProcess::Environment& environment = {}) {
    if (!workbench({"--export", session, "--to", session + "/charts"})) return false;
    for (const auto& [format, file] : std::map<std::string, std::string>{
             {"csv", "turns.csv"}, {"json", "summary.json"}, {"md", "report.md"}, {"html", "report.html"}})
        if (runLooptax({"report", session, "--format", format, "-o", session + "/" + file}, environment).code != 0) return false;
    return true;
}

} // namespace

class tst_rebuild : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fromTheJournalAloneComesWhatWasThere_data() {
        QTest::addColumn<QStringList>("kept");
        QTest::addColumn<bool>("served");
        QTest::addRow("nothing but the journal") << QStringList{QStringLiteral("journal.jsonl")} << true;
        QTest::addRow("the plan, too") << QStringList{QStringLiteral("journal.jsonl"), QStringLiteral("plan.json")} << true;
        QTest::addRow("what was explained, but no server")
            << QStringList{QStringLiteral("journal.jsonl"), QStringLiteral("explanations.jsonl")} << false;
    }
    void fromTheJournalAloneComesWhatWasThere() {
        QFETCH(QStringList, kept);
        QFETCH(bool, served);
        const TempFolder folder;
        SimOptions options;
        options.corruptions = {{Corruption::DropEntry, 3, {}}}; // some of it is wrong: it has failures to quote
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        Plan plan = tinyPlan({targetAt(TargetKind::LlamaServer, server.url())});
        plan.repeats = 3;
        const CliEnd run = runLooptax({"run", planFile(folder.path(), plan), "--out", folder.file("out")});
        QVERIFY2(run.code == 0, run.all().c_str());
        const std::string session = run.sessionFolder();
        QVERIFY(explain(session));
        QVERIFY(makeAll(session));
        const auto before = filesBelow(session);
        int derived = 0;
        for (const auto& [name, bytes] : before) derived += isDerived(name) ? 1 : 0;
        QVERIFY2(derived >= 9, "too few derived files to prove anything");
        QVERIFY(before.count("charts/ttft_by_turn.svg") == 1);
        QVERIFY(!before.at("explanations.jsonl").empty());

        QVERIFY(QDir(QString::fromStdString(session)).removeRecursively());
        QVERIFY(QDir().mkpath(QString::fromStdString(session)));
        for (const QString& name : kept) spit(session + "/" + name.toStdString(), before.at(name.toStdString()));
        const CliProcess::Environment elsewhere{{"TZ", "Asia/Kathmandu"}, {"LC_ALL", "de_DE.UTF-8"}};
        if (served) QVERIFY(explain(session, elsewhere));
        else server.stop();
        QVERIFY(makeAll(session, elsewhere));
        const auto after = filesBelow(session);
        for (const auto& [name, bytes] : before) {
            if (!isDerived(name)) continue;
            QVERIFY2(after.count(name) == 1, name.c_str());
            QVERIFY2(after.at(name) == bytes, name.c_str());
        }
    }
};

LOOPTAX_TEST(tst_rebuild)
#include "tst_rebuild.moc"
