// explanations.jsonl: what is written is read back, and damage is an error that says where.
#include "support/test_registry.h"

#include "prefix/explanation_json.h"

#include <QTest>

using namespace looptax;

namespace {

SessionExplanations some() {
    SessionExplanations all;
    TurnExplanation turn;
    turn.target = "t";
    turn.cell = "t/B/n2/natural";
    turn.design = "B";
    turn.run = 3;
    turn.run_attempt = 2;
    turn.turn = 2;
    turn.verdict = Reread::StateChangedAt;
    turn.sentence = "The state's text changed.";
    turn.held_by = "turn 1 of run 3";
    turn.prompt_tokens = 90;
    turn.prompt_tokens_reported = 91;
    turn.cached_reported = 40;
    turn.cached_predicted = 41;
    turn.difference = -1;
    turn.exact = false;
    turn.prompt_proved = true;
    turn.mismatch = "90 and 91";
    turn.sections = {{"tag", 8, 8}, {"state", 30, 2}};
    turn.first_difference = FirstDifference{41, "state", "count\": ", "2,\n", "1,\n"};
    TurnExplanation absent;
    absent.target = "t";
    absent.run = 3;
    absent.turn = 3;
    absent.absent = "the template said: \"no\"\n";
    all.turns = {turn, absent};
    all.loops = {{"t", "B-tail", 2, std::nullopt, std::nullopt, {{1, 80, 0}, {2, 90, 60}}}, {"t", "C", 1, 3, std::nullopt, {}}};
    all.absent = {"target u: nothing answers"};
    return all;
}

} // namespace

class tst_explanations : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatIsWrittenIsReadBack() {
        const SessionExplanations all = some();
        const std::string text = writeExplanations(all);
        const auto read = readExplanations(text);
        QVERIFY(read.ok());
        QCOMPARE(read->turns.size(), all.turns.size());
        QVERIFY(read->turns == all.turns);
        QVERIFY(read->loops == all.loops);
        QCOMPARE(read->absent, all.absent);
        QCOMPARE(writeExplanations(*read), text); // the same bytes, however often
    }
    void oneTurnIsFoundAmongAll() {
        const SessionExplanations all = some();
        const std::string text = writeExplanations(all);
        QVERIFY(findExplanation(text, 3, 2, 2) == all.turns[0]);
        QVERIFY(findExplanation(text, 3, 1, 3) == all.turns[1]);
        QVERIFY(!findExplanation(text, 3, 1, 2)); // another attempt
        QVERIFY(!findExplanation(text, 33, 2, 2));
        QVERIFY(!findExplanation("", 3, 2, 2));
    }
    void whatIsAbsentIsCountedToo() {
        const ExplainedCounts counts = countsOf(some());
        QCOMPARE(counts.turns, std::int64_t(2));
        QCOMPARE(counts.absent, std::int64_t(1));
        QCOMPARE(counts.explained, std::int64_t(1));
        QCOMPARE(counts.exact, std::int64_t(0));
        QCOMPARE(counts.mismatches, std::int64_t(1));
    }
    void everyVerdictHasItsName() {
        for (const char* word :
             {"append_only", "state_changed_at", "history_rerendered", "window_lost", "slot_lost", "cache_off", "unexplained"}) {
            QVERIFY(rereadOf(word).has_value());
            QCOMPARE(std::string(name(*rereadOf(word))), std::string(word));
        }
        QVERIFY(!rereadOf("fine"));
    }
    void aBrokenFileSaysWhere_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("said");
        const QByteArray head = "{\"schema\":\"looptax.explanations/1\"}\n";
        QTest::addRow("another file") << QByteArray("{\"v\":1}\n") << QByteArray("line 1");
        QTest::addRow("half a line") << head + "{\"type\":\"turn\"" << QByteArray("line 2");
        QTest::addRow("no JSON") << QByteArray("hello") << QByteArray("line 1");
    }
    void aBrokenFileSaysWhere() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, said);
        const auto read = readExplanations(text.toStdString());
        QVERIFY(!read.ok());
        QVERIFY(read.error().where.find(said.toStdString()) != std::string::npos);
        QVERIFY(!read.error().hint.empty());
    }
    void membersOfTheWrongFormAreNotThere() {
        const auto read = readExplanations("{\"schema\":\"looptax.explanations/1\"}\n"
                                           "{\"type\":\"turn\",\"run\":\"x\",\"verdict\":7,\"sections\":[1,{\"section\":2}],"
                                           "\"first_difference\":[]}\n{\"type\":\"of tomorrow\"}\n");
        QVERIFY(read.ok());
        QCOMPARE(read->turns.size(), std::size_t(1));
        QVERIFY(!read->turns[0].verdict && !read->turns[0].first_difference);
    }
};

LOOPTAX_TEST(tst_explanations)
#include "tst_explanations.moc"
