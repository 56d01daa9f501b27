// The time a sweep will take: wide and marked rough before anything is known, from earlier sessions on the
// same target, from the warm-up, and then from what ran. No server anywhere.
#include "fake_world.h"
#include "support/session_builder.h"
#include "support/test_registry.h"

#include "engine/time_estimate.h"

#include <QTest>

using namespace looptax;

namespace {

TurnRecord turnOf(double ttftMs, double endMs, std::int64_t gapNs = 0) {
    TurnRecord record;
    record.outcome = Outcome::Ok;
    record.ttft_ms = ttftMs;
    record.end_ns = std::int64_t(endMs * 1e6);
    if (gapNs > 0) record.gap_before_ns = gapNs;
    return record;
}

// Of the runs; behind it come the explanations and the end, for which there is no time to tell.
const SweepProgress& lastOfTheRuns(const CollectingListener& listener) {
    return *std::find_if(listener.progresses.rbegin(), listener.progresses.rend(),
                         [](const SweepProgress& p) { return p.phase == SweepPhase::Running; });
}

const SweepProgress* first(const CollectingListener& listener, SweepPhase phase) {
    for (const SweepProgress& p : listener.progresses)
        if (p.phase == phase) return &p;
    return nullptr;
}

} // namespace

class tst_time_estimate : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aRoughRangeIsWideAndMarked() {
        FakeLab lab;
        const Plan plan = smallPlan();
        const auto paces = pacesBefore(lab.files, lab.out(), plan, lab.pack);
        QCOMPARE(paces.size(), std::size_t(1));
        QCOMPARE(paces[0].basis, EstimateBasis::Rough);
        const auto runs = makeSchedule(plan, catalogue()).runs;
        const TimeEstimate estimate = estimateRuns(plan, runs, paces, lab.pack);
        QCOMPARE(estimate.basis, EstimateBasis::Rough);
        QVERIFY(estimate.low_s > 0 && estimate.high_s > 10 * estimate.low_s);
        QVERIFY(basisWords(estimate.basis).find("rough") != std::string_view::npos);
        Plan cooled = plan;
        cooled.cooldown_ms = 10'000;
        QCOMPARE(estimateRuns(cooled, runs, paces, lab.pack).low_s, estimate.low_s + 10.0 * double(runs.size()));
    }

    void theStudyIsToldInHoursNotInDays() {
        FakeLab lab;
        Plan plan = presetPlan();
        const auto runs = makeSchedule(plan, catalogue()).runs;
        const TimeEstimate estimate = estimateRuns(plan, runs, {roughPace()}, lab.pack);
        QVERIFY2(estimate.low_s > 600 && estimate.low_s < 4 * 3600, std::to_string(estimate.low_s).c_str());
        QVERIFY2(estimate.high_s > 2 * 3600 && estimate.high_s < 48 * 3600, std::to_string(estimate.high_s).c_str());
    }

    void theWarmUpGivesARange() {
        TurnRecord warm = turnOf(100, 450);
        warm.prompt_chars = 200;
        warm.prompt_tokens = 40;
        warm.predicted_tokens = 8;
        const auto pace = paceOfWarmup(warm);
        QVERIFY(pace && pace->basis == EstimateBasis::Warmup);
        QCOMPARE(pace->fast.prompt_ms, 0.0); // all of it cached
        QCOMPARE(pace->fast.reply_ms, 50.0); // 350 ms for the 7 tokens after the first
        QCOMPARE(pace->slow.prompt_ms, 2.5);
        QCOMPARE(pace->slow.reply_ms, 100.0);
        warm.processed_tokens = 20; // the runtime's own account goes before
        warm.prompt_ms = 10;
        QCOMPARE(paceOfWarmup(warm)->slow.prompt_ms, 0.5);
        // A server that reports no counts at all: characters / 4.
        TurnRecord bare = turnOf(100, 400);
        bare.prompt_chars = 400;
        bare.reply_chars = 16;
        QCOMPARE(paceOfWarmup(bare)->slow.prompt_ms, 1.0);
        QCOMPARE(paceOfWarmup(bare)->fast.reply_ms, 100.0);
        QVERIFY(!paceOfWarmup(TurnRecord{}));
    }

    void whatRanIsSetAgainstWhatWasExpected() {
        PaceMeter meter;
        QVERIFY(meter.empty());
        meter.beginRun();
        meter.add({100, 10}, turnOf(200, 700, 100'000'000)); // 2 ms a prompt token; 500 + 100 ms for 10
        meter.add({300, 30}, turnOf(600, 2'400));
        const TargetPace ran = meter.pace(EstimateBasis::Ran);
        QCOMPARE(ran.fast.prompt_ms, 2.0);
        QCOMPARE(ran.fast.reply_ms, 60.0);
        QCOMPARE(ran.slow.reply_ms, ran.fast.reply_ms);
        // Two runs say nothing of the spread between runs.
        const TargetPace few = meter.pace(EstimateBasis::Earlier);
        QCOMPARE(few.fast.prompt_ms, 1.0);
        QCOMPARE(few.slow.prompt_ms, 4.0);
        // A failed turn took its time all the same.
        PaceMeter failed;
        TurnRecord lost;
        lost.outcome = Outcome::TimeoutFirst;
        lost.end_ns = 5'000'000'000;
        failed.add({100, 10}, lost);
        QCOMPARE(failed.pace(EstimateBasis::Ran).fast.reply_ms, 500.0);
    }

    void theSpreadOfManyRunsIsTheRange() {
        PaceMeter meter;
        for (const double slowness : {1.0, 1.0, 1.0, 2.5}) {
            meter.beginRun();
            meter.add({100, 100}, turnOf(100 * slowness, 1'100 * slowness));
        }
        const TargetPace pace = meter.pace(EstimateBasis::Earlier);
        const double middle = (100.0 * 5.5) / 400;
        QCOMPARE(pace.slow.prompt_ms, middle * 2.5 / 1.375);
        QCOMPARE(pace.fast.prompt_ms, middle / 1.375);
    }

    void earlierSessionsOnTheSameTargetAreUsed_data() {
        QTest::addColumn<QString>("change");
        QTest::addColumn<bool>("used");
        QTest::newRow("the same plan") << QString() << true;
        QTest::newRow("other cells and repeats") << QStringLiteral("cells") << true;
        QTest::newRow("the same target at another port") << QStringLiteral("url") << true;
        QTest::newRow("another model") << QStringLiteral("model") << false;
        QTest::newRow("another target") << QStringLiteral("id") << false;
        QTest::newRow("another kind of runtime") << QStringLiteral("kind") << false;
        QTest::newRow("no model named, same address") << QStringLiteral("no model") << true;
        QTest::newRow("no model named, another address") << QStringLiteral("no model, url") << false;
    }
    void earlierSessionsOnTheSameTargetAreUsed() {
        QFETCH(QString, change);
        QFETCH(bool, used);
        FakeLab lab;
        Plan plan = smallPlan();
        if (!change.startsWith(QStringLiteral("no model"))) plan.targets[0].model = "m";
        QVERIFY(!lab.run(plan).error);
        Plan next = plan;
        if (change == QStringLiteral("cells")) next.cells = {{"D", {2}, {}, {1}}};
        if (change.contains(QStringLiteral("url"))) next.targets[0].url = "http://127.0.0.1:2";
        if (change == QStringLiteral("model")) next.targets[0].model = "other";
        if (change == QStringLiteral("id")) next.targets[0].id = "u";
        if (change == QStringLiteral("kind")) next.targets[0].kind = TargetKind::Ollama;
        const auto paces = pacesBefore(lab.files, lab.out(), next, lab.pack);
        QCOMPARE(paces[0].basis, used ? EstimateBasis::Earlier : EstimateBasis::Rough);
    }

    void whatTheyPromiseIsWhatTheSweepThenTakes() {
        FakeLab lab;
        const Plan plan = smallPlan();
        QVERIFY(!lab.run(plan).error);
        const auto runs = makeSchedule(plan, catalogue()).runs;
        const TimeEstimate estimate = estimateRuns(plan, runs, pacesBefore(lab.files, lab.out(), plan, lab.pack), lab.pack);
        const std::int64_t began = lab.clock.monotonicNs();
        QVERIFY(!lab.run(plan).error);
        const double took = double(lab.clock.monotonicNs() - began) / 1e9;
        QVERIFY2(estimate.low_s <= took && took <= estimate.high_s && estimate.high_s < 4 * estimate.low_s,
                 (std::to_string(estimate.low_s) + " " + std::to_string(took) + " " + std::to_string(estimate.high_s)).c_str());
    }

    void damagedSessionsAndStrangersArePassedOver() {
        FakeLab lab;
        const Plan plan = smallPlan();
        const SweepResult result = lab.run(plan);
        QVERIFY(!result.error);
        QVERIFY(lab.files.makeDirs(joinPath(lab.out(), "99990101-000000-damaged0")).ok());
        spit(joinPath(lab.out(), "99990101-000000-damaged0/journal.jsonl"), "no journal\n");
        QVERIFY(lab.files.makeDirs(joinPath(lab.out(), "zz-holiday-pictures")).ok());
        spit(joinPath(lab.out(), "zzz.txt"), "text");
        QCOMPARE(pacesBefore(lab.files, lab.out(), plan, lab.pack)[0].basis, EstimateBasis::Earlier);
        QCOMPARE(pacesBefore(lab.files, joinPath(lab.out(), "missing"), plan, lab.pack)[0].basis, EstimateBasis::Rough);
    }

    void aSweepSaysItFromTheFirstMomentOn() {
        FakeLab lab;
        const Plan plan = smallPlan();
        QVERIFY(!lab.run(plan).error);
        const SweepProgress* before = first(lab.listener, SweepPhase::Preflight);
        QVERIFY(before != nullptr && before->seconds_left && before->seconds_high);
        QCOMPARE(before->estimate_from, EstimateBasis::Rough);
        QCOMPARE(before->turns_left, std::int64_t(14));
        const SweepProgress* begun = first(lab.listener, SweepPhase::Running);
        QVERIFY(begun != nullptr && begun->seconds_high);
        QCOMPARE(begun->estimate_from, EstimateBasis::Warmup);
        QVERIFY(*begun->seconds_left > *lastOfTheRuns(lab.listener).seconds_left);
        // After the first complete run its own pace is the basis, and a single number is said.
        const SweepProgress& last = lastOfTheRuns(lab.listener);
        QCOMPARE(last.estimate_from, EstimateBasis::Ran);
        QVERIFY(!last.seconds_high);
        QCOMPARE(last.seconds_left.value_or(-1), 0.0);

        lab.listener = {};
        QVERIFY(!lab.run(plan).error);
        QCOMPARE(first(lab.listener, SweepPhase::Preflight)->estimate_from, EstimateBasis::Earlier);
        // Eight tokens of a warm-up do not outweigh whole runs.
        QCOMPARE(first(lab.listener, SweepPhase::Running)->estimate_from, EstimateBasis::Earlier);
    }

    void aSkippedRunIsNoTimeLeft() {
        FakeLab lab;
        Plan plan = smallPlan();
        lab.listener.hook = [&](const JournalLine& line) {
            if (line.type == "run_start" && (*line.body)["run"] == 2) lab.control.skip = true;
        };
        QVERIFY(!lab.run(plan).error);
        const SweepProgress& last = lastOfTheRuns(lab.listener);
        QCOMPARE(last.phase, SweepPhase::Running);
        QCOMPARE(last.runs_left,
                 std::int64_t(2)); // the last, whose end is not written yet, and the skipped one
        QCOMPARE(last.seconds_left.value_or(-1), 0.0);
    }

private:
    static Plan presetPlan() {
        Plan plan = smallPlan();
        plan.cells = {{"A", {1, 3, 6, 9, 12}, {}, {}},
                      {"B", {1, 3, 6, 9, 12}, {}, {}},
                      {"C", {1, 3, 6, 9, 12, 15}, {3}, {}},
                      {"D", {3}, {}, {1, 3, 6, 9}}};
        plan.repeats = 5;
        return plan;
    }
};

LOOPTAX_TEST(tst_time_estimate)
#include "tst_time_estimate.moc"
