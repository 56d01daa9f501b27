// Amending a session: one durable line that says what changed, when, and whether a turn had been seen by then.
#include "loop/loop_design.h"
#include "support/fake_clock.h"
#include "support/faulty_file_ops.h"
#include "support/session_builder.h"
#include "support/test_registry.h"

#include "domain/plan_check.h"
#include "record/schedule_json.h"
#include "replay/verify.h"
#include "store/amend.h"
#include "store/load_session.h"

#include <QTest>

#include <cmath>
#include <functional>

using namespace looptax;

namespace {

using Change = std::function<void(AmendRequest&)>;

AmendRequest asked(const Change& change) {
    AmendRequest request;
    change(request);
    return request;
}

SessionBuilder measured(Plan plan = testPlan({{"A", {2}, {}, {}}}, 1)) {
    SessionBuilder b(std::move(plan));
    for (const ScheduledRun& run : b.schedule()) b.completeRun(run.run);
    return b;
}

Plan twoTargets(int repeats) {
    Plan plan = testPlan({{"A", {1, 2}, {}, {}}, {"C", {2}, {3}, {}}}, repeats);
    plan.targets.push_back(plan.targets[0]);
    plan.targets[1].id = "second";
    plan.order = Order::Blocked;
    return plan;
}

} // namespace

Q_DECLARE_METATYPE(Change)

class tst_amend : public QObject {
    Q_OBJECT
    SystemFileOps m_files;
    FakeClock m_clock;

    Result<AmendResult> amend(const std::string& folder, const Change& change) {
        return amendSession(m_files, m_clock, catalogue(), folder, asked(change));
    }
    RecordStore load(const std::string& folder) { return loadSession(m_files, folder)->store; }
    bool isClean(const std::string& folder) {
        const VerifyReport report = verifySession(m_files, folder, {}).take();
        for (const Finding& finding : report.findings)
            if (finding.severity != Severity::Info) qWarning("%s", finding.sentence().c_str());
        return report.clean();
    }

private Q_SLOTS:
    void aChangeAfterTheFirstTurnIsOnRecordAndMarked() {
        TempFolder folder;
        const SessionBuilder b = measured();
        b.writeTo(folder.path());
        const auto result = amend(folder.path(), [](AmendRequest& r) {
            r.alpha = 0.01;
            r.family = {"H1", "H3"};
            r.reason = " a slip\x1B of the pen\n";
        });
        QVERIFY2(result.ok(), result.ok() ? "" : result.error().text().c_str());
        const Amendment& amendment = result->amendment.value();
        QCOMPARE(amendment.text, std::string("alpha 0.05 -> 0.01; family H1,H2,H3,H4,H5 -> H1,H3"));
        QCOMPARE(amendment.reason, std::string("a slip of the pen"));
        QCOMPARE(amendment.t, isoUtc(m_clock.wallMs()));
        QVERIFY(amendment.after_data && !amendment.repeats);
        QCOMPARE(amendment.analysis->alpha, 0.01);

        const RecordStore store = load(folder.path());
        QVERIFY(store.warnings().empty());
        QVERIFY(store.amendments() == std::vector<Amendment>{amendment});
        QVERIFY(store.plan() == b.plan()); // what was fixed before the first turn stays readable
        QCOMPARE(store.rulesHash(), rulesHash(b.plan().analysis));
        QCOMPARE(planInForce(*store.plan(), store.amendments()).analysis.alpha, 0.01);
        const std::string journal = slurp(SessionPaths(folder.path()).journal());
        QCOMPARE(journal.substr(0, b.journal().size()), b.journal());
        QVERIFY(isClean(folder.path()));
    }
    void beforeTheFirstTurnNothingIsMarked_data() {
        QTest::addColumn<int>("seen");
        QTest::addColumn<bool>("marked");
        QTest::addRow("nothing but the plan") << 0 << false;
        QTest::addRow("a warm-up, which is no turn") << 1 << false;
        QTest::addRow("a turn under way when the program was killed") << 2 << true;
        QTest::addRow("a turn that failed") << 3 << true;
    }
    void beforeTheFirstTurnNothingIsMarked() {
        QFETCH(int, seen);
        QFETCH(bool, marked);
        TempFolder folder;
        SessionBuilder b(testPlan());
        if (seen == 1) b.add("warmup", {{"target", "llamacpp"}});
        if (seen >= 2) b.runStart(1);
        if (seen == 2) b.turnStart(1, 1);
        if (seen == 3) {
            TurnRecord record = b.goodTurn(1, 1);
            SessionBuilder::fail(record, Outcome::Cut, "cut");
            b.turn(record, b.replyOf(record));
        }
        b.writeTo(folder.path());
        QVERIFY(amend(folder.path(), [](AmendRequest& r) { r.delta_t = 1.5; }).ok());
        const RecordStore store = load(folder.path());
        QCOMPARE(store.amendments().at(0).after_data, marked);
        QCOMPARE(amendmentSentence(store.amendments()[0]).rfind("changed after data on ", 0) == 0, marked);
        QVERIFY(isClean(folder.path()));
    }
    void whatIsSoAlreadyIsNotWritten_data() {
        QTest::addColumn<Change>("change");
        QTest::addRow("the same alpha") << Change([](AmendRequest& r) { r.alpha = 0.05; });
        QTest::addRow("the family in another order") << Change([](AmendRequest& r) {
            r.family = {"H5", "H4", "H3", "H2", "H1"};
        });
        QTest::addRow("the same repeats") << Change([](AmendRequest& r) { r.repeats = 1; });
        QTest::addRow("a reason alone") << Change([](AmendRequest& r) { r.reason = "just so"; });
    }
    void whatIsSoAlreadyIsNotWritten() {
        QFETCH(Change, change);
        TempFolder folder;
        const SessionBuilder b = measured();
        b.writeTo(folder.path());
        const auto result = amend(folder.path(), change);
        QVERIFY(result.ok() && !result->amendment);
        QCOMPARE(slurp(SessionPaths(folder.path()).journal()), b.journal());
        QVERIFY(!m_files.exists(SessionPaths(folder.path()).lock())); // not even a lock
    }
    // The words are those of plan_check: one rule for a plan and for its amendment.
    void aValueOutOfRangeIsRefusedAsInAPlan_data() {
        QTest::addColumn<Change>("change");
        QTest::addColumn<std::string>("path");
        const auto row = [](const char* name, Change change, const char* path) {
            QTest::newRow(name) << std::move(change) << std::string(path);
        };
        row(
            "alpha 0", [](AmendRequest& r) { r.alpha = 0; }, "$.analysis.alpha");
        row(
            "alpha that is no number", [](AmendRequest& r) { r.alpha = std::nan(""); }, "$.analysis.alpha");
        row(
            "delta_q 2", [](AmendRequest& r) { r.delta_q = 2; }, "$.analysis.delta_q");
        row(
            "delta_t 0.5", [](AmendRequest& r) { r.delta_t = 0.5; }, "$.analysis.delta_t");
        row(
            "an unknown hypothesis",
            [](AmendRequest& r) {
                r.family = {"H1", "H9"};
            },
            "$.analysis.family[1]");
        row(
            "one named twice",
            [](AmendRequest& r) {
                r.own_family = {"T1", "T1"};
            },
            "$.analysis.own_family[1]");
        row(
            "an unknown endpoint", [](AmendRequest& r) { r.primary = "slope"; }, "$.analysis.primary");
        row(
            "no repeats", [](AmendRequest& r) { r.repeats = 0; }, "$.repeats");
        row(
            "too many", [](AmendRequest& r) { r.repeats = 10'001; }, "$.repeats");
    }
    void aValueOutOfRangeIsRefusedAsInAPlan() {
        QFETCH(Change, change);
        QFETCH(std::string, path);
        TempFolder folder;
        const SessionBuilder b = measured();
        b.writeTo(folder.path());
        const auto result = amend(folder.path(), change);
        QVERIFY(!result.ok());
        QCOMPARE(result.error().kind, ErrorKind::Plan);
        QVERIFY2(result.error().text().find(path + ": ") != std::string::npos, result.error().text().c_str());
        QCOMPARE(slurp(SessionPaths(folder.path()).journal()), b.journal());
    }
    void fewerRepeatsAreRefused() {
        TempFolder folder;
        measured(testPlan({{"A", {2}, {}, {}}}, 3)).writeTo(folder.path());
        const auto result = amend(folder.path(), [](AmendRequest& r) { r.repeats = 2; });
        QVERIFY(!result.ok());
        QCOMPARE(result.error().text(),
                 std::string("$.repeats: 2 would be fewer than the 3 that are planned (repeats can only be added: what "
                             "was planned was planned)"));
    }
    void aSessionSomebodyWritesToIsLeftAlone() {
        TempFolder folder;
        const SessionBuilder b = measured();
        b.writeTo(folder.path());
        const auto held = SessionLock::take(m_files, SessionPaths(folder.path()));
        QVERIFY(held.ok());
        const auto result = amend(folder.path(), [](AmendRequest& r) { r.alpha = 0.01; });
        QVERIFY(!result.ok());
        QCOMPARE(result.error().kind, ErrorKind::Storage);
        QVERIFY(result.error().text().find("the session is in use by process ") != std::string::npos);
        QCOMPARE(slurp(SessionPaths(folder.path()).journal()), b.journal());
    }
    void whatCannotBeAmendedSaysWhy() {
        TempFolder folder;
        const auto alpha = [](AmendRequest& r) { r.alpha = 0.01; };
        QCOMPARE(amend(folder.path(), alpha).error().kind, ErrorKind::Storage); // no session
        SessionBuilder b(testPlan());
        b.writeTo(folder.path());
        const std::string path = SessionPaths(folder.path()).journal();
        spit(path, b.lines()[0]); // killed before the plan line
        QCOMPARE(amend(folder.path(), alpha).error().kind, ErrorKind::Plan);
        std::string damaged = measured().journal();
        damaged[damaged.find("run_start")] = 'X';
        spit(path, damaged);
        QCOMPARE(amend(folder.path(), alpha).error().kind, ErrorKind::Corrupt);
        QCOMPARE(slurp(path), damaged);
        Json newer;
        newer["v"] = 2;
        newer["seq"] = b.lines().size() + 1;
        newer["type"] = "hologram";
        spit(path, b.journal() + sealLine(newer));
        QCOMPARE(amend(folder.path(), alpha).error().kind, ErrorKind::Newer);
    }
    void addedRepeatsExtendTheScheduleAndNothingElse() {
        TempFolder folder;
        const SessionBuilder b = measured(twoTargets(2));
        b.writeTo(folder.path());
        const auto result = amend(folder.path(), [](AmendRequest& r) { r.repeats = 5; });
        QVERIFY2(result.ok(), result.ok() ? "" : result.error().text().c_str());
        QCOMPARE(result->runs_added, 2 * 3 * 3);
        QCOMPARE(result->amendment->repeats.value_or(0), 5);
        QVERIFY(result->amendment->after_data && !result->amendment->analysis);
        const RecordStore store = load(folder.path());
        QVERIFY(store.warnings().empty());
        QCOMPARE(store.schedule().size(), b.schedule().size() + 18);
        for (std::size_t i = 0; i < store.schedule().size(); ++i) {
            QCOMPARE(store.schedule()[i].run, int(i) + 1);
            if (i < b.schedule().size()) QVERIFY(store.schedule()[i] == b.schedule()[i]);
        }
        const VerifyReport report = verifySession(m_files, folder.path(), {}).take();
        QVERIFY(report.clean());
        QCOMPARE(report.counts.planned_runs, std::int64_t(30));
        QCOMPARE(report.counts.complete_runs, std::int64_t(12));
        QCOMPARE(report.counts.open_runs, std::int64_t(18));
        // And once more: from what is in force, not from the plan.
        const auto more = amend(folder.path(), [](AmendRequest& r) { r.repeats = 6; });
        QCOMPARE(more->amendment->text, std::string("repeats 5 -> 6"));
        QCOMPARE(load(folder.path()).schedule().back().run, 36);
        QCOMPARE(load(folder.path()).schedule().back().repeat, 6);
    }
    // A line somebody made by hand, or a bug: said, and the runs it cannot hold are not half taken.
    void addedRunsThatDoNotFollowAreNotTaken() {
        SessionBuilder b = measured();
        Json line;
        writeAmendment(line, {"2026-11-25T00:00:00.000Z", "repeats 1 -> 2", "", true, {}, 2});
        line["schedule"] = scheduleToJson(b.schedule(), b.plan()); // run 1 again
        b.add("amendment", line);
        QCOMPARE(b.store().schedule().size(), std::size_t(1));
        QCOMPARE(b.store().warnings().size(), std::size_t(1));
    }
    void verifyFindsAnAmendmentThatIsNotTrue() {
        const auto says = [&](const Json& fields, const std::string& text) {
            TempFolder folder;
            SessionBuilder b = measured();
            b.add("amendment", fields);
            b.writeTo(folder.path());
            const VerifyReport report = verifySession(m_files, folder.path(), {}).take();
            for (const Finding& finding : report.findings)
                if (finding.severity == Severity::Wrong && finding.text.find(text) != std::string::npos) return true;
            return false;
        };
        Amendment amendment{"2026-11-25T00:00:00.000Z", "alpha 0.05 -> 0.2", "", false, AnalysisRules{}, {}};
        amendment.analysis->alpha = 0.2;
        Json line;
        writeAmendment(line, amendment);
        QVERIFY(says(line, "before the first turn, and it did not"));
        line["after_data"] = true;
        QVERIFY(!says(line, ""));
        line["analysis"]["alpha"] = 0.5;
        QVERIFY(says(line, "not those that their sha256 names"));
        line["analysis"]["alpha"] = "small";
        QVERIFY(says(line, "cannot be right"));
    }
    void journalsWithoutTheHashAreReadAsEver() {
        SessionBuilder b(testPlan());
        std::string old = b.lines()[1];
        Json body = Json::parse(old);
        body.erase("crc");
        body.erase("analysis_sha256");
        TempFolder folder;
        b.writeTo(folder.path());
        spit(SessionPaths(folder.path()).journal(), b.lines()[0] + sealLine(body));
        QVERIFY(load(folder.path()).rulesHash().empty());
        QVERIFY(isClean(folder.path()));
    }
    // Old or new after a fault anywhere, never a mix, and no handle left behind.
    void aFaultAnywhereLeavesTheOldOrTheNewJournal() {
        const SessionBuilder b = measured();
        for (int n = 1;; ++n) {
            TempFolder folder;
            b.writeTo(folder.path());
            FaultyFileOps faulty;
            faulty.failCall(n);
            const auto result =
                amendSession(faulty, m_clock, catalogue(), folder.path(), asked([](AmendRequest& r) { r.alpha = 0.01; }));
            QCOMPARE(faulty.openHandles(), 0);
            QCOMPARE(faulty.usesAfterFailedSync(), 0);
            const RecordStore store = load(folder.path());
            QVERIFY(store.amendments().size() <= 1);
            if (result.ok()) QCOMPARE(store.amendments().size(), std::size_t(1));
            QVERIFY(isClean(folder.path()));
            if (!faulty.fired()) {
                QVERIFY(result.ok());
                QVERIFY(n > 10);
                break;
            }
        }
    }
};

LOOPTAX_TEST(tst_amend)
#include "tst_amend.moc"
