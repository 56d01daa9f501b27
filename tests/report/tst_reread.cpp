// "Why turns were re-read": the words follow from the evidence, promise stands beside measurement, and what is left
// over is listed.
#include "report_sessions.h"
#include "support/test_registry.h"

#include <QTest>

using namespace looptax;

namespace {

TurnExplanation turnOf(const std::string& design, int turn, Reread verdict, std::int64_t prompt, std::int64_t cached,
                       std::int64_t state, std::int64_t stateCached, const std::string& tail = "/run-isolated") {
    TurnExplanation out;
    out.target = "llamacpp";
    out.design = design;
    out.cell = "llamacpp/" + design + "/n3" + tail;
    out.run = 1;
    out.turn = turn;
    out.verdict = verdict;
    out.sentence = "What happened <b>here</b>.";
    out.prompt_tokens = prompt;
    out.prompt_tokens_reported = prompt;
    out.cached_reported = cached;
    out.processed_reported = prompt - cached;
    out.cached_predicted = cached;
    out.difference = 0;
    out.exact = true;
    out.sections = {{"state", state, stateCached}};
    return out;
}

PredictedLoop loopOf(const std::string& design, std::int64_t processed) {
    return {"llamacpp", design, 3, std::nullopt, std::nullopt, {{1, 100, 0}, {2, 200, 200 - processed}, {3, 300, 300 - processed}}};
}

SessionExplanations some() {
    SessionExplanations all;
    for (const int turn : {2, 3}) {
        all.turns.push_back(turnOf("A", turn, Reread::AppendOnly, 500, 440, 0, 0));
        all.turns.push_back(turnOf("B", turn, Reread::StateChangedAt, 400, 120, 250, 10));
        all.turns.push_back(turnOf("B-tail", turn, Reread::StateChangedAt, 400, 330, 250, 200));
        all.turns.push_back(turnOf("C", turn, Reread::StateChangedAt, 400, 120, 250, 10, "/cap3/run-isolated"));
    }
    all.turns.push_back(turnOf("B", 1, Reread::CacheOff, 100, 0, 30, 0));
    all.loops = {loopOf("A", 60), loopOf("B", 280), loopOf("D", 300), loopOf("B-tail", 70)};
    return all;
}

QByteArray markdown(const SessionExplanations& all) {
    ReportInputs in = inputsOf(wholeSession());
    in.explanations = all;
    return QByteArray::fromStdString(reportMarkdown(in));
}

} // namespace

class tst_reread : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void withoutAnAccountThereIsNoSection() { QVERIFY(!markdown({}).contains("Why turns were re-read")); }
    void theAdviceFollowsFromTheEvidence_data() {
        QTest::addColumn<QByteArray>("line"); // how it begins
        QTest::addColumn<QByteArray>("said");
        QTest::addColumn<QByteArray>("notSaid");
        QTest::addRow("the whole conversation") << QByteArray("- Design A") << QByteArray("60 tokens a turn were new") << QByteArray("oldest first");
        QTest::addRow("newest first") << QByteArray("- Design B batch") << QByteArray("Written oldest first") << QByteArray("grows at its end, so most");
        QTest::addRow("oldest first") << QByteArray("- Design B-tail") << QByteArray("grows at its end, so most") << QByteArray("changes at its head");
        QTest::addRow("capped") << QByteArray("- Design C") << QByteArray("only until the cap") << QByteArray("design B-tail");
        QTest::addRow("reuse forbidden") << QByteArray("- cache\\_off") << QByteArray("by the plan") << QByteArray("keep other clients");
    }
    void theAdviceFollowsFromTheEvidence() {
        QFETCH(QByteArray, line);
        QFETCH(QByteArray, said);
        QFETCH(QByteArray, notSaid);
        int found = 0;
        for (const QByteArray& text : markdown(some()).split('\n'))
            if (text.startsWith(line)) {
                ++found;
                QVERIFY2(text.contains(said), text.constData());
                QVERIFY2(!text.contains(notSaid), text.constData());
            }
        QCOMPARE(found, 1);
    }
    void promiseStandsBesideMeasurement() {
        const QByteArray text = markdown(some());
        QVERIFY2(text.contains("promised 75 % fewer tokens read anew after turn 1, measured 75 %."), text.constData());
        QVERIFY(text.contains("| 3 | 600 | not run |")); // D was promised alone
        SessionExplanations all = some();
        all.turns.erase(std::remove_if(all.turns.begin(), all.turns.end(), [](const auto& t) { return t.design == "B-tail"; }),
                        all.turns.end());
        QVERIFY(markdown(all).contains("to measure it, run both"));
    }
    void whatIsLeftOverIsListed() {
        SessionExplanations all = some();
        QVERIFY(!markdown(all).contains("What is left"));
        all.turns[0].verdict = Reread::Unexplained;
        all.turns[1].mismatch = "90 and 91";
        all.turns[2].absent = "the template said no";
        all.turns[2].verdict.reset();
        all.absent = {"target other: HTTP 404"};
        const QByteArray text = markdown(all);
        const QByteArray left = text.mid(text.indexOf("What is left"));
        QVERIFY(left.contains("unexplained. What happened \\<b\\>here") || left.contains("unexplained. What happened &lt;b&gt;here"));
        QVERIFY(left.contains("counts disagree: 90 and 91"));
        QVERIFY(left.contains("the template said no"));
        QVERIFY(left.contains("target other: HTTP 404"));
        QVERIFY(text.contains("Of 8 turns 7 are explained"));
    }
    void thousandsOfOddTurnsAreCounted() {
        SessionExplanations all;
        for (int i = 0; i < 1000; ++i) {
            all.turns.push_back(turnOf("A", 2, Reread::Unexplained, 10, 5, 0, 0));
            all.turns.back().exact = false;
        }
        const QByteArray text = markdown(all);
        QVERIFY(text.contains("and 980 more in explanations.jsonl"));
    }
};

LOOPTAX_TEST(tst_reread)
#include "tst_reread.moc"
