// Every fault of the matrix against the real client: the outcome, the text kept, and exactly one request an exchange.
#include "chat_lab.h"
#include "support/patience.h"
#include "support/test_registry.h"

#include "runtime/runtime_client.h"
#include "sim/scripted_server.h"
#include "support/faults.h"

#include <QTest>

#include <algorithm>
#include <fstream>
#include <unistd.h>

using namespace looptax;

namespace {

std::int64_t residentBytes() {
    std::ifstream file("/proc/self/statm");
    std::int64_t pages = 0, resident = 0;
    file >> pages >> resident;
    return resident * ::sysconf(_SC_PAGESIZE);
}

// Less than the 64 MiB an endless answer may have before it is cut off: what is read is not kept.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::int64_t kMostMemory = std::int64_t(2) << 30; // they keep what is freed
#else
constexpr std::int64_t kMostMemory = std::int64_t(48) << 20;
#endif

bool endsByDeadline(const SimFault& fault) {
    return std::any_of(fault.exchanges.begin(), fault.exchanges.end(), [](const FaultExchange& exchange) {
        const Outcome outcome = exchange.expected.outcome;
        return outcome == Outcome::TimeoutFirst || outcome == Outcome::TimeoutIdle || outcome == Outcome::TimeoutTotal;
    });
}

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
        Deadlines deadlines = fault.deadlines;
        if (!endsByDeadline(fault)) deadlines.total *= kPatience;
        const auto client = makeRuntimeClient(options.dialect, server.url(), {}, deadlines, clock);
        const CancelFlag cancel{false};
        const std::int64_t memory = residentBytes();
        for (const FaultExchange& exchange : fault.exchanges) {
            ChatRequest request;
            request.messages = {{"system", "00000000 Be brief."}, {"user", "Hello."}};
            request.model = server.model();
            request.context_tokens = 4096;
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
            const std::int64_t grown = residentBytes() - memory;
            QVERIFY2(grown < kMostMemory, std::to_string(grown).c_str());
            if (exchange.closes) QVERIFY(server.waitForNoConnections(2'000));
        }
        QCOMPARE(server.chatCount(), int(fault.exchanges.size()));
        QCOMPARE(server.requestCount(), int(fault.exchanges.size())); // nothing is asked on the side
        if (fault.connections) QCOMPARE(server.connectionCount(), *fault.connections);
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
            // A name that is not on the list is refused where that is certain: an OpenAI-compatible list may lack it.
            const auto wrong = client->facts("no-such-model", cancel);
            QCOMPARE(wrong.ok(), dialect == TargetKind::OpenAi);
            const std::string said = wrong.ok() ? wrong->doubts.at(0) : wrong.error().text();
            QVERIFY2(said.find(server.model()) != std::string::npos, said.c_str());
            QCOMPARE(server.chatCount(), 0);
        }
    }
};

LOOPTAX_TEST(tst_faults)
#include "tst_faults.moc"
