// Every turn's time to first token, split: hand-made records that obey a known law to the last digit.
#include "support/session_builder.h"
#include "support/test_registry.h"

#include "analysis/decode_trend.h"
#include "analysis/derived_turn.h"
#include "analysis/loop_time.h"
#include "analysis/summary.h"
#include "analysis/tax_split.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace looptax;

namespace {

constexpr double kOutside = 5, kFixed = 35, kToken = 0.2, kContext = 2e-5;
constexpr int kMessage = 20, kReply = 10, kEntry = 40; // tokens

double attendedOf(const TurnRecord& r) { return double(*r.prompt_tokens) - double(*r.processed_tokens) / 2; }

void setTimes(TurnRecord& r) {
    r.prompt_ms = kFixed + double(*r.processed_tokens) * (kToken + kContext * attendedOf(r));
    r.ttft_ms = r.ttft_content_ms = *r.prompt_ms + kOutside;
    r.first_content_ns = std::int64_t(*r.ttft_ms * 1e6);
    r.last_content_ns = *r.first_content_ns + 500'000'000;
    r.end_ns = *r.last_content_ns + 1'000'000;
}

// A appends: one token of what it said is read with the message. B rewrites its state: all behind the system
// prompt is read.
void obeyTheLaw(TurnRecord& r) {
    const bool cold = r.cache_mode == CacheMode::Cold || r.turn == 1;
    r.predicted_tokens = kReply * r.turn;
    r.stream = "token";
    if (r.state_file_bytes) {
        r.prompt_tokens = 200 + kEntry * (r.turn - 1);
        r.processed_tokens = cold ? *r.prompt_tokens : *r.prompt_tokens - 100;
    } else {
        int prompt = 150;
        for (int t = 1; t < r.turn; ++t) prompt += kMessage + kReply * t;
        r.prompt_tokens = prompt;
        r.processed_tokens = cold ? prompt : kMessage + 1;
    }
    r.cached_tokens = *r.prompt_tokens - *r.processed_tokens;
    r.stratum = *r.cached_tokens == 0 ? "cold" : "warm";
    setTimes(r);
}

Plan plan(int repeats = 3) {
    Plan p = testPlan({{"A", {8}, {}, {}}, {"B", {8}, {}, {}}}, repeats);
    p.cache_modes = {CacheMode::RunIsolated, CacheMode::Cold};
    return p;
}

std::vector<TurnRecord> sweep(const std::function<void(TurnRecord&)>& change = {}, int repeats = 3) {
    SessionBuilder b(plan(repeats));
    for (const ScheduledRun& run : b.schedule())
        b.completeRun(run.run, [&](TurnRecord& r) {
            obeyTheLaw(r);
            if (change) change(r);
        });
    return b.store().turns();
}

std::size_t rowOf(const std::vector<TurnRecord>& turns, const std::string& design, CacheMode mode, int turn) {
    for (std::size_t i = 0; i < turns.size(); ++i)
        if (turns[i].design == design && turns[i].cache_mode == mode && turns[i].turn == turn) return i;
    qFatal("no such turn");
}

bool near(const std::optional<double>& found, double wanted) { return found && std::abs(*found - wanted) < 1e-3; }

} // namespace

class tst_tax_split : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void thePartsOfATurn_data() {
        QTest::addColumn<QString>("design");
        QTest::addColumn<bool>("cold");
        QTest::addColumn<int>("turn");
        QTest::addColumn<double>("message"); // tokens
        QTest::addColumn<double>("again");
        QTest::addRow("turn 1 is new") << QStringLiteral("A") << false << 1 << 150.0 << 0.0;
        QTest::addRow("A appends") << QStringLiteral("A") << false << 5 << 20.0 << 1.0;
        QTest::addRow("A cold reads its history") << QStringLiteral("A") << true << 3 << 20.0 << 200.0;
        QTest::addRow("B reads its state") << QStringLiteral("B") << false << 4 << 40.0 << 180.0;
        QTest::addRow("B cold reads all") << QStringLiteral("B") << true << 4 << 40.0 << 280.0;
        QTest::addRow("B turn 1") << QStringLiteral("B") << true << 1 << 200.0 << 0.0;
    }
    void thePartsOfATurn() {
        QFETCH(QString, design);
        QFETCH(bool, cold);
        QFETCH(int, turn);
        QFETCH(double, message);
        QFETCH(double, again);
        const std::vector<TurnRecord> turns = sweep();
        const TaxSplit split = splitTax(turns);
        QVERIFY(split.warnings.empty());
        QCOMPARE(int(split.targets.size()), 1);
        QVERIFY2(split.targets[0].law.told_apart, split.targets[0].law.why_not.c_str());
        QCOMPARE(split.targets[0].entry_tokens, std::optional<double>(kEntry));
        const std::size_t row = rowOf(turns, design.toStdString(), cold ? CacheMode::Cold : CacheMode::RunIsolated, turn);
        const TurnSplit& parts = split.turns[row];
        QCOMPARE(parts.message_tokens, std::optional<double>(message));
        QVERIFY(near(parts[TaxPart::NewMessage], message * kToken));
        QVERIFY(near(parts[TaxPart::Reread], again * kToken));
        QVERIFY(near(parts[TaxPart::Attention], (message + again) * kContext * attendedOf(turns[row])));
        QVERIFY(near(parts[TaxPart::Fixed], kFixed));
        QVERIFY(near(parts[TaxPart::Outside], kOutside));
        QVERIFY(near(parts.left_over_ms, 0));
        QVERIFY(parts.why == NoSplit::None);
        const DerivedTurn derived = deriveTurns(turns)[row];
        QVERIFY(near(derived.reread_ms, again * kToken));
        QVERIFY(near(derived.new_message_ms, message * kToken));
        QVERIFY(near(derived.outside_ms, kOutside));
    }
    void summariesAreMediansOverBlocks() {
        // Block 3 was held up outside the model.
        const auto turns = sweep([](TurnRecord& r) {
            if (r.repeat == 3) *r.ttft_ms += 7;
        });
        const TaxSplit split = splitTax(turns);
        const auto at = std::find_if(split.rows.begin(), split.rows.end(), [](const SplitSummary& row) {
            return row.key.design == "A" && row.key.turn == 5 && row.stratum == "warm";
        });
        QVERIFY(at != split.rows.end());
        QCOMPARE((*at)[TaxPart::Outside]->n, 3);
        QVERIFY(near((*at)[TaxPart::Outside]->median, kOutside));
        QVERIFY(near((*at)[TaxPart::Outside]->max, kOutside + 7));
    }
    void aSilentRuntimeHasNoParts() {
        const auto turns = sweep([](TurnRecord& r) {
            r.cached_tokens.reset();
            r.processed_tokens.reset();
        });
        const TaxSplit split = splitTax(turns);
        QVERIFY(!split.targets[0].law.told_apart);
        QVERIFY(split.targets[0].law.why_not.find("no turn says") != std::string::npos);
        QVERIFY(split.turns[3].why == NoSplit::NoCounts);
        QVERIFY(!split.turns[3][TaxPart::Reread] && near(split.turns[3][TaxPart::Outside], kOutside));
    }
    void withoutAPromptTimeTheOverheadIsOnePart() {
        const auto turns = sweep([](TurnRecord& r) { r.prompt_ms.reset(); });
        const TaxSplit split = splitTax(turns);
        QVERIFY(split.targets[0].law.told_apart);
        QVERIFY(!split.targets[0].outside_ms && !split.turns[4][TaxPart::Outside]); // absent, not 0
        QVERIFY(near(split.turns[4][TaxPart::Fixed], kFixed + kOutside));
        QVERIFY(near(split.turns[4].left_over_ms, 0));
    }
    void absurdNumbersAreAbsentAndSaid_data() {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("warning");
        QTest::newRow("negative prompt time") << QStringLiteral("negative") << QStringLiteral("prompt time that cannot be");
        QTest::newRow("NaN") << QStringLiteral("nan") << QStringLiteral("prompt time that cannot be");
        QTest::newRow("longer than the wait") << QStringLiteral("longer") << QStringLiteral("longer than the whole wait");
        QTest::newRow("a wait of years") << QStringLiteral("years") << QStringLiteral("time to first token that cannot be");
        QTest::newRow("a negative wait") << QStringLiteral("before") << QStringLiteral("time to first token that cannot be");
        QTest::newRow("counts") << QStringLiteral("counts") << QStringLiteral("do not add up to the prompt");
    }
    void absurdNumbersAreAbsentAndSaid() {
        QFETCH(QString, kind);
        QFETCH(QString, warning);
        auto turns = sweep();
        const std::size_t row = rowOf(turns, "B", CacheMode::RunIsolated, 5);
        TurnRecord& r = turns[row];
        if (kind == QLatin1String("negative")) r.prompt_ms = -3;
        if (kind == QLatin1String("nan")) r.prompt_ms = std::numeric_limits<double>::quiet_NaN();
        if (kind == QLatin1String("longer")) r.prompt_ms = *r.ttft_ms + 1;
        if (kind == QLatin1String("years")) r.ttft_ms = 1e15;
        if (kind == QLatin1String("before")) r.ttft_ms = -1;
        if (kind == QLatin1String("counts")) *r.prompt_tokens += 1;
        const TaxSplit split = splitTax(turns);
        QCOMPARE(int(split.warnings.size()), 1);
        const std::string& said = split.warnings[0];
        QVERIFY2(said.find(warning.toStdString()) != std::string::npos &&
                     said.find("llamacpp/B/n8/run-isolated, run " + std::to_string(r.run) + ", turn 5") != std::string::npos,
                 said.c_str());
        QVERIFY(split.targets[0].law.told_apart);
        QVERIFY(std::abs(split.targets[0].law.per_token_ms.value - kToken) < 1e-6);
        const TurnSplit& parts = split.turns[row];
        const bool clock = kind != QLatin1String("counts");
        QVERIFY(parts[TaxPart::Outside].has_value() != clock);
        QVERIFY(!parts.left_over_ms);
        QVERIFY(parts[TaxPart::Reread].has_value() ==
                (clock && kind != QLatin1String("years") && kind != QLatin1String("before")));
        for (const DerivedTurn& derived : deriveTurns(turns))
            visitDerivedColumns(derived, [](const char*, const std::optional<double>& value) {
                QVERIFY(!value || (std::isfinite(*value) && *value >= 0));
            });
    }
    void aLongWaitOutsideTheModelIsSaid() {
        QVERIFY(splitTax(sweep()).warnings.empty());
        auto turns = sweep();
        TurnRecord& r = turns[rowOf(turns, "B", CacheMode::RunIsolated, 5)];
        r.ttft_ms = 1.3 * *r.prompt_ms + 20;
        const TaxSplit split = splitTax(turns);
        QCOMPARE(int(split.warnings.size()), 1);
        QVERIFY2(split.warnings[0].find("1 turn with more than 20 ms and 20 % of the wait outside the model") !=
                     std::string::npos,
                 split.warnings[0].c_str());
        r.stratum = "load"; // that one is known to have waited for the model's file
        QVERIFY(splitTax(turns).warnings.empty());
    }
    void aTemplateThatStripsRepliesHidesTheMessage() {
        const auto turns = sweep([](TurnRecord& r) {
            if (!r.state_file_bytes) *r.predicted_tokens += 500; // thoughts that never come back
        });
        const TaxSplit split = splitTax(turns);
        const TurnSplit& parts = split.turns[rowOf(turns, "A", CacheMode::RunIsolated, 3)];
        QVERIFY(parts.why == NoSplit::NoMessage && !parts[TaxPart::Reread] && !parts[TaxPart::NewMessage]);
        QVERIFY(parts[TaxPart::Attention] && parts[TaxPart::Fixed] && parts[TaxPart::Outside]);
        QVERIFY(split.turns[rowOf(turns, "A", CacheMode::RunIsolated, 1)].why == NoSplit::None);
    }
    void aStateThatNeverGrewNamesNoEntry() {
        const auto turns = sweep([](TurnRecord& r) {
            if (r.state_file_bytes) r.state_file_bytes = 68;
        });
        const TaxSplit split = splitTax(turns);
        QVERIFY(!split.targets[0].entry_tokens);
        QVERIFY(split.turns[rowOf(turns, "B", CacheMode::Cold, 4)].why == NoSplit::NoMessage);
    }
    void carriedOverAndLoadedTurnsAreNotFitted() {
        const auto clean = splitTax(sweep()).targets[0].law;
        const auto turns = sweep([](TurnRecord& r) {
            if (r.turn != 1 || r.cache_mode == CacheMode::Cold) return;
            *r.ttft_ms *= 40;
            if (r.design == "A") r.carry_over = true;
            else r.stratum = "load";
        });
        const auto law = splitTax(turns).targets[0].law;
        QCOMPARE(law.turns, clean.turns - 6);
        QVERIFY(std::abs(law.overhead_ms.value - kFixed - kOutside) < 1e-3);
    }
    void aTurnThatBrokeItsModeIsInNoMedianOfIt() {
        const auto turns = sweep([](TurnRecord& r) {
            if (r.repeat == 2 && r.design == "A" && r.turn == 5 && r.cache_mode == CacheMode::RunIsolated)
                r.cache_mode_broken = true;
        });
        const TaxSplit split = splitTax(turns);
        QCOMPARE(split.targets[0].law.turns, int(turns.size())); // what it read is true all the same
        for (const SplitSummary& row : split.rows)
            if (row.key.design == "A" && row.key.cache_mode == CacheMode::RunIsolated && row.key.turn == 5)
                QCOMPARE(row.ttft_ms.n, 2);
        QCOMPARE(loopTimes(turns)[0].total_ms.n, 2);
    }
    void nothingIsNothing() {
        const TaxSplit split = splitTax({});
        QVERIFY(split.targets.empty() && split.turns.empty() && split.rows.empty() && split.warnings.empty());
        QVERIFY(deriveTurns({}).empty());
        QVERIFY(loopTimes({}).empty() && decodeTrends({}).empty());
    }

    void aLoopIsTheSumOfItsParts() {
        const auto turns = sweep([](TurnRecord& r) {
            if (r.state_file_bytes) r.state_replace_ms = 2; // before turn 1 too
            if (r.turn > 1) r.gap_before_ns = 5'000'000 + (r.state_file_bytes ? 2'000'000 : 0);
        });
        const std::vector<LoopTime> loops = loopTimes(turns);
        QCOMPARE(int(loops.size()), 4); // two designs in two modes
        double ttft = 0;
        for (const TurnRecord& r : turns)
            if (r.run == turns.front().run) ttft += *r.ttft_ms;
        const LoopTime& a = loops[0];
        QCOMPARE(a.key.design, std::string("A"));
        QCOMPARE(a.key.turn, 8);
        QCOMPARE(a.total_ms.n, 3);
        QVERIFY(near(a[LoopPart::Ttft].median, ttft));
        QVERIFY(std::abs(a[LoopPart::Decode].median - 8 * 501) < 0.01);
        QCOMPARE(a[LoopPart::StateFile].median, 0.0);
        QCOMPARE(a[LoopPart::Gap].median, 35.0);
        QCOMPARE(loops[1][LoopPart::StateFile].median, 16.0);
        QCOMPARE(loops[1][LoopPart::Gap].median, 35.0);
        for (const LoopTime& loop : loops) {
            double sum = 0;
            for (const MetricSummary& part : loop.parts) sum += part.median;
            QVERIFY(std::abs(sum - loop.total_ms.median) < 1e-6); // every block is the same here
        }
    }
    void aLoopThatIsNotWholeIsNoLoop() {
        SessionBuilder b(testPlan({{"A", {3}, {}, {}}}, 3));
        b.completeRun(1);
        b.runStart(2);
        b.turn(b.goodTurn(2, 1), "x");
        b.runEnd(2, RunOutcome::Interrupted);
        b.completeRun(3, [](TurnRecord& r) {
            if (r.turn == 2) r.ttft_ms.reset();
        });
        const auto loops = loopTimes(b.store().turns());
        QCOMPARE(int(loops.size()), 1);
        QCOMPARE(loops[0].total_ms.n, 1);
    }
    void aLongerRunTellsOfItsFirstTurnsToo() {
        SessionBuilder b(testPlan({{"A", {2}, {}, {}}, {"C", {4}, {3}, {}}}, 3));
        for (const ScheduledRun& run : b.schedule()) b.completeRun(run.run);
        const auto loops = loopTimes(b.store().turns());
        QCOMPARE(int(loops.size()), 3); // A and C of 2 turns, C of 4
        QCOMPARE(loops[1].key.design, std::string("C"));
        QCOMPARE(loops[1].key.turn, 2);
        QCOMPARE(loops[2].key.turn, 4);
        QVERIFY(near(loops[1][LoopPart::Ttft].median, 304)); // 102 + 202, in block 2
    }
    void decodeSlowsDownByThousandTokens() {
        // 50 tok/s less 4 per 1,000 tokens; one turn of each run is far off.
        const auto turns = sweep([](TurnRecord& r) {
            const double context = double(*r.prompt_tokens) + double(*r.predicted_tokens) / 2;
            r.decode_tps = r.turn == 4 ? 5 : 50 - 0.004 * context + 0.001 * r.repeat;
            r.decode_tps_runtime.reset();
        });
        const auto trends = decodeTrends(turns);
        QCOMPARE(int(trends.size()), 2);
        QCOMPARE(trends[0].design, std::string("A"));
        QCOMPARE(trends[0].runs, 6);
        QVERIFY(std::abs(*trends[0].per_thousand + 4) < 1e-6);
        QVERIFY(trends[0].interval->coverage == 0.96875); // six runs: lowest to highest
        QVERIFY(trends[0].context_high > 2 * trends[0].context_low);
    }
    void theRuntimesOwnRateGoesBeforeTheClients() {
        // Where every turn has one: two clocks in one slope would measure the clocks.
        bool all = true;
        const auto both = [&](TurnRecord& r) {
            r.decode_tps = 90;
            r.decode_tps_runtime = 50 - 0.004 * (double(*r.prompt_tokens) + double(*r.predicted_tokens) / 2);
            if (!all && r.turn == 2) r.decode_tps_runtime.reset();
        };
        const auto own = decodeTrends(sweep(both));
        QVERIFY(own[0].by_runtime && std::abs(*own[0].per_thousand + 4) < 1e-6);
        all = false;
        const auto client = decodeTrends(sweep(both));
        QVERIFY(!client[0].by_runtime && std::abs(*client[0].per_thousand) < 1e-9);
    }
    // 100 tok/s throughout; chunks of 16 taken for tokens make that fall as replies grow.
    void chunksAreNoTokens_data() {
        QTest::addColumn<QString>("stream");
        QTest::addColumn<bool>("byRuntime");
        QTest::addColumn<QString>("whyNot");
        const auto s = [](const char* text) { return QString::fromLatin1(text); };
        QTest::newRow("token") << s("token") << false << s("");
        QTest::newRow("chunked") << s("chunked") << false << s("chunked: several tokens came at once");
        QTest::newRow("buffered") << s("buffered") << false << s("buffered: the replies were held back and sent at once");
        QTest::newRow("recorded before, read by read") << s("old, all reads") << false << s("");
        QTest::newRow("recorded before, by chunks")
            << s("old") << false << s("recorded before streams were told apart, in fewer reads than tokens");
        QTest::newRow("chunked, and the runtime tells") << s("chunked") << true << s("");
        QTest::newRow("buffered, and the runtime tells") << s("buffered") << true << s("");
    }
    void chunksAreNoTokens() {
        QFETCH(QString, stream);
        QFETCH(bool, byRuntime);
        QFETCH(QString, whyNot);
        const bool old = stream.startsWith(QLatin1String("old")),
                   hidden = stream == QLatin1String("chunked") || stream == QLatin1String("buffered");
        const auto turns = sweep([&](TurnRecord& r) {
            const double tokens = double(*r.predicted_tokens);
            const bool chunks = stream == QLatin1String("old");
            r.stream = old ? std::string() : stream.toStdString();
            r.stream_reads = chunks ? *r.predicted_tokens / 5 : *r.predicted_tokens;
            r.decode_tps = chunks ? 100 * (tokens - 1) / (tokens - 5) : 100;
            if (hidden) r.decode_tps.reset();
            r.decode_tps_runtime.reset();
            if (byRuntime) r.decode_tps_runtime = 100;
        });
        const auto trends = decodeTrends(turns);
        QCOMPARE(int(trends.size()), 2);
        for (const DecodeTrend& trend : trends) {
            QCOMPARE(QString::fromStdString(trend.why_not), whyNot);
            QCOMPARE(trend.per_thousand.has_value(), whyNot.isEmpty());
            QCOMPARE(trend.rate_low.has_value(), whyNot.isEmpty());
            QCOMPARE(trend.by_runtime, byRuntime);
            QVERIFY(trend.context_low > 0 && trend.context_high > trend.context_low);
            if (trend.per_thousand) QVERIFY(std::abs(*trend.per_thousand) < 1e-9);
        }
        const auto medians = summarize(turns).turns;
        for (const TurnSummary& row : medians)
            QCOMPARE(row.metric("decode_tps").has_value(), !hidden && stream != QLatin1String("old"));
    }
    void aContextThatHardlyChangesHasNoSlope() {
        const auto turns = sweep([](TurnRecord& r) {
            r.decode_tps_runtime.reset();
            r.prompt_tokens = 300 + r.turn;
            r.decode_tps = 40 + r.turn;
        });
        for (const DecodeTrend& trend : decodeTrends(turns)) {
            QVERIFY(!trend.per_thousand);
            QCOMPARE(trend.why_not, std::string("the context hardly changes"));
        }
    }
};

LOOPTAX_TEST(tst_tax_split)
#include "tst_tax_split.moc"
