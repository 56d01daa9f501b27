// What the verdicts are made of, whichever door it comes by.
#include "loop/loop_design.h"
#include "report_sessions.h"
#include "support/fake_clock.h"
#include "support/test_registry.h"

#include "analysis/analysis_inputs.h"
#include "report/report_sections.h"
#include "store/amend.h"
#include "store/load_session.h"

#include <QTest>

using namespace looptax;

class tst_analysis_inputs : public QObject {
    Q_OBJECT
    SystemFileOps m_files;
    FakeClock m_clock;

private Q_SLOTS:
    void theStoreAndTheReportGiveTheSame() {
        const SessionBuilder b = wholeSession();
        const RecordStore store = b.store();
        ReportInputs report = reportInputs(store);
        report.instrument = Instrument{};
        report.collecting = true;
        const AnalysisInputs a = analysisInputs(store, Instrument{}, true), c = analysisInputs(report);
        QVERIFY(a.plan == c.plan && a.plan == b.plan());
        QVERIFY(a.amendments == c.amendments && a.amendments.size() == 1);
        QVERIFY(a.schedule == c.schedule && a.schedule.size() == 16);
        QVERIFY(*a.turns == *c.turns && a.turns == &store.turns() && c.turns == &report.turns);
        QCOMPARE(a.runs->size(), c.runs->size());
        QVERIFY(a.instrument == c.instrument && a.collecting && c.collecting);
        QCOMPARE(a.targets.size(), std::size_t(2));
        for (const AnalysisInputs* in : {&a, &c}) {
            QCOMPARE(in->targets[0].id, std::string("llamacpp"));
            QCOMPARE(in->targets[0].runtime, std::string("llama-server b9999"));
            QCOMPARE(in->targets[0].model, std::string("tiny-q4.gguf")); // whose home it lies in is nobody's business
            QCOMPARE(in->targets[0].model_digest, std::string("sha256:abc"));
            QCOMPARE(in->targets[1].runtime, std::string("ollama 0.33.0"));
        }
    }
    void theFirstAccountOfATargetHolds() {
        SessionBuilder b = oneRunSession();
        b.add("session", {{"targets", Json::array({{{"id", "llamacpp"}, {"kind", "llama-server"}, {"version", "b2"}}})}});
        QCOMPARE(analysedTargets(b.plan(), b.store().sessionLines()).at(0).runtime, std::string("llama-server b9999"));
    }
    void whatTheRuntimesDidNotSayIsEmpty() {
        const auto targets = analysedTargets(silentSession().plan(), silentSession().store().sessionLines());
        QCOMPARE(targets.size(), std::size_t(1));
        QCOMPARE(targets[0].runtime, std::string("llama-server"));
        QVERIFY(targets[0].model_digest.empty());
        QVERIFY(analysedTargets({}, {}).empty());
        QCOMPARE(analysedTargets({}, wholeSession().store().sessionLines()).size(), std::size_t(2));
    }
    void aChangeAfterTheRunMarksEveryVerdictAndOneBeforeItNone_data() {
        QTest::addColumn<bool>("measured"); // before the change
        QTest::addColumn<bool>("marked");
        QTest::addColumn<int>("repeats"); // 0: alpha is changed
        QTest::newRow("alpha after the run") << true << true << 0;
        QTest::newRow("alpha before the first turn") << false << false << 0;
        QTest::newRow("repeats after the run") << true << true << 8;
        QTest::newRow("repeats before the first turn") << false << false << 8;
    }
    void aChangeAfterTheRunMarksEveryVerdictAndOneBeforeItNone() {
        QFETCH(bool, measured);
        QFETCH(bool, marked);
        QFETCH(int, repeats);
        TempFolder folder;
        SessionBuilder b(testPlan({{"A", {1, 3}, {}, {}}, {"C", {3}, {3}, {}}}, 1));
        if (measured)
            for (const ScheduledRun& run : b.schedule()) b.completeRun(run.run);
        b.writeTo(folder.path());
        AmendRequest request;
        if (repeats > 0) request.repeats = repeats;
        else request.alpha = 0.01;
        QVERIFY(amendSession(m_files, m_clock, catalogue(), folder.path(), request).ok());
        const auto session = loadSession(m_files, folder.path());
        const Analysis analysis = analyse(analysisInputs(session->store, {}, false));
        QVERIFY(!analysis.verdicts.empty());
        QCOMPARE(analysis.rules.alpha, repeats > 0 ? 0.05 : 0.01);
        for (const Verdict& verdict : analysis.verdicts) QVERIFY2(verdict.after_data == marked, verdict.id.c_str());
    }
    void alphaInThePlanMarksNothing() {
        Plan plan = testPlan({{"A", {3}, {}, {}}}, 2);
        plan.analysis.alpha = 0.01;
        SessionBuilder b(plan);
        for (const ScheduledRun& run : b.schedule()) b.completeRun(run.run);
        const RecordStore store = b.store();
        const Analysis analysis = analyse(analysisInputs(store, {}, false));
        QCOMPARE(analysis.rules.alpha, 0.01);
        for (const Verdict& verdict : analysis.verdicts) QVERIFY2(!verdict.after_data, verdict.id.c_str());
    }
    void addedRepeatsAreInTheSchedule() {
        TempFolder folder;
        oneRunSession().writeTo(folder.path());
        AmendRequest request;
        request.repeats = 8;
        QVERIFY(amendSession(m_files, m_clock, catalogue(), folder.path(), request).ok());
        const auto session = loadSession(m_files, folder.path());
        const AnalysisInputs in = analysisInputs(session->store, {}, false);
        QCOMPARE(in.schedule.size(), std::size_t(16));
        QCOMPARE(in.plan->repeats, 1);
        QVERIFY(in.amendments.at(0).after_data && in.amendments[0].repeats == 8);
    }
};

LOOPTAX_TEST(tst_analysis_inputs)
#include "tst_analysis_inputs.moc"
