// What the pieces of a reply tell: token by token, several in a chunk, or held back; and the rate that may be read from them.
#include "support/test_registry.h"

#include "domain/stream_kind.h"

#include <QObject>
#include <QTest>

using namespace looptax;

namespace {

constexpr std::int64_t kMs = 1'000'000;

// Pieces of k tokens at 100 tokens a second from 200 ms on; a read each.
StreamShape everyTokens(int k, int tokens) {
    StreamShape s;
    s.generated = tokens;
    s.text_chars = 4 * tokens;
    s.deltas = s.delta_reads = (tokens + k - 1) / k;
    s.first_read_deltas = 1;
    s.first_ns = (190 + 10LL * k) * kMs;
    s.last_ns = (190 + 10LL * tokens) * kMs;
    s.end_ns = s.last_ns + kMs;
    return s;
}

// The same, held back by a proxy until all of it is there.
StreamShape heldBack(int tokens, int reads, double spreadMs) {
    StreamShape s = everyTokens(1, tokens);
    s.delta_reads = reads;
    s.first_read_deltas = tokens / reads;
    s.first_ns = (190 + 10LL * tokens) * kMs;
    s.last_ns = s.first_ns + std::int64_t(spreadMs * kMs);
    s.end_ns = s.last_ns + kMs;
    return s;
}

StreamShape with(StreamShape s, std::optional<std::int64_t> generated, std::optional<double> generationMs = {}) {
    s.generated = generated;
    s.generation_ms = generationMs;
    return s;
}

} // namespace

class tst_stream_kind : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aStreamIsOfOneKind_data();
    void aStreamIsOfOneKind();
    void aRateIsThatOfTheRuntimeOrNone_data();
    void aRateIsThatOfTheRuntimeOrNone();
};

void tst_stream_kind::aStreamIsOfOneKind_data() {
    QTest::addColumn<StreamShape>("shape");
    QTest::addColumn<QString>("kind");
    const auto row = [](const char* name, const StreamShape& shape, std::string_view kind) {
        QTest::newRow(name) << shape << QString::fromUtf8(kind.data(), qsizetype(kind.size()));
    };
    row("a token a piece", everyTokens(1, 100), kTokenStream);
    row("a stop token beside them", with(everyTokens(1, 100), 101), kTokenStream);
    row("two tokens without text in a short reply", with(everyTokens(1, 3), 5), kTokenStream);
    row("one in eleven tokens without text", with(everyTokens(1, 100), 110), kTokenStream);
    row("one in eight tokens without text", with(everyTokens(1, 100), 116), kChunkedStream);
    row("two in a chunk", everyTokens(2, 100), kChunkedStream);
    row("sixteen in a chunk", everyTokens(16, 100), kChunkedStream);
    row("hidden thoughts are tokens too", with(everyTokens(1, 50), 900), kChunkedStream);
    row("a reply of one token", everyTokens(1, 1), kTokenStream);
    row("nothing came", StreamShape{}, "");
    row("tokens not counted", with(everyTokens(1, 100), std::nullopt), "");
    row("held back, in one read", heldBack(100, 1, 0), kBufferedStream);
    row("held back, in six reads", heldBack(100, 6, 3), kBufferedStream);
    row("held back, and handed on piece by piece", heldBack(100, 100, 3), kBufferedStream);
    row("the same, and the runtime tells its second", with(heldBack(100, 100, 120), 100, 1000.0), kBufferedStream);
    row("an answer after thoughts that are not shown", with(everyTokens(1, 50), 600, 6000.0), kChunkedStream);
    row(
        "held back, and dribbled four at a time",
        [] {
            StreamShape s = heldBack(100, 25, 7.5);
            s.deltas = 25;
            return s;
        }(),
        kBufferedStream);
    row(
        "the same, and the runtime tells its tenth",
        [] {
            StreamShape s = with(heldBack(100, 25, 7.5), 100, 100.0);
            s.deltas = 25;
            return s;
        }(),
        kBufferedStream);
    row("a count that is always twenty", with(everyTokens(1, 110), 20), "");
    row("thoughts that are streamed and not counted", with(everyTokens(1, 280), 110), "");
    row(
        "all in one read of a program that woke up too late",
        [] {
            StreamShape s = with(heldBack(40, 1, 0), 40, 400.0);
            s.wake_lag_ns = 390 * kMs;
            return s;
        }(),
        kTokenStream);
    row(
        "in two reads of one",
        [] {
            StreamShape s = with(heldBack(40, 2, 60), 40, 400.0);
            s.wake_lag_ns = 190 * kMs;
            return s;
        }(),
        kTokenStream);
    row(
        "held back, and read a little late",
        [] {
            StreamShape s = with(heldBack(40, 1, 0), 40, 400.0);
            s.wake_lag_ns = 40 * kMs;
            return s;
        }(),
        kBufferedStream);
    row(
        "a short reply after a long prompt",
        [] {
            StreamShape s = everyTokens(1, 20);
            s.sent_ns -= 60'000 * kMs;
            return s;
        }(),
        kTokenStream);
    row("held back, tokens not counted", with(heldBack(100, 1, 0), std::nullopt), kBufferedStream);
    row(
        "held back in one piece, tokens not counted",
        [] {
            StreamShape s = with(heldBack(100, 1, 0), std::nullopt);
            s.deltas = s.first_read_deltas = 1;
            return s;
        }(),
        kBufferedStream);
    row("held back, and the runtime tells its second", with(heldBack(100, 1, 0), 100, 1000.0), kBufferedStream);
    row("few reads of a runtime that is as fast as that", with(heldBack(100, 2, 3), 100, 4.0), kTokenStream);
    row("a short reply in one read", heldBack(15, 1, 0), kTokenStream);
    row("two bursts over the whole reply", heldBack(100, 2, 600), kTokenStream);
}

void tst_stream_kind::aStreamIsOfOneKind() {
    QFETCH(StreamShape, shape);
    QFETCH(QString, kind);
    const std::string_view found = streamKind(shape);
    QCOMPARE(QString::fromUtf8(found.data(), qsizetype(found.size())), kind);
    if (found != kTokenStream) QVERIFY(!decodeRate(shape));
}

void tst_stream_kind::aRateIsThatOfTheRuntimeOrNone_data() {
    QTest::addColumn<StreamShape>("shape");
    QTest::addColumn<double>("rate"); // 0: none
    QTest::newRow("a token a piece") << everyTokens(1, 100) << 100.0;
    for (const int k : {2, 4, 8, 16, 32}) QTest::addRow("%d tokens a piece", k) << everyTokens(k, 100) << 0.0;
    StreamShape late = everyTokens(1, 100); // the first read was late and brought ten
    late.first_read_deltas = 10;
    late.delta_reads = 91;
    late.first_ns += 90 * kMs;
    QTest::newRow("a first read that was late") << late << 100.0;
    QTest::newRow("three times as fast as the runtime says") << with(everyTokens(1, 100), 100, 3000.0) << 0.0;
    QTest::newRow("as fast as the runtime says") << with(everyTokens(1, 100), 100, 990.0) << 100.0;
    QTest::newRow("four pieces") << everyTokens(1, 4) << 100.0;
    QTest::newRow("three pieces") << everyTokens(1, 3) << 0.0;
    StreamShape still = everyTokens(1, 100);
    still.last_ns = still.first_ns;
    QTest::newRow("no time between them") << still << 0.0;
}

void tst_stream_kind::aRateIsThatOfTheRuntimeOrNone() {
    QFETCH(StreamShape, shape);
    QFETCH(double, rate);
    const auto found = decodeRate(shape);
    QCOMPARE(found.has_value(), rate > 0);
    if (found) QVERIFY2(std::abs(*found - rate) < 1e-6, std::to_string(*found).c_str());
}

LOOPTAX_TEST(tst_stream_kind)
#include "tst_stream_kind.moc"
