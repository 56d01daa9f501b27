// Every fault of the matrix against the real client: the outcome, the text kept, and exactly one request an exchange.
#include "support/test_registry.h"

#include "runtime/runtime_client.h"
#include "sim/faults.h"
#include "sim/scripted_server.h"

#include <QTest>

using namespace looptax;

namespace {

struct Heard final : StreamListener {
    std::string content, reasoning;
    std::int64_t sent = 0, lastStamp = 0;
    bool ordered = true;
    void onSent(std::int64_t stamp, std::optional<double>) override { sent = lastStamp = stamp; }
    void onHeaders(std::int64_t stamp) override { follow(stamp); }
    void onRead(std::int64_t stamp) override { follow(stamp); }
    void onEvent(std::int64_t stamp) override { follow(stamp); }
    void onDelta(DeltaKind kind, std::int64_t stamp, std::string_view text) override {
        follow(stamp);
        if (kind == DeltaKind::Content) content += text;
        if (kind == DeltaKind::Reasoning) reasoning += text;
    }
    void follow(std::int64_t stamp) {
        ordered = ordered && stamp >= lastStamp;
        lastStamp = stamp;
    }
};

} // namespace

class tst_faults : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fault_data() {
        QTest::addColumn<int>("dialect");
        QTest::addColumn<int>("index");
        for (const TargetKind dialect : {TargetKind::LlamaServer, TargetKind::Ollama, TargetKind::OpenAi}) {
            const auto table = faultTable(dialect);
            for (std::size_t i = 0; i < table.size(); ++i)
                QTest::addRow("%s %s", std::string(name(dialect)).c_str(), table[i].name.c_str()) << int(dialect) << int(i);
        }
    }
    void fault() {
        QFETCH(int, dialect);
        QFETCH(int, index);
        const SimFault fault = faultTable(TargetKind(dialect))[std::size_t(index)];
        SimOptions options;
        options.dialect = TargetKind(dialect);
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        for (const FaultExchange& exchange : fault.exchanges) server.queueChat(exchange.script);
        SystemClock clock;
        const auto client = makeRuntimeClient(options.dialect, server.url(), {}, fault.deadlines, clock);
        const CancelFlag cancel{false};
        for (const FaultExchange& exchange : fault.exchanges) {
            ChatRequest request;
            request.messages = {{"system", "00000000 Be brief."}, {"user", "Hello."}};
            request.model = server.model();
            request.context_tokens = 4096;
            request.deadlines = fault.deadlines;
            Heard heard;
            const ChatEnd end = client->chat(request, heard, cancel);
            const FaultExpectation& expected = exchange.expected;
            const std::string told = std::string(name(end.outcome)) + ": " + end.error_text;
            QVERIFY2(end.outcome == expected.outcome, (told + ", expected " + std::string(name(expected.outcome))).c_str());
            if (expected.text) QCOMPARE(heard.content, *expected.text);
            QCOMPARE(heard.reasoning, expected.reasoning);
            if (expected.finish_reason) QCOMPARE(end.counts.finish_reason, *expected.finish_reason);
            if (expected.http_status) QCOMPARE(end.http_status, *expected.http_status);
            QCOMPARE(end.no_done, expected.no_done);
            QCOMPARE(end.busy, expected.busy);
            if (expected.warns) QVERIFY2(!end.warnings.empty(), "no warning");
            if (expected.counts_absent) QVERIFY(!end.counts.predicted_ms);
            for (const std::string& word : expected.says)
                QVERIFY2(end.error_text.find(word) != std::string::npos, (told + ", must say " + word).c_str());
            QCOMPARE(end.overflow_prompt_tokens, expected.overflow_prompt_tokens);
            QCOMPARE(end.overflow_context, expected.overflow_context);
            QVERIFY(heard.ordered);
            if (exchange.closes) QVERIFY(server.waitForNoConnections(2'000));
        }
        QCOMPARE(server.chatCount(), int(fault.exchanges.size()));
        if (fault.connections) QCOMPARE(server.connectionCount(), *fault.connections);
    }
    void aRefusedConnectionNamesTheAddress() {
        RefusingPort port;
        SystemClock clock;
        const auto client = makeRuntimeClient(TargetKind::LlamaServer, "http://127.0.0.1:" + std::to_string(port.port()), {}, {}, clock);
        const CancelFlag cancel{false};
        const auto facts = client->facts({}, cancel);
        QVERIFY(!facts.ok());
        QCOMPARE(facts.error().kind, ErrorKind::Unreachable);
        QVERIFY(facts.error().text().find(std::to_string(port.port())) != std::string::npos);
    }
    void factsOfEveryDialect() {
        for (const TargetKind dialect : {TargetKind::LlamaServer, TargetKind::Ollama, TargetKind::OpenAi}) {
            SimOptions options;
            options.dialect = dialect;
            ScriptedServer server(options);
            QVERIFY(server.start().ok());
            SystemClock clock;
            const CancelFlag cancel{false};
            const auto client = makeRuntimeClient(dialect, server.url(), {}, {}, clock);
            const auto facts = client->facts(server.model(), cancel);
            QVERIFY2(facts.ok(), facts.ok() ? "" : facts.error().text().c_str());
            const auto wrong = client->facts("no-such-model", cancel);
            QVERIFY(!wrong.ok());
            QVERIFY(wrong.error().text().find(server.model()) != std::string::npos);
            QCOMPARE(server.chatCount(), 0);
        }
    }
};

LOOPTAX_TEST(tst_faults)
#include "tst_faults.moc"
