// Whose stamp a read has: over plain HTTP the kernel's, which does not wait until this program gets to run; through TLS, and
// where there are none, this program's own. And when a request was on its way.
#include "chat_lab.h"
#include "support/loopback.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"
#include "tls_lab.h"

#include "runtime/http_client.h"
#include "sim/http_text.h"
#include "sim/sim_socket.h"

#include <QTest>

#include <atomic>
#include <thread>
#include <vector>

using namespace looptax;

namespace {

// Starves at the head of the answer until the server has sent all of it: what it then reads came before it woke up.
class Starved final : public StreamListener {
public:
    Starved(ScriptedServer& server, const Clock& clock) : m_server(server), m_clock(clock) {}
    void onSent(std::int64_t, std::optional<double>) override {}
    void onHeaders(std::int64_t stampNs) override {
        m_head = stampNs;
        heardHead = true;
        const std::int64_t latest = m_clock.monotonicNs() + 20'000'000'000;
        while (m_server.seen().back().end != SimEnd::Answered && m_clock.monotonicNs() < latest) std::this_thread::yield();
        allSent = m_clock.monotonicNs();
    }
    void onRead(const ReadStamp& stamp) override {
        if (stamp.ns != m_head) reads.push_back(stamp);
    }
    void onEvent(std::int64_t) override {}
    void onDelta(DeltaKind, std::int64_t, std::string_view) override {}

    std::atomic<bool> heardHead{false};
    std::int64_t allSent = 0;
    std::vector<ReadStamp> reads; // after that

private:
    std::int64_t m_head = 0;
    ScriptedServer& m_server;
    const Clock& m_clock;
};

// Reads nothing of a request until it is told to; then all of it, and answers.
class SlowTaker {
public:
    explicit SlowTaker(std::size_t bytes) : m_bytes(bytes), m_listener(openLoopback(false, 0)), m_thread([this] { serve(); }) {}
    ~SlowTaker() { m_thread.join(); }
    SlowTaker(const SlowTaker&) = delete;
    SlowTaker& operator=(const SlowTaker&) = delete;
    int port() const { return portOf(*m_listener); }
    void take() { m_take = true; }
    std::size_t taken() const { return m_taken; }

private:
    void serve() {
        const SimSocket socket = acceptOne(*m_listener);
        while (!m_take) std::this_thread::yield();
        std::vector<char> some(65'536);
        while (m_taken < m_bytes) {
            const ssize_t count = ::recv(socket.fd(), some.data(), some.size(), 0);
            if (count <= 0) return;
            m_taken += std::size_t(count);
        }
        sendAll(socket, m_stop, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    }
    std::size_t m_bytes;
    Result<SimSocket> m_listener;
    StopSignal m_stop;
    std::atomic<bool> m_take{false};
    std::atomic<std::size_t> m_taken{0};
    std::thread m_thread;
};

struct Quiet final : HttpStreamListener {
    std::int64_t sent = 0;
    void onSent(std::int64_t stamp, std::optional<double>) override { sent = stamp; }
    void onHead(std::int64_t, int) override {}
    BodyState onBody(const ReadStamp&, std::string_view) override { return {}; }
};

} // namespace

class tst_stamps : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cleanup() { qunsetenv("SSL_CERT_FILE"); }

    void aStarvedReaderKnowsWhenTheBytesCame_data() {
        QTest::addColumn<TargetKind>("dialect");
        QTest::addColumn<bool>("tls");
        for (const bool tls : {false, true})
            for (const auto& [name, kind] : {std::pair{"llama-server", TargetKind::LlamaServer},
                                             {"ollama", TargetKind::Ollama},
                                             {"openai", TargetKind::OpenAi}})
                QTest::addRow("%s%s", name, tls ? ", TLS" : "") << kind << tls;
    }
    void aStarvedReaderKnowsWhenTheBytesCame() {
        QFETCH(TargetKind, dialect);
        QFETCH(bool, tls);
#ifndef __linux__
        const bool kernel = false;
#else
        const bool kernel = !tls;
#endif
        SimOptions options;
        options.dialect = dialect;
        ChatLab lab(options);
        QVERIFY(lab.started);
        const Identity identity = makeIdentity({});
        const TempFolder folder;
        const std::unique_ptr<TlsFront> front = tls ? std::make_unique<TlsFront>(identity, lab.server.port()) : nullptr;
        if (tls) {
            spit(folder.file("trusted.pem"), identity.certificate);
            qputenv("SSL_CERT_FILE", QByteArray::fromStdString(folder.file("trusted.pem")));
            lab.connect("https://localhost:" + std::to_string(front->port()));
        }
        // The kernel begins to stamp a moment after the first socket asked: the second turn has stamps for certain.
        QCOMPARE(lab.chat().first.outcome, Outcome::Ok);
        Starved starved(lab.server, lab.clock);
        // Few pieces: of many the server's kernel would keep the later ones until the first are acknowledged.
        SimScript script = lab.kit.good();
        script.steps = {FaultKit::send(lab.kit.head()), SimStep{},
                        FaultKit::send(httpChunk(lab.kit.writer->content("grew ")), kSimMs),
                        FaultKit::send(httpChunk(lab.kit.ending()) + std::string(kLastChunk), kSimMs)};
        script.steps[1].late = [&](const SimTimes&) {
            const std::int64_t latest = lab.clock.monotonicNs() + 20'000'000'000;
            while (!starved.heardHead && lab.clock.monotonicNs() < latest) std::this_thread::yield();
            return httpChunk(lab.kit.opening());
        };
        lab.server.queueChat(script);
        const ChatEnd end = lab.client->chat(lab.request(), starved, lab.cancel);
        QVERIFY2(end.outcome == Outcome::Ok, end.error_text.c_str());
        QVERIFY(starved.allSent != 0);
        QVERIFY(!starved.reads.empty());
        for (const ReadStamp& read : starved.reads) {
            QCOMPARE(read.wake_lag_ns.has_value(), kernel);
            if (tls) continue; // what the front passes on may come later
            QCOMPARE(read.ns <= starved.allSent + 10'000, kernel);
            if (kernel) QVERIFY(*read.wake_lag_ns >= starved.allSent - read.ns - 10'000);
        }
    }

    void aRequestIsOnItsWayOnceTheKernelHasTakenAllOfIt() {
        const HttpRequest request{"POST", "/v1/chat/completions", std::string(std::size_t(64) << 20, ' ')};
        SlowTaker server(request.body.size());
        SystemClock clock;
        HttpClient http(parseUrl("http://127.0.0.1:" + std::to_string(server.port())).take(), {}, {5'000, 60'000, 60'000, 60'000},
                        clock);
        Quiet heard;
        HttpEnd end;
        const CancelFlag cancel{false};
        std::thread client([&] { end = http.send(request, heard, cancel); });
        const std::int64_t told = clock.monotonicNs();
        server.take();
        client.join();
        QVERIFY2(end.outcome == Outcome::Ok, end.text.c_str());
        QVERIFY(server.taken() >= request.body.size());
        QVERIFY(end.write_done_ns.has_value());
        // More than any socket buffer takes: not before the server began to read.
        QVERIFY(*end.write_done_ns > told);
        QVERIFY(*end.write_done_ns > heard.sent);
    }
};

LOOPTAX_TEST(tst_stamps)
#include "tst_stamps.moc"
