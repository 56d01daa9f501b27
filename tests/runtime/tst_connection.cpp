// Which address is connected to, when a connection is kept, what a call costs that is cut short, and that
// none of it is ever part of a measured time.
#include "chat_lab.h"
#include "support/loopback.h"
#include "support/patience.h"
#include "support/places.h"
#include "support/test_registry.h"

#include "runtime/http_client.h"
#include "support/fake_clock.h"

#include <QProcess>
#include <QTest>

#include <condition_variable>
#include <mutex>
#include <thread>

using namespace looptax;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct Ignore final : HttpStreamListener {
    std::optional<double> connectMs;
    std::int64_t sent = 0, head = 0;
    void onSent(std::int64_t stamp, std::optional<double> connect) override {
        sent = stamp;
        connectMs = connect;
    }
    void onHead(std::int64_t stamp, int) override { head = stamp; }
    BodyState onBody(const ReadStamp&, std::string_view) override { return {}; }
};

// A call that blocks: started on a thread, cancelled once it is known to wait.
template <class Call, class Ready> std::int64_t cancelledWithin(CancelFlag& cancel, Ready ready, Call call) {
    SystemClock clock;
    std::int64_t cancelled = 0, ended = 0;
    std::thread thread([&] {
        call();
        ended = clock.monotonicNs();
    });
    ready();
    cancelled = clock.monotonicNs();
    cancel = true;
    thread.join();
    return ended - cancelled;
}

// Holds a lookup up until told. The lookup's thread outlives the client, and so does what it waits on.
class SlowNames {
public:
    HostResolver resolver() {
        return [s = m_shared](const std::string&) -> Result<std::vector<std::string>> {
            std::unique_lock lock(s->mutex);
            s->asked = true;
            s->changed.notify_all();
            s->changed.wait(lock, [&] { return s->release; });
            return std::vector<std::string>{"127.0.0.1"};
        };
    }
    void waitUntilAsked() {
        std::unique_lock lock(m_shared->mutex);
        m_shared->changed.wait(lock, [this] { return m_shared->asked; });
    }
    ~SlowNames() {
        const std::lock_guard lock(m_shared->mutex);
        m_shared->release = true;
        m_shared->changed.notify_all();
    }

private:
    struct Shared {
        std::mutex mutex;
        std::condition_variable changed;
        bool asked = false, release = false;
    };
    std::shared_ptr<Shared> m_shared = std::make_shared<Shared>();
};

} // namespace

class tst_connection : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyFamilyIsReached_data() {
        QTest::addColumn<QString>("host");
        QTest::addColumn<bool>("four");
        QTest::addColumn<bool>("six");
        QTest::addColumn<QString>("used");
        QTest::newRow("an IPv4 address") << QStringLiteral("127.0.0.1") << true << false << QStringLiteral("127.0.0.1:");
        QTest::newRow("an IPv6 address") << QStringLiteral("[::1]") << false << true << QStringLiteral("[::1]:");
        QTest::newRow("localhost, IPv4 alone") << QStringLiteral("localhost") << true << false << QStringLiteral("127.0.0.1:");
        QTest::newRow("localhost, IPv6 alone") << QStringLiteral("localhost") << false << true << QStringLiteral("[::1]:");
        QTest::newRow("localhost, both") << QStringLiteral("localhost") << true << true << QStringLiteral("127.0.0.1:");
        QTest::newRow("LOCALHOST") << QStringLiteral("LOCALHOST") << true << false << QStringLiteral("127.0.0.1:");
    }
    void everyFamilyIsReached() {
        QFETCH(QString, host);
        QFETCH(bool, four);
        QFETCH(bool, six);
        QFETCH(QString, used);
        SimOptions options;
        options.ipv4 = four;
        options.ipv6 = six;
        ChatLab lab(options);
        if (six && !hasIpv6Loopback()) { // then asking for it must fail, and say for which address
            QVERIFY(!lab.started);
            lab.connect("http://" + host.toStdString() + ":9");
            const ChatEnd end = lab.chat().first;
            QCOMPARE(end.outcome, Outcome::TimeoutConnect);
            QVERIFY2(has(end.error_text, "[::1]:9"), end.error_text.c_str());
            return;
        }
        QVERIFY(lab.started);
        lab.connect("http://" + host.toStdString() + ":" + std::to_string(lab.server.port()));
        const auto [end, heard] = lab.chat();
        QVERIFY2(end.outcome == Outcome::Ok, end.error_text.c_str());
        QCOMPARE(end.address, used.toStdString() + std::to_string(lab.server.port()));
        const auto facts = lab.client->facts({}, lab.cancel);
        QVERIFY(facts.ok());
        QCOMPARE(facts->address, end.address);
        QCOMPARE(lab.server.seen()[0].request.header("host").value_or(""),
                 host.toStdString() + ":" + std::to_string(lab.server.port()));
    }

    void aServerThatClosesUnannouncedIsNotTrustedToKeepAConnection() {
        ChatLab lab;
        QVERIFY(lab.client->facts({}, lab.cancel).ok());
        QVERIFY(!lab.chat().second.connectMs); // kept
        QVERIFY(!lab.chat().second.connectMs);
        SimScript health = FaultKit::script({FaultKit::send(httpAnswer(200, "application/json", "{}"))});
        health.close_after = true;
        lab.server.setPath("/health", health);
        QVERIFY(lab.client->facts({}, lab.cancel).ok());
        for (int i = 0; i < 2; ++i) {
            const auto [end, heard] = lab.chat();
            QVERIFY2(end.outcome == Outcome::Ok, end.error_text.c_str());
            QVERIFY(heard.connectMs); // a connection of its own: no turn is lost in one that is about to close
        }
    }
    void metadataAreAskedForTwiceWhereAKeptConnectionEnds() {
        ChatLab lab;
        SimScript silent;
        silent.close_after = true;
        lab.server.setPath("/props", silent);
        const auto facts = lab.client->facts({}, lab.cancel); // after /health on the same connection
        QVERIFY(!facts);
        QVERIFY2(has(facts.error().text(), "ended before any answer"), facts.error().text().c_str());
        QCOMPARE(lab.server.requestCount("/props"), 2); // on the kept one and on one of its own, and no more
    }
    void allAddressesAreTriedAndEachIsNamed() {
        RefusingPort port;
        SystemClock clock;
        const CancelFlag cancel{false};
        HttpClient http(Url{false, "runtime.example", port.port(), ""}, {}, kTestDeadlines, clock, [](const std::string&) {
            return Result<std::vector<std::string>>(std::vector<std::string>{"127.0.0.1", "127.0.0.2"});
        });
        Ignore ignore;
        const HttpEnd end = http.send({"GET", "/", {}}, ignore, cancel);
        QCOMPARE(end.outcome, Outcome::TimeoutConnect);
        const std::string number = std::to_string(port.port());
        QVERIFY2(has(end.text, "127.0.0.1:" + number) && has(end.text, "127.0.0.2:" + number), end.text.c_str());
    }

    void anAddressThatSwallowsEverythingLeavesTimeForTheNext() {
        ChatLab lab;
        BlackHole hole("127.0.0.2", lab.server.port());
        QVERIFY(hole.ok());
        int asked = 0;
        HttpClient http(Url{false, "runtime.example", lab.server.port(), ""}, {}, Deadlines{600, 5'000, 5'000, 5'000}, lab.clock,
                        [&asked](const std::string&) {
                            ++asked;
                            return Result<std::vector<std::string>>(std::vector<std::string>{"127.0.0.2", "127.0.0.1"});
                        });
        Ignore ignore;
        const HttpEnd end = http.send({"GET", "/health", {}}, ignore, lab.cancel);
        QVERIFY2(end.outcome == Outcome::Ok, end.text.c_str());
        QCOMPARE(http.address(), "127.0.0.1:" + std::to_string(lab.server.port()));
        QVERIFY(ignore.connectMs && *ignore.connectMs >= 300);
        // Pinned: the next connection goes there at once, and nobody asks for the name again.
        http.drop();
        QCOMPARE(http.send({"GET", "/health", {}}, ignore, lab.cancel).outcome, Outcome::Ok);
        QVERIFY2(*ignore.connectMs < 300, std::to_string(*ignore.connectMs).c_str());
        QCOMPARE(asked, 1);
        QCOMPARE(http.address(), "127.0.0.1:" + std::to_string(lab.server.port()));
    }

    void connectingIsNoPartOfTheTurn() {
        // On a clock that moves only while the name is looked up: connecting takes three seconds, and all of
        // them are connect_ms, none lies after the stamp of the send.
        ChatLab lab;
        FakeClock clock;
        HttpClient http(Url{false, "runtime.example", lab.server.port(), ""}, {}, kTestDeadlines, clock,
                        [&clock](const std::string&) {
                            clock.advance(3'000'000'000);
                            return Result<std::vector<std::string>>(std::vector<std::string>{"127.0.0.1"});
                        });
        const std::int64_t began = clock.monotonicNs();
        Ignore ignore;
        QCOMPARE(http.send({"GET", "/health", {}}, ignore, lab.cancel).outcome, Outcome::Ok);
        QCOMPARE(ignore.connectMs.value_or(0), 3'000.0);
        QCOMPARE(ignore.sent - began, std::int64_t(3'000'000'000));
        QCOMPARE(ignore.head, ignore.sent);
        QCOMPARE(http.send({"GET", "/health", {}}, ignore, lab.cancel).outcome, Outcome::Ok);
        QVERIFY(!ignore.connectMs); // absent, not 0
    }

    void aConnectionIsKeptOrMadeAnewBeforeTheStamp_data() {
        QTest::addColumn<QString>("first");
        QTest::addColumn<int>("connections");
        QTest::newRow("a good turn is followed on the same connection") << QStringLiteral("good") << 1;
        QTest::newRow("Connection: close") << QStringLiteral("close") << 2;
        QTest::newRow("the server closes without a word") << QStringLiteral("eof") << 2;
        QTest::newRow("an error in mid-stream") << QStringLiteral("error") << 2;
        QTest::newRow("a stream that was cut") << QStringLiteral("cut") << 2;
        QTest::newRow("HTTP 500") << QStringLiteral("500") << 2;
        QTest::newRow("busy") << QStringLiteral("503") << 2;
        QTest::newRow("data after the end") << QStringLiteral("late") << 2;
        QTest::newRow("the connection was dropped after a pause") << QStringLiteral("drop") << 2;
    }
    void aConnectionIsKeptOrMadeAnewBeforeTheStamp() {
        QFETCH(QString, first);
        QFETCH(int, connections);
        for (const TargetKind dialect : {TargetKind::LlamaServer, TargetKind::Ollama, TargetKind::OpenAi}) {
            SimOptions options;
            options.dialect = dialect;
            ChatLab lab(options);
            SimScript script = lab.kit.good();
            if (first == QStringLiteral("close")) {
                HeaderList headers = lab.kit.writer->streamHeaders();
                headers.emplace_back("Connection", "close");
                script = FaultKit::script(
                    {FaultKit::send(httpHead(200, headers) + httpChunk(lab.kit.goodEvents()) + std::string(kLastChunk))});
                script.close_after = true;
            }
            if (first == QStringLiteral("eof")) script.close_after = true;
            if (first == QStringLiteral("error"))
                script = FaultKit::script(
                    {FaultKit::send(lab.kit.chunked(lab.kit.opening() + lab.kit.writer->midstreamError("Compute error.")))});
            if (first == QStringLiteral("cut")) {
                script = lab.kit.begun();
                script.steps.push_back(FaultKit::fin());
            }
            for (const int status : {500, 503})
                if (first == QString::number(status))
                    script = FaultKit::script({FaultKit::send(lab.kit.writer->errorAnswer(status, "server_error", "no"))});
            if (first == QStringLiteral("late"))
                script = FaultKit::script({FaultKit::send(lab.kit.chunked(lab.kit.goodEvents()) + "HTTP/1.1 200 OK\r\n")});
            lab.server.queueChat(script);
            const auto before = lab.chat();
            QVERIFY(before.second.connectMs && *before.second.connectMs > 0);
            if (script.close_after || first == QStringLiteral("cut")) QVERIFY(lab.server.waitForNoConnections(5'000));
            if (first == QStringLiteral("drop")) lab.client->dropConnection();
            const auto [end, heard] = lab.chat();
            QVERIFY2(end.outcome == Outcome::Ok, end.error_text.c_str());
            QCOMPARE(heard.connectMs.has_value(), connections == 2);
            QCOMPARE(lab.server.connectionCount(), connections);
            QCOMPARE(lab.server.requestCount(), 2);
            // The server has the request after our stamp and before our first delta: one clock, one machine.
            const auto seen = lab.server.seen();
            QVERIFY(seen[1].request.arrived_ns > heard.sent);
            QVERIFY(seen[1].firstNs(SimMark::Content) <= heard.firstDelta);
            QVERIFY(heard.ordered && heard.sent < heard.headers && heard.headers <= heard.firstDelta &&
                    heard.lastStamp <= end.end_ns);
            QVERIFY(before.second.lastStamp <= heard.sent);
        }
    }

    void aCancelEndsTheCallWithin100Milliseconds_data() {
        QTest::addColumn<QString>("during");
        for (const char* phase :
             {"name lookup", "connecting", "TLS handshake", "waiting for the answer", "mid-stream", "slow bytes"})
            QTest::newRow(phase) << QString::fromLatin1(phase);
    }
    void aCancelEndsTheCallWithin100Milliseconds() {
        QFETCH(QString, during);
        // The best of three: the promise is about our own slices, not about a scheduler with other things to
        // do.
        std::int64_t best = std::int64_t(1) << 60;
        for (int attempt = 0; attempt < 3; ++attempt) {
            ChatLab lab;
            SlowNames names;
            SilentPort silent;
            BlackHole hole;
            QVERIFY(hole.ok());
            const bool named = during == QStringLiteral("name lookup");
            const bool connecting = during == QStringLiteral("connecting");
            const bool tls = during == QStringLiteral("TLS handshake");
            SimScript script = FaultKit::script({FaultKit::hang()});
            if (during == QStringLiteral("mid-stream")) {
                script = lab.kit.begun();
                script.steps.push_back(FaultKit::hang());
            }
            if (during == QStringLiteral("slow bytes")) {
                script = lab.kit.begun();
                SimStep slow = FaultKit::send(httpChunk(lab.kit.writer->content("slowly")), 10 * kSimMs);
                slow.byte_by_byte = true;
                slow.times = -1;
                script.steps.push_back(slow);
            }
            lab.server.queueChat(script);
            const int port = connecting ? hole.port() : tls ? silent.port() : lab.server.port();
            HttpClient http(Url{tls, named ? "runtime.example" : "127.0.0.1", port, ""}, {}, kTestDeadlines, lab.clock,
                            named ? names.resolver() : HostResolver());
            Ignore ignore;
            HttpEnd end;
            std::atomic<bool> began{false};
            const auto ready = [&] {
                if (named) names.waitUntilAsked();
                else if (connecting || tls) QTRY_VERIFY(began);
                else QVERIFY(lab.server.waitForChats(1, 5'000));
            };
            best = std::min(best, cancelledWithin(lab.cancel, ready, [&] {
                                began = true;
                                end = http.send({"POST", "/v1/chat/completions", "{}"}, ignore, lab.cancel);
                            }));
            QCOMPARE(end.outcome, Outcome::Cancelled);
        }
        QVERIFY2(best < 100 * kPatience * kSimMs, std::to_string(best).c_str());
    }

    void aNameThatIsNotResolvedInTimeIsATimeout() {
        SlowNames names;
        SystemClock clock;
        const CancelFlag cancel{false};
        HttpClient http(Url{false, "runtime.example", 80, ""}, {}, Deadlines{100, 1'000, 1'000, 1'000}, clock, names.resolver());
        Ignore ignore;
        const HttpEnd end = http.send({"GET", "/", {}}, ignore, cancel);
        QCOMPARE(end.outcome, Outcome::TimeoutConnect);
        QVERIFY2(has(end.text, "runtime.example") && !end.hint.empty(), end.text.c_str());
    }

    void aLookupMayOutliveTheProgram() {
        QProcess program;
        program.start(QStringLiteral(LOOPTAX_BINARY_DIR "/looptax-lookup-left-behind"), QStringList());
        QVERIFY(program.waitForFinished(30'000));
        const QByteArray said = program.readAllStandardError(); // of a sanitizer
        QVERIFY2(program.exitStatus() == QProcess::NormalExit && program.exitCode() == 0 && said.isEmpty(), said.constData());
    }

    void anUnknownNameIsSaid() {
        SystemClock clock;
        const CancelFlag cancel{false};
        HttpClient http(Url{false, "no-such-host.invalid", 80, ""}, {}, kTestDeadlines, clock);
        const auto answer = http.fetch({"GET", "/", {}}, 10'000, cancel);
        QVERIFY(!answer.ok());
        QCOMPARE(answer.error().kind, ErrorKind::Unreachable);
        QVERIFY2(has(answer.error().text(), "no-such-host.invalid"), answer.error().text().c_str());
    }
};

LOOPTAX_TEST(tst_connection)
#include "tst_connection.moc"
