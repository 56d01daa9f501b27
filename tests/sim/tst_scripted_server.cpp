// The fake itself: what it is told to do it does, when it should, and it can always be stopped.
#include "chat_text.h"
#include "support/loopback.h"
#include "support/patience.h"
#include "support/raw_http.h"
#include "support/test_registry.h"

#include "base/receive_stamp.h"
#include "sim/prompt_cache.h"
#include "sim/reply_writer.h"
#include "sim/scripted_server.h"

#include <QElapsedTimer>
#include <QTest>

#include <algorithm>
#include <future>
#include <memory>
#include <thread>

using namespace looptax;

namespace {

constexpr std::int64_t kMs = 1'000'000;

SimScript scriptOf(std::vector<SimStep> steps) {
    SimScript script;
    script.steps = std::move(steps);
    return script;
}

bool stampsHere() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const bool stamps = askForStamps(fd);
    ::close(fd);
    return stamps;
}

std::string llamaChat(int turn = 1) {
    return RawHttp::request("POST", "/v1/chat/completions", chatBody(TargetKind::LlamaServer, conversation(turn, {})));
}

} // namespace

class tst_scripted_server : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyRequestIsRemembered() {
        ScriptedServer server;
        QVERIFY(server.start().ok());
        {
            RawHttp http(server.port());
            http.get("/health?x=1", "X-Canary: seen\r\n");
            http.exchange(llamaChat());
        }
        RawHttp second(server.port());
        second.exchange(llamaChat());
        const auto seen = server.seen();
        QCOMPARE(seen.size(), std::size_t(3));
        QCOMPARE(seen[0].request.method, std::string("GET"));
        QCOMPARE(seen[0].request.path, std::string("/health"));
        QCOMPARE(seen[0].request.target, std::string("/health?x=1"));
        QCOMPARE(seen[0].request.header("x-canary").value_or(""), std::string("seen"));
        QVERIFY(!seen[0].request.chat_index);
        QCOMPARE(seen[1].request.chat_index.value_or(-1), 0);
        QCOMPARE(seen[2].request.chat_index.value_or(-1), 1);
        QCOMPARE(seen[1].request.body, chatBody(TargetKind::LlamaServer, conversation(1, {})));
        QCOMPARE(seen[1].request.connection, 0);
        QCOMPARE(seen[2].request.connection, 1);
        QCOMPARE(server.requestCount(), 3);
        QCOMPARE(server.requestCount("/health"), 1);
        QCOMPARE(server.chatCount(), 2);
        QCOMPARE(server.connectionCount(), 2);
    }

    void requestsInPiecesAreOneRequest() {
        ScriptedServer server;
        QVERIFY(server.start().ok());
        RawHttp http(server.port());
        const std::string request = llamaChat();
        for (std::size_t i = 0; i < request.size(); ++i) QVERIFY(http.send(request.substr(i, 1)));
        QCOMPARE(http.receive().status, 200);
        QCOMPARE(server.requestCount(), 1);
    }

    void scriptsGoToChatsInOrder() {
        ScriptedServer server;
        QVERIFY(server.start().ok());
        server.queueChat(scriptOf({{.bytes = httpAnswer(503, "text/plain", "one")}}));
        server.queueChat(scriptOf({{.bytes = httpAnswer(500, "text/plain", "two")}}));
        server.setPath("/props", scriptOf({{.bytes = httpAnswer(501, "text/plain", "no")}}));
        RawHttp http(server.port());
        QCOMPARE(http.get("/health").status, 200); // no chat: the queue is not for it
        QCOMPARE(http.exchange(llamaChat()).status, 503);
        QCOMPARE(http.get("/props").status, 501);
        QCOMPARE(http.exchange(llamaChat()).status, 500);
        QCOMPARE(http.exchange(llamaChat()).status, 200);
        server.clearScripts();
        QCOMPARE(http.get("/props").status, 200);
    }

    // A delay is a truth: never shorter, and the stamp lies at the send. On a busy machine a wait may end
    // late, so the best of some tries is held to a millisecond.
    void delaysAreKept() {
        ScriptedServer server;
        QVERIFY(server.start().ok());
        RawHttp http(server.port());
        std::int64_t best = INT64_MAX;
        for (int i = 0; i < 20; ++i) {
            server.queueChat(
                scriptOf({{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", .delay_ns = 3 * kMs, .mark = SimMark::Head},
                          {.bytes = "a", .delay_ns = 5 * kMs, .mark = SimMark::Content},
                          {.bytes = "b", .delay_ns = 2 * kMs, .mark = SimMark::End}}));
            const RawReply reply = http.exchange(llamaChat());
            QCOMPARE(reply.body, std::string("ab"));
            const SeenRequest seen = server.seen().back();
            const std::int64_t arrived = seen.request.arrived_ns;
            QVERIFY(arrived >= reply.sent_ns);
            QVERIFY(seen.firstNs(SimMark::Head) - arrived >= 3 * kMs);
            QVERIFY(seen.firstNs(SimMark::Content) - arrived >= 8 * kMs);
            const std::int64_t end = seen.firstNs(SimMark::End) - arrived;
            QVERIFY(end >= 10 * kMs);
            best = std::min(best, end - 10 * kMs);
            QVERIFY(reply.reads.back().first >= seen.firstNs(SimMark::End));
        }
        QVERIFY2(best < kMs, qPrintable(QString::number(best)));
    }

    // What the machine makes the server wait for is none of its truth: a request has arrived when the kernel has it.
    void aRequestArrivesThoughTheServerIsBusy() {
        if (!stampsHere()) QSKIP("this system's kernel stamps nothing");
        std::promise<void> goOn;
        std::shared_future<void> released = goOn.get_future().share();
        SimOptions options;
        options.on_request = [released](const SimRequest& request) {
            if (request.index == 1) released.wait();
        };
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        RawHttp http(server.port());
        QCOMPARE(http.get("/health").status, 200); // the kernel stamps from here on
        QVERIFY(http.send(RawHttp::request("GET", "/props")));
        QTRY_COMPARE(server.requestCount(), 2); // and there its thread waits
        const std::int64_t sent = RawHttp::nowNs();
        QVERIFY(http.send(RawHttp::request("GET", "/health")));
        QTRY_VERIFY(http.allAcknowledged());
        const std::int64_t there = RawHttp::nowNs();
        goOn.set_value();
        QTRY_COMPARE(server.requestCount(), 3);
        const std::int64_t arrived = server.seen().at(2).request.arrived_ns;
        QVERIFY(arrived >= sent && arrived <= there);
    }

    // TTFT = overhead + processed * (a + b * attended), token intervals, and what the runtime says of them.
    void costLawIsKept() {
        SimOptions options;
        options.cost = {.overhead_ms = 4, .per_token_ms = 0.05, .per_token_context_ms = 0.0005, .interval_ms = 1};
        options.tokens_per_event = 4;
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        RawHttp http(server.port());
        double bestFirst = 1e9;
        double bestSpan = 1e9;
        for (int i = 0; i < 8; ++i) {
            const RawReply reply = http.post("/v1/chat/completions", chatBody(TargetKind::LlamaServer, conversation(1, {}),
                                                                              {{"cache_prompt", false}, {"max_tokens", 12}}));
            const Json timings = readStream(TargetKind::LlamaServer, reply.body).last["timings"];
            const double processed = timings["prompt_n"].get<double>();
            const double law = processed * (0.05 + 0.0005 * processed / 2); // all of it is processed
            const SeenRequest seen = server.seen().back();
            const double first = double(seen.firstNs(SimMark::Content) - seen.request.arrived_ns) / 1e6;
            QVERIFY(first >= 4 + law - 0.001);
            bestFirst = std::min(bestFirst, first - 4 - law);
            const double prompt = timings["prompt_ms"].get<double>();
            QVERIFY(prompt >= law - 0.001 && prompt <= first - 4 + 0.001); // overhead is not prompt time
            const double span = double(seen.lastNs(SimMark::Content) - seen.firstNs(SimMark::Content)) / 1e6;
            bestSpan = std::min(bestSpan, std::abs(span - 11)); // twelve tokens, eleven intervals
            QVERIFY(timings["predicted_ms"].get<double>() >= span);
        }
        QVERIFY2(bestFirst < 1.0, qPrintable(QString::number(bestFirst)));
        QVERIFY2(bestSpan < 1.0, qPrintable(QString::number(bestSpan)));
    }

    void stopsAtOnce_data() {
        QTest::addColumn<int>("what");
        QTest::newRow("idle connections") << 0;
        QTest::newRow("hanging request") << 1;
        QTest::newRow("long delay") << 2;
        QTest::newRow("client that does not read") << 3;
        QTest::newRow("client that reads an endless stream") << 4;
        QTest::newRow("request that waits for a slot") << 5;
    }
    void stopsAtOnce() {
        QFETCH(int, what);
        SimOptions options;
        if (what == 5) options.cost.overhead_ms = 60'000;
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        SimStep endless{.bytes = std::string(10'000, 'x')};
        endless.times = -1;
        const SimStep head{.bytes = "HTTP/1.1 200 OK\r\n\r\n"};
        std::vector<std::unique_ptr<RawHttp>> clients;
        for (int i = 0; i < 4; ++i) {
            clients.push_back(std::make_unique<RawHttp>(server.port()));
            if (what == 1) server.queueChat(scriptOf({{.what = SimStep::Do::Hang}}));
            if (what == 2) server.queueChat(scriptOf({{.bytes = "late", .delay_ns = 60'000 * kMs}}));
            if (what == 3 || what == 4) server.queueChat(scriptOf({head, endless}));
            if (what != 0) QVERIFY(clients.back()->send(llamaChat()));
        }
        if (what != 0) QVERIFY(server.waitForChats(4, 5000));
        std::thread reader;
        if (what == 4) reader = std::thread([&] { clients[0]->receive(std::size_t(1) << 40); });
        QElapsedTimer timer;
        timer.start();
        server.stop();
        const qint64 took = timer.elapsed();
        if (reader.joinable()) reader.join();
        QVERIFY2(took < 100, qPrintable(QString::number(took)));
        QCOMPARE(server.openConnections(), 0);
        QVERIFY(RawHttp(server.port()).connectError() != 0);
    }

    void startsAgainOnItsPort() {
        ScriptedServer server;
        QVERIFY(server.start().ok());
        const int port = server.port();
        RawHttp before(port);
        QVERIFY(before.exchange(llamaChat()).keeps);
        server.stop();
        QCOMPARE(int(before.receive().error.fault), int(WireFault::Truncated));
        QVERIFY(server.start().ok());
        QCOMPARE(server.port(), port);
        RawHttp after(port);
        const RawReply reply = after.exchange(llamaChat());
        QCOMPARE(readStream(TargetKind::LlamaServer, reply.body).last["timings"]["cache_n"].get<int>(),
                 0); // cold
        QCOMPARE(server.chatCount(), 2);
    }

    void aTakenPortIsAnError() {
        ScriptedServer first;
        QVERIFY(first.start().ok());
        SimOptions options;
        options.port = first.port();
        ScriptedServer second(options);
        const Status status = second.start();
        QVERIFY(!status.ok());
        QVERIFY(status.error().text().find(std::to_string(first.port())) != std::string::npos);
    }

    void ipv6Too() {
        SimOptions options;
        options.ipv6 = true;
        ScriptedServer server(options);
        const Status status = server.start();
        // A container may have no ::1: then a server that claims to listen there would be wrong.
        QCOMPARE(status.ok(), hasIpv6Loopback());
        if (!status.ok()) {
            QVERIFY2(status.error().text().find("::1") != std::string::npos, status.error().text().c_str());
            return;
        }
        RawHttp six(server.port(), true);
        QCOMPARE(six.get("/health").status, 200);
        RawHttp four(server.port());
        QCOMPARE(four.get("/health").status, 200);
    }

    void ipv6Alone() {
        SimOptions options;
        options.ipv4 = false;
        options.ipv6 = true;
        ScriptedServer server(options);
        QCOMPARE(server.start().ok(), hasIpv6Loopback());
        RawHttp six(server.port(), true);
        QCOMPARE(six.connectError() == 0, hasIpv6Loopback());
        RawHttp four(server.port());
        QVERIFY(four.connectError() != 0);
    }

    void aClientThatLeavesIsNoticed() {
        SimOptions options;
        options.cost.interval_ms = 2'000;
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        {
            RawHttp http(server.port());
            QVERIFY(http.send(llamaChat()));
            QVERIFY(server.waitForChats(1, 5000));
        }
        QVERIFY(server.waitForNoConnections(1000)); // long before the reply would have ended
        QCOMPARE(int(server.seen().back().end), int(SimEnd::PeerGone));
    }

    // One slot: the second request begins when the first has ended, as on a real server with -np 1.
    void slotsAreShared() {
        for (int slots : {1, 2}) {
            SimOptions options;
            options.slots = slots;
            options.cost.interval_ms = 2; // a reply lasts a tenth of a second
            ScriptedServer server(options);
            QVERIFY(server.start().ok());
            RawHttp one(server.port());
            RawHttp two(server.port());
            QVERIFY(one.send(llamaChat()));
            QVERIFY(two.send(llamaChat()));
            QCOMPARE(one.receive().status, 200);
            QCOMPARE(two.receive().status, 200);
            auto seen = server.seen();
            if (seen[0].firstNs(SimMark::Head) > seen[1].firstNs(SimMark::Head)) std::swap(seen[0], seen[1]);
            const bool overlap = seen[1].firstNs(SimMark::Head) < seen[0].lastNs(SimMark::End);
            QCOMPARE(overlap, slots == 2);
        }
    }

    void closedMeansClosed() {
        ScriptedServer server;
        QVERIFY(server.start().ok());
        server.queueChat(scriptOf({{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"}, {.what = SimStep::Do::Fin}}));
        RawHttp fin(server.port());
        const RawReply cut = fin.exchange(llamaChat());
        QCOMPARE(cut.body, std::string("abc"));
        QVERIFY(!cut.reset);
        QCOMPARE(int(cut.error.fault), int(WireFault::Truncated));
        server.queueChat(scriptOf(
            {{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"}, {.what = SimStep::Do::Reset, .delay_ns = 20 * kMs}}));
        RawHttp rst(server.port());
        QVERIFY(rst.exchange(llamaChat()).reset);
        RawHttp polite(server.port());
        QCOMPARE(polite.get("/health", "Connection: close\r\n").status, 200);
        QCOMPARE(int(polite.receive().error.fault), int(WireFault::Truncated)); // the server closed, as asked
    }

    void refusingPortRefuses() {
        RefusingPort port;
        QVERIFY(port.port() > 0);
        QCOMPARE(RawHttp(port.port()).connectError(), ECONNREFUSED);
    }

    // A whole study is 1,200 turns in each dialect: the fake must not be what it waits for.
    void aStudyIsQuick() {
        QElapsedTimer timer;
        timer.start();
        int turns = 0;
        SimOptions options;
        options.keeps_bodies = false;
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        RawHttp http(server.port());
        while (turns < 240) {
            std::vector<std::string> replies;
            for (int turn = 1; turn <= 12; ++turn, ++turns) {
                const RawReply reply =
                    http.post("/v1/chat/completions", chatBody(TargetKind::LlamaServer, conversation(turn, replies)));
                replies.push_back(readStream(TargetKind::LlamaServer, reply.body).text);
            }
        }
        QCOMPARE(server.connectionCount(), 1);
        QVERIFY2(timer.elapsed() < 10'000 * kPatience, qPrintable(QString::number(timer.elapsed())));
    }
};

LOOPTAX_TEST(tst_scripted_server)
#include "tst_scripted_server.moc"
