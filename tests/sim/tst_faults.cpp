// The fault table does on the wire what its words say: read here by a plain socket and the wire parsers
// alone.
#include "chat_text.h"
#include "support/raw_http.h"
#include "support/test_registry.h"

#include "sim/scripted_server.h"
#include "support/fault_kit.h"
#include "support/faults.h"

#include <QTest>

#include <algorithm>
#include <memory>
#include <set>

using namespace looptax;

Q_DECLARE_METATYPE(looptax::TargetKind)

class tst_faults : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void namesAreUnique() {
        for (TargetKind kind : {TargetKind::LlamaServer, TargetKind::Ollama, TargetKind::OpenAi}) {
            std::set<std::string> names;
            for (const SimFault& fault : faultTable(kind)) {
                QVERIFY2(names.insert(fault.name).second, fault.name.c_str());
                QVERIFY(!fault.says.empty());
                QVERIFY(!fault.exchanges.empty());
            }
            QVERIFY(names.size() > 50);
        }
    }

    void everyOutcomeOfTheMatrixIsThere() {
        for (TargetKind kind : {TargetKind::LlamaServer, TargetKind::Ollama, TargetKind::OpenAi}) {
            std::set<Outcome> outcomes;
            for (const SimFault& fault : faultTable(kind))
                for (const FaultExchange& exchange : fault.exchanges) outcomes.insert(exchange.expected.outcome);
            for (Outcome outcome :
                 {Outcome::Ok, Outcome::HttpError, Outcome::ServerErrorMidstream, Outcome::Cut, Outcome::TimeoutFirst,
                  Outcome::TimeoutIdle, Outcome::TimeoutTotal, Outcome::Limit, Outcome::Protocol, Outcome::Overflow})
                QVERIFY2(outcomes.count(outcome) == 1, std::string(name(outcome)).c_str());
        }
    }

    void wire_data() {
        QTest::addColumn<TargetKind>("dialect");
        QTest::addColumn<int>("index");
        for (TargetKind kind : {TargetKind::LlamaServer, TargetKind::Ollama, TargetKind::OpenAi}) {
            const auto faults = faultTable(kind);
            for (std::size_t i = 0; i < faults.size(); ++i)
                QTest::addRow("%s %s", name(kind).data(), faults[i].name.c_str()) << kind << int(i);
        }
    }
    void wire() {
        QFETCH(TargetKind, dialect);
        QFETCH(int, index);
        const SimFault fault = faultTable(dialect)[std::size_t(index)];
        SimOptions options;
        options.dialect = dialect;
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        for (const FaultExchange& exchange : fault.exchanges) server.queueChat(exchange.script);
        const std::string request = RawHttp::request("POST", chatPath(dialect), chatBody(dialect, conversation(1, {})));
        auto http = std::make_unique<RawHttp>(server.port());
        for (const FaultExchange& exchange : fault.exchanges) {
            const FaultExpectation& expected = exchange.expected;
            const Outcome outcome = expected.outcome;
            const bool timed =
                outcome == Outcome::TimeoutFirst || outcome == Outcome::TimeoutIdle || outcome == Outcome::TimeoutTotal;
            if (timed) { // ends only when the client leaves
                QVERIFY(http->send(request));
                QVERIFY(server.waitForChats(1, 5000));
                http->close();
                QVERIFY(server.waitForNoConnections(2000));
                QCOMPARE(int(server.seen().back().end), int(SimEnd::PeerGone));
                continue;
            }
            QVERIFY(http->send(request));
            const RawReply reply = http->receive(std::size_t(outcome == Outcome::Limit ? 3 : 64) << 20);
            if (expected.http_status) QCOMPARE(reply.status, *expected.http_status);
            const ReadStream stream = readStream(dialect, reply.body);
            const std::string& shown = reply.body;
            switch (outcome) {
            case Outcome::Ok:
                QVERIFY2(!reply.error, reply.error.what.c_str());
                QCOMPARE(stream.terminated, !expected.no_done);
                if (!expected.warns) QCOMPARE(stream.text, expected.text.value_or(""));
                QCOMPARE(stream.reasoning, expected.reasoning);
                QCOMPARE(stream.finish, expected.finish_reason.value_or(""));
                break;
            case Outcome::Cut:
                QVERIFY(reply.error || !stream.terminated);
                if (!reply.reset) QCOMPARE(stream.text, expected.text.value_or(""));
                break;
            case Outcome::ServerErrorMidstream:
                QVERIFY(shown.find("Compute error.") != std::string::npos);
                QCOMPARE(stream.text, expected.text.value_or(""));
                break;
            case Outcome::HttpError:
            case Outcome::Overflow: QVERIFY(!reply.error && reply.status >= 300); break;
            case Outcome::Limit:
                if (expected.text) QCOMPARE(int(reply.error.fault), int(WireFault::Limit));
                break;
            default: break;
            }
            if (exchange.closes) QVERIFY(server.waitForNoConnections(2000));
            if (!reply.keeps || exchange.closes) http = std::make_unique<RawHttp>(server.port());
        }
        QCOMPARE(server.chatCount(), int(fault.exchanges.size()));
        // By HTTP alone, data after the terminator is no reason to close: that is for a client to decide.
        if (fault.connections && !fault.exchanges.front().expected.warns) QCOMPARE(server.connectionCount(), *fault.connections);
    }
};

LOOPTAX_TEST(tst_faults)
#include "tst_faults.moc"
