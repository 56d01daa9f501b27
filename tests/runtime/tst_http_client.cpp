// What the client puts on the wire and how it ends: one request a chat, the right deadline, nothing followed,
// nothing forwarded, nothing kept for ever.
#include "chat_lab.h"
#include "support/loopback.h"
#include "support/test_registry.h"

#include "runtime/http_client.h"

#include <QTest>

#include <algorithm>

using namespace looptax;

namespace {

// Time that runs by itself at every look: the plan's own deadlines of minutes pass in a second.
class HastyClock final : public Clock {
public:
    explicit HastyClock(std::int64_t stepNs) : m_step(stepNs) {}
    std::int64_t monotonicNs() const override { return m_now += m_step; }
    std::int64_t boottimeNs() const override { return m_now; }
    std::int64_t wallMs() const override { return m_now / 1'000'000; }
    void sleepNs(std::int64_t duration) override { m_now += duration; }

private:
    std::int64_t m_step;
    mutable std::atomic<std::int64_t> m_now{1'000'000'000};
};

constexpr const char* kKey = "sk-canary-5f1e";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

SimStep forEver(std::string bytes, std::int64_t everyMs) {
    SimStep step = FaultKit::send(std::move(bytes), everyMs * kSimMs);
    step.times = -1;
    return step;
}

} // namespace

class tst_http_client : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatIsSent() {
        ChatLab lab;
        lab.connect(lab.server.url(), kKey);
        QCOMPARE(lab.chat().first.outcome, Outcome::Ok);
        const auto seen = lab.server.seen();
        QCOMPARE(seen.size(), std::size_t(1));
        const SimRequest& request = seen[0].request;
        QCOMPARE(request.method, std::string("POST"));
        QCOMPARE(request.header("accept-encoding").value_or(""), std::string("identity"));
        QCOMPARE(request.header("host").value_or(""), "127.0.0.1:" + std::to_string(lab.server.port()));
        QCOMPARE(request.header("content-length").value_or(""), std::to_string(request.body.size()));
        QCOMPARE(request.header("authorization").value_or(""), std::string("Bearer ") + kKey);
        QVERIFY(!request.header("expect"));
    }

    void everyDeadlineHasItsOwnLabel_data() {
        QTest::addColumn<qint64>("stepMs");
        QTest::addColumn<int>("script");
        QTest::addColumn<int>("outcome");
        QTest::addColumn<QString>("says");
        QTest::newRow("nothing comes") << qint64(20'000) << 0 << int(Outcome::TimeoutFirst) << QStringLiteral("600 s");
        QTest::newRow("output, then silence") << qint64(10'000) << 1 << int(Outcome::TimeoutIdle) << QStringLiteral("60 s");
        QTest::newRow("pings without output") << qint64(5'000) << 2 << int(Outcome::TimeoutFirst) << QStringLiteral("600 s");
        QTest::newRow("output, then pings") << qint64(5'000) << 3 << int(Outcome::TimeoutTotal) << QStringLiteral("1800 s");
    }
    void everyDeadlineHasItsOwnLabel() {
        QFETCH(qint64, stepMs);
        QFETCH(int, script);
        QFETCH(int, outcome);
        QFETCH(QString, says);
        Deadlines limits; // a plan's own, but for connecting, which this clock would not allow
        limits.connect = 3'600'000;
        ChatLab lab({}, limits);
        const SimStep pings = forEver(httpChunk(": ping\n\n"), 5);
        SimScript begun = script == 1 || script == 3 ? lab.kit.begun() : FaultKit::script({FaultKit::send(lab.kit.head())});
        begun.steps.push_back(script >= 2 ? pings : FaultKit::hang());
        lab.server.queueChat(script == 0 ? FaultKit::script({FaultKit::hang()}) : begun);
        HastyClock clock(stepMs * kSimMs);
        lab.client = makeRuntimeClient(lab.dialect, lab.server.url(), {}, lab.deadlines, clock);
        const auto [end, heard] = lab.chat();
        QVERIFY2(end.outcome == Outcome(outcome), (std::string(name(end.outcome)) + ": " + end.error_text).c_str());
        QVERIFY2(has(end.error_text, says.toStdString()), end.error_text.c_str());
        QCOMPARE(lab.server.requestCount(), 1);
        QVERIFY(lab.server.waitForNoConnections(5'000));
    }
    void aStreamWithoutAPauseStillMeetsItsDeadline() {
        // Comments without end, as fast as they are read: there is never a silence in which a deadline could
        // pass.
        ChatLab lab({}, Deadlines{2'000, 200, 20'000, 60'000});
        lab.server.queueChat(
            FaultKit::script({FaultKit::send(lab.kit.head()), forEver(httpChunk(":" + std::string(200, '.') + "\n"), 0)}));
        const auto [end, heard] = lab.chat();
        QVERIFY2(end.outcome == Outcome::TimeoutFirst || end.outcome == Outcome::Limit, end.error_text.c_str());
        lab.deadlines.connect = 60'000;
        HastyClock clock(50 * kSimMs);
        lab.client = makeRuntimeClient(lab.dialect, lab.server.url(), {}, lab.deadlines, clock);
        lab.server.queueChat(
            FaultKit::script({FaultKit::send(lab.kit.head()), forEver(httpChunk(":" + std::string(200, '.') + "\n"), 0)}));
        QCOMPARE(lab.chat().first.outcome, Outcome::TimeoutFirst);
    }

    void aRefusedConnectionSaysWhereAndWhatToTry() {
        RefusingPort port;
        ChatLab lab;
        const std::string authority = "127.0.0.1:" + std::to_string(port.port());
        lab.connect("http://" + authority);
        const auto [end, heard] = lab.chat();
        QCOMPARE(end.outcome, Outcome::TimeoutConnect);
        QVERIFY2(has(end.error_text, authority) && has(end.error_text, "refused") && has(end.error_text, "looptax probe"),
                 end.error_text.c_str());
        QCOMPARE(heard.sends, 0);
        const auto facts = lab.client->facts({}, lab.cancel);
        QVERIFY(!facts.ok());
        QCOMPARE(facts.error().kind, ErrorKind::Unreachable);
        QVERIFY2(has(facts.error().text(), authority) && !facts.error().hint.empty(), facts.error().text().c_str());
    }

    void aRedirectIsToldAndNotFollowed_data() {
        QTest::addColumn<int>("status");
        for (const int status : {301, 302, 303, 307, 308}) QTest::addRow("%d", status) << status;
    }
    void aRedirectIsToldAndNotFollowed() {
        QFETCH(int, status);
        ChatLab lab;
        ScriptedServer elsewhere;
        QVERIFY(elsewhere.start().ok());
        lab.connect(lab.server.url(), kKey);
        const std::string target = elsewhere.url() + "/v1/chat/completions";
        lab.server.queueChat(
            FaultKit::script({FaultKit::send(httpAnswer(status, "text/plain", "moved", {{"Location", target}}))}));
        const auto [end, heard] = lab.chat();
        QCOMPARE(end.outcome, Outcome::HttpError);
        QVERIFY2(has(end.error_text, target), end.error_text.c_str());
        QCOMPARE(elsewhere.connectionCount(), 0);
        QCOMPARE(lab.server.requestCount(), 1);
        // The same for what is asked before the first turn.
        lab.server.setPath("/health",
                           FaultKit::script({FaultKit::send(httpAnswer(status, "text/plain", "moved", {{"Location", target}}))}));
        QVERIFY(!lab.client->facts({}, lab.cancel).ok());
        QCOMPARE(elsewhere.connectionCount(), 0);
    }

    void theKeyIsInNoMessage() {
        // A server that repeats what it was given must not bring the key into the journal.
        ChatLab lab;
        lab.connect(lab.server.url(), kKey);
        const std::string body = std::string("{'error':{'message':'wrong key ") + kKey + "','type':'authentication_error'}}";
        std::string json = body;
        std::replace(json.begin(), json.end(), '\'', '"');
        const SimScript refuses = FaultKit::script({FaultKit::send(httpAnswer(401, "application/json", json))});
        lab.server.queueChat(refuses);
        const auto [end, heard] = lab.chat();
        QCOMPARE(end.outcome, Outcome::HttpError);
        QVERIFY2(has(end.error_text, "wrong key"), end.error_text.c_str());
        QVERIFY2(!has(end.error_text, kKey), end.error_text.c_str());
        lab.server.setPath("/health", refuses);
        const auto facts = lab.client->facts({}, lab.cancel);
        QVERIFY(!facts.ok());
        QVERIFY2(!has(facts.error().text(), kKey), facts.error().text().c_str());
    }

    void aProxyInTheEnvironmentIsNotAsked() {
        ScriptedServer proxy;
        QVERIFY(proxy.start().ok());
        ChatLab lab;
        const QByteArray address = QByteArray::fromStdString(proxy.url());
        for (const char* variable : {"http_proxy", "HTTP_PROXY", "all_proxy"}) qputenv(variable, address);
        qunsetenv("no_proxy");
        const auto [end, heard] = lab.chat();
        for (const char* variable : {"http_proxy", "HTTP_PROXY", "all_proxy"}) qunsetenv(variable);
        QCOMPARE(end.outcome, Outcome::Ok);
        QCOMPARE(proxy.connectionCount(), 0);
        QCOMPARE(lab.server.requestCount(), 1);
    }

    void aCompressedBodyIsRefused_data() {
        QTest::addColumn<QString>("encoding");
        for (const char* encoding : {"gzip", "br", "zstd", "deflate"}) QTest::newRow(encoding) << QString::fromLatin1(encoding);
    }
    void aCompressedBodyIsRefused() {
        QFETCH(QString, encoding);
        ChatLab lab;
        HeaderList headers = lab.kit.writer->streamHeaders();
        headers.emplace_back("Content-Encoding", encoding.toStdString());
        lab.server.queueChat(FaultKit::script(
            {FaultKit::send(httpHead(200, headers) + httpChunk(lab.kit.goodEvents()) + std::string(kLastChunk))}));
        const auto [end, heard] = lab.chat();
        QCOMPARE(end.outcome, Outcome::Protocol);
        QVERIFY2(has(end.error_text, encoding.toStdString()), end.error_text.c_str());
        QVERIFY(heard.content.empty());
    }

    // The parser's own table is in tests/wire; here is what becomes of it in a turn.
    void whatAProxyMakesOfAHeadIsTakenAndSaid_data() {
        QTest::addColumn<QString>("status");
        QTest::addColumn<QString>("headers");
        QTest::addColumn<QString>("says"); // a warning; "" = none
        const QString chunked = QStringLiteral("Transfer-Encoding: chunked\r\n"), ok = QStringLiteral("HTTP/1.1 200 OK");
        QTest::newRow("plain") << ok << chunked << QString();
        QTest::newRow("chunked twice") << ok << chunked + QStringLiteral("Server: x\r\n") + chunked
                                       << QStringLiteral("chunked once");
        QTest::newRow("identity, chunked") << ok << QStringLiteral("Transfer-Encoding: identity, chunked\r\n")
                                           << QStringLiteral("chunked once");
        QTest::newRow("chunked in HTTP/1.0") << QStringLiteral("HTTP/1.0 200 OK") << chunked << QStringLiteral("HTTP/1.0");
        QTest::newRow("a folded header") << ok << QStringLiteral("X-Long: a\r\n b\r\n") + chunked << QStringLiteral("folded");
        QTest::newRow("a blank before the colon") << ok << QStringLiteral("X-Thing : a\r\n") + chunked << QStringLiteral("colon");
        QTest::newRow("Content-Encoding none")
            << ok << QStringLiteral("Content-Encoding: none\r\n") + chunked << QStringLiteral("no compression");
        for (const char* status : {"201 Created", "202 Accepted", "206 Partial Content"})
            QTest::newRow(status) << QStringLiteral("HTTP/1.1 ") + QLatin1String(status) << chunked
                                  << QStringLiteral("HTTP ") + QLatin1String(status).left(3) + QStringLiteral(" instead of 200");
    }
    void whatAProxyMakesOfAHeadIsTakenAndSaid() {
        QFETCH(QString, status);
        QFETCH(QString, headers);
        QFETCH(QString, says);
        for (const TargetKind dialect : {TargetKind::LlamaServer, TargetKind::Ollama}) {
            SimOptions options;
            options.dialect = dialect;
            ChatLab lab(options);
            lab.server.queueChat(FaultKit::script(
                {FaultKit::send((status + QStringLiteral("\r\n") + headers + QStringLiteral("\r\n")).toStdString() +
                                httpChunk(lab.kit.goodEvents()) + std::string(kLastChunk))}));
            const auto [end, heard] = lab.chat();
            QVERIFY2(end.outcome == Outcome::Ok, end.error_text.c_str());
            QCOMPARE(heard.content, std::string(kGoodText));
            QCOMPARE(end.warnings.size(), std::size_t(says.isEmpty() ? 0 : 1));
            if (!says.isEmpty()) QVERIFY2(has(end.warnings[0], says.toStdString()), end.warnings[0].c_str());
            // The connection is used again or made anew, as the head has it; either way the next turn is fine.
            QCOMPARE(lab.chat().first.outcome, Outcome::Ok);
        }
    }

    void aHeadWithTwoMeaningsBlamesTheProxy_data() {
        QTest::addColumn<QString>("headers");
        QTest::newRow("length and chunked") << QStringLiteral("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n");
        QTest::newRow("two lengths") << QStringLiteral("Content-Length: 5\r\nContent-Length: 6\r\n");
        QTest::newRow("a folded encoding") << QStringLiteral("Transfer-Encoding:\r\n chunked\r\n");
        QTest::newRow("an unknown encoding") << QStringLiteral("Transfer-Encoding: foo\r\n");
        QTest::newRow("no colon") << QStringLiteral("nonsense\r\n");
        QTest::newRow("compressed") << QStringLiteral("Content-Encoding: br\r\nTransfer-Encoding: chunked\r\n");
        QTest::newRow("a bad chunk size") << QStringLiteral("Transfer-Encoding: chunked\r\n\r\nxyz\r\nX: ");
    }
    void aHeadWithTwoMeaningsBlamesTheProxy() {
        QFETCH(QString, headers);
        ChatLab lab;
        const std::string stream = httpChunk(lab.kit.goodEvents() + std::string(2'000, ' ')) + std::string(kLastChunk);
        lab.server.queueChat(FaultKit::script({FaultKit::send("HTTP/1.1 200 OK\r\n" + headers.toStdString() + "\r\n" + stream)}));
        const auto [end, heard] = lab.chat();
        QVERIFY(end.outcome == Outcome::Protocol || end.outcome == Outcome::Cut);
        QVERIFY2(has(end.error_text, "a proxy in between may be at fault"), end.error_text.c_str());
        QVERIFY2(end.error_text.size() < 400, end.error_text.c_str()); // none of the stream in it
    }

    void howLongABusyServerAsksToWaitIsHandedOn_data() {
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("value");
        QTest::addColumn<qint64>("ms");
        QTest::newRow("seconds") << 429 << QStringLiteral("7") << qint64(7'000);
        QTest::newRow("seconds, 503") << 503 << QStringLiteral("120") << qint64(120'000);
        QTest::newRow("a date that is over") << 503 << QStringLiteral("Sun, 06 Nov 1994 08:49:37 GMT") << qint64(0);
        QTest::newRow("nothing") << 429 << QString() << qint64(-1);
    }
    void howLongABusyServerAsksToWaitIsHandedOn() {
        QFETCH(int, status);
        QFETCH(QString, value);
        QFETCH(qint64, ms);
        ChatLab lab;
        HeaderList headers;
        if (!value.isEmpty()) headers.emplace_back("Retry-After", value.toStdString());
        lab.server.queueChat(
            FaultKit::script({FaultKit::send(lab.kit.writer->errorAnswer(status, "busy", "slow down", headers))}));
        const auto [end, heard] = lab.chat();
        QVERIFY(end.busy);
        QCOMPARE(qint64(end.retry_after_ms.value_or(-1)), ms);
    }

    void plainHttpToATlsPortSaysSo() {
        ChatLab lab;
        lab.server.queueChat(FaultKit::script({FaultKit::send(std::string("\x15\x03\x01\x00\x02\x02\x46", 7)), FaultKit::fin()}));
        const auto [end, heard] = lab.chat();
        QCOMPARE(end.outcome, Outcome::Protocol);
        QVERIFY2(has(end.error_text, "https://"), end.error_text.c_str());
    }

    void aBodyAboveTheLimitOfMetadataIsRefused() {
        ChatLab lab;
        lab.server.setPath("/big", FaultKit::script({FaultKit::send(httpAnswer(200, "text/plain", std::string(100'000, 'x')))}));
        HttpClient http(*parseUrl(lab.server.url()), {}, kTestDeadlines, lab.clock);
        QVERIFY(http.fetch({"GET", "/big", {}}, 5'000, lab.cancel, 100'000).ok());
        const auto answer = http.fetch({"GET", "/big", {}}, 5'000, lab.cancel, 99'999);
        QVERIFY(!answer.ok());
        QVERIFY2(has(answer.error().text(), "/big"), answer.error().text().c_str());
    }

    void metadataIsWaitedForSoLongAndNoLonger() {
        SilentPort silent;
        SystemClock clock;
        const CancelFlag cancel{false};
        HttpClient http(*parseUrl("http://127.0.0.1:" + std::to_string(silent.port())), {}, kTestDeadlines, clock);
        const std::int64_t began = clock.monotonicNs();
        const auto answer = http.fetch({"GET", "/health", {}}, 150, cancel);
        QVERIFY(!answer.ok());
        QCOMPARE(answer.error().kind, ErrorKind::Unreachable);
        QVERIFY(clock.monotonicNs() - began >= 150 * kSimMs);
        QVERIFY(clock.monotonicNs() - began < 2'000 * kSimMs);
    }
};

LOOPTAX_TEST(tst_http_client)
#include "tst_http_client.moc"
