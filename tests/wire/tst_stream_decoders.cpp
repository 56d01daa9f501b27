#include "support/test_registry.h"
#include "wire_log.h"

#include <QTest>

using namespace looptax;

using Lines = std::vector<std::string>;

class tst_stream_decoders : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sse_data() {
        QTest::addColumn<std::string>("bytes");
        QTest::addColumn<Lines>("told");
        const auto row = [](const char* name, const std::string& bytes, const Lines& told) {
            QTest::addRow("%s", name) << bytes << told;
        };
        row("with and without a space", "data: a\n\ndata:b\n\ndata:  c\n\n", {"message|a", "message|b", "message| c"});
        row("CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", {"message|a", "message|b"});
        row("CR", "data: a\r\rdata: b\r\r", {"message|a", "message|b"});
        row("mixed", "data: a\r\n\ndata: b\n\r\ndata: c\r\r\n", {"message|a", "message|b", "message|c"});
        row("several data lines", "data: a\ndata: b\n\n", {"message|a\nb"});
        row("several data lines and a name, CRLF", "event: e\r\ndata: a\r\ndata: b\r\n\r\n", {"e|a\nb"});
        row("named", "event: delta\ndata: a\n\ndata: b\n\n", {"delta|a", "message|b"});
        row("pings", ": ping\n\n:\n\n:x\ndata: a\n\n", {"#ping", "#", "#x", "message|a"});
        row("id and retry", "id: 1\nretry: 5\ndata: a\n\n", {"message|a"});
        row("no data, no event", "event: a\n\n\n\n", {});
        row("empty data lines", "data\n\ndata:\ndata:\n\n", {"message|", "message|\n"});
        row("mark at the start",
            "\xEF\xBB\xBF"
            "data: a\n\n",
            {"message|a"});
        row("mark later",
            "data: a\n\n\xEF\xBB\xBF"
            "data: b\n\n",
            {"message|a", "?\xEF\xBB\xBF"
                          "data=b=\xEF\xBB\xBF"
                          "data: b"});
        row("half a mark",
            "\xEF\xBB"
            "data: a\n\n",
            {"?\xEF\xBB"
             "data=a=\xEF\xBB"
             "data: a"});
        row("old llama.cpp error", "error: {\"code\":500}\n\ndata: [DONE]\n\n",
            {"?error={\"code\":500}=error: {\"code\":500}", "message|[DONE]"});
        row("bare JSON", "{\"error\":\"x\"}\n", {"?{\"error\"=\"x\"}={\"error\":\"x\"}"});
        row("unterminated event", "data: a\n\ndata: b\n", {"message|a", "pending"});
        row("unterminated line", "data: a\n\ndata: b", {"message|a", "pending"});
        row("nothing", "", {});
    }
    void sse() {
        QFETCH(std::string, bytes);
        QFETCH(Lines, told);
        QCOMPARE(sseLog({bytes}), told);
    }

    // An event that is complete must be told with its last byte, not with the first of the next.
    void eventsAreToldAtOnce() {
        SseLog log;
        SseDecoder decoder(log);
        decoder.feed("data: a\r\r");
        QCOMPARE(log.lines, Lines{"message|a"});
        decoder.feed("\ndata: b\r\n\r");
        QCOMPARE(log.lines.back(), std::string("message|b"));
        NdjsonLog lines;
        NdjsonDecoder ndjson(lines);
        ndjson.feed("{}\n");
        QCOMPARE(lines.lines, Lines{"{}"});
    }

    void ndjson_data() {
        QTest::addColumn<std::string>("bytes");
        QTest::addColumn<Lines>("told");
        const auto row = [](const char* name, const std::string& bytes, const Lines& told) {
            QTest::addRow("%s", name) << bytes << told;
        };
        row("LF", "{1}\n{2}\n", {"{1}", "{2}"});
        row("CRLF", "{1}\r\n{2}\r\n", {"{1}", "{2}"});
        row("blank lines", "\n\r\n{1}\n \t\r\n\n{2}\n\n", {"{1}", "{2}"});
        row("mark at the start", "\xEF\xBB\xBF{1}\n", {"{1}"});
        row("a lone CR is no end", "{1}\r{2}\n", {"{1}\r{2}"});
        row("last line without end is apart", "{1}\n{2}", {"{1}", "rest {2}"});
        row("blank rest is none", "{1}\n \r", {"{1}"});
        row("nothing", "", {});
    }
    void ndjson() {
        QFETCH(std::string, bytes);
        QFETCH(Lines, told);
        QCOMPARE(ndjsonLog({bytes}), told);
    }

    void limits_data() {
        QTest::addColumn<bool>("isSse");
        QTest::addColumn<std::string>("bytes");
        QTest::addColumn<int>("toldBefore");
        QTest::addColumn<bool>("refused");
        const std::string five = "data: 12345\n\n"; // a line of 11 bytes
        QTest::addRow("sse line at the limit") << true << "data: " + std::string(14, 'x') + "\n\n" << 1 << false;
        QTest::addRow("sse line over it") << true << five + "data: " + std::string(15, 'x') + "\n\n" << 1 << true;
        QTest::addRow("sse line over it, not ended") << true << five + std::string(21, 'x') << 1 << true;
        QTest::addRow("sse endless comment") << true << five + ":" + std::string(50, 'x') << 1 << true;
        QTest::addRow("sse event at the limit")
            << true << std::string("data: 12345678\ndata: 12345678\ndata: 12345678901\ndata:\n\n") << 1 << false;
        QTest::addRow("sse event over it") << true
                                           << std::string("data: 12345678\ndata: 12345678\ndata: 12345678901\ndata: x\n\n") << 0
                                           << true;
        QTest::addRow("sse four events") << true << five + five + five + five << 4 << false;
        QTest::addRow("sse fifth event") << true << five + five + five + five + five << 4 << true;
        QTest::addRow("sse foreign fields count") << true << std::string("a\nb\nc\nd\ne\n") << 4 << true;
        QTest::addRow("sse pings do not") << true << std::string(":\n:\n:\n:\n:\n:\n") << 6 << false;
        QTest::addRow("ndjson line at the limit") << false << std::string(20, 'x') + "\n" << 1 << false;
        QTest::addRow("ndjson line over it") << false << "{}\n" + std::string(21, 'x') + "\n" << 1 << true;
        QTest::addRow("ndjson fifth line") << false << std::string("1\n\n2\n\n3\n4\n5\n") << 4 << true;
    }
    void limits() {
        QFETCH(bool, isSse);
        QFETCH(std::string, bytes);
        QFETCH(int, toldBefore);
        QFETCH(bool, refused);
        WireLimits limits;
        limits.line_bytes = 20;
        limits.event_bytes = 30;
        limits.events = 4;
        SseLog sseLines;
        SseDecoder sseDecoder(sseLines, limits);
        NdjsonLog ndjsonLines;
        NdjsonDecoder ndjsonDecoder(ndjsonLines, limits);
        const bool fed = isSse ? sseDecoder.feed(bytes) : ndjsonDecoder.feed(bytes);
        QCOMPARE(fed, !refused);
        QCOMPARE(int(isSse ? sseLines.lines.size() : ndjsonLines.lines.size()), toldBefore);
        const WireError& error = isSse ? sseDecoder.error() : ndjsonDecoder.error();
        QCOMPARE(int(error.fault), int(refused ? WireFault::Limit : WireFault::None));
        if (refused) QVERIFY(!(isSse ? sseDecoder.feed("data: a\n\n") : ndjsonDecoder.feed("{}\n")));
    }
};

LOOPTAX_TEST(tst_stream_decoders)
#include "tst_stream_decoders.moc"
