// "Why turns were re-read": the words follow from the evidence, promise stands beside measurement, and what is left
// over is listed.
#include "report_sessions.h"
#include "support/test_registry.h"

#include <nlohmann/json.hpp>

#include <QTest>

#include <map>
#include <set>

using namespace looptax;

namespace {

int runOf(const std::string& design) { return 901 + int(std::string("ABCDT").find(design == "B-tail" ? 'T' : design[0])); }

TurnExplanation turnOf(const std::string& design, int turn, Reread verdict, std::int64_t prompt, std::int64_t cached,
                       std::int64_t state, std::int64_t stateCached, const std::string& tail = "/run-isolated") {
    TurnExplanation out;
    out.target = "llamacpp";
    out.design = design;
    out.cell = "llamacpp/" + design + "/n3" + tail;
    out.run = runOf(design);
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
    return {"llamacpp",   design,       3,
            std::nullopt, std::nullopt, {{1, 100, 0}, {2, 200, 200 - processed}, {3, 300, 300 - processed}}};
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

struct CellParts {
    std::optional<int> cap;
    std::optional<int> padding;
};

// Beside the session's own turns a record of each that is explained, of a complete run.
ReportInputs inputsWith(const SessionExplanations& all, const std::map<int, CellParts>& cells = {{runOf("C"), {3, {}}}}) {
    ReportInputs in = inputsOf(wholeSession());
    in.explanations = all;
    std::set<std::tuple<int, int, int>> made;
    for (const TurnExplanation& turn : all.turns) {
        if (!made.insert({turn.run, turn.run_attempt, turn.turn}).second) continue;
        TurnRecord record;
        record.target = turn.target;
        record.cell = turn.cell;
        record.design = turn.design;
        record.run = turn.run;
        record.run_attempt = turn.run_attempt;
        record.turn = turn.turn;
        record.outcome = Outcome::Ok;
        record.run_outcome = "complete";
        if (const auto at = cells.find(turn.run); at != cells.end()) {
            record.cap = at->second.cap;
            record.padding = at->second.padding;
        }
        in.turns.push_back(std::move(record));
    }
    return in;
}

QByteArray markdown(const SessionExplanations& all) { return QByteArray::fromStdString(reportMarkdown(inputsWith(all))); }

Json rereads(const ReportInputs& in) { return Json::parse(summaryJson(in))["rereads"]; }

// The row in which all members of `wanted` stand.
const Json& rowOf(const Json& rows, const Json& wanted) {
    static const Json kNone = Json::object();
    for (const Json& row : rows) {
        Json both = row;
        both.update(wanted);
        if (both == row) return row;
    }
    return kNone;
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
        QTest::addRow("the whole conversation")
            << QByteArray("- Design A") << QByteArray("60 tokens a turn were new") << QByteArray("oldest first");
        QTest::addRow("newest first") << QByteArray("- Design B batch") << QByteArray("Written oldest first")
                                      << QByteArray("grows at its end, so most");
        QTest::addRow("oldest first") << QByteArray("- Design B-tail") << QByteArray("grows at its end, so most")
                                      << QByteArray("changes at its head");
        QTest::addRow("capped") << QByteArray("- Design C") << QByteArray("only until the cap") << QByteArray("design B-tail");
        QTest::addRow("reuse forbidden") << QByteArray("- cache_off") << QByteArray("by the plan")
                                         << QByteArray("keep other clients");
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
    void aStateThatDidNotChangeIsNoGrowingContext() {
        SessionExplanations all;
        all.turns = {turnOf("C", 2, Reread::AppendOnly, 300, 235, 25, 25, "/cap3/run-isolated")};
        const QByteArray text = markdown(all);
        QVERIFY(text.contains("the state was the one of the turn before"));
        QVERIFY(!text.contains("attention over the longer context"));
    }
    void targetsAreNeverPooled() {
        SessionExplanations all = some();
        QVERIFY(markdown(all).contains("- Design A full context: all that the slot held was reused, and 60 tokens"));
        for (const int turn : {2, 3}) {
            all.turns.push_back(turnOf("A", turn, Reread::AppendOnly, 700, 500, 0, 0));
            all.turns.back().target = "other";
            all.turns.back().run = 950;
        }
        const QByteArray text = markdown(all);
        QVERIFY(text.contains("- Design A full context on llamacpp: all that the slot held was reused, and 60 tokens"));
        QVERIFY(text.contains("- Design A full context on other: all that the slot held was reused, and 200 tokens"));
    }
    void promiseStandsBesideMeasurement() {
        const QByteArray text = markdown(some());
        QVERIFY2(text.contains("promised 75 % fewer tokens read anew after turn 1, measured 75 %."), text.constData());
        QVERIFY(text.contains("| 3 | 600 | not measured |")); // D was promised alone
        const Json saving = rereads(inputsWith(some()))["tail_in_place_of_b"][0];
        QCOMPARE(saving["promised_saving"].get<double>(), 0.75);
        QCOMPARE(saving["measured_saving"].get<double>(), 0.75);
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
        QVERIFY(left.contains("unexplained. What happened \\<b\\>here") ||
                left.contains("unexplained. What happened &lt;b&gt;here"));
        QVERIFY(left.contains("counts disagree: 90 and 91"));
        QVERIFY(left.contains("the template said no"));
        QVERIFY(left.contains("target other: HTTP 404"));
        QVERIFY2(text.contains("Of 9 turns of llama-server that ended ok 7 are explained, 1 has no account, and for 8"),
                 text.mid(text.indexOf("Of 9"), 200).constData());
        QVERIFY(!markdown(some()).contains("no account"));
        const Json json = rereads(inputsWith(all));
        QCOMPARE(json["turns"].get<int>(), 9);
        QCOMPARE(json["absent"].get<int>(), 1);
        QCOMPARE(json["explained"].get<int>(), 7);
    }
    void turnsWithoutAnAccountForOneReasonStandOnce() {
        SessionExplanations all;
        for (int i = 0; i < 1000; ++i) {
            all.turns.push_back(turnOf("A", 2, Reread::AppendOnly, 10, 5, 0, 0));
            if (i < 100) continue;
            all.turns.back().verdict.reset();
            all.turns.back().absent = i < 900 ? "the time was over" : "HTTP 500";
        }
        all.absent = {"target llamacpp: HTTP 500"};
        const QByteArray text = markdown(all);
        QVERIFY(text.contains("Of 1000 turns of llama-server that ended ok 100 are explained, 900 have no account"));
        QCOMPARE(text.count("the time was over"), qsizetype(1));
        QVERIFY(text.contains("the time was over (the same of 799 turns more)"));
        QCOMPARE(text.count("HTTP 500"), qsizetype(1));
        QVERIFY(text.contains("target llamacpp: HTTP 500 (100 turns)"));
    }
    void cellsOfOtherCapsAndPaddingsStandApart() {
        SessionExplanations all;
        all.turns = {turnOf("C", 2, Reread::StateChangedAt, 400, 120, 250, 10, "/cap3/run-isolated"),
                     turnOf("C", 2, Reread::StateChangedAt, 800, 120, 650, 10, "/cap10/run-isolated"),
                     turnOf("D", 2, Reread::StateChangedAt, 300, 120, 150, 10, "/pad3/run-isolated"),
                     turnOf("D", 2, Reread::StateChangedAt, 500, 120, 350, 10, "/pad5/run-isolated")};
        std::map<int, CellParts> cells;
        for (const CellParts& parts : {CellParts{3, {}}, {10, {}}, {{}, 3}, {{}, 5}}) {
            all.turns[cells.size()].run = 901 + int(cells.size());
            cells.insert({901 + int(cells.size()), parts});
        }
        for (const auto& [design, cap, padding, processed] :
             std::vector<std::tuple<const char*, std::optional<int>, std::optional<int>, int>>{
                 {"C", 3, std::nullopt, 280}, {"C", 10, std::nullopt, 680}, {"D", std::nullopt, 5, 380}}) {
            PredictedLoop loop = loopOf(design, processed);
            loop.n = 2;
            loop.cap = cap;
            loop.padding = padding;
            all.loops.push_back(loop);
        }
        const ReportInputs in = inputsWith(all, cells);
        const Json json = rereads(in);
        QCOMPARE(json["reasons"].size(), std::size_t(4));
        QCOMPARE(rowOf(json["reasons"], {{"design", "C"}, {"cap", 10}, {"padding", nullptr}}).value("prompt_tokens", -1.0),
                 800.0);
        QCOMPARE(rowOf(json["reasons"], {{"design", "D"}, {"padding", 3}, {"cap", nullptr}}).value("read_anew", -1.0), 180.0);
        QCOMPARE(rowOf(json["loops"], {{"design", "C"}, {"cap", 10}, {"padding", nullptr}}).value("measured", -1.0), 680.0);
        QCOMPARE(rowOf(json["loops"], {{"design", "D"}, {"padding", 5}}).value("measured", -1.0), 380.0);
        const QByteArray text = QByteArray::fromStdString(reportMarkdown(in));
        QVERIFY(text.contains("| target | design | cap | padding | cache mode | reason |"));
        QVERIFY(text.contains("| target | design | cap | padding | N | promised | measured |"));
        QVERIFY(text.contains("| 10 |  | 2 | 680 | 680 |"));
        const QByteArray plainOnes = markdown(some()); // C with a cap, no padding anywhere
        QVERIFY(plainOnes.contains("| target | design | cap | cache mode | reason |"));
        QVERIFY(plainOnes.contains("| target | design | N | promised | measured |"));
    }
    void whatWasNotTheLoopThatWasPromisedIsNotMeasured_data() {
        QTest::addColumn<bool>("broken");
        QTest::addColumn<QByteArray>("outcome");
        QTest::addRow("a turn that did not keep its cache mode") << true << QByteArray("complete");
        QTest::addRow("a run that failed") << false << QByteArray("failed");
        QTest::addRow("a run that was cut") << false << QByteArray("interrupted");
    }
    void whatWasNotTheLoopThatWasPromisedIsNotMeasured() {
        QFETCH(bool, broken);
        QFETCH(QByteArray, outcome);
        SessionExplanations all = some();
        for (const int turn : {2, 3}) { // another attempt of B, that read it all
            all.turns.push_back(turnOf("B", turn, Reread::SlotLost, 400, 0, 250, 0));
            all.turns.back().run_attempt = 2;
        }
        ReportInputs in = inputsWith(all);
        for (TurnRecord& record : in.turns) {
            if (record.run != runOf("B") || record.run_attempt != 2) continue;
            record.cache_mode_broken = broken;
            record.run_outcome = outcome.toStdString();
        }
        QCOMPARE(rowOf(rereads(in)["loops"], {{"design", "B"}}).value("measured", -1.0), 560.0);
        for (TurnRecord& record : in.turns) record.run_outcome = "complete", record.cache_mode_broken = false;
        QCOMPARE(rowOf(rereads(in)["loops"], {{"design", "B"}}).value("measured", -1.0), 680.0); // it can fail
    }
    void withoutSectionsTheStateIsAbsentNotZero() {
        SessionExplanations all = some();
        for (TurnExplanation& turn : all.turns) turn.sections.clear();
        QVERIFY(rereads(inputsWith(all))["reasons"][0]["state_tokens"].is_null());
        QVERIFY(!rereads(inputsWith(some()))["reasons"][0]["state_tokens"].is_null());
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
