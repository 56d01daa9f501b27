// The kernel's stamp of a read on the monotonic clock, and the ways in which it is worth nothing.
#include "base/receive_stamp.h"
#include "support/fake_clock.h"
#include "support/loopback.h"
#include "support/test_registry.h"

#include <QTest>

#include <array>
#include <cstdlib>
#include <string_view>

using namespace looptax;

namespace {

constexpr qint64 kUs = 1'000;
constexpr std::int64_t kOffset = 1'780'000'000'000'000'000;

class SteppingClock final : public FakeClock {
public:
    std::optional<std::int64_t> realtimeOffsetNs() const override { return m_offset; }
    std::optional<std::int64_t> m_offset = kOffset;
};

// Two ends of a TCP connection; the read end's segments are stamped.
class StampedPair {
public:
    StampedPair() {
        const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        m_reader = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        m_asked = askForStamps(m_reader);
        const bool ok = ::bind(listener, any, size) == 0 && ::listen(listener, 1) == 0 &&
                        ::getsockname(listener, any, &size) == 0 && ::connect(m_reader, any, size) == 0;
        if (ok) m_writer = ::accept(listener, nullptr, nullptr);
        ::close(listener);
    }
    ~StampedPair() {
        ::close(m_reader);
        ::close(m_writer);
    }
    StampedPair(const StampedPair&) = delete;
    StampedPair& operator=(const StampedPair&) = delete;

    bool ok() const { return m_writer >= 0; }
    bool asked() const { return m_asked; }
    bool send(std::string_view text) const {
        return ::send(m_writer, text.data(), text.size(), MSG_NOSIGNAL) == ssize_t(text.size());
    }
    void end() const { ::shutdown(m_writer, SHUT_WR); }
    bool readable() const {
        pollfd fd{m_reader, POLLIN, 0};
        return ::poll(&fd, 1, 10'000) == 1;
    }
    int reader() const { return m_reader; }

private:
    int m_reader = -1, m_writer = -1;
    bool m_asked = false;
};

} // namespace

class tst_receive_stamp : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatAStampIsWorth_data() {
        QTest::addColumn<bool>("stamped");
        QTest::addColumn<qint64>("arrived"); // ns after begin()
        QTest::addColumn<qint64>("read");    // ns after begin()
        QTest::addColumn<qint64>("step");    // of the wall clock, before the read
        QTest::addColumn<bool>("offset");    // it can be read
        QTest::addColumn<bool>("kept");
        QTest::addColumn<bool>("stepped");
        const qint64 ms = 1'000 * kUs;
        QTest::addRow("a read soon after") << true << 20 * ms << 20 * ms + 30 * kUs << qint64(0) << true << true << false;
        QTest::addRow("a read 9 ms late") << true << 20 * ms << 29 * ms << qint64(0) << true << true << false;
        QTest::addRow("set by 0.15 ms") << true << 20 * ms << 21 * ms << 150 * kUs << true << true << false;
        QTest::addRow("no stamp") << false << 20 * ms << 21 * ms << qint64(0) << true << false << false;
        QTest::addRow("no offset") << true << 20 * ms << 21 * ms << qint64(0) << false << false << false;
        QTest::addRow("set forward by a second") << true << 20 * ms << 21 * ms << 1'000 * ms << true << false << true;
        QTest::addRow("set back by a second") << true << 20 * ms << 21 * ms << -1'000 * ms << true << false << true;
        QTest::addRow("set forward by 0.3 ms") << true << 20 * ms << 21 * ms << 300 * kUs << true << false << true;
        QTest::addRow("before the exchange began") << true << -ms << 21 * ms << qint64(0) << true << false << false;
        QTest::addRow("after it was read") << true << 22 * ms << 21 * ms << qint64(0) << true << false << false;
    }
    void whatAStampIsWorth() {
        QFETCH(bool, stamped);
        QFETCH(qint64, arrived);
        QFETCH(qint64, read);
        QFETCH(qint64, step);
        QFETCH(bool, offset);
        QFETCH(bool, kept);
        QFETCH(bool, stepped);
        SteppingClock clock;
        ArrivalClock arrivals;
        arrivals.begin(clock);
        const std::int64_t began = clock.monotonicNs();
        clock.advance(read);
        clock.m_offset = offset ? std::optional(kOffset + step) : std::nullopt;
        StampedRead bytes;
        bytes.count = 100;
        if (stamped) bytes.realtime_ns = began + arrived + kOffset + (stepped ? 0 : step);
        const auto at = arrivals.arrival(bytes, clock);
        QCOMPARE(at.has_value(), kept);
        if (at) QVERIFY(std::abs(*at - began - arrived) <= 150 * kUs && *at <= clock.monotonicNs());
        QCOMPARE(arrivals.wasStepped(), stepped);
        // After a step no stamp of the exchange is used; the next exchange begins anew.
        bytes.realtime_ns = clock.monotonicNs() + kOffset + step;
        QCOMPARE(arrivals.arrival(bytes, clock).has_value(), offset && !stepped);
        clock.m_offset = kOffset + step;
        arrivals.begin(clock);
        QVERIFY(!arrivals.wasStepped());
        QCOMPARE(arrivals.arrival(bytes, clock), std::optional(clock.monotonicNs()));
    }

    void aClockThatIsNotTheMachinesGivesNoStamps() {
        FakeClock clock;
        ArrivalClock arrivals;
        arrivals.begin(clock);
        StampedRead bytes;
        bytes.realtime_ns = clock.monotonicNs();
        QCOMPARE(arrivals.arrival(bytes, clock), std::nullopt);
    }

    void theOffsetIsTheSameFromReadingToReading() {
        const SystemClock clock;
        // On a busy machine three tries may all lose the processor.
        const auto reading = [&] {
            std::optional<std::int64_t> offset;
            for (int attempt = 0; attempt < 1'000 && !offset; ++attempt) offset = clock.realtimeOffsetNs();
            return offset;
        };
        const auto first = reading(), second = reading();
        QVERIFY(first && second);
        QVERIFY2(std::abs(*first - *second) < 20 * kUs, qPrintable(QString::number(*first - *second)));
    }

    void theStampLiesBetweenTheSendAndTheRead() {
        const StampedPair pair;
        QVERIFY(pair.ok());
#ifdef __linux__
        QVERIFY(pair.asked());
#endif
        const SystemClock clock;
        std::array<char, 64> buffer{};
        int stamps = 0;
        const std::int64_t latest = clock.monotonicNs() + 20'000'000'000;
        while (stamps < 100 && clock.monotonicNs() < latest) { // the kernel takes a moment until it stamps
            ArrivalClock arrivals;
            arrivals.begin(clock);
            const std::int64_t before = clock.monotonicNs();
            QVERIFY(pair.send("ping"));
            QVERIFY(pair.readable());
            const StampedRead read = receiveStamped(pair.reader(), buffer.data(), buffer.size());
            QCOMPARE(read.count, std::ptrdiff_t(4));
            const std::int64_t after = clock.monotonicNs();
            const auto at = arrivals.arrival(read, clock);
            if (!at) continue;
            ++stamps;
            QVERIFY(*at >= before - 10 * kUs);
            QVERIFY(*at <= after + 10 * kUs);
        }
#ifdef __linux__
        QVERIFY2(stamps == 100, qPrintable(QString::number(stamps)));
#endif
    }

    void ofSeveralSegmentsTheLastOneIsStamped() {
        const StampedPair pair;
        QVERIFY(pair.ok());
        const SystemClock clock;
        std::array<char, 64> buffer{};
        int later = 0, stamps = 0;
        for (int round = 0; round < 100; ++round) {
            ArrivalClock arrivals;
            arrivals.begin(clock);
            QVERIFY(pair.send("one"));
            QVERIFY(pair.readable());
            const std::int64_t between = clock.monotonicNs();
            QVERIFY(pair.send("two"));
            std::ptrdiff_t count = 0;
            std::optional<std::int64_t> at;
            while (count < 6) {
                QVERIFY(pair.readable());
                const StampedRead read = receiveStamped(pair.reader(), buffer.data(), buffer.size());
                QVERIFY(read.count > 0);
                count += read.count;
                at = arrivals.arrival(read, clock);
            }
            if (!at) continue;
            ++stamps;
            if (*at >= between - 10 * kUs) ++later;
        }
        QCOMPARE(later, stamps);
    }

    void theEndOfTheFileHasNoStamp() {
        const StampedPair pair;
        QVERIFY(pair.ok());
        pair.end();
        QVERIFY(pair.readable());
        std::array<char, 16> buffer{};
        const StampedRead read = receiveStamped(pair.reader(), buffer.data(), buffer.size());
        QCOMPARE(read.count, std::ptrdiff_t(0));
        QCOMPARE(read.realtime_ns, std::nullopt);
    }
};

LOOPTAX_TEST(tst_receive_stamp)
#include "tst_receive_stamp.moc"
