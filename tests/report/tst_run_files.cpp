// Raw records, one file a run: all of the journal's fields and the very reply, and every field documented.
#include "app/cli.h"
#include "report_sessions.h"
#include "support/places.h"
#include "support/test_registry.h"

#include "report/run_json.h"

#include <nlohmann/json.hpp>

#include <QDir>
#include <QTest>

using namespace looptax;

class tst_run_files : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyAttemptOfEveryRunIsAFile() {
        const TempFolder temp;
        const std::string session = temp.file(SessionBuilder::kId), to = temp.file("raw/records");
        wholeSession().writeTo(session);
        const CliEnd end = runLooptax({"report", session, "--format", "runs", "-o", to});
        QVERIFY2(end.code == 0, end.all().c_str());
        const QStringList files = QDir(QString::fromStdString(to)).entryList(QDir::Files, QDir::Name);
        const ReportInputs in = inputsOf(wholeSession());
        QCOMPARE(std::size_t(files.size()), in.runs.size()); // 16 attempts: one was cut and made again
        std::size_t turns = 0;
        for (const QString& file : files) {
            const Json run = Json::parse(slurp(to + "/" + file.toStdString()));
            QVERIFY(run["schema"] == "looptax.run/1");
            turns += run["turns"].size();
        }
        QCOMPARE(turns, in.turns.size()); // as many as turns.csv has rows
        QVERIFY(files.contains(QStringLiteral("run-0009-A-n3-run-isolated.json")));
        const Json again = Json::parse(slurp(to + "/run-0009-A-n3-run-isolated-attempt2.json")); // its runtime counts no cache
        QVERIFY(again["turns"][0]["cached_tokens"].is_null());
        QVERIFY(again["turns"][2]["ttft_ms"] == 301.0);
        QVERIFY(again["run_outcome"] == "complete");
    }
    void theReplyIsWhatTheModelSaid() {
        const TempFolder temp;
        const std::string session = temp.file(SessionBuilder::kId), to = temp.file("raw");
        oneRunSession().writeTo(session);
        QCOMPARE(runLooptax({"report", session, "--format", "runs", "-o", to}).code, 0);
        const Json run = Json::parse(slurp(to + "/run-0001-A-n3-run-isolated.json"));
        QCOMPARE(run["turns"][1]["reply"].get<std::string>(), std::string("```json\n{\n  \"count\": 2\n}\n```"));
    }
    void aFolderIsNeeded() {
        const TempFolder temp;
        oneRunSession().writeTo(temp.path());
        const CliEnd end = runLooptax({"report", temp.path(), "--format", "runs"});
        QVERIFY2(end.code == 2 && contains(end.err, "-o FOLDER"), end.all().c_str());
    }
    void everyFieldIsDocumented() {
        const std::string page = slurp(LOOPTAX_SOURCE_DIR "/resources/docs/run-records.md");
        const ReportInputs in = inputsOf(oneRunSession());
        const Json run = Json::parse(runJson(in, in.runs.front(), {}));
        const auto check = [&](const Json& object) {
            for (const auto& [key, value] : object.items()) QVERIFY2(contains(page, "`" + key + "`"), key.c_str());
        };
        check(run);
        check(run["turns"][0]);
    }
    void aNameIsMadeOfHarmlessLetters() {
        RunView run;
        run.run = 12;
        run.cell = "a b\"../x/B-tail/n3/run-isolated";
        const std::string name = runFileName(run);
        QVERIFY2(!contains(name, "..") && !contains(name, "/") && !contains(name, "\""), name.c_str());
        run.cell.clear();
        QCOMPARE(runFileName(run), std::string("run-0012.json"));
    }
};

LOOPTAX_TEST(tst_run_files)
#include "tst_run_files.moc"
