// The numbers of the charts while a session grows: whatever the order and the pace, the same as the summaries
// of the whole, and a run counts when it is complete and not before.
#include "analysis/summary.h"
#include "analysis/tax_split.h"
#include "chart/source_keeper.h"
#include "charts_lab.h"
#include "support/disturbed_records.h"
#include "support/stream_records.h"
#include "support/test_registry.h"
#include "ui/model/session_charts.h"

#include <QTest>

#include <algorithm>

using namespace looptax;

class tst_source_keeper : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void agreesWithTheSummaries();
    void theSplitIsThatOfTheReport();
    void lineByLineIsTheSameAsAtOnce();
    void aLongSessionIsReadInParts();
    void whatIsPlannedStandsFromTheBeginning();
    void aRunThatGoesOnIsApart();
    void aRunThatWasCutShortSaysSo();
    void aNewAttemptTakesThePlaceOfTheOld();
    void aRunThatTheScheduleDoesNotKnowIsDrawnToo();
    void aSingleTurnKnowsItsRow();
    void aMedianKnowsTheTurnNearestToIt();
    void ofTwoEquallyNearTheEarlierIsTaken();
    void onlyTurnsBehindTheMedianAreNear();
    void streamsAreCountedByCurve();
    void disturbedTurnsStandAtTheirTurn();
    void anotherSessionForgetsTheFirst();
};

namespace {

// Every way a run can go: complete, loaded, carried over, another cache state, failed, interrupted and again.
SessionBuilder varied(int repeats = 4) {
    SessionBuilder builder(lab::plan(5, repeats));
    for (const ScheduledRun& run : builder.schedule()) {
        const auto change = [&](TurnRecord& r) {
            lab::shape(r);
            if (run.run % 7 == 0 && r.turn == 1) r.stratum = "load";
            if (run.run % 5 == 0 && r.turn == 2) r.stratum = "cold";
            if (run.run % 11 == 0 && r.turn == 1) r.carry_over = true;
            if (run.run % 6 == 0 && r.turn == 3) r.ttft_ms.reset();
            if (run.run % 8 == 0 && r.turn == 4) r.cache_mode_broken = true;
        };
        if (run.run % 9 == 0) {
            builder.runStart(run.run);
            TurnRecord failed = builder.goodTurn(run.run, 1);
            SessionBuilder::fail(failed, Outcome::Cut, "the stream was cut");
            builder.turn(failed, "");
            builder.runEnd(run.run, RunOutcome::Failed);
        } else if (run.run % 4 == 0) {
            builder.runStart(run.run);
            TurnRecord first = builder.goodTurn(run.run, 1);
            change(first);
            builder.turn(first, "{}");
            builder.runEnd(run.run, RunOutcome::Interrupted);
            builder.completeRun(run.run, change, 2);
        } else {
            builder.completeRun(run.run, change);
        }
    }
    return builder;
}

const SourceTurn* turnAt(const ChartSource& source, const PassKey& key) {
    for (const SourceCurve& curve : source.curves) {
        if (source.targets[curve.target].id != key.target || curve.design != key.design || curve.cap != key.cap ||
            curve.padding != key.padding || curve.cache_mode != key.cache_mode)
            continue;
        for (const SourceTurn& turn : curve.turns)
            if (turn.turn == key.turn) return &turn;
    }
    return nullptr;
}

bool same(const std::optional<Spread>& drawn, const std::optional<MetricSummary>& summary) {
    if (!drawn || !summary) return !drawn && !summary;
    return drawn->median == summary->median && drawn->low == summary->min && drawn->high == summary->max &&
           drawn->n == summary->n;
}

std::size_t turnsOf(const ChartSource& source) {
    std::size_t count = 0;
    for (const SourceCurve& curve : source.curves) count += curve.turns.size();
    return count;
}

} // namespace

void tst_source_keeper::agreesWithTheSummaries() {
    const RecordStore store = varied().store();
    const ChartSource source = chartSourceOf(store, "s");
    std::map<PassKey, const TurnSummary*> drawn; // of each turn the state that most blocks found
    const SessionSummary all = summarize(store.turns());
    for (const TurnSummary& summary : all.turns) {
        if (summary.stratum == "load") continue;
        const TurnSummary*& at = drawn[summary.key];
        const auto blocks = [](const TurnSummary& s) { return s.metric("context_tokens_estimate")->n; };
        if (at == nullptr || blocks(summary) > blocks(*at)) at = &summary;
    }
    QVERIFY(drawn.size() > 20);
    QCOMPARE(turnsOf(source), drawn.size());
    for (const auto& [key, summary] : drawn) {
        const SourceTurn* turn = turnAt(source, key);
        QVERIFY2(turn, (key.design + " turn " + std::to_string(key.turn)).c_str());
        QVERIFY(same(turn->ttft_ms, summary->metric("ttft_ms")));
        QVERIFY(same(turn->context_tokens_estimate, summary->metric("context_tokens_estimate")));
        QVERIFY(same(turn->prompt_tokens, summary->metric("prompt_tokens")));
        QVERIFY(same(turn->cached_tokens, summary->metric("cached_tokens")));
        QVERIFY(same(turn->processed_tokens, summary->metric("processed_tokens")));
    }
}

void tst_source_keeper::theSplitIsThatOfTheReport() {
    SessionBuilder builder(lab::plan(8, 3));
    for (const ScheduledRun& run : builder.schedule())
        builder.completeRun(run.run, [](TurnRecord& r) {
            lab::shape(r);
            SessionBuilder::setTtft(r, 40 + double(*r.processed_tokens) * (0.2 + 2e-5 * double(*r.prompt_tokens)));
            r.prompt_ms = *r.ttft_ms - 5;
        });
    const RecordStore store = builder.store();
    const ChartSource source = chartSourceOf(store, "s");
    const TaxSplit split = splitTax(store.turns());
    QVERIFY2(split.targets[0].law.told_apart, split.targets[0].law.why_not.c_str());
    QCOMPARE(source.targets[0].law, lawText(split.targets[0].law) + ", of it 5.0 ms outside the model (median)");
    int compared = 0;
    for (const SplitSummary& row : split.rows) {
        const SourceTurn* turn = turnAt(source, row.key);
        QVERIFY(turn);
        if (!row[TaxPart::Reread]) continue;
        QVERIFY(turn->split);
        QCOMPARE(turn->split->reread, row[TaxPart::Reread]->median);
        QCOMPARE(turn->split->outside, row[TaxPart::Outside]->median);
        ++compared;
    }
    QVERIFY(compared > 10);
}

void tst_source_keeper::lineByLineIsTheSameAsAtOnce() {
    const SessionBuilder builder = varied();
    RecordStore store;
    SourceKeeper keeper(chartReference(), "s");
    for (const JournalLine& line : lab::linesOf(builder, 0)) {
        store.apply(line);
        QVERIFY(keeper.catchUp(store, false));
    }
    QVERIFY(keeper.source() == chartSourceOf(store, "s"));
}

void tst_source_keeper::aLongSessionIsReadInParts() {
    const RecordStore store = varied(12).store();
    SourceKeeper keeper(chartReference(), "s");
    int parts = 1;
    while (!keeper.catchUp(store, false, 20)) QVERIFY(++parts < 1000);
    QVERIFY2(parts > 5, "it was read in one piece");
    QVERIFY(keeper.source() == chartSourceOf(store, "s"));
}

void tst_source_keeper::whatIsPlannedStandsFromTheBeginning() {
    lab::Live live(lab::plan(6, 1));
    SourceKeeper keeper(chartReference(), "s");
    keeper.catchUp(live.feed.store(), true);
    QCOMPARE(int(keeper.source().curves.size()), 7); // A, B, C and four paddings of D
    QCOMPARE(turnsOf(keeper.source()), std::size_t(0));
    QCOMPARE(keeper.source().planned_turns, 9);
    QVERIFY(!keeper.source().published.empty());
    QVERIFY(keeper.source().published_where.find("M2 Max") != std::string::npos);
}

void tst_source_keeper::aRunThatGoesOnIsApart() {
    lab::Live live(lab::plan(6, 1));
    SourceKeeper keeper(chartReference(), "s");
    live.turns(1, 1, 3);
    live.pump();
    keeper.catchUp(live.feed.store(), true);
    QVERIFY(keeper.source().running);
    QVERIFY(keeper.source().live);
    QCOMPARE(int(keeper.source().running->curve.turns.size()), 3);
    QCOMPARE(keeper.source().running->curve.turns[2].ttft_ms->row, std::optional<int>(2));
    QCOMPARE(turnsOf(keeper.source()), std::size_t(0));

    live.turns(1, 4, 6);
    live.builder.runEnd(1, RunOutcome::Complete);
    live.pump();
    keeper.catchUp(live.feed.store(), true);
    QVERIFY(!keeper.source().running);
    QCOMPARE(turnsOf(keeper.source()), std::size_t(6));

    live.turns(2, 1, 1);
    live.builder.runEnd(2, RunOutcome::Failed); // its turns are in the table and in no median
    live.pump();
    keeper.catchUp(live.feed.store(), true);
    QVERIFY(!keeper.source().running);
    QCOMPARE(turnsOf(keeper.source()), std::size_t(6));
}

void tst_source_keeper::aRunThatWasCutShortSaysSo() {
    SessionBuilder builder(lab::plan(6, 1));
    builder.runStart(1);
    builder.turn(builder.goodTurn(1, 1), "{}");
    const ChartSource source = chartSourceOf(builder.store(), "s");
    QVERIFY(source.running && !source.live);
}

void tst_source_keeper::aNewAttemptTakesThePlaceOfTheOld() {
    // A journal that holds a second complete attempt of a run: the last one counts, as everywhere.
    SessionBuilder builder(testPlan({{"A", {2}, {}, {}}}, 1));
    builder.completeRun(1, [](TurnRecord& r) { SessionBuilder::setTtft(r, 500); });
    SourceKeeper keeper(chartReference(), "s");
    RecordStore store = builder.store();
    keeper.catchUp(store, false);
    QCOMPARE(keeper.source().curves[0].turns[0].ttft_ms->median, 500.0);
    builder.completeRun(
        1, [](TurnRecord& r) { SessionBuilder::setTtft(r, 300); }, 2);
    const std::vector<JournalLine> lines = lab::linesOf(builder, 0);
    for (std::size_t i = lines.size() - 6; i < lines.size(); ++i) // run_start, two turns of two lines, run_end
        store.apply(lines[i]);
    keeper.catchUp(store, false);
    QCOMPARE(keeper.source().curves[0].turns[0].ttft_ms->median, 300.0);
    QCOMPARE(keeper.source().curves[0].turns[0].ttft_ms->n, 1);
}

void tst_source_keeper::aRunThatTheScheduleDoesNotKnowIsDrawnToo() {
    SessionBuilder builder(testPlan({{"C", {2}, {3}, {}}}, 1));
    builder.completeRun(1, [](TurnRecord& r) {
        r.design = "A";
        r.cap.reset();
    });
    const ChartSource source = chartSourceOf(builder.store(), "s");
    QCOMPARE(int(source.curves.size()), 2);
    QCOMPARE(source.curves[0].design, "A"); // in the order of the designs
    QCOMPARE(int(source.curves[0].turns.size()), 2);
    QVERIFY(source.curves[1].turns.empty());
}

void tst_source_keeper::aSingleTurnKnowsItsRow() {
    SessionBuilder builder(testPlan({{"A", {1, 2}, {}, {}}}, 1));
    builder.completeRun(1);
    builder.completeRun(2);
    const ChartSource source = chartSourceOf(builder.store(), "s");
    const std::vector<SourceTurn>& turns = source.curves[0].turns;
    QCOMPARE(turns[1].ttft_ms->row, std::optional<int>(2));
    QCOMPARE(turns[1].ttft_ms->turns, 1);
    QCOMPARE(turns[0].ttft_ms->turns, 2); // two runs share turn 1, and are one block
    QCOMPARE(turns[0].ttft_ms->n, 1);
}

void tst_source_keeper::aMedianKnowsTheTurnNearestToIt() {
    // Two turns of each block are the first of a run, one the second.
    SessionBuilder builder(testPlan({{"A", {1, 2}, {}, {}}}, 3));
    const std::vector<double> ttft{310, 300, 350, 150, 100, 500};
    const std::vector<std::int64_t> processed{40, 10, 20, 25, 60, 90};
    for (const ScheduledRun& run : builder.schedule())
        builder.completeRun(run.run, [&](TurnRecord& r) {
            SessionBuilder::setTtft(r, ttft[std::size_t(r.run) - 1] + 1'000 * (r.turn - 1));
            r.processed_tokens = processed[std::size_t(r.run) - 1];
        });
    const RecordStore store = builder.store();
    const ChartSource source = chartSourceOf(store, "s");
    // By the rule and from the record: every turn with that number, the nearest to what is drawn.
    const auto nearest = [&](int turn, double median, const auto& value) {
        int best = -1;
        for (int row = 0; row < int(store.turns().size()); ++row) {
            const TurnRecord& r = store.turns()[std::size_t(row)];
            if (r.turn == turn &&
                (best < 0 || std::abs(value(r) - median) < std::abs(value(store.turns()[std::size_t(best)]) - median)))
                best = row;
        }
        return best;
    };
    for (const SourceTurn& turn : source.curves[0].turns) {
        const Spread& time = *turn.ttft_ms;
        QCOMPARE(time.n, 3);
        QCOMPARE(time.turns, turn.turn == 1 ? 6 : 3);
        QCOMPARE(time.row.value_or(-1), nearest(turn.turn, time.median, [](const TurnRecord& r) { return *r.ttft_ms; }));
        const Spread& read = *turn.processed_tokens;
        QCOMPARE(read.row.value_or(-1),
                 nearest(turn.turn, read.median, [](const TurnRecord& r) { return double(*r.processed_tokens); }));
    }
    QVERIFY(source.curves[0].turns[0].ttft_ms->row != source.curves[0].turns[0].processed_tokens->row);
}

void tst_source_keeper::ofTwoEquallyNearTheEarlierIsTaken() {
    // The middle of two values lies as far from the one as from the other, whatever the last digit says.
    SessionBuilder builder(testPlan({{"A", {1}, {}, {}}}, 40));
    for (const ScheduledRun& run : builder.schedule())
        builder.completeRun(run.run, [](TurnRecord& r) { SessionBuilder::setTtft(r, 100.1 + 0.7 * r.run); });
    RecordStore store;
    SourceKeeper keeper(chartReference(), "s");
    int even = 0;
    for (const JournalLine& line : lab::linesOf(builder, 0)) {
        store.apply(line);
        keeper.catchUp(store, false);
        const auto& turns = keeper.source().curves.empty() ? std::vector<SourceTurn>() : keeper.source().curves[0].turns;
        if (line.type != "run_end" || turns.empty()) continue;
        const Spread& time = *turns[0].ttft_ms;
        QCOMPARE(time.row.value_or(-1), (time.turns - 1) / 2);
        even += time.turns % 2 == 0;
    }
    QCOMPARE(even, 20);
}

void tst_source_keeper::onlyTurnsBehindTheMedianAreNear() {
    SessionBuilder builder(testPlan({{"A", {2}, {}, {}}}, 6));
    const auto timed = [](double ms, const std::string& stratum = "warm") {
        return [=](TurnRecord& r) {
            SessionBuilder::setTtft(r, ms);
            r.stratum = stratum;
            if (r.turn == 2 && stratum == "carried") r.carry_over = true;
            if (r.turn == 2 && stratum == "untimed") r.ttft_ms.reset();
            if (stratum == "carried" || stratum == "untimed") r.stratum = "warm";
        };
    };
    builder.completeRun(1, timed(200)); // replaced by its second attempt
    builder.completeRun(1, timed(100), 2);
    builder.completeRun(2, timed(290));
    builder.completeRun(3, timed(400));
    builder.completeRun(4, timed(291, "cold")); // another state of the cache
    builder.completeRun(5, timed(291, "carried"));
    builder.completeRun(6, timed(291, "untimed"));
    const RecordStore store = builder.store();
    const ChartSource source = chartSourceOf(store, "s");
    const SourceTurn& second = source.curves[0].turns[1];
    QCOMPARE(second.ttft_ms->median, 290.0);
    QCOMPARE(second.ttft_ms->turns, 3);
    const TurnRecord& named = store.turns()[std::size_t(second.ttft_ms->row.value_or(0))];
    QCOMPARE(named.run, 2);
    QCOMPARE(named.turn, 2);
    QCOMPARE(second.context_tokens_estimate->turns, 4); // of the one without a time the size is known
    QVERIFY(second.mixed);
}

void tst_source_keeper::streamsAreCountedByCurve() {
    SessionBuilder builder(testPlan({{"A", {3}, {}, {}}, {"B", {2}, {}, {}}}, 2)); // runs: A, B, A, B
    builder.completeRun(1, asBufferedStream);
    builder.completeRun(1, asTokenStream, 2); // made again: the first attempt counts no more
    builder.completeRun(2, [](TurnRecord& r) {
        asChunkedStream(r);
        if (r.turn == 2) r.cache_mode_broken = true; // in no median
    });
    builder.runStart(3);
    for (int turn = 1; turn <= 2; ++turn) {
        TurnRecord record = builder.goodTurn(3, turn);
        asBufferedStream(record);
        builder.turn(record, "{}");
    }
    const ChartSource source = chartSourceOf(builder.store(), "s");
    QCOMPARE(source.curves.size(), std::size_t(2));
    QVERIFY((source.curves[0].streams == StreamCounts{3, 0, 0, 0, 0}));
    QVERIFY((source.curves[1].streams == StreamCounts{0, 1, 0, 0, 0}));
    QVERIFY(source.running && (source.running->curve.streams == StreamCounts{0, 0, 2, 0, 0}));
}

void tst_source_keeper::disturbedTurnsStandAtTheirTurn() {
    SessionBuilder builder(testPlan({{"A", {3}, {}, {}}}, 4));
    const auto change = [](TurnRecord& r) {
        asQuiet(r);
        if (r.turn == 2 && r.repeat <= 2) asDisturbed(r);
        if (r.turn == 3 && r.repeat == 1) {
            asDisturbed(r);
            r.stratum = "cold"; // of a state that fewer blocks found: not drawn
        }
        if (r.turn == 1 && r.repeat == 1) {
            asDisturbed(r);
            r.cache_mode_broken = true; // in no median
        }
    };
    for (int run = 1; run <= 3; ++run) builder.completeRun(run, change);
    builder.runStart(4);
    TurnRecord last = builder.goodTurn(4, 1);
    asDisturbed(last);
    builder.turn(last, "{}");
    const ChartSource source = chartSourceOf(builder.store(), "s");
    const auto& turns = source.curves[0].turns;
    QVERIFY(turns[0].disturbed.empty() && turns[2].disturbed.empty());
    QVERIFY((turns[1].disturbed == std::vector<DisturbedTurn>{{201, 1}, {202, 4}}));
    QVERIFY(source.running && (source.running->curve.turns[0].disturbed == std::vector<DisturbedTurn>{{104, 9}}));
}

void tst_source_keeper::anotherSessionForgetsTheFirst() {
    SourceKeeper keeper(chartReference(), "first");
    keeper.catchUp(varied().store(), false);
    const RecordStore second = SessionBuilder(testPlan()).store();
    keeper = SourceKeeper(chartReference(), "second");
    keeper.catchUp(second, false);
    QVERIFY(keeper.source() == chartSourceOf(second, "second"));
    QCOMPARE(keeper.source().session, "second");
}

LOOPTAX_TEST(tst_source_keeper)
#include "tst_source_keeper.moc"
