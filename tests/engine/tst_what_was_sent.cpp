// What requests carried: fields that a server refuses are left out and said, in the warm-up where there is one, else in
// turn 1 outside its timed window; what of the plan was not sent is on record.
#include "fake_world.h"

#include "base/text.h"
#include "replay/verify.h"
#include "support/test_registry.h"

#include <nlohmann/json.hpp>

using namespace looptax;

namespace {

ChatEnd refusing(const char* field) {
    ChatEnd end;
    end.outcome = Outcome::HttpError;
    end.http_status = 400;
    end.error_text = std::string("HTTP 400: unknown field ") + field;
    end.refused_field = field;
    return end;
}

Json noteOf(const CollectingListener& listener, const std::string& kind, int which = 0) {
    for (const JournalLine& line : listener.lines)
        if (line.type == "note" && line.body->contains("kind") && (*line.body)["kind"] == kind && which-- == 0) return *line.body;
    return Json::object();
}

} // namespace

class tst_what_was_sent : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aRefusedFieldIsLeftOutAndTheRequestSentAgain_data() {
        QTest::addColumn<int>("warmups");
        QTest::addColumn<int>("refusals");
        QTest::addRow("found in the warm-up") << 1 << 1;
        QTest::addRow("six of them, in the warm-up") << 1 << 6;
        QTest::addRow("found in turn 1") << 0 << 1;
        QTest::addRow("six of them, in turn 1") << 0 << 6; // more than a busy server is asked
    }
    void aRefusedFieldIsLeftOutAndTheRequestSentAgain() {
        QFETCH(int, warmups);
        QFETCH(int, refusals);
        FakeLab lab;
        Plan plan = smallPlan();
        plan.warmup_requests = warmups;
        lab.runtime.misbehave = [refusals](const ChatRequest&, int index) -> std::optional<ChatEnd> {
            return index < refusals ? std::optional(refusing("seed")) : std::nullopt;
        };
        const SweepResult result = lab.run(plan);
        QVERIFY2(!result.error, result.error ? result.error->text().c_str() : "");
        QCOMPARE(result.turns_failed, 0);
        QCOMPARE(result.turns_ok, 14);
        QCOMPARE(lab.listener.count("warmup") + lab.listener.count("turn_start"), int(lab.runtime.requests.size()));
        const RecordStore store = lab.replay(result.folder);
        QCOMPARE(store.turns()[0].send_attempt, warmups == 0 ? 1 + refusals : 1);
        QCOMPARE(store.turns()[0].ttft_ms.value_or(0), 5.0);
        QVERIFY(!store.turns()[0].retry_wait_ms);
        const Json note = noteOf(lab.listener, "field_refused");
        QCOMPARE(note.value("field", std::string()), std::string("seed"));
        QCOMPARE(note.value("http_status", 0), 400);
        QVERIFY(verifySession(lab.files, result.folder, {})->clean());
    }
    void aServerThatIsBusyBetweenTwoRefusalsIsWaitedFor() {
        FakeLab lab;
        Plan plan = smallPlan();
        plan.warmup_requests = 0;
        lab.runtime.misbehave = [](const ChatRequest&, int index) -> std::optional<ChatEnd> {
            if (index == 0 || index == 2) return refusing("top_p");
            if (index != 1) return std::nullopt;
            ChatEnd end;
            end.outcome = Outcome::HttpError;
            end.busy = true;
            end.http_status = 503;
            return end;
        };
        const SweepResult result = lab.run(plan);
        QCOMPARE(result.turns_failed, 0);
        const RecordStore store = lab.replay(result.folder);
        QCOMPARE(store.turns()[0].send_attempt, 4);
        QCOMPARE(store.turns()[0].retry_wait_ms.value_or(0), 1000.0);
    }
    void whatRequestsCarryIsOnRecordOnceAndAgainWhereItChanges() {
        FakeLab lab;
        lab.runtime.sign = [](ChatEnd& end, int index) {
            // The seed and the limit differ from request to request; a field that goes is news.
            Json body{{"model", "m"}, {"stream", true}, {"temperature", 0.2}, {"max_tokens", 256 + index}, {"seed", 42 + index}};
            if (index < 4) body["top_p"] = 0.95;
            end.sent = body.dump();
        };
        const SweepResult result = lab.run(smallPlan());
        QVERIFY(!result.error);
        const RecordStore store = lab.replay(result.folder);
        QCOMPARE(store.sent().size(), std::size_t(2));
        QCOMPARE(store.sent()[0].target, std::string("t"));
        const Plan plan = smallPlan();
        const SentSettings before = sentSettings(*store.sent()[0].body, plan), after = sentSettings(*store.sent()[1].body, plan);
        QCOMPARE(joined(before.sent, ", "), std::string("temperature 0.2, top_p 0.95, seed, max_tokens"));
        QCOMPARE(joined(before.not_sent, ", "), std::string("top_k 40, min_p 0, repeat_penalty 1, thinking off"));
        QCOMPARE(after.not_sent.front(), std::string("top_p 0.95"));
        const Json note = noteOf(lab.listener, "sent");
        QVERIFY2(note.value("text", std::string()).find("in the plan and not sent: top_k 40, min_p 0") != std::string::npos,
                 note.dump().c_str());
    }
    void aSeedThatIsNotSentIsInNoRow_data() {
        QTest::addColumn<bool>("byPlan");
        QTest::addRow("the plan leaves it out") << true;
        QTest::addRow("the server refuses it") << false;
    }
    void aSeedThatIsNotSentIsInNoRow() {
        QFETCH(bool, byPlan);
        FakeLab lab;
        Plan plan = smallPlan();
        if (byPlan) plan.sampling.seed.reset();
        lab.runtime.sign = [](ChatEnd& end, int) { end.sent = "{\"temperature\":0.2}"; };
        const SweepResult result = lab.run(plan);
        QVERIFY(!result.error);
        for (const ChatRequest& request : lab.runtime.requests) QCOMPARE(request.seed.has_value(), !byPlan);
        const RecordStore store = lab.replay(result.folder);
        for (const TurnRecord& turn : store.turns()) QVERIFY(!turn.seed);
    }
    void theWarmUpAsksForTheFormatOfTheTurns() {
        FakeLab lab;
        Plan plan = smallPlan();
        plan.reply.format = ReplyFormat::JsonSchema;
        (void)lab.run(plan);
        QVERIFY(lab.runtime.requests[0].format == ReplyFormat::JsonSchema);
        QVERIFY(!lab.runtime.requests[0].schema_json.empty());
    }
};

LOOPTAX_TEST(tst_what_was_sent)
#include "tst_what_was_sent.moc"
