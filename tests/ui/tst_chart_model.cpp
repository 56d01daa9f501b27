// Which charts a session has, and what they say: names, units, n, gaps, the published study.
#include "chart/chart_model.h"
#include "chart/chart_points.h"
#include "chart_fixture.h"
#include "support/test_registry.h"

#include <QTest>

#include <algorithm>

using namespace looptax;

class tst_chart_model : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theStudyHasFiveCharts();
    void axesSayUnitAndEstimate();
    void legendNamesDesignVariantAndBlocks();
    void nThatVariesIsARange();
    void oneBlockIsSaid();
    void anAbsentTurnIsAGap();
    void dByTurnIsOneCurveAPadding();
    void dByPaddingMeetsThePublishedRows();
    void publishedStudyIsOneEntryAndCanBeLeftOut();
    void publishedIsOnlyForDesignsThatWereRun();
    void publishedEndsWhereTheMeasuredDoes();
    void runtimeCountTakesThePlaceOfTheEstimate();
    void fewCurvesOfTwoTargetsShareAPicture();
    void manyCurvesOfTwoTargetsGetAPanelEach();
    void twoServersOfAKindDifferByDash();
    void barsOnlyWhereTheRuntimeSaysWhatItReused();
    void theSplitIsDrawnWhereThereIsALaw();
    void paddingsStandSideBySideInOnePanel();
    void cacheModesHaveFilesOfTheirOwn();
    void naturalSaysWhyTurnOneIsMissing();
    void simulatedIsInTheTitle();
    void mixedCacheStatesAreSaid();
    void whatAStreamTakesFromTtftIsSaidFirst_data();
    void whatAStreamTakesFromTtftIsSaidFirst();
    void disturbedTurnsAreMarkedEachByItself_data();
    void disturbedTurnsAreMarkedEachByItself();
    void nothingMeasuredIsNoChart();
    void wordsHoldTheNumbers();
};

namespace {

const Chart* chart(const std::vector<Chart>& charts, const char* id) {
    const auto found = std::find_if(charts.begin(), charts.end(), [&](const Chart& c) { return c.id == id; });
    return found == charts.end() ? nullptr : &*found;
}

QStringList ids(const std::vector<Chart>& charts) {
    QStringList list;
    for (const Chart& c : charts) list << QString::fromStdString(c.id);
    return list;
}

QStringList labels(const ChartPanel& panel) {
    QStringList list;
    for (const Curve& curve : panel.curves) list << QString::fromStdString(curve.label);
    return list;
}

bool hasNote(const Chart& c, const char* words) {
    return std::any_of(c.notes.begin(), c.notes.end(), [&](const std::string& n) { return n.find(words) != std::string::npos; });
}

} // namespace

void tst_chart_model::theStudyHasFiveCharts() {
    QCOMPARE(ids(chartsOf(fixture::study())),
             (QStringList{QStringLiteral("ttft_by_turn"), QStringLiteral("context_by_turn"), QStringLiteral("ttft_by_padding"),
                          QStringLiteral("context_by_padding"), QStringLiteral("cached_processed_by_turn")}));
    QCOMPARE(ids(chartsOf(fixture::only("AC"))), (QStringList{QStringLiteral("ttft_by_turn"), QStringLiteral("context_by_turn"),
                                                              QStringLiteral("cached_processed_by_turn")}));
}

void tst_chart_model::axesSayUnitAndEstimate() {
    const auto charts = chartsOf(fixture::study());
    QCOMPARE(chart(charts, "ttft_by_turn")->y_title, "TTFT (ms)");
    QCOMPARE(chart(charts, "ttft_by_turn")->x_title, "turn");
    QCOMPARE(chart(charts, "context_by_turn")->y_title, "context tokens (estimate: characters / 4)");
    QVERIFY(hasNote(*chart(charts, "ttft_by_turn"), "from just before the request is written"));
    QVERIFY(chart(charts, "ttft_by_turn")->subtitle.find("Qwen2.5-Coder") != std::string::npos);
    QVERIFY(chart(charts, "ttft_by_turn")->subtitle.find("run-isolated") != std::string::npos);
}

void tst_chart_model::legendNamesDesignVariantAndBlocks() {
    const auto charts = chartsOf(fixture::study());
    const QStringList names = labels(chart(charts, "ttft_by_turn")->panels.front());
    QVERIFY(names.contains(QStringLiteral("A full context (n=5)")));
    QVERIFY(names.contains(QStringLiteral("C capped state, cap 3 (n=5)")));
    QVERIFY(names.contains(QStringLiteral("D padded state, padding 9 (n=5)")));
}

void tst_chart_model::nThatVariesIsARange() {
    ChartSource source = fixture::only("A");
    source.curves[0].turns[7].ttft_ms->n = 3;
    const auto charts = chartsOf(source);
    QCOMPARE(labels(chart(charts, "ttft_by_turn")->panels[0])[0], QStringLiteral("A full context (n=3–5)"));
}

void tst_chart_model::oneBlockIsSaid() {
    ChartSource source = fixture::only("A");
    const auto many = chartsOf(source);
    QVERIFY(hasNote(*chart(many, "ttft_by_turn"), "median over n blocks"));
    for (SourceTurn& turn : source.curves[0].turns) turn.ttft_ms->n = 1;
    const auto charts = chartsOf(source);
    QVERIFY(hasNote(*chart(charts, "ttft_by_turn"), "no spread can be drawn"));
    QVERIFY(!hasNote(*chart(charts, "ttft_by_turn"), "median over n blocks"));
}

void tst_chart_model::anAbsentTurnIsAGap() {
    ChartSource source = fixture::only("A");
    source.curves[0].turns[4].ttft_ms.reset();                        // measured without a TTFT
    source.curves[0].turns.erase(source.curves[0].turns.begin() + 8); // turn 9 never came
    const std::vector<Chart> charts = chartsOf(source);
    const Curve& curve = chart(charts, "ttft_by_turn")->panels[0].curves[0];
    QCOMPARE(int(curve.points.size()), 12);
    QVERIFY(!curve.points[4].y && !curve.points[8].y);
    QCOMPARE(curve.points[8].x, 9.0);
    QVERIFY(curve.points[5].y && *curve.points[5].y > 0);
}

void tst_chart_model::dByTurnIsOneCurveAPadding() {
    const auto charts = chartsOf(fixture::only("D"));
    const ChartPanel& panel = chart(charts, "ttft_by_turn")->panels[0];
    QCOMPARE(int(panel.curves.size()), 4); // no published one: its rows all stand at turn 1
    QStringList tags;
    for (const Curve& curve : panel.curves) {
        tags << QString::fromStdString(curve.tag);
        QCOMPARE(curve.look.variants, 4);
        QCOMPARE(int(curve.points.size()), 3);
    }
    QCOMPARE(tags.join(QLatin1Char(' ')), QStringLiteral("D p1 D p3 D p6 D p9"));
}

void tst_chart_model::dByPaddingMeetsThePublishedRows() {
    const auto charts = chartsOf(fixture::study());
    const ChartPanel& panel = chart(charts, "ttft_by_padding")->panels[0];
    QCOMPARE(int(panel.curves.size()), 2);
    QVERIFY(panel.curves[1].look.published);
    const std::vector<double> paddings{1, 3, 6, 9};
    const std::vector<double> published{156, 309, 355, 266};
    for (std::size_t i = 0; i < 4; ++i) {
        QCOMPARE(panel.curves[0].points[i].x, paddings[i]);
        QCOMPARE(panel.curves[1].points[i].x, paddings[i]);
        QCOMPARE(*panel.curves[1].points[i].y, published[i]);
    }
}

void tst_chart_model::publishedStudyIsOneEntryAndCanBeLeftOut() {
    const auto countPublished = [](const Chart& c) {
        return std::count_if(c.panels[0].curves.begin(), c.panels[0].curves.end(),
                             [](const Curve& k) { return k.look.published; });
    };
    auto charts = chartsOf(fixture::study());
    QCOMPARE(int(countPublished(*chart(charts, "ttft_by_turn"))), 3);
    QVERIFY(labels(chart(charts, "ttft_by_turn")->panels[0]).contains(QStringLiteral("published study (M2 Max, llama.cpp)")));
    QVERIFY(hasNote(*chart(charts, "ttft_by_turn"), "another machine and model"));
    ChartOptions without;
    without.published = false;
    charts = chartsOf(fixture::study(), without);
    QCOMPARE(int(countPublished(*chart(charts, "ttft_by_turn"))), 0);
    QVERIFY(!hasNote(*chart(charts, "ttft_by_turn"), "another machine and model"));
}

void tst_chart_model::publishedIsOnlyForDesignsThatWereRun() {
    const auto charts = chartsOf(fixture::only("C"));
    for (const Curve& curve : chart(charts, "ttft_by_turn")->panels[0].curves) QCOMPARE(curve.look.design, "C");
}

void tst_chart_model::publishedEndsWhereTheMeasuredDoes() {
    ChartSource source = fixture::only("AC");
    for (SourceCurve& curve : source.curves) curve.turns.resize(6);
    const auto charts = chartsOf(source);
    for (const Curve& curve : chart(charts, "ttft_by_turn")->panels[0].curves)
        QCOMPARE(curve.points.back().x, 6.0); // the study went on to 12 and 15
}

void tst_chart_model::runtimeCountTakesThePlaceOfTheEstimate() {
    ChartOptions options;
    options.prompt_tokens = true;
    const auto charts = chartsOf(fixture::only("A"), options);
    const Chart& context = *chart(charts, "context_by_turn");
    QCOMPARE(context.y_title, "prompt tokens (runtime's count)");
    QCOMPARE(*context.panels[0].curves[0].points[0].y, 183.0);
    // The published study never counted tokens: its estimate would be another quantity on this axis.
    for (const Curve& curve : context.panels[0].curves) QVERIFY(!curve.look.published);
}

void tst_chart_model::fewCurvesOfTwoTargetsShareAPicture() {
    ChartSource source = fixture::study(true);
    std::erase_if(source.curves, [](const SourceCurve& c) { return c.design != "A" && c.design != "C"; });
    const auto charts = chartsOf(source);
    const Chart& ttft = *chart(charts, "ttft_by_turn");
    QCOMPARE(int(ttft.panels.size()), 1);
    QVERIFY(labels(ttft.panels[0]).contains(QStringLiteral("A full context, ollama (n=5)")));
    for (const Curve& curve : ttft.panels[0].curves)
        if (!curve.look.published) QCOMPARE(curve.look.dash, curve.label.find("ollama") != std::string::npos ? 1 : 0);
}

void tst_chart_model::manyCurvesOfTwoTargetsGetAPanelEach() {
    const auto charts = chartsOf(fixture::study(true));
    const Chart& ttft = *chart(charts, "ttft_by_turn");
    QCOMPARE(int(ttft.panels.size()), 2);
    QCOMPARE(ttft.panels[0].title, "llamacpp");
    QCOMPARE(ttft.panels[1].title, "ollama");
    QCOMPARE(labels(ttft.panels[0]), labels(ttft.panels[1])); // one legend serves both
}

void tst_chart_model::twoServersOfAKindDifferByDash() {
    ChartSource source = fixture::only("A");
    source.targets.push_back({"second", TargetKind::LlamaServer, "m", "", false});
    SourceCurve other = source.curves[0];
    other.target = 1;
    source.curves.push_back(other);
    const auto charts = chartsOf(source);
    const auto& curves = chart(charts, "ttft_by_turn")->panels[0].curves;
    QVERIFY(curves[0].look.dash != curves[1].look.dash);
}

void tst_chart_model::barsOnlyWhereTheRuntimeSaysWhatItReused() {
    auto charts = chartsOf(fixture::study(true));
    const Chart* bars = chart(charts, "cached_processed_by_turn");
    QVERIFY(bars);
    for (const ChartPanel& panel : bars->panels) QVERIFY(panel.title.find("ollama") == std::string::npos);
    QVERIFY(hasNote(*bars, "No bars for ollama"));
    const StackedBar second = bars->panels[0].bars[1];
    QVERIFY((second.parts == std::vector<double>{207.5, 57.0}));
    QCOMPARE(bars->panels[0].bar_parts[1].id, std::string("processed"));

    ChartSource silent = fixture::study();
    for (SourceCurve& curve : silent.curves)
        for (SourceTurn& turn : curve.turns) turn.cached_tokens.reset();
    charts = chartsOf(silent);
    QVERIFY(!chart(charts, "cached_processed_by_turn")); // absent, not drawn as zero
}

void tst_chart_model::theSplitIsDrawnWhereThereIsALaw() {
    QVERIFY(!chart(chartsOf(fixture::study()), "ttft_split_by_turn")); // nothing is made up
    const auto charts = chartsOf(fixture::withSplit(fixture::study(true)));
    const Chart* split = chart(charts, "ttft_split_by_turn");
    QVERIFY(split);
    QCOMPARE(int(split->panels.size()), 4); // A, B, C and D of the one target that says what it read
    QVERIFY(hasNote(*split, "llamacpp: TTFT = 47.2 ms + processed x"));
    QVERIFY(hasNote(*split, "No bars for ollama, whose parts cannot be told apart: no turn says"));
    const ChartPanel& a = split->panels[0];
    QStringList order;
    for (const BarPart& part : a.bar_parts) order << QString::fromStdString(part.id);
    QCOMPARE(order.join(QLatin1Char(' ')), QStringLiteral("outside fixed new attention reread"));
    QCOMPARE(int(a.bars.size()), 12);
    // The measured time stands beside what the law makes of it, with its spread.
    QCOMPARE(int(a.curves.size()), 1);
    QCOMPARE(a.curves[0].label, std::string("measured TTFT (n=5)"));
    QVERIFY(std::abs(*a.curves[0].points[4].y - barHeight(a, a.bars[4])) < 1e-6);
    QVERIFY(a.curves[0].points[4].low < a.curves[0].points[4].high);
    const std::string words = describe(*split);
    QVERIFY2(words.find("A, llamacpp, outside + fixed + new + attention + re-read: 1: 3.5 + 43.7 + 1101.7 + ") !=
                 std::string::npos,
             words.c_str());
    // Paddings stand side by side, and so do their marks.
    const ChartPanel& d = split->panels[3];
    QCOMPARE(d.curves[0].points.size(), d.bars.size());
    for (std::size_t i = 0; i < d.bars.size(); ++i) QCOMPARE(d.curves[0].points[i].x, d.bars[i].x);
}

void tst_chart_model::paddingsStandSideBySideInOnePanel() {
    const auto charts = chartsOf(fixture::only("D"));
    const Chart& bars = *chart(charts, "cached_processed_by_turn");
    QCOMPARE(int(bars.panels.size()), 1);
    const ChartPanel& panel = bars.panels[0];
    QCOMPARE(int(panel.bars.size()), 12);
    for (std::size_t i = 1; i < panel.bars.size(); ++i) QVERIFY(panel.bars[i].x >= panel.bars[i - 1].x + 1);
    QCOMPARE(int(panel.x_labels.size()), 4);
    QCOMPARE(panel.x_labels[2].second, "p6");
}

void tst_chart_model::cacheModesHaveFilesOfTheirOwn() {
    ChartSource source = fixture::only("A");
    source.cache_modes = {CacheMode::RunIsolated, CacheMode::Cold};
    SourceCurve cold = source.curves[0];
    cold.cache_mode = CacheMode::Cold;
    source.curves.push_back(cold);
    const auto charts = chartsOf(source);
    QVERIFY(chart(charts, "ttft_by_turn"));
    const Chart* other = chart(charts, "ttft_by_turn_cold");
    QVERIFY(other);
    QVERIFY(other->subtitle.find("cache cold") != std::string::npos);
    QCOMPARE(int(other->panels[0].curves.size()), 2); // one measured, one published
}

void tst_chart_model::naturalSaysWhyTurnOneIsMissing() {
    ChartSource source = fixture::only("A");
    source.cache_modes = {CacheMode::Natural};
    source.curves[0].cache_mode = CacheMode::Natural;
    const auto charts = chartsOf(source);
    QVERIFY(hasNote(*chart(charts, "ttft_by_turn"), "turn 1 depends on what ran before"));
}

void tst_chart_model::simulatedIsInTheTitle() {
    ChartSource source = fixture::study();
    source.targets[0].simulated = true;
    for (const Chart& c : chartsOf(source)) QVERIFY2(c.title.find("(simulated)") != std::string::npos, c.title.c_str());
    for (const Chart& c : chartsOf(fixture::study())) QVERIFY(c.title.find("simulated") == std::string::npos);
}

void tst_chart_model::mixedCacheStatesAreSaid() {
    ChartSource source = fixture::only("A");
    source.curves[0].turns[3].mixed = true;
    const auto charts = chartsOf(source);
    QVERIFY(hasNote(*chart(charts, "ttft_by_turn"), "did not agree on what was cached"));
}

void tst_chart_model::whatAStreamTakesFromTtftIsSaidFirst_data() {
    QTest::addColumn<int>("token");
    QTest::addColumn<int>("chunked");
    QTest::addColumn<int>("buffered");
    QTest::addColumn<QString>("note"); // empty: none
    QTest::newRow("recorded before") << 0 << 0 << 0 << QString();
    QTest::newRow("token") << 12 << 0 << 0 << QString();
    QTest::newRow("chunked") << 0 << 12 << 0
                             << QStringLiteral("Chunked stream: TTFT of llamacpp is that of the first chunk of several tokens.");
    QTest::newRow("buffered") << 0 << 0 << 12 << QStringLiteral("No TTFT of llamacpp: the reply was held back and sent at once.");
    QTest::newRow("mixed") << 6 << 4 << 2
                           << QStringLiteral(
                                  "Chunked stream: TTFT of 4 of 12 turns of llamacpp is that of the first chunk of several "
                                  "tokens. No TTFT of 2 of 12 turns of llamacpp: the reply was held back and sent at once.");
}

void tst_chart_model::whatAStreamTakesFromTtftIsSaidFirst() {
    QFETCH(int, token);
    QFETCH(int, chunked);
    QFETCH(int, buffered);
    QFETCH(QString, note);
    ChartSource source = fixture::withSplit(fixture::study(true));
    source.curves[0].streams = {token, chunked, buffered, 0, 0};
    source.curves.back().streams = {12, 0, 0, 0, 0}; // of the other target
    for (const Chart& c : chartsOf(source)) {
        const bool ofTtft = c.id.rfind("ttft", 0) == 0;
        const QString first = QString::fromStdString(c.notes.front());
        if (ofTtft && !note.isEmpty()) QCOMPARE(first, note);
        else QVERIFY2(!hasNote(c, "first chunk") && !hasNote(c, "held back"), c.id.c_str());
    }
}

void tst_chart_model::disturbedTurnsAreMarkedEachByItself_data() {
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("x");
    QTest::addColumn<bool>("marked");
    QTest::newRow("TTFT by turn") << int(ChartKind::Ttft) << int(ChartX::Turn) << true;
    QTest::newRow("TTFT by context") << int(ChartKind::Ttft) << int(ChartX::ContextTokens) << true;
    QTest::newRow("TTFT by processed") << int(ChartKind::Ttft) << int(ChartX::ProcessedTokens) << true;
    QTest::newRow("TTFT by padding") << int(ChartKind::Ttft) << int(ChartX::Padding) << true;
    QTest::newRow("split") << int(ChartKind::TtftSplit) << int(ChartX::Turn) << true;
    QTest::newRow("context by turn: no time") << int(ChartKind::Context) << int(ChartX::Turn) << false;
    QTest::newRow("tokens: no time") << int(ChartKind::CachedProcessed) << int(ChartX::Turn) << false;
}

void tst_chart_model::disturbedTurnsAreMarkedEachByItself() {
    QFETCH(int, kind);
    QFETCH(int, x);
    QFETCH(bool, marked);
    ChartRequest request;
    request.kind = ChartKind(kind);
    request.x = ChartX(x);
    ChartSource source = fixture::withSplit(fixture::study());
    const auto marks = [&] {
        std::vector<Curve> out;
        for (const ChartPanel& panel : chartOf(source, request).panels)
            for (const Curve& curve : panel.curves)
                if (curve.look.disturbed) out.push_back(curve);
        return out;
    };
    QVERIFY(marks().empty() && !hasNote(chartOf(source, request), "disturbed"));
    SourceCurve& curve = source.curves.back(); // D, padding 9
    SourceTurn& turn = curve.turns.front();
    turn.disturbed = {{5000, 17}, {4000, 3}};
    const auto found = marks();
    QCOMPARE(found.size(), std::size_t(marked ? 1 : 0));
    QCOMPARE(hasNote(chartOf(source, request), "Hollow stars: single turns that were disturbed"), marked);
    if (!marked) return;
    QCOMPARE(found[0].points.size(), std::size_t(2));
    QVERIFY(!found[0].joined && found[0].points[0].y == 5000 && found[0].points[0].row == 17);
    const Chart chart = chartOf(source, request);
    for (std::size_t p = 0; p < chart.panels.size(); ++p)
        for (std::size_t c = 0; c < chart.panels[p].curves.size(); ++c) {
            const Curve& drawn = chart.panels[p].curves[c];
            const bool mark = drawn.look.disturbed;
            if (!mark && kind == int(ChartKind::Ttft))
                QVERIFY(drawn.points.empty() || drawn.label.find("disturbed") == std::string::npos);
            if (!mark) continue;
            QVERIFY(isOneTurn(chart, {p, c, 0}));
            const auto words = wordsOf(chart, {p, c, 0});
            QCOMPARE(words.back(), std::string("a single turn: something else used the machine"));
            QVERIFY2(words[1].find("turn 1") != std::string::npos && words[1].find("turn 1, turn 1") == std::string::npos,
                     words[1].c_str());
        }
}

void tst_chart_model::nothingMeasuredIsNoChart() {
    ChartSource source = fixture::study();
    source.curves.clear();
    QVERIFY(chartsOf(source).empty());
    source = fixture::only("A");
    for (SourceTurn& turn : source.curves[0].turns) turn.ttft_ms.reset();
    // The overlay alone is no chart of this session.
    QVERIFY(!chart(chartsOf(source), "ttft_by_turn"));
}

void tst_chart_model::wordsHoldTheNumbers() {
    const auto charts = chartsOf(fixture::only("A"));
    const std::string words = describe(*chart(charts, "ttft_by_turn"));
    QVERIFY(words.find("TTFT (ms) over turn") != std::string::npos);
    QVERIFY2(words.find("1: 702 (652.9 to 786.2)") != std::string::npos, words.c_str());
}

LOOPTAX_TEST(tst_chart_model)
#include "tst_chart_model.moc"
