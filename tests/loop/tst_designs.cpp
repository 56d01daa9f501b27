#include "support/places.h"
#include "support/test_registry.h"

#include "loop/published_tables.h"
#include "loop/right_reply.h"

#include <QFile>
#include <QTest>

#include <nlohmann/json.hpp>

using namespace looptax;

namespace {

LoopSettings settingsOf(int n, OnBadTurn action = OnBadTurn::Carry) {
    LoopSettings settings;
    settings.n = n;
    settings.cap = 3;
    settings.padding = 2;
    settings.on_bad_turn = action;
    return settings;
}

std::string transcript(const Messages& messages) {
    std::string out;
    for (const Message& message : messages) out += "--- " + message.role + "\n" + message.content + "\n";
    return out;
}

// A reply to turn 1 of B with the entry kept and the count wrong.
std::string miscounted(const LoopDesign& loop) {
    const Expectation expected = loop.expectation(1, loop.initialState());
    LogState state = expected.truth;
    state.count = 7;
    return fenced(canonicalText(state));
}

} // namespace

class tst_designs : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theTableNamesTheFiveAndWhatTheyTake() {
        const Catalogue all = catalogue();
        QCOMPARE(all.designs.size(), std::size_t(5));
        QVERIFY(all.design("B-tail")->keeps_state && all.design("B-tail")->oldest_first);
        QVERIFY(!all.design("A")->keeps_state && all.design("B")->keeps_state);
        QVERIFY(all.design("C")->takes_cap && !all.design("D")->takes_cap);
        QVERIFY(all.design("D")->takes_padding && !all.design("C")->takes_padding);
        QCOMPARE(all.design("E"), nullptr);
        for (const DesignFacts& facts : all.designs) QVERIFY(makeLoopDesign(facts.id, shippedPack(), settingsOf(1)));
    }
    void whatCannotBeMadeIsNull() {
        QVERIFY(!makeLoopDesign("E", shippedPack(), settingsOf(1)));
        QVERIFY(!makeLoopDesign("A", shippedPack(), settingsOf(0)));
        QVERIFY(!makeLoopDesign("A", nullptr, settingsOf(1)));
        auto poor = std::make_shared<TaskPack>(*shippedPack());
        poor->prompts.erase("capped_state");
        QVERIFY(!makeLoopDesign("C", poor, settingsOf(1)));
    }
    // LOOPTAX_UPDATE_GOLDEN=1 writes them anew; a changed prompt is a changed experiment, so look at the
    // difference.
    void firstPromptsAreThese_data() {
        QTest::addColumn<QString>("design");
        for (const DesignFacts& facts : designTable())
            QTest::addRow("%s", std::string(facts.id).c_str()) << QString::fromStdString(std::string(facts.id));
    }
    void firstPromptsAreThese() {
        QFETCH(QString, design);
        const auto loop = makeLoopDesign(design.toStdString(), shippedPack(), settingsOf(1));
        const std::string text = transcript(loop->messages(1, "00000000", loop->initialState()));
        QFile file(QStringLiteral(LOOPTAX_SOURCE_DIR "/tests/golden/loop/turn1_%1.txt").arg(design));
        if (qEnvironmentVariableIsSet("LOOPTAX_UPDATE_GOLDEN")) {
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(text.data(), qsizetype(text.size()));
            return;
        }
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(QByteArray::fromStdString(text), file.readAll());
    }
    void fullContextSendsEveryPastReplyAsItWasSaid() {
        const auto loop = makeLoopDesign("A", shippedPack(), settingsOf(3));
        QVERIFY(!loop->initialState());
        loop->remember(1, "nonsense, said at turn 1");
        loop->remember(2, "");
        const Messages messages = loop->messages(3, "0badcafe", std::nullopt);
        std::vector<std::string> roles;
        for (const Message& message : messages) roles.push_back(message.role);
        QCOMPARE(roles, (std::vector<std::string>{"system", "user", "assistant", "user", "assistant", "user"}));
        QCOMPARE(messages[2].content, std::string("nonsense, said at turn 1"));
        QCOMPARE(messages[4].content, std::string());
        QCOMPARE(messages[0].content.substr(0, 9), std::string("0badcafe\n"));
        // What was sent stays word for word, or no cache could be reused.
        const Messages before = loop->messages(2, "0badcafe", std::nullopt);
        QVERIFY(std::equal(before.begin(), before.end(), messages.begin()));
        QCOMPARE(loop->nextState(3, Judgement{}), std::nullopt);
    }
    void stateDesignsSendTheFileAsItIsAndNoPast() {
        const auto loop = makeLoopDesign("B", shippedPack(), settingsOf(3));
        const std::string strange = "{ \"log\": [],\t\"count\": 12, \"extra\": true }";
        loop->remember(1, "never to be sent");
        const Messages messages = loop->messages(2, "00000000", strange);
        QCOMPARE(messages.size(), std::size_t(2));
        QVERIFY(messages[1].content.find(strange) != std::string::npos);
        QVERIFY(messages[1].content.find("never to be sent") == std::string::npos);
    }
    void onlyTheCappedDesignSpeaksOfACap() {
        for (const DesignFacts& facts : designTable()) {
            LoopSettings settings = settingsOf(1);
            settings.cap = 5;
            const auto loop = makeLoopDesign(facts.id, shippedPack(), settings);
            const std::string text = transcript(loop->messages(1, "00000000", loop->initialState()));
            QCOMPARE(text.find("keep at most the 5 newest entries") != std::string::npos, facts.takes_cap);
        }
    }
    void theNoteStandsInEveryStateAndNotInA() {
        const auto pack = shippedPack();
        for (const DesignFacts& facts : designTable()) {
            const auto loop = makeLoopDesign(facts.id, pack, settingsOf(1));
            QCOMPARE(loop->expectation(1, loop->initialState()).truth.note.has_value(), facts.keeps_state);
            const std::string text = transcript(loop->messages(1, "00000000", loop->initialState()));
            QCOMPARE(text.find(pack->note.first) != std::string::npos, facts.keeps_state);
        }
    }
    void theCapHoldsTheNewestAndCountsAll() {
        const auto loop = makeLoopDesign("C", shippedPack(), settingsOf(6));
        const LogState truth = loop->expectation(6, loop->initialState()).truth;
        QCOMPARE(truth.count, std::int64_t(6));
        QCOMPARE(truth.log.size(), std::size_t(3));
        QCOMPARE(truth.log[0], makeLoopDesign("B", shippedPack(), settingsOf(6))->expectation(6, {}).truth.log[0]);
    }
    void paddingIsThereBeforeTheFirstTurn() {
        const auto loop = makeLoopDesign("D", shippedPack(), settingsOf(3));
        const auto initial = readLogState(*loop->initialState());
        QCOMPARE(initial->count, std::int64_t(2));
        const LogState truth = loop->expectation(3, loop->initialState()).truth;
        QCOMPARE(truth.count, std::int64_t(5));
        QVERIFY(std::equal(initial->log.begin(), initial->log.end(), truth.log.begin() + 3));
    }
    // What the design is for: up to the end of its last entry a state of B-tail begins the next one, B's
    // differs at its count.
    void aTailStateGrowsAtItsEndAlone() {
        const auto sharedShare = [](const char* design) {
            const auto turns = rightTurns(design, settingsOf(6));
            const std::string before = turns[4].messages[1].content;
            const std::string after = turns[5].messages[1].content;
            const auto end = std::mismatch(before.begin(), before.end(), after.begin(), after.end()).first;
            const auto stateEnd = before.find("\n\nNew entry:");
            return double(end - before.begin()) / double(stateEnd);
        };
        QVERIFY(sharedShare("B-tail") > 0.95);
        QVERIFY(sharedShare("B") < 0.15);
    }
    void aTailReplyIsJudgedOldestFirst() {
        const auto loop = makeLoopDesign("B-tail", shippedPack(), settingsOf(3));
        const auto turns = rightTurns("B-tail", settingsOf(3));
        const auto truth = loop->expectation(3, turns[2].state);
        QVERIFY(checkReply(turns[2].reply, truth).all_pass);
        QCOMPARE(truth.truth.log.back().date(),
                 makeLoopDesign("B", shippedPack(), settingsOf(3))->expectation(3, {}).truth.log.front().date());
        LogState turned = truth.truth;
        std::reverse(turned.log.begin(), turned.log.end());
        const Judgement judged = checkReply(fenced(canonicalText(turned)), truth);
        QVERIFY(!judged.sort_correct && judged.count_match && judged.entries_complete && judged.content_exact);
        QCOMPARE(judged.fail_reason, std::string("not oldest first at position 2"));
        LogState shorter = truth.truth;
        shorter.log.erase(shorter.log.begin());
        QCOMPARE(checkReply(fenced(canonicalText(shorter)), truth).fail_reason, std::string("entry 1 missing"));
    }
    void theTailStatePutsTheCountBehindTheLogWhereverItWasSaid() {
        const auto loop = makeLoopDesign("B-tail", shippedPack(), settingsOf(3));
        const Expectation expected = loop->expectation(1, loop->initialState());
        LogState countOnTop = expected.truth;
        countOnTop.order = LogOrder::NewestFirst;
        const std::string said = canonicalText(countOnTop);
        QVERIFY(said.find("\"count\"") < said.find("\"log\""));
        QCOMPARE(loop->nextState(1, checkReply(fenced(said), expected)).value_or(""), canonicalText(expected.truth));
    }
    void carryKeepsWhatWasSaidRightOrWrong() {
        const auto loop = makeLoopDesign("B", shippedPack(), settingsOf(3));
        const auto judgement = checkReply(miscounted(*loop), loop->expectation(1, loop->initialState()));
        QVERIFY(!judgement.all_pass);
        const auto next = loop->nextState(1, judgement);
        QVERIFY(next);
        QCOMPARE(readLogState(*next)->count, std::int64_t(7));
        // The next turn is judged twice: against the truth, and against what a right answer to this prompt
        // would be.
        const Expectation second = loop->expectation(2, next);
        QVERIFY(second.state_diverged);
        QCOMPARE(second.truth.count, std::int64_t(2));
        QCOMPARE(second.local->count, std::int64_t(8));
        const Judgement after = checkReply(rightReply(loop->messages(2, "00000000", next)), second);
        QVERIFY(!after.all_pass && after.all_pass_local && after.state_diverged && after.content_exact);
        QCOMPARE(after.fail_reason, std::string("count 8, expected 2"));
    }
    void carryLeavesTheStateWhereNothingUsableWasSaid() {
        const auto loop = makeLoopDesign("B", shippedPack(), settingsOf(3));
        for (const char* reply : {"", "I cannot do that.", "```json\n[1]\n```", "```json\n{\"log\":[1]}\n```"})
            QCOMPARE(loop->nextState(1, checkReply(reply, loop->expectation(1, loop->initialState()))), std::nullopt);
    }
    void oracleWritesTheRightStateWhateverWasSaid() {
        const auto loop = makeLoopDesign("C", shippedPack(), settingsOf(3, OnBadTurn::Oracle));
        const auto next = loop->nextState(1, checkReply("no", loop->expectation(1, loop->initialState())));
        QCOMPARE(next.value_or(""), canonicalText(loop->expectation(1, loop->initialState()).truth));
        QVERIFY(!loop->expectation(2, next).state_diverged);
    }
    void stopWritesOnlyWhatPassed() {
        const auto loop = makeLoopDesign("B", shippedPack(), settingsOf(3, OnBadTurn::Stop));
        const Expectation expected = loop->expectation(1, loop->initialState());
        QCOMPARE(loop->nextState(1, checkReply(miscounted(*loop), expected)), std::nullopt);
        const auto next = loop->nextState(1, checkReply(fenced(canonicalText(expected.truth)), expected));
        QCOMPARE(next.value_or(""), canonicalText(expected.truth));
    }
    void aStateThatLostItsNoteHasDiverged() {
        const auto loop = makeLoopDesign("B", shippedPack(), settingsOf(2));
        LogState state = loop->expectation(1, loop->initialState()).truth;
        QVERIFY(!loop->expectation(2, canonicalText(state)).state_diverged);
        state.note.reset();
        QVERIFY(loop->expectation(2, canonicalText(state)).state_diverged);
    }
    void theExpectedReplyIsMeasuredWithItsFence() {
        for (const DesignFacts& facts : designTable()) {
            const auto loop = makeLoopDesign(facts.id, shippedPack(), settingsOf(5));
            const auto turns = rightTurns(std::string(facts.id), settingsOf(5));
            for (int turn = 1; turn <= 5; ++turn)
                QCOMPARE(loop->expectedReplyChars(turn), std::int64_t(turns[std::size_t(turn) - 1].reply.size()));
        }
    }
    void theReplySchemaNamesWhatARightReplyHolds() {
        for (const DesignFacts& facts : designTable()) {
            const Json schema = Json::parse(replySchemaJson(facts, *shippedPack()));
            const auto turn = rightTurns(std::string(facts.id), settingsOf(1))[0];
            const Json reply = Json::parse(turn.reply.substr(8, turn.reply.size() - 12));
            std::vector<std::string> keys;
            for (const auto& [key, value] : reply.items()) keys.push_back(key);
            QCOMPARE(schema["required"].get<std::vector<std::string>>(), keys);
            keys.clear();
            for (const auto& [key, value] : reply["log"][0].items()) keys.push_back(key);
            QCOMPARE(schema["properties"]["log"]["items"]["required"].get<std::vector<std::string>>(), keys);
        }
    }
};

LOOPTAX_TEST(tst_designs)
#include "tst_designs.moc"
