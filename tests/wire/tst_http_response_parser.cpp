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
        QTest::addRow("1.1 close") << kOk + "Content-Length: 0\r\nConnection: Close\r\n\r\n" << false << false;
        QTest::addRow("close in a list") << kOk + "Content-Length: 0\r\nConnection: x, close\r\n\r\n" << false << false;
        QTest::addRow("1.0 by default") << std::string("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n") << false << false;
        QTest::addRow("1.0 keep-alive") << std::string("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n")
                                        << false << true;
        QTest::addRow("close-delimited") << kOk + "\r\nbody" << true << false;
        QTest::addRow("late data") << kOk + "Content-Length: 1\r\n\r\nab" << false << false;
        QTest::addRow("304") << std::string("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n") << false << true;
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
        row("status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", WireFault::Protocol);
        row("status below 100", "HTTP/1.1 099 X\r\n\r\n", WireFault::Protocol);
        row("blank before the colon of a length", kOk + "Content-Length : 1\r\n\r\n", WireFault::Protocol);
        row("tab before the colon of an encoding", kOk + "Transfer-Encoding\t: chunked\r\n\r\n", WireFault::Protocol);
        row("folded encoding", kOk + "Transfer-Encoding:\r\n chunked\r\n\r\n", WireFault::Protocol);
        row("folded length", kOk + "Content-Length: 1\r\n 3\r\n\r\n", WireFault::Protocol);
        row("folded first line", kOk + " A: b\r\n\r\n", WireFault::Protocol);
        row("NUL in a name", kOk + std::string("A\0: b\r\n\r\n", 9), WireFault::Protocol);
        row("two lengths", kOk + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", WireFault::Protocol);
        row("two lengths in a list", kOk + "Content-Length: 1, 2\r\n\r\n", WireFault::Protocol);
        row("length with a fraction", kOk + "Content-Length: 1.0\r\n\r\n", WireFault::Protocol);
        row("length 0 and chunked", kOk + "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", WireFault::Protocol);
        row("length and chunked twice", kOk + "Content-Length: 1\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
            WireFault::Protocol);
        row("chunked, then gzip", kOk + "Transfer-Encoding: chunked, gzip\r\n\r\n", WireFault::Protocol);
        row("chunked with a parameter", kOk + "Transfer-Encoding: chunked;q=1\r\n\r\n", WireFault::Protocol);
        row("xchunked", kOk + "Transfer-Encoding: xchunked\r\n\r\n", WireFault::Protocol);
        row("header without colon", kOk + "nonsense\r\n\r\n", WireFault::Protocol);
        row("NUL in a value", kOk + std::string("A: b\0c\r\n\r\n", 10), WireFault::Protocol);
        row("CR in a value", kOk + "A: b\rc\r\n\r\n", WireFault::Protocol);
        row("negative length", kOk + "Content-Length: -1\r\n\r\n", WireFault::Protocol);
        row("length with a plus", kOk + "Content-Length: +1\r\n\r\n", WireFault::Protocol);
        row("length of 30 digits", kOk + "Content-Length: " + std::string(30, '9') + "\r\n\r\n", WireFault::Protocol);
        row("empty length", kOk + "Content-Length:\r\n\r\n", WireFault::Protocol);
        row("length and chunked", kOk + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", WireFault::Protocol);
        row("gzip, chunked", kOk + "Transfer-Encoding: gzip, chunked\r\n\r\n", WireFault::Protocol);
        row("101", "HTTP/1.1 101 Switching Protocols\r\n\r\n", WireFault::Protocol);
        row("chunk size not hex", chunked + "xyz\r\n", WireFault::Framing);
        row("empty chunk size", chunked + "\r\n", WireFault::Framing);
        row("negative chunk size", chunked + "-1\r\n", WireFault::Framing);
        row("chunk size then junk", chunked + "5 junk\r\n", WireFault::Framing);
        row("absurd chunk size", chunked + "FFFFFFFFFFFFFFFFF\r\n", WireFault::Framing);
        row("chunk size 0x5", chunked + "0x5\r\nhello\r\n", WireFault::Framing);
        row("blank before a chunk size", chunked + " 5\r\nhello\r\n", WireFault::Framing);
        row("a lone CR in a chunk line", chunked + "5\r;\nhello\r\n", WireFault::Framing);
        row("chunk data without a line end", chunked + "5\r\nhello0\r\n\r\n", WireFault::Framing);
        row("a lone CR after a chunk", chunked + "5\r\nhello\rX", WireFault::Framing);
        row("a lone LF as chunk size", chunked + "\nhello\r\n", WireFault::Framing);
        row("chunk longer than its size", chunked + "3\r\nabcd\r\n", WireFault::Framing);
        row("trailer without colon", chunked + "0\r\njunk\r\n\r\n", WireFault::Framing);
        row("huge chunk extension", chunked + "5;" + std::string(5000, 'x') + "\r\n", WireFault::Limit);
        row("headers over 64 KiB", kOk + "A: " + std::string(66'000, 'x') + "\r\n\r\n", WireFault::Limit);
        row("endless status line", "HTTP/1." + std::string(66'000, '1'), WireFault::Limit);
        row("trailers over 64 KiB", chunked + "0\r\nA: " + std::string(66'000, 'x'), WireFault::Limit);
        row("length over 64 MiB", kOk + "Content-Length: 67108865\r\n\r\n", WireFault::Limit);
        std::string interim;
        for (int i = 0; i < 4000; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
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

    // Heads and chunk lines as proxies write them. Each row was played to curl 7.88.1, which gave the same body.
    void oddHeadsWithOneMeaningAreTaken_data() {
        QTest::addColumn<std::string>("bytes");
        QTest::addColumn<std::string>("odd"); // a part of what is said; "" = nothing is odd
        QTest::addColumn<bool>("keep");
        const std::string chunks = "5\r\nhello\r\n0\r\n\r\n", length = "Content-Length: 5\r\n", plain = "\r\nhello";
        const auto row = [](const char* name, const std::string& bytes, const char* odd, bool keep = true) {
            QTest::addRow("%s", name) << bytes << std::string(odd) << keep;
        };
        const auto encoded = [&](const char* name, const std::string& headers, const char* odd = "chunked once") {
            row(name, kOk + headers + "\r\n" + chunks, odd);
        };
        encoded("chunked", "Transfer-Encoding: chunked\r\n", "");
        encoded("chunked in capitals", "TRANSFER-ENCODING:  CHUNKED\r\n", "");
        // fluxzy issue 615, ingress-nginx issue 11162
        encoded("chunked twice", "Transfer-Encoding: chunked\r\nServer: x\r\nTransfer-Encoding: chunked\r\n");
        encoded("chunked three times", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked, chunked\r\n");
        encoded("chunked twice in a list", "Transfer-Encoding: chunked, chunked\r\n");
        encoded("a list without blanks", "Transfer-Encoding: Chunked,chunked\r\n");
        // capnproto pull request 2390
        encoded("identity, chunked", "Transfer-Encoding: identity, chunked\r\n");
        encoded("chunked, identity", "Transfer-Encoding: chunked, identity\r\n");
        encoded("identity, then chunked", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n");
        encoded("an empty entry before", "Transfer-Encoding: , chunked\r\n");
        encoded("an empty entry behind", "Transfer-Encoding: chunked,\r\n");
        row("identity and a length", kOk + "Transfer-Encoding: identity\r\n" + length + plain, "names no encoding");
        row("an empty encoding and a length", kOk + "Transfer-Encoding:\r\n" + length + plain, "names no encoding");
        row("identity to the end of the connection", kOk + "Transfer-Encoding: identity\r\n" + plain, "names no encoding", false);
        row("chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, "HTTP/1.0", false);
        row("chunked in HTTP/1.0, kept alive",
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, "HTTP/1.0", false);
        row("a length twice", kOk + length + "Server: x\r\n" + length + plain, "more than once");
        row("a length as a list", kOk + "Content-Length: 5, 5\r\n" + plain, "more than once");
        row("a length with zeros", kOk + "Content-Length: 005\r\n" + plain, "");
        row("a length twice, written differently", kOk + "Content-Length: 05\r\n" + length + plain, "more than once");
        row("a folded header", kOk + "X-Long: a\r\n b\r\n" + length + plain, "folded");
        row("folded with tabs, several times", kOk + "X-Long: a\r\n\tb\r\n\t c\r\n" + length + plain, "folded");
        row("folded to nothing", kOk + "X-Long: a\r\n \r\n" + length + plain, "folded");
        row("a blank before the colon", kOk + "X-Thing : a\r\n" + length + plain, "before its colon");
        row("a tab before the colon", kOk + "X-Thing\t: a\r\n" + length + plain, "before its colon");
        row("a blank in a name", kOk + "X Thing: a\r\n" + length + plain, "name is not valid");
        row("brackets in a name", kOk + "X-(Thing): a\r\n" + length + plain, "name is not valid");
        row("no name", kOk + ": a\r\n" + length + plain, "name is not valid");
        row("a control character in a value",
            kOk +
                "X: a\x01"
                "b\r\n" +
                length + plain,
            "control character");
        row("Latin-1 in a value", kOk + "X: caf\xE9\r\n" + length + plain, "");
        for (const char* word : {"none", "utf-8", "UTF-8", "", "binary", "8bit", "chunked", "identity, none"})
            row((std::string("Content-Encoding ") + word).c_str(), kOk + "Content-Encoding: " + word + "\r\n" + length + plain,
                "no compression");
        row("Content-Encoding identity", kOk + "Content-Encoding: Identity\r\n" + length + plain, "");
        for (const char* status : {"201 Created", "202 Accepted", "203 Non-Authoritative", "206 Partial Content", "299 ?"})
            row(status, std::string("HTTP/1.1 ") + status + "\r\n" + length + plain, "");
        row("status 600", "HTTP/1.1 600 X\r\n" + length + plain, "");
        row("status 999", "HTTP/1.1 999 X\r\n" + length + plain, "");
        row("no reason", "HTTP/1.1 200\r\n" + length + plain, "");
        row("status glued to reason", "HTTP/1.1 200OK\r\n" + length + plain, "status line");
        row("two blanks before the status", "HTTP/1.1  200 OK\r\n" + length + plain, "status line");
        row("a tab behind the status", "HTTP/1.1 200\tOK\r\n" + length + plain, "status line");
        row("http in small letters", "http/1.1 200 OK\r\n" + length + plain, "status line");
        row("LF alone in the head", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "");
        const std::string head = kOk + "Transfer-Encoding: chunked\r\n\r\n";
        row("LF alone in chunk lines", head + "5\nhello\n0\n\n", "LF alone");
        row("LF alone after a size", head + "5\nhello\r\n0\r\n\r\n", "LF alone");
        row("LF alone after the data", head + "5\r\nhello\n0\r\n\r\n", "LF alone");
        row("LF alone after the last chunk", head + "5\r\nhello\r\n0\n\n", "LF alone");
        row("blanks after a size", head + "5  \r\nhello\r\n0\r\n\r\n", "");
        row("a size with zeros", head + "0005\r\nhello\r\n000\r\n\r\n", "");
    }
    void oddHeadsWithOneMeaningAreTaken() {
        QFETCH(std::string, bytes);
        QFETCH(std::string, odd);
        QFETCH(bool, keep);
        HttpLog log;
        HttpResponseParser parser(log);
        QVERIFY2(parser.feed(bytes), parser.error().what.c_str());
        QVERIFY2(parser.finish(), parser.error().what.c_str());
        QCOMPARE(log.body, std::string("hello"));
        QVERIFY(!parser.head().isEncoded());
        QCOMPARE(parser.mayKeepAlive(), keep);
        const std::string said = joined(parser.oddities(), "; ");
        QCOMPARE(parser.oddities().size(), std::size_t(odd.empty() ? 0 : 1));
        QVERIFY2(said.find(odd) != std::string::npos, said.c_str());
        // The same however the bytes are cut.
        const std::string whole = httpLog({bytes});
        Pieces single;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            single.push_back(std::string_view(bytes).substr(i, 1));
            QCOMPARE(httpLog({std::string_view(bytes).substr(0, i), std::string_view(bytes).substr(i)}), whole);
        }
        QCOMPARE(httpLog(single), whole);
        parser.reset();
        QVERIFY(parser.oddities().empty());
    }

    // A reader of a folded value gets it in one line.
    void aFoldedValueIsJoined() {
        HttpLog log;
        HttpResponseParser parser(log);
        QVERIFY(parser.feed(kOk + "Retry-After:\r\n  7\r\nX: a \r\n\t b\r\nContent-Length: 0\r\n\r\n"));
        QCOMPARE(parser.head().find("Retry-After").value_or(""), std::string_view("7"));
        QCOMPARE(parser.head().find("x").value_or(""), std::string_view("a b"));
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

    void aCompressionIsSeen() {
        HttpHead head;
        for (const char* word :
             {"gzip", "GZIP", "x-gzip", "deflate", "br", "zstd", "compress", "identity, gzip", "gzip, identity"}) {
            head.headers = {{"content-ENCODING", word}};
            QVERIFY2(head.isEncoded(), word);
        }
        for (const char* word : {"", "Identity", "none", "utf-8", "gzipped?"}) {
            head.headers = {{"Content-Encoding", word}};
            QVERIFY2(!head.isEncoded(), word);
        }
        head.headers = {{"Content-Encoding", "none"}, {"Content-Encoding", "gzip"}};
        QVERIFY(head.isEncoded());
    }
};

LOOPTAX_TEST(tst_http_response_parser)
#include "tst_http_response_parser.moc"
