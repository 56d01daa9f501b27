// A session whose plan was changed afterwards: said, marked, and with more repeats made by --resume and by nothing
// else.
#include "e2e/scripted_lab.h"
#include "support/test_registry.h"

#include "domain/plan_json.h"

#include <QTest>
#include <nlohmann/json.hpp>

#include <map>

using namespace looptax;

class tst_amended_sessions : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void oneRunBecomesEight();
    void rulesChangedAfterTheRunAreSaidInEveryDerivedFile();
    void aSweepThatRunsIsNotAmended();
    void whatCannotBeAmendedIsNamed_data();
    void whatCannotBeAmendedIsNamed();
};

namespace {

struct Lab : ScriptedLab {
    using ScriptedLab::ScriptedLab;
    std::string plansFile() const { return planFile(folder.path(), plan()); }
    std::string run() {
        const CliEnd end = runLooptax({"run", plansFile(), "--out", folder.file("out"), "--quiet"});
        if (end.code != 0) qFatal("%s", end.all().c_str());
        return end.sessionFolder();
    }
};

} // namespace

void tst_amended_sessions::oneRunBecomesEight() {
    Lab lab;
    const std::string session = lab.run();
    QCOMPARE(lab.server.chatCount(), 7); // a warm-up and 6 turns
    const CliEnd amended = runLooptax({"amend", session, "--repeats", "8", "--reason", "one run gives no verdict"});
    QVERIFY2(amended.code == 0, amended.all().c_str());
    QVERIFY2(contains(amended.out, "repeats 1 -> 8\n") && contains(amended.out, "changed after data") &&
                 contains(amended.out, "14 runs added; looptax run --resume " + session + " makes them\n"),
             amended.out.c_str());
    QVERIFY(contains(fileText(session + "/report.md"), "one run gives no verdict"));
    QVERIFY(contains(fileText(session + "/report.md"), "2 of 16 planned runs are complete"));
    const CliEnd open = runLooptax({"verify", session});
    QVERIFY2(open.code == 0 && contains(open.out, "16 runs planned: 2 complete") && contains(open.out, "14 open"),
             open.all().c_str());

    // The plan that was journalled is still the session's; one with the repeats written into it is another.
    Plan longer = lab.plan();
    longer.repeats = 8;
    const CliEnd other = runLooptax({"run", planFile(lab.folder.path(), longer, "longer.json"), "--resume", session});
    QVERIFY2(other.code == 2 && contains(other.err, "the plan given is not the session's"), other.all().c_str());
    QCOMPARE(lab.server.chatCount(), 7);

    const CliEnd resumed = runLooptax({"run", lab.plansFile(), "--resume", session});
    QVERIFY2(resumed.code == 0 && resumed.sessionFolder() == session, resumed.all().c_str());
    QCOMPARE(lab.server.chatCount(), 7 + 1 + 7 * 6);
    const CliEnd verified = runLooptax({"verify", session});
    QVERIFY2(verified.code == 0 && verified.lastLine() == "clean" && contains(verified.out, "16 complete") &&
                 contains(verified.out, "repeats 1 -> 8"),
             verified.all().c_str());

    const std::vector<Json> journal = journalOf(session);
    QCOMPARE(countType(journal, "plan"), 1);
    QCOMPARE(countType(journal, "run_end"), 16);
    std::map<int, int> turns; // by run
    for (const auto& row : csvRows(fileText(session + "/turns.csv"))) {
        ++turns[std::stoi(row.at("run"))];
        QCOMPARE(row.at("run_attempt"), std::string("1"));
    }
    QCOMPARE(turns.size(), std::size_t(16));
    for (const auto& [run, count] : turns) QCOMPARE(count, run % 2 == 1 ? 2 : 4);
    QVERIFY(contains(fileText(session + "/report.md"), "8, of them 7 added later"));
    // Nothing is left to do, and saying so again makes nothing.
    QCOMPARE(runLooptax({"run", "--resume", session}).code, 0);
    QCOMPARE(lab.server.chatCount(), 7 + 1 + 7 * 6);
}

void tst_amended_sessions::rulesChangedAfterTheRunAreSaidInEveryDerivedFile() {
    Lab lab;
    const std::string session = lab.run();
    const std::vector<Json> before = journalOf(session);
    for (const Json& line : before)
        if (line["type"] == "plan") QCOMPARE(line["analysis_sha256"].get<std::string>(), rulesHash(AnalysisRules{}));
    QVERIFY(!contains(fileText(session + "/report.md"), "changed after data"));
    const CliEnd same = runLooptax({"amend", session, "--alpha", "0.05"});
    QVERIFY2(same.code == 0 && same.out == "nothing to change: the session has these already\n", same.all().c_str());
    QCOMPARE(journalOf(session).size(), before.size());

    const CliEnd amended = runLooptax({"amend", session, "--alpha", "0.01", "--family", "H1,H3"});
    QVERIFY2(amended.code == 0, amended.all().c_str());
    QCOMPARE(linesOf(amended.out).front(), std::string("alpha 0.05 -> 0.01; family H1,H2,H3,H4,H5 -> H1,H3"));
    QCOMPARE(journalOf(session).size(), before.size() + 1);
    for (const char* file : {"/report.md", "/report.html"})
        QVERIFY2(contains(fileText(session + file), "changed after data on 20"), file);
    QCOMPARE(runLooptax({"verify", session}).code, 0);
    // In the plan before the run it is the plan.
    Plan plan = lab.plan();
    plan.analysis.alpha = 0.01;
    const CliEnd fresh =
        runLooptax({"run", planFile(lab.folder.path(), plan, "strict.json"), "--out", lab.folder.file("strict")});
    QVERIFY2(fresh.code == 0, fresh.all().c_str());
    QVERIFY(!contains(fileText(fresh.sessionFolder() + "/report.md"), "changed"));
}

void tst_amended_sessions::aSweepThatRunsIsNotAmended() {
    Lab lab(5);
    CliProcess holder({"run", lab.plansFile(), "--out", lab.folder.file("out")});
    QVERIFY(lab.server.waitForChats(3, 20'000));
    const std::string session = onlySessionIn(lab.folder.file("out"));
    const CliEnd end = runLooptax({"amend", session, "--repeats", "8"});
    QCOMPARE(end.code, 4);
    QVERIFY2(contains(end.err, "the session is in use by process " + std::to_string(holder.pid()) + " on "), end.err.c_str());
    const CliEnd swept = holder.finish();
    QVERIFY2(swept.code == 0, swept.all().c_str());
    QCOMPARE(countType(journalOf(session), "amendment"), 0);
}

void tst_amended_sessions::whatCannotBeAmendedIsNamed_data() {
    QTest::addColumn<std::vector<std::string>>("words");
    QTest::addColumn<int>("code");
    QTest::addColumn<std::string>("said");
    using Words = std::vector<std::string>;
    const auto row = [](const char* name, Words words, int code, const char* said) {
        QTest::newRow(name) << words << code << std::string(said);
    };
    row("no session", {"amend"}, 2, "amend needs one session folder (looptax amend --help)\n");
    row("nothing to amend", {"amend", "{}"}, 2, "nothing to amend was given (for example --alpha 0.01 or --repeats 8");
    row("a word for a number", {"amend", "{}", "--alpha", "small"}, 2, "--alpha small is not a number");
    row("half a repeat", {"amend", "{}", "--repeats", "1.5"}, 2, "--repeats 1.5 is not a whole number");
    row("an option that is none", {"amend", "{}", "--aplha", "1"}, 2, "unknown option --aplha (did you mean --alpha?)\n");
    row("out of range", {"amend", "{}", "--alpha", "0", "--repeats", "0"}, 2, "$.repeats: is 0 (from 1 to 10000)");
    row("a folder that is no session", {"amend", "{}/state", "--alpha", "0.01"}, 4, "there is no session here");
}

void tst_amended_sessions::whatCannotBeAmendedIsNamed() {
    QFETCH(std::vector<std::string>, words);
    QFETCH(int, code);
    QFETCH(std::string, said);
    Lab lab;
    const std::string session = lab.run();
    for (std::string& word : words)
        if (word.rfind("{}", 0) == 0) word = session + word.substr(2);
    const std::string before = fileText(session + "/journal.jsonl");
    const CliEnd end = runLooptax(words);
    QVERIFY2(end.code == code && contains(end.err, said), end.all().c_str());
    QCOMPARE(fileText(session + "/journal.jsonl"), before);
}

LOOPTAX_TEST(tst_amended_sessions)
#include "tst_amended_sessions.moc"
