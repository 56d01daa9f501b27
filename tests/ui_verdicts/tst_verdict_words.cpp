// What a verdict is called and how its numbers are rounded: no more figures than the interval bears, absent is
// empty, and no colour is needed to tell one from another.
#include "report/session_story.h"
#include "support/hand_made_analysis.h"
#include "support/test_registry.h"
#include "ui/model/rules_words.h"
#include "ui/verdicts/verdict_words.h"

#include <QSet>
#include <QTest>

#include <cmath>
#include <limits>

using namespace looptax;

class tst_verdict_words : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyKindHasItsOwnSignAndWords();
    void numbersAreRoundedToTheInterval_data();
    void numbersAreRoundedToTheInterval();
    void pValues_data();
    void pValues();
    void whatIsAbsentIsEmpty();
    void nothingIsEverNotANumber();
    void remarksNameWhatMustNotBeOverlooked();
    void whatItIsWithoutDisturbedTurnsIsSaid();
    void thePageTellsItInFull();
    void wordsOfOthersStayOnOneLine();
    void theRules();
    void theStoryAgreesWithTheBoard_data();
    void theStoryAgreesWithTheBoard();
    void repeatsAreOfferedInWords();
};

namespace {

QString q(const char* text) { return QString::fromUtf8(text); }

constexpr VerdictKind kKinds[] = {VerdictKind::Supported,    VerdictKind::Rejected,   VerdictKind::Inconclusive,
                                  VerdictKind::NotTriggered, VerdictKind::Untestable, VerdictKind::StillCollecting};

QString paragraph(const Verdict& verdict, const QString& heading) {
    for (const VerdictParagraph& each : verdictParagraphs(verdict, 0.05))
        if (each.heading == heading) return each.text;
    return {};
}

} // namespace

void tst_verdict_words::everyKindHasItsOwnSignAndWords() {
    QSet<QString> signs, words;
    for (const VerdictKind kind : kKinds) {
        const QString text = verdictText(handMadeVerdict("H1", kind));
        signs << text.left(1);
        words << text.mid(2);
    }
    QCOMPARE(signs.size(), 6);
    QCOMPARE(words.size(), 6);
    QVERIFY(words.contains(q("Not triggered")) && words.contains(q("Still collecting")));
    Verdict trivial = handMadeVerdict("H2", VerdictKind::Supported);
    trivial.trivially = true;
    QCOMPARE(verdictText(trivial), q("✓ Supported, trivially"));
}

void tst_verdict_words::numbersAreRoundedToTheInterval_data() {
    QTest::addColumn<QString>("unit");
    QTest::addColumn<double>("effect");
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::addColumn<double>("coverage");
    QTest::addColumn<QString>("effectSaid");
    QTest::addColumn<QString>("intervalSaid");
    QTest::newRow("a ratio") << q("ratio") << 10.142 << 9.781 << 10.517 << 0.9688 << q("10.14×") << q("9.78 to 10.52× (96.9 %)");
    QTest::newRow("milliseconds, wide") << q("ms") << 949.3 << 906.0 << 992.0 << 0.9375 << q("949 ms")
                                        << q("906 to 992 ms (93.8 %)");
    QTest::newRow("a share in percent, below zero")
        << q("share") << 0.25 << -0.05 << 0.53 << 0.95 << q("25 %") << q("−5 to 53 % (95.0 %)");
    QTest::newRow("narrow") << q("") << 0.277959 << 0.276042 << 0.279877 << 0.95 << q("0.2780") << q("0.2760 to 0.2799 (95.0 %)");
    QTest::newRow("no minus before nothing")
        << q("ms") << -0.001 << -4.0 << 4.0 << 0.95 << q("0.0 ms") << q("−4.0 to 4.0 ms (95.0 %)");
    QTest::newRow("a long unit stands once")
        << q("ms per 1,000 tokens") << 6491.0 << 6411.0 << 6572.0 << 0.9 << q("6491 ms/1k tokens") << q("6411 to 6572 (90.0 %)");
    QTest::newRow("no width at all") << q("ms") << 120.0 << 120.0 << 120.0 << 0.99 << q("120 ms") << q("120 to 120 ms (99.0 %)");
}

void tst_verdict_words::numbersAreRoundedToTheInterval() {
    QFETCH(QString, unit);
    QFETCH(double, effect);
    QFETCH(double, low);
    QFETCH(double, high);
    QFETCH(double, coverage);
    Verdict v = handMadeVerdict("T3", VerdictKind::Supported);
    v.effect = effect;
    v.effect_unit = unit.toStdString();
    v.interval = Interval{low, high, coverage, "t"};
    QTEST(effectText(v), "effectSaid");
    QTEST(intervalText(v), "intervalSaid");
}

void tst_verdict_words::pValues_data() {
    QTest::addColumn<double>("p");
    QTest::addColumn<QString>("said");
    QTest::newRow("tiny") << 4.02e-11 << q("< 0.0001");
    QTest::newRow("small") << 0.00390625 << q("0.0039");
    QTest::newRow("around alpha") << 0.0362 << q("0.036");
    QTest::newRow("large") << 0.4712 << q("0.47");
    QTest::newRow("one") << 1.0 << q("1.00");
    QTest::newRow("zero") << 0.0 << q("< 0.0001");
}

void tst_verdict_words::pValues() {
    QFETCH(double, p);
    QTEST(pText(p), "said");
}

void tst_verdict_words::whatIsAbsentIsEmpty() {
    Verdict v = handMadeVerdict("Q1", VerdictKind::Untestable);
    v.n = 0;
    QCOMPARE(effectText(v) + intervalText(v) + pText(v.p) + countText(v) + remarksText(v), QString());
    QCOMPARE(paragraph(v, q("Effect")), QString());
    QCOMPARE(paragraph(v, q("Test")), QString());
    QCOMPARE(paragraph(v, q("Rests on")), QString());
}

void tst_verdict_words::nothingIsEverNotANumber() {
    Verdict v = handMadeVerdict("T3", VerdictKind::Supported);
    v.effect = std::numeric_limits<double>::quiet_NaN();
    v.interval = Interval{-std::numeric_limits<double>::infinity(), 3, 0.95, "one-sided"};
    v.p = std::numeric_limits<double>::quiet_NaN();
    const QString all = effectText(v) + intervalText(v) + pText(v.p) + paragraph(v, q("Effect"));
    QVERIFY2(!all.contains(q("nan"), Qt::CaseInsensitive) && !all.contains(q("inf")), qPrintable(all));
    QVERIFY(intervalText(v).startsWith(q("unbounded to 3")));
}

void tst_verdict_words::remarksNameWhatMustNotBeOverlooked() {
    Verdict v = handMadeAnalysis().verdicts[0];
    v.after_data = true;
    v.left_out = 1;
    QCOMPARE(remarksText(v), q("changed after data; 1 run left out; 21 more runs a cell"));
}

void tst_verdict_words::whatItIsWithoutDisturbedTurnsIsSaid() {
    Verdict v = handMadeVerdict("T3", VerdictKind::Supported);
    v.left_out = 0;
    QVERIFY(!remarksText(v).contains(q("disturbed")) && paragraph(v, q("Disturbed turns")).isEmpty());
    v.without_disturbed = WithoutDisturbed{VerdictKind::Supported, VerdictKind::Supported, 7};
    QVERIFY2(remarksText(v).contains(q("the same without disturbed turns")), qPrintable(remarksText(v)));
    QCOMPARE(paragraph(v, q("Disturbed turns")), q("counted: Supported; without them: Supported (n = 7)"));
    v.kind = VerdictKind::Inconclusive;
    v.without_disturbed->without = VerdictKind::Rejected;
    QVERIFY(remarksText(v).contains(q("not the same without disturbed turns")));
    QCOMPARE(paragraph(v, q("Disturbed turns")),
             q("counted: Supported; without them: Rejected (n = 7). They differ, so it is not decided"));
}

void tst_verdict_words::thePageTellsItInFull() {
    const Analysis analysis = handMadeAnalysis();
    const Verdict& t3 = analysis.verdicts[4];
    QCOMPARE(paragraph(t3, q("T3 · sim, run-isolated")), QString::fromStdString(t3.statement));
    QCOMPARE(paragraph(t3, q("Effect")),
             q("TTFT of A over TTFT of C at turn 12: 10.14×, interval 9.78 to 10.52× (96.9 %), by Student t on logs"));
    QCOMPARE(paragraph(t3, q("Test")), q("sign flip, exact: p 0.0039, adjusted for its family (Holm) 0.019"));
    QCOMPARE(paragraph(t3, q("Rests on")), q("8 runs; 2 runs left out: their state had diverged"));
    QCOMPARE(paragraph(t3, q("Rule")), QString::fromStdString(t3.rule));
    QCOMPARE(paragraph(t3, q("What would decide it")), QString()); // it is decided
    QCOMPARE(paragraph(analysis.verdicts[0], q("What would decide it")), q("21 more runs a cell at this spread"));
    Verdict collecting = handMadeVerdict("T3", VerdictKind::StillCollecting);
    collecting.why = "0 of 8 planned runs are made";
    QCOMPARE(paragraph(collecting, q("Seen")), QString()); // by now there are more
    Verdict changed = t3;
    changed.after_data = true;
    QVERIFY(paragraph(changed, q("Verdict")).contains(q("changed after data")));
}

// A target's name is the user's own, and a runtime may have written what is quoted.
void tst_verdict_words::wordsOfOthersStayOnOneLine() {
    Verdict v = handMadeVerdict("T3", VerdictKind::Supported);
    v.why = "one\ntwo\x1b[31m three";
    QCOMPARE(paragraph(v, q("Seen")), q("one two[31m three"));
}

void tst_verdict_words::theRules() {
    AnalysisRules rules;
    QCOMPARE(rulesSummary(rules), q("alpha 0.05, margins 0.1 and 1.25×"));
    QCOMPARE(rulesWords(rules),
             q("Alpha 0.05, Holm over H1 to H5 and, apart, over T1 to T4, Q1. Pass rates within 0.1 and times within "
               "1.25× of each other count as equal. Growth is the slope of TTFT by processed tokens."));
    rules.family = {"H1", "H3", "H4"};
    rules.own_family = {};
    rules.primary = "ratio";
    QVERIFY2(rulesWords(rules).contains(q("over H1, H3, H4 and, apart, over none. ")), qPrintable(rulesWords(rules)));
    QVERIFY(rulesWords(rules).endsWith(q("Growth is the ratio of TTFT, last turn to first.")));
}

void tst_verdict_words::theStoryAgreesWithTheBoard_data() {
    QTest::addColumn<QString>("which");
    QTest::addColumn<QString>("story");
    QTest::addColumn<QString>("counts");
    QTest::newRow("every kind") << "all" << q("verdicts: H2 supported trivially; T2 rejected; 3 undecided")
                                << q("1 supported, 1 rejected, 1 inconclusive, 1 not triggered, 1 untestable.");
    QTest::newRow("changed after data") << "changed" << q("verdicts: T1 supported (rules or repeats changed after data)")
                                        << q("1 supported.");
    QTest::newRow("one run") << "one run" << q("one run: no interval, no verdict") << q("2 inconclusive.");
    QTest::newRow("two targets") << "targets" << q("verdicts: 2 supported") << q("2 supported.");
    QTest::newRow("none") << "none" << QString() << QString();
}

void tst_verdict_words::theStoryAgreesWithTheBoard() {
    QFETCH(QString, which);
    Analysis a = handMadeAnalysis();
    if (which == q("all")) {
        a.verdicts.erase(a.verdicts.begin() + 4);
    } else if (which == q("changed")) {
        a.verdicts = {handMadeVerdict("T1", VerdictKind::Supported)};
        a.verdicts[0].after_data = true;
    } else if (which == q("one run")) {
        a.verdicts = {handMadeVerdict("T1", VerdictKind::Inconclusive), handMadeVerdict("T2", VerdictKind::Inconclusive)};
        a.headline = "one run: no interval, no verdict";
    } else if (which == q("targets")) {
        a.verdicts = {handMadeVerdict("T1", VerdictKind::Supported), handMadeVerdict("T1", VerdictKind::Supported)};
        a.verdicts[1].target = "other";
    } else {
        a.verdicts.clear();
    }
    QTEST(QString::fromStdString(verdictStory(a)), "story");
    QTEST(boardCounts(a), "counts");
}

void tst_verdict_words::repeatsAreOfferedInWords() {
    QCOMPARE(addRepeatsText(7), q("Add seven repeats"));
    QCOMPARE(addRepeatsText(1), q("Add one repeat"));
    QCOMPARE(addRepeatsText(12), q("Add 12 repeats"));
}

LOOPTAX_TEST(tst_verdict_words)
#include "tst_verdict_words.moc"
