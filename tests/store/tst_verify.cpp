#include "support/disturbed_records.h"
#include "support/stream_records.h"
#include "support/test_registry.h"

#include "replay/verify.h"

#include <QTest>

using namespace looptax;

namespace {

using Spoil = std::function<void(TurnRecord&)>;

bool says(const VerifyReport& report, Severity severity, const std::string& text) {
    for (const Finding& finding : report.findings)
        if (finding.severity == severity && finding.sentence().find(text) != std::string::npos) return true;
    return false;
}

} // namespace

Q_DECLARE_METATYPE(Spoil)

class tst_verify : public QObject {
    Q_OBJECT
    SystemFileOps m_files;

    VerifyReport verify(const SessionBuilder& b, const Rejudge& rejudge = {}) {
        TempFolder folder;
        b.writeTo(folder.path());
        return verifySession(m_files, folder.path(), rejudge).take();
    }

private Q_SLOTS:
    void aWholeSessionIsClean() {
        SessionBuilder b(testPlan({{"A", {3}, {}, {}}, {"C", {2}, {3}, {}}}));
        for (const ScheduledRun& run : b.schedule()) b.completeRun(run.run);
        const VerifyReport report = verify(b);
        for (const Finding& finding : report.findings) qWarning("%s", finding.sentence().c_str());
        QVERIFY(report.findings.empty());
        QVERIFY(report.clean());
        QCOMPARE(report.counts.planned_runs, std::int64_t(4));
        QCOMPARE(report.counts.complete_runs, std::int64_t(4));
        QCOMPARE(report.counts.turn_starts, std::int64_t(10));
        QCOMPARE(report.counts.turns_done, std::int64_t(10));
    }
    void stampsAndAMachineThatFitAreClean() {
        SessionBuilder b(testPlan({{"A", {4}, {}, {}}}, 1));
        b.completeRun(1, [](TurnRecord& r) {
            asTokenStream(r);
            r.decode_tps.reset();    // eleven reads are too few for a rate
            if (r.turn == 1) return; // recorded before
            stampedByKernel(r);
            if (r.turn == 2) r.stamp_source = "mixed";
            if (r.turn == 3) asQuiet(r);
            if (r.turn == 4) asDisturbed(r);
        });
        const VerifyReport report = verify(b);
        for (const Finding& finding : report.findings) qWarning("%s", finding.sentence().c_str());
        QVERIFY(report.findings.empty());
    }
    void failedStoppedAndOpenRunsAreCounted() {
        SessionBuilder b(testPlan({{"A", {2}, {}, {}}}, 4));
        b.completeRun(1);
        b.runStart(2);
        TurnRecord record = b.goodTurn(2, 1);
        SessionBuilder::fail(record, Outcome::TimeoutIdle, "nothing came for 60 s");
        b.turn(record, b.replyOf(record));
        b.runEnd(2, RunOutcome::Failed);
        b.runStart(3);
        b.turn(b.goodTurn(3, 1), b.replyOf(b.goodTurn(3, 1)));
        b.runEnd(3, RunOutcome::Stopped);
        const VerifyReport report = verify(b);
        QVERIFY(report.clean());
        QCOMPARE(report.counts.failed_runs, std::int64_t(1));
        QCOMPARE(report.counts.stopped_runs, std::int64_t(1));
        QCOMPARE(report.counts.open_runs, std::int64_t(1));
        QCOMPARE(report.counts.turns_failed, std::int64_t(1));
    }
    void aKillLosesNothingThatWasMeasured() {
        SessionBuilder b(testPlan());
        b.runStart(1);
        b.turn(b.goodTurn(1, 1), b.replyOf(b.goodTurn(1, 1)));
        b.turnStart(1, 2); // killed here
        VerifyReport report = verify(b);
        QVERIFY(report.clean());
        QCOMPARE(report.counts.cut_short, std::int64_t(1));
        b.runEnd(1, RunOutcome::Interrupted);
        b.completeRun(1, {}, 2);
        b.completeRun(2);
        report = verify(b);
        QVERIFY(report.clean());
        QCOMPARE(report.counts.cut_short, std::int64_t(1));
        QCOMPARE(report.counts.complete_runs, std::int64_t(2));
    }
    void aTornTailIsNoLoss() {
        TempFolder folder;
        SessionBuilder b(testPlan());
        b.completeRun(1);
        b.writeTo(folder.path());
        spit(SessionPaths(folder.path()).journal(), b.journal() + "{\"v\":1,");
        spit(folder.file("journal.jsonl.1.torn"), "an older one");
        const auto report = verifySession(m_files, folder.path(), {});
        QVERIFY(report->clean());
        QVERIFY(says(*report, Severity::Info, "cut off"));
        QCOMPARE(report->counts.torn_files, std::int64_t(1));
    }
    void aDamagedLineIsLost() {
        TempFolder folder;
        SessionBuilder b(testPlan());
        b.completeRun(1);
        b.writeTo(folder.path());
        std::string bytes = b.journal();
        bytes[b.lines()[0].size() + b.lines()[1].size() + 20] ^= 1;
        spit(SessionPaths(folder.path()).journal(), bytes);
        const auto report = verifySession(m_files, folder.path(), {});
        QVERIFY(report->lost());
        QVERIFY(says(*report, Severity::Lost, "line 3"));
    }
    void aSendAfterABusyAnswerIsOneTurn() {
        SessionBuilder b(testPlan({{"A", {1}, {}, {}}}, 1));
        b.runStart(1);
        b.turnStart(1, 1, 1, 1);
        TurnRecord record = b.goodTurn(1, 1);
        record.send_attempt = 2;
        b.turn(record, b.replyOf(record));
        b.runEnd(1, RunOutcome::Complete);
        const VerifyReport report = verify(b);
        QVERIFY(report.clean());
        QCOMPARE(report.counts.sent_again, std::int64_t(1));
        QCOMPARE(report.counts.turn_starts, std::int64_t(2));
    }

    void whatIsMissingIsLost_data() {
        QTest::addColumn<int>("way");
        QTest::addColumn<QByteArray>("text");
        QTest::addRow("a turn with no end, and the run went on") << 0 << QByteArray("nothing says how it ended");
        QTest::addRow("a complete run without its last turn") << 1 << QByteArray("1 of 2 turns");
        QTest::addRow("a turn in the middle") << 2 << QByteArray("turn before it is missing");
        QTest::addRow("an attempt") << 3 << QByteArray("attempt before it is missing");
        QTest::addRow("the end of a turn in a failed run") << 4 << QByteArray("nothing says how it ended");
    }
    void whatIsMissingIsLost() {
        QFETCH(int, way);
        QFETCH(QByteArray, text);
        SessionBuilder b(testPlan({{"A", {2}, {}, {}}}, 1));
        const int attempt = way == 3 ? 2 : 1;
        b.runStart(1, attempt);
        if (way == 0) b.turnStart(1, 1, attempt);
        const auto turn = [&](int t) { b.turn(b.goodTurn(1, t, attempt), b.replyOf(b.goodTurn(1, t))); };
        if (way == 1 || way == 3) turn(1);
        if (way == 0 || way == 2 || way == 3) turn(2);
        if (way == 4) b.turnStart(1, 1);
        b.runEnd(1, way == 4 ? RunOutcome::Failed : RunOutcome::Complete, attempt);
        const VerifyReport report = verify(b);
        QVERIFY(report.lost());
        QVERIFY(says(report, Severity::Lost, text.toStdString()));
    }

    void numbersThatDoNotFollowAreFound_data() {
        QTest::addColumn<Spoil>("spoil");
        QTest::addColumn<QByteArray>("text");
        const auto row = [](const char* title, Spoil spoil, const char* text) {
            QTest::addRow("%s", title) << spoil << QByteArray(text);
        };
        row(
            "ttft", [](TurnRecord& r) { r.ttft_ms = *r.ttft_ms + 1e-3; }, "ttft_ms");
        row(
            "ttft from reasoning", [](TurnRecord& r) { r.first_reasoning_ns = 5'000'000; }, "ttft_ms");
        row(
            "ttft without a stamp", [](TurnRecord& r) { r.first_content_ns.reset(); }, "ttft_ms");
        row(
            "estimate", [](TurnRecord& r) { ++r.context_tokens_estimate; }, "context_tokens_estimate");
        row(
            "decode rate", [](TurnRecord& r) { r.decode_tps = *r.decode_tps * 1.001; }, "decode_tps");
        row(
            "runtime's rate", [](TurnRecord& r) { r.decode_tps_runtime = 3; }, "decode_tps_runtime");
        row(
            "all_pass", [](TurnRecord& r) { r.sort_correct = false; }, "all_pass");
        row(
            "missing flag", [](TurnRecord& r) { r.schema_ok.reset(); }, "flags are missing");
        row(
            "stratum", [](TurnRecord& r) { r.stratum = "load"; }, "stratum");
        row(
            "stratum without cached tokens",
            [](TurnRecord& r) {
                r.cached_tokens.reset();
                r.cache_mode_broken.reset();
            },
            "stratum");
        row(
            "another reply", [](TurnRecord& r) { r.reply_sha256 = std::string(64, '0'); }, "reply_sha256");
        row(
            "reply length", [](TurnRecord& r) { ++*r.reply_chars; }, "reply_chars");
        row(
            "bytes before the send", [](TurnRecord& r) { r.headers_ns = -1; }, "before t_sent_ns");
        row(
            "end before the last content", [](TurnRecord& r) { r.end_ns = *r.last_content_ns - 1; }, "last_content_ns");
        row(
            "counts that disagree in silence", [](TurnRecord& r) { ++*r.processed_tokens; }, "are not prompt_tokens");
        row(
            "a cache mode that held with nothing reused",
            [](TurnRecord& r) {
                r.cached_tokens = 0;
                r.processed_tokens = r.prompt_tokens;
                r.stratum = "cold";
            },
            "cache_mode_broken");
        row(
            "a cache mode of a runtime that does not count",
            [](TurnRecord& r) {
                r.cached_tokens.reset();
                r.stratum = "unknown";
            },
            "cache_mode_broken");
        row(
            "invalid_utf8", [](TurnRecord& r) { r.invalid_utf8 = true; }, "invalid_utf8");
        row(
            "a reply that was cut off and passes",
            [](TurnRecord& r) {
                r.hit_max_tokens = true;
                r.finish_reason = "length";
            },
            "all_pass");
        row(
            "hit_max_tokens without length",
            [](TurnRecord& r) {
                r.hit_max_tokens = true;
                r.all_pass = r.all_pass_local = false;
                r.fail_reason = "hit max_tokens";
            },
            "hit_max_tokens");
        row(
            "a shared first delta that is not",
            [](TurnRecord& r) {
                r.first_delta_shared = true;
                r.first_read_deltas = 1;
            },
            "first_delta_shared");
        row(
            "a first delta that is shared",
            [](TurnRecord& r) {
                r.first_delta_shared = false;
                r.first_read_deltas = 2;
            },
            "first_delta_shared");
        row(
            "a largest lag below the median",
            [](TurnRecord& r) {
                r.wake_lag_ns = 50'000;
                r.wake_lag_max_ns = 40'000;
            },
            "wake_lag_max_ns");
        row(
            "a lag before the bytes came", [](TurnRecord& r) { r.wake_lag_ns = -1; }, "wake_lag_ns is below 0");
        row(
            "a stamp of nobody", [](TurnRecord& r) { r.stamp_source = "ethernet"; }, "stamp_source");
        row(
            "disturbed by nothing", [](TurnRecord& r) { r.disturbed = true; }, "nothing says by what");
        row(
            "quiet, with a reason",
            [](TurnRecord& r) {
                r.disturbed = false;
                r.disturbed_by = "swapped 3 MiB";
            },
            "disturbed_by");
        row(
            "a reason of nothing", [](TurnRecord& r) { r.disturbed_by = "swapped 3 MiB"; }, "disturbed_by");
    }
    void numbersThatDoNotFollowAreFound() {
        QFETCH(Spoil, spoil);
        QFETCH(QByteArray, text);
        SessionBuilder b(testPlan({{"A", {2}, {}, {}}}, 1));
        b.completeRun(1, [&](TurnRecord& r) {
            if (r.turn == 2) spoil(r);
        });
        const VerifyReport report = verify(b);
        QVERIFY(!report.clean());
        QVERIFY(!report.lost());
        for (const Finding& finding : report.findings) {
            QCOMPARE(finding.where, std::string("run 1 attempt 1 turn 2"));
            QVERIFY2(says(report, Severity::Wrong, text.toStdString()), finding.text.c_str());
        }
    }

    void aLoadThatTheRuntimeDidNotReportIsNoContradiction() {
        for (const char* stratum : {"load", "cold"}) { // older versions said cold
            SessionBuilder b(testPlan({{"A", {1}, {}, {}}}, 1));
            b.completeRun(1, [&](TurnRecord& r) {
                SessionBuilder::setTtft(r, 4000);
                r.stratum = stratum;
            });
            QVERIFY2(verify(b).clean(), stratum);
        }
    }
    // What is on record stays; what rules of later versions make of it is said, once a kind.
    void sessionsFromBeforeARuleAreCleanAndItIsSaid() {
        SessionBuilder b(testPlan({{"A", {4}, {}, {}}}, 1));
        b.completeRun(1, [](TurnRecord& r) {
            r.hit_max_tokens.reset();
            r.reasoning_in_content.reset();
            if (r.turn < 3) r.finish_reason = "length";
            if (r.turn == 4) r.finish_reason = "abort";
        });
        const VerifyReport report = verify(b, [](const TurnRecord& r, const std::string&, const std::optional<std::string>&) {
            return Rejudged{{}, r.turn == 3 ? "the reply, judged without the thoughts in its content, would pass" : ""};
        });
        QVERIFY(report.clean());
        QVERIFY(says(report, Severity::Info, "the reply hit max_tokens and would not pass (so 2 turns)"));
        QVERIFY(says(report, Severity::Info, "finish_reason abort would make it a failed turn"));
        QVERIFY(says(report, Severity::Info, "without the thoughts in its content, would pass"));
    }
    void aRunCountedTwiceIsFound() {
        SessionBuilder b(testPlan({{"A", {1}, {}, {}}}, 1));
        b.completeRun(1);
        b.completeRun(1, {}, 2);
        QVERIFY(says(verify(b), Severity::Wrong, "completed twice"));
    }
    void aChangedPlanFileIsFound() {
        TempFolder folder;
        SessionBuilder b(testPlan());
        b.writeTo(folder.path());
        spit(SessionPaths(folder.path()).plan(), "{}");
        QVERIFY(says(*verifySession(m_files, folder.path(), {}), Severity::Wrong, "not the plan that was run"));
    }
    void repliesAreJudgedAgainWithTheStateThatWasFedIn() {
        SessionBuilder b(testPlan({{"C", {3}, {3}, {}}}, 1));
        b.runStart(1);
        b.turn(b.goodTurn(1, 1), b.replyOf(b.goodTurn(1, 1)), "state one");
        b.turn(b.goodTurn(1, 2), b.replyOf(b.goodTurn(1, 2))); // a bad reply leaves the state as it was
        b.turn(b.goodTurn(1, 3), b.replyOf(b.goodTurn(1, 3)), "state three");
        b.runEnd(1, RunOutcome::Complete);
        std::vector<std::string> fed;
        const VerifyReport report =
            verify(b, [&](const TurnRecord& r, const std::string& reply, const std::optional<std::string>& state) {
                if (reply != SessionBuilder::replyOf(r)) return Rejudged{"the wrong reply was given", {}};
                fed.push_back(state.value_or("none"));
                return r.turn == 3 ? Rejudged{"count_match should be false", {}} : Rejudged{};
            });
        QCOMPARE(fed, (std::vector<std::string>{"none", "state one", "state one"}));
        QCOMPARE(report.counts.judged_again, std::int64_t(3));
        QCOMPARE(report.findings.size(), std::size_t(1));
        QVERIFY(says(report, Severity::Wrong, "turn 3: count_match should be false"));
    }
};

LOOPTAX_TEST(tst_verify)
#include "tst_verify.moc"
