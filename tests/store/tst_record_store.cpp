#include "support/fake_clock.h"
#include "support/session_builder.h"
#include "support/test_registry.h"

#include "base/seeded_random.h"
#include "record/schedule_json.h"
#include "store/load_session.h"
#include "store/turn_texts.h"

#include <QElapsedTimer>
#include <QTest>

using namespace looptax;

class tst_record_store : public QObject {
    Q_OBJECT
    SystemFileOps m_files;

private Q_SLOTS:
    void aSessionReadsBackAsItWasRun() {
        SessionBuilder b(testPlan({{"A", {2}, {}, {}}, {"D", {1}, {}, {3}}}));
        b.completeRun(1);
        b.runStart(2);
        b.turn(b.goodTurn(2, 1), "hello", "{\"count\":1}");
        b.runEnd(2, RunOutcome::Complete);
        const RecordStore store = b.store();
        QVERIFY(store.warnings().empty());
        QVERIFY(store.plan() == b.plan());
        QCOMPARE(store.planHash(), planHash(b.plan()));
        QVERIFY(store.schedule() == b.schedule());
        QCOMPARE(store.turns().size(), std::size_t(3));
        TurnRecord expected = b.goodTurn(1, 2);
        expected.run_outcome = "complete";
        QVERIFY(store.turns()[1] == expected);
        QCOMPARE(store.turnStarts(), std::int64_t(3));
        QCOMPARE(store.runs().size(), std::size_t(2));
        QCOMPARE(store.runs()[1].turns, std::vector<std::size_t>{2});
    }
    void runOutcomeIsFilledInWhenTheRunEnds() {
        SessionBuilder b(testPlan());
        b.runStart(1);
        b.turn(b.goodTurn(1, 1), "x");
        QCOMPARE(b.store().turns()[0].run_outcome, std::string());
        QVERIFY(!b.store().runs()[0].outcome);
        b.runEnd(1, RunOutcome::Interrupted, 1, "killed");
        QCOMPARE(b.store().turns()[0].run_outcome, std::string("interrupted"));
        QCOMPARE(b.store().runs()[0].reason, std::string("killed"));
        b.completeRun(1, {}, 2);
        const RecordStore store = b.store();
        QCOMPARE(store.turns()[0].run_outcome,
                 std::string("interrupted")); // the earlier attempt keeps its own
        QCOMPARE(store.lastAttempt(1)->run_attempt, 2);
        QVERIFY(store.lastAttempt(1)->outcome == RunOutcome::Complete);
        QVERIFY(store.lastAttempt(2) == nullptr);
    }
    void repliesAreReadFromTheFileWhenAskedFor() {
        TempFolder folder;
        SessionBuilder b(testPlan({{"C", {2}, {3}, {}}}));
        b.runStart(1);
        b.turn(b.goodTurn(1, 1), "bytes \xFF\x00 here", std::string("{}"));
        b.turn(b.goodTurn(1, 2), "second");
        b.writeTo(folder.path());
        const auto session = loadSession(m_files, folder.path());
        QVERIFY(session.ok());
        const std::string path = SessionPaths(folder.path()).journal();
        const auto first = readTurnTexts(m_files, path, session->store.placeOf(0));
        QCOMPARE(first->reply, std::string("bytes \xFF"));
        QCOMPARE(first->state.value_or("?"), std::string("{}"));
        const auto second = readTurnTexts(m_files, path, session->store.placeOf(1));
        QCOMPARE(second->reply, std::string("second"));
        QVERIFY(!second->state);
    }
    // Live and replayed lines enter by one door: what append() returns must be what the file gives.
    void liveEqualsReplay() {
        TempFolder folder;
        FakeClock clock;
        SessionBuilder b(testPlan());
        b.completeRun(1);
        auto session = createSession(m_files, clock, folder.path(), writePlan(b.plan()));
        RecordStore live;
        for (const std::string& text : b.lines()) {
            const ParsedLine parsed = parseLine(std::string_view(text).substr(0, text.size() - 1));
            Json fields = *parsed.line->body;
            for (const char* key : {"v", "seq", "type"}) fields.erase(key);
            const auto line = session->journal->append(parsed.line->type, fields, Durability::Buffered);
            QVERIFY(line.ok());
            live.apply(*line);
        }
        const auto replayed = loadSession(m_files, session->paths.folder);
        QVERIFY(live.turns() == replayed->store.turns());
        QCOMPARE(slurp(session->paths.journal()), b.journal());
        for (std::size_t i = 0; i < live.turns().size(); ++i) QCOMPARE(live.placeOf(i).offset, replayed->store.placeOf(i).offset);
    }

    void linesOfTheWrongFormBecomeWarnings_data() {
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("fields");
        QTest::addRow("turn of a wrong type") << QByteArray("turn_done") << QByteArray(R"({"run":1,"ttft_ms":"fast"})");
        QTest::addRow("turn without a run") << QByteArray("turn_done") << QByteArray("{}");
        QTest::addRow("run that never began")
            << QByteArray("run_end") << QByteArray(R"({"run":9,"run_attempt":1,"run_outcome":"failed"})");
        QTest::addRow("unknown run outcome")
            << QByteArray("run_end") << QByteArray(R"({"run":1,"run_attempt":1,"run_outcome":"lost"})");
        QTest::addRow("negative run") << QByteArray("run_start") << QByteArray(R"({"run":-1,"run_attempt":1})");
        QTest::addRow("a run number that would wrap around to run 1")
            << QByteArray("turn_done") << QByteArray(R"({"run":4294967297,"run_attempt":1,"turn":1,"outcome":"ok"})");
        QTest::addRow("plan that is a number") << QByteArray("plan") << QByteArray(R"({"text":5})");
        QTest::addRow("unknown type") << QByteArray("hologram") << QByteArray("{}");
    }
    void linesOfTheWrongFormBecomeWarnings() {
        QFETCH(QByteArray, type);
        QFETCH(QByteArray, fields);
        SessionBuilder b(testPlan());
        b.completeRun(1);
        const std::size_t before = b.store().warnings().size();
        b.add(type.toStdString(), Json::parse(fields.toStdString()));
        const RecordStore store = b.store();
        QCOMPARE(store.warnings().size(), before + 1);
        QVERIFY(store.warnings().back().find(type.toStdString()) != std::string::npos);
        QCOMPARE(store.turns().size(), std::size_t(3));
    }
    void aScheduleOfTheWrongFormIsNotHalfTaken() {
        SessionBuilder b(testPlan());
        for (const char* key : {"run", "target", "cell", "design", "n", "cache_mode", "repeat", "block_index"}) {
            Json schedule = scheduleToJson(b.schedule(), b.plan());
            schedule[1][key] = Json::array();
            const auto read = scheduleFromJson(schedule, b.plan());
            QVERIFY2(!read.ok(), key);
            QVERIFY(read.error().text().find("schedule[1]") != std::string::npos);
            QVERIFY(read.error().text().find(key) != std::string::npos);
        }
        QVERIFY(scheduleFromJson(scheduleToJson(b.schedule(), b.plan()), b.plan()).value() == b.schedule());
    }
    // Every member of every line gets every form of value: nothing may throw.
    void noFormOfMemberThrows() {
        SessionBuilder b(testPlan({{"A", {1}, {}, {}}, {"C", {1}, {3}, {}}}, 1));
        b.completeRun(1);
        b.completeRun(2);
        const Json forms = Json::parse(R"([null,true,-1,18446744073709551615,1e300,"text",[],{},[[1]],{"run":1}])");
        for (std::size_t i = 0; i < b.lines().size(); ++i) {
            const std::string& text = b.lines()[i];
            const ParsedLine parsed = parseLine(std::string_view(text).substr(0, text.size() - 1));
            for (const auto& [key, value] : parsed.line->body->items()) {
                for (const Json& form : forms) {
                    Json changed = *parsed.line->body;
                    changed[key] = form;
                    JournalLine line = *parsed.line;
                    line.body = std::make_shared<const Json>(changed);
                    RecordStore store = b.store();
                    store.apply(line);
                }
            }
        }
    }
    void warningsAreBounded() {
        RecordStore store;
        JournalLine line;
        line.type = "hologram";
        line.body = std::make_shared<const Json>(Json::object());
        for (int i = 0; i < 5000; ++i) store.apply(line);
        QVERIFY(store.warnings().size() < 1000);
        QVERIFY(store.warnings().back().find("4801") != std::string::npos);
    }
    void aSessionEndsUntilItIsResumed() {
        SessionBuilder b(testPlan());
        b.completeRun(1);
        b.add("session_end", Json::object());
        QVERIFY(b.store().ended());
        b.completeRun(2);
        QVERIFY(!b.store().ended());
    }
    // A fair part of 100 MB, so that an unoptimised build is quick too; optimised, 100 MB take about a
    // second.
    void aLargeSessionLoadsInSeconds() {
        TempFolder folder;
        SessionBuilder b(testPlan({{"A", {25}, {}, {}}}, 4));
        const std::string reply(1 << 18, 'x');
        for (const ScheduledRun& run : b.schedule()) {
            b.runStart(run.run);
            for (int t = 1; t <= run.n; ++t) b.turn(b.goodTurn(run.run, t), reply);
            b.runEnd(run.run, RunOutcome::Complete);
        }
        b.writeTo(folder.path());
        QElapsedTimer timer;
        timer.start();
        const auto session = loadSession(m_files, folder.path());
        const qint64 ms = timer.elapsed();
        QCOMPARE(session->store.turns().size(), std::size_t(100));
        qInfo("25 MB loaded in %lld ms", static_cast<long long>(ms));
        QVERIFY(ms < 30'000);
    }
};

LOOPTAX_TEST(tst_record_store)
#include "tst_record_store.moc"
