#include "support/test_registry.h"
#include "wire_log.h"

#include <QTest>

using namespace looptax;

namespace {
const std::string kOk = "HTTP/1.1 200 OK\r\n";
}

class tst_http_response_parser : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void headIsReadWithoutCase() {
        HttpLog log;
        HttpResponseParser parser(log);
        QVERIFY(parser.feed(kOk + "coNTent-leNGTH:2\r\nX-Empty:\r\nRetry-After:\t 7 \r\n\r\nhi"));
        QVERIFY(parser.done());
        QCOMPARE(parser.head().find("Content-Length").value_or(""), std::string_view("2"));
        QCOMPARE(parser.head().find("retry-after").value_or(""), std::string_view("7"));
        QCOMPARE(parser.head().find("x-empty").value_or("absent"), std::string_view(""));
        QVERIFY(!parser.head().find("x-other"));
        QCOMPARE(log.body, std::string("hi"));
    }

    void bodyBytesAreToldAsTheyCome() {
        HttpLog log;
        HttpResponseParser parser(log);
        parser.feed(kOk + "Transfer-Encoding: chunked\r\n\r\n");
        QCOMPARE(log.heads, 1); // the head is told before any body byte
        parser.feed("5\r\nhe");
        QCOMPARE(log.body, std::string("he"));
        parser.feed("llo\r\n3;a=b\r\nyou\r\n");
        QCOMPARE(log.body, std::string("helloyou"));
        QCOMPARE(log.ends, 0);
        parser.feed("0\r\nSum: 1\r\n\r\n");
        QCOMPARE(log.ends, 1);
    }

    void keepAlive_data() {
        QTest::addColumn<std::string>("bytes");
        QTest::addColumn<bool>("eof");
        QTest::addColumn<bool>("keep");
        QTest::addRow("1.1 by default") << kOk + "Content-Length: 0\r\n\r\n" << false << true;
        QTest::addRow("1.1 close") << kOk + "Content-Length: 0\r\nConnection: Close\r\n\r\n"
                                   << false << false;
        QTest::addRow("close in a list") << kOk + "Content-Length: 0\r\nConnection: x, close\r\n\r\n"
                                         << false << false;
        QTest::addRow("1.0 by default")
            << std::string("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n") << false << false;
        QTest::addRow("1.0 keep-alive")
            << std::string("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n") << false
            << true;
        QTest::addRow("close-delimited") << kOk + "\r\nbody" << true << false;
        QTest::addRow("late data") << kOk + "Content-Length: 1\r\n\r\nab" << false << false;
        QTest::addRow("304") << std::string("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n") << false
                             << true;
    }
    void keepAlive() {
        QFETCH(std::string, bytes);
        QFETCH(bool, eof);
        QFETCH(bool, keep);
        HttpLog log;
        HttpResponseParser parser(log);
        QVERIFY(parser.feed(bytes));
        if (eof) QVERIFY(parser.finish());
        QVERIFY(parser.done());
        QCOMPARE(log.ends, 1);
        QCOMPARE(parser.mayKeepAlive(), keep);
    }

    void oneConnectionManyResponses() {
        HttpLog log;
        HttpResponseParser parser(log);
        for (int i = 0; i < 3; ++i) {
            parser.reset();
            QVERIFY(!parser.started());
            QVERIFY(parser.feed(kOk + "Content-Length: 1\r\n\r\na"));
            QVERIFY(parser.mayKeepAlive());
        }
        QCOMPARE(log.body, std::string("aaa"));
        QCOMPARE(log.ends, 3);
    }

    void faults_data() {
        QTest::addColumn<std::string>("bytes");
        QTest::addColumn<int>("fault");
        const auto row = [](const char* name, const std::string& bytes, WireFault fault) {
            QTest::addRow("%s", name) << bytes << int(fault);
        };
        const std::string chunked = kOk + "Transfer-Encoding: chunked\r\n\r\n";
        row("garbage", "SSH-2.0-OpenSSH\r\n", WireFault::Protocol);
        row("one wrong byte", "X", WireFault::Protocol);
        row("HTTP/2 preface", "HTTP/2 200\r\n", WireFault::Protocol);
        row("HTTP/1.2", "HTTP/1.2 200 OK\r\n\r\n", WireFault::Protocol);
        row("status of two digits", "HTTP/1.1 20 OK\r\n\r\n", WireFault::Protocol);
        row("status 600", "HTTP/1.1 600 X\r\n\r\n", WireFault::Protocol);
        row("status glued to reason", "HTTP/1.1 200OK\r\n\r\n", WireFault::Protocol);
        row("blank before the colon", kOk + "Content-Length : 1\r\n\r\n", WireFault::Protocol);
        row("folded header", kOk + "A: b\r\n c\r\n\r\n", WireFault::Protocol);
        row("header without colon", kOk + "nonsense\r\n\r\n", WireFault::Protocol);
        row("NUL in a value", kOk + std::string("A: b\0c\r\n\r\n", 10), WireFault::Protocol);
        row("CR in a value", kOk + "A: b\rc\r\n\r\n", WireFault::Protocol);
        row("negative length", kOk + "Content-Length: -1\r\n\r\n", WireFault::Protocol);
        row("length with a plus", kOk + "Content-Length: +1\r\n\r\n", WireFault::Protocol);
        row("length as list", kOk + "Content-Length: 1, 1\r\n\r\n", WireFault::Protocol);
        row("length twice", kOk + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", WireFault::Protocol);
        row("length of 30 digits", kOk + "Content-Length: " + std::string(30, '9') + "\r\n\r\n",
            WireFault::Protocol);
        row("empty length", kOk + "Content-Length:\r\n\r\n", WireFault::Protocol);
        row("length and chunked", kOk + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            WireFault::Protocol);
        row("gzip, chunked", kOk + "Transfer-Encoding: gzip, chunked\r\n\r\n", WireFault::Protocol);
        row("chunked in 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", WireFault::Protocol);
        row("101", "HTTP/1.1 101 Switching Protocols\r\n\r\n", WireFault::Protocol);
        row("chunk size not hex", chunked + "xyz\r\n", WireFault::Framing);
        row("empty chunk size", chunked + "\r\n", WireFault::Framing);
        row("negative chunk size", chunked + "-1\r\n", WireFault::Framing);
        row("chunk size then junk", chunked + "5 junk\r\n", WireFault::Framing);
        row("absurd chunk size", chunked + "FFFFFFFFFFFFFFFFF\r\n", WireFault::Framing);
        row("chunk line ends in LF", chunked + "5\nhello", WireFault::Framing);
        row("chunk longer than its size", chunked + "3\r\nabcd\r\n", WireFault::Framing);
        row("trailer without colon", chunked + "0\r\njunk\r\n\r\n", WireFault::Framing);
        row("huge chunk extension", chunked + "5;" + std::string(5000, 'x') + "\r\n", WireFault::Limit);
        row("headers over 64 KiB", kOk + "A: " + std::string(66'000, 'x') + "\r\n\r\n", WireFault::Limit);
        row("endless status line", "HTTP/1." + std::string(66'000, '1'), WireFault::Limit);
        row("trailers over 64 KiB", chunked + "0\r\nA: " + std::string(66'000, 'x'), WireFault::Limit);
        row("length over 64 MiB", kOk + "Content-Length: 67108865\r\n\r\n", WireFault::Limit);
        std::string interim;
        for (int i = 0; i < 4000; ++i)
            interim += "HTTP/1.1 100 Continue\r\n\r\n";
        row("100 Continue for ever", interim, WireFault::Limit);
        row("closed without a byte", "", WireFault::Truncated);
        row("closed in the head", kOk + "Conte", WireFault::Truncated);
        row("closed in a chunk", chunked + "5\r\nhel", WireFault::Truncated);
        row("closed between chunks", chunked + "5\r\nhello\r\n", WireFault::Truncated);
        row("closed in the trailers", chunked + "0\r\n", WireFault::Truncated);
        row("short body", kOk + "Content-Length: 10\r\n\r\nhalf", WireFault::Truncated);
        row("interim only", "HTTP/1.1 100 Continue\r\n\r\n", WireFault::Truncated);
    }
    void faults() {
        QFETCH(std::string, bytes);
        QFETCH(int, fault);
        HttpLog log;
        HttpResponseParser parser(log);
        const bool fed = parser.feed(bytes);
        QCOMPARE(fed, WireFault(fault) == WireFault::Truncated);
        QVERIFY(!parser.finish());
        QCOMPARE(int(parser.error().fault), fault);
        QVERIFY(!parser.error().what.empty());
        QVERIFY(!parser.done());
        QVERIFY(!parser.mayKeepAlive());
        QCOMPARE(log.ends, 0);
        QVERIFY(!parser.feed(kOk + "Content-Length: 0\r\n\r\n")); // failed stays failed
        QCOMPARE(int(parser.error().fault), fault);
    }

    // What came before a limit was told, nothing past it was, and the count does not depend on the framing's
    // splits.
    void bodyLimitIsExact() {
        WireLimits limits;
        limits.response_bytes = 10;
        HttpLog log;
        HttpResponseParser parser(log, limits);
        QVERIFY(parser.feed(kOk + "\r\n0123456789"));
        QVERIFY(!parser.feed("x"));
        QCOMPARE(log.body, std::string("0123456789"));
        QCOMPARE(int(parser.error().fault), int(WireFault::Limit));
        HttpLog second;
        HttpResponseParser other(second, limits);
        QVERIFY(!other.feed(kOk + "\r\n0123456789x"));
        QCOMPARE(second.body, log.body);
    }

    void foreignEncodingIsSeen() {
        HttpHead head;
        head.headers = {{"content-ENCODING", "gzip"}};
        QVERIFY(head.isEncoded());
        head.headers = {{"Content-Encoding", "Identity"}};
        QVERIFY(!head.isEncoded());
    }
};

LOOPTAX_TEST(tst_http_response_parser)
#include "tst_http_response_parser.moc"
