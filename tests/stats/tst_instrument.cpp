// What the program says of its own clock, from stamps whose error is known.
#include "analysis/instrument.h"
#include "support/test_registry.h"

#include <QTest>

using namespace looptax;

namespace {

constexpr std::int64_t kMs = 1'000'000;

// A request a second: on the way for outMs, first token after 20 ms, then 100 tokens in 99 ms.
KnownChat known(int second, double outMs) {
    KnownChat chat;
    chat.arrived_ns = second * 1'000 * kMs + std::int64_t(outMs * double(kMs));
    for (int i = 0; i < 100; ++i) chat.token_ns.push_back(chat.arrived_ns + (20 + i) * kMs);
    chat.sends = 102;
    return chat;
}

TimedChat seen(int second, double ttftMs, double tps = 1'000, std::int64_t reads = 102) {
    TimedChat chat;
    chat.sent_ns = second * 1'000 * kMs;
    chat.end_ns = chat.sent_ns + 200 * kMs;
    chat.ttft_ms = ttftMs;
    chat.decode_tps = tps;
    chat.reads = reads;
    return chat;
}

bool near(double a, double b) { return std::abs(a - b) < 1e-6; }

Instrument instrumentOf(double timeError, double rateError, Load load = Load::Idle) {
    Instrument i;
    i.load = load;
    i.machine = "bench";
    i.date = "2026-11-24T01:02:03.456Z";
    i.ours.ttft_ms = {100, 0.04, 0.05, timeError, 2};
    i.ours.decode_percent = {100, 0, 0.01, rateError, 1};
    return i;
}

} // namespace

class tst_instrument : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aSpreadKeepsTheSignOfTheMiddleAndTheSizeOfTheRest() {
        const ErrorSpread s = errorSpread({-3, -1, -2, 4, -5});
        QCOMPARE(s.n, 5);
        QCOMPARE(s.median, -2.0);
        QCOMPARE(s.p50, 3.0);
        QCOMPARE(s.max, 5.0);
        QVERIFY(near(s.p99, 4.96)); // between the two largest
        QCOMPARE(errorSpread({}).n, 0);
    }
    void theErrorIsOursAndNotTheServers() {
        const std::vector<KnownChat> server{known(1, 0.1), known(2, 0.2), known(3, 0.1)};
        const auto f = instrumentFigures({seen(1, 20.3), seen(2, 20.5), seen(3, 19.9)}, server);
        QCOMPARE(f.unmatched, 0);
        QCOMPARE(f.ttft_ms.n, 3);
        QVERIFY(near(f.ttft_ms.median, 0.3));
        QVERIFY(near(f.ttft_ms.p50, 0.3));
        QVERIFY(near(f.ttft_ms.max, 0.5));
    }
    void aRateIsHeldAgainstWhatCanBeSeen() {
        const auto f = instrumentFigures({seen(1, 20, 1'001), seen(2, 20, 999.5)}, {known(1, 0), known(2, 0)});
        QVERIFY(near(f.decode_percent.max, 0.1));
        QVERIFY(near(f.decode_percent.median, 0.025));
    }
    // A server that fell behind sends several at once: what a client sees after them is held against what was sent after them.
    void tokensThatCameTogetherAreInNeitherRate_data() {
        QTest::addColumn<int>("together");
        QTest::addColumn<bool>("told");
        QTest::addRow("one") << 1 << true;
        QTest::addRow("three") << 3 << true;
        QTest::addRow("all but one") << 99 << true;
        QTest::addRow("all") << 100 << false;
        QTest::addRow("none") << 0 << false;
    }
    void tokensThatCameTogetherAreInNeitherRate() {
        QFETCH(int, together);
        QFETCH(bool, told);
        KnownChat server = known(1, 0);
        for (int i = 0; i < together - 1; ++i) server.token_ns[std::size_t(i)] = server.token_ns[std::size_t(together - 1)];
        TimedChat client = seen(1, 20, 1'001);
        client.first_read_tokens = together;
        const auto f = instrumentFigures({client}, {server});
        QCOMPARE(f.decode_percent.n, told ? 1 : 0);
        if (told) QVERIFY(near(f.decode_percent.median, 0.1));
    }
    void sharedReadsAreCounted() {
        const auto f = instrumentFigures({seen(1, 20, 1'000, 100), seen(2, 20, 1'000, 103)}, {known(1, 0), known(2, 0)});
        QCOMPARE(f.sends, 204);
        QCOMPARE(f.lost, 2); // a read too many elsewhere does not give them back
    }
    void gapsStandApartByWhatIsInThem() {
        TimedChat first = seen(1, 20), second = seen(2, 20), third = seen(3, 20);
        second.gap_ms = 1.0;
        third.gap_ms = 2.5;
        third.with_state_file = true;
        const auto f = instrumentFigures({first, second, third}, {known(1, 0), known(2, 0), known(3, 0)});
        QCOMPARE(f.gap_ms.n, 1);
        QCOMPARE(f.gap_ms.p50, 1.0);
        QCOMPARE(f.gap_state_ms.p50, 2.5);
    }
    void aTurnTheServerNeverSawIsNotPairedWithAnothers() {
        const auto f = instrumentFigures({seen(1, 20), seen(2, 20)}, {known(1, 0)});
        QCOMPARE(f.unmatched, 1);
        QCOMPARE(f.ttft_ms.n, 1);
    }
    // Its arrival is the kernel's stamp, read off another clock: some microseconds before the client's own is no other request.
    void twoClocksMayBeApartByLessThanAChat() {
        const auto f = instrumentFigures({seen(1, 20), seen(2, 20)}, {known(1, -0.02), known(2, -0.09)});
        QCOMPARE(f.unmatched, 0);
        QVERIFY(near(f.ttft_ms.median, 0.0));
        QCOMPARE(instrumentFigures({seen(1, 20)}, {known(1, -0.2)}).unmatched, 1);
    }
    void limitsAreWhatTheBareSocketsMade_data() {
        QTest::addColumn<bool>("busy");
        QTest::addColumn<bool>("window");
        QTest::addColumn<double>("p99");
        QTest::addRow("idle") << false << false << 0.5;
        QTest::addRow("every core busy") << true << false << 1.0;
        QTest::addRow("charts painting") << false << true << 1.0;
        QTest::addRow("both") << true << true << 1.0;
    }
    void limitsAreWhatTheBareSocketsMade() {
        QFETCH(bool, busy);
        QFETCH(bool, window);
        Instrument i = instrumentOf(0.3, 0.5, busy ? Load::Busy : Load::Idle);
        i.window = window;
        i.bare.ttft_ms = {100, 0.02, 0.025, 1, 2};
        i.bare.gap_ms = {100, 0.2, 0.2, 1, 2};
        i.bare.gap_state_ms = {100, 0.6, 0.6, 1, 2};
        const InstrumentLimits limits = limitsOf(i);
        QVERIFY(near(limits.ttft_p50_ms.value(), 0.025));
        QTEST(limits.ttft_p99_ms, "p99");
        QCOMPARE(limits.decode_p50_percent, 0.02);
        QVERIFY(near(limits.gap_p50_ms.value(), 0.5));
        QVERIFY(near(limits.gap_state_p50_ms.value(), 1.3));
    }
    void nothingToCompareWithIsNoLimit() {
        const InstrumentLimits limits = limitsOf(instrumentOf(0.3, 0.5));
        QVERIFY(!limits.ttft_p50_ms && !limits.gap_p50_ms && !limits.gap_state_p50_ms);
    }
    void theLoadThatFitsJudges_data() {
        QTest::addColumn<double>("idle"); // p99; 0: there is none
        QTest::addColumn<double>("busy");
        QTest::addColumn<int>("fit");
        QTest::addColumn<double>("used");
        QTest::addColumn<double>("other");
        for (const LoadFit fit : {LoadFit::Idle, LoadFit::Busy, LoadFit::Either}) {
            const std::string text(name(fit));
            QTest::addRow("none, %s", text.c_str()) << 0.0 << 0.0 << int(fit) << 0.0 << 0.0;
            QTest::addRow("idle only, %s", text.c_str()) << 0.2 << 0.0 << int(fit) << 0.2 << 0.0;
            QTest::addRow("busy only, %s", text.c_str()) << 0.0 << 0.9 << int(fit) << 0.9 << 0.0;
        }
        QTest::addRow("idle") << 0.2 << 0.9 << int(LoadFit::Idle) << 0.2 << 0.0;
        QTest::addRow("busy") << 0.2 << 0.9 << int(LoadFit::Busy) << 0.9 << 0.0;
        QTest::addRow("either") << 0.2 << 0.9 << int(LoadFit::Either) << 0.9 << 0.2;
        QTest::addRow("either, idle the worse") << 0.9 << 0.2 << int(LoadFit::Either) << 0.9 << 0.2;
    }
    void theLoadThatFitsJudges() {
        QFETCH(double, idle);
        QFETCH(double, busy);
        QFETCH(int, fit);
        InstrumentPair pair;
        if (idle > 0) pair.idle = instrumentOf(idle, 0.1);
        if (busy > 0) pair.busy = instrumentOf(busy, 0.1, Load::Busy);
        const FittedInstrument found = fitted(pair, LoadFit(fit));
        QTEST(found.used ? timeErrorMs(*found.used) : 0.0, "used");
        QTEST(found.other ? timeErrorMs(*found.other) : 0.0, "other");
        if (found.used) QCOMPARE(found.used->load, timeErrorMs(*found.used) == idle ? Load::Idle : Load::Busy);
    }
    void theWorseIsTheWorseOfEachFigure() {
        const Instrument idle = instrumentOf(0.2, 0.7), busy = instrumentOf(0.9, 0.1, Load::Busy);
        for (const Instrument& worse : {worseOf(idle, busy), worseOf(busy, idle)}) {
            QCOMPARE(worse.load, Load::Busy);
            QCOMPARE(timeErrorMs(worse), 0.9);
            QCOMPARE(rateErrorPercent(worse), 0.7);
        }
    }
    void timesApart_data() {
        QTest::addColumn<bool>("calibrated");
        QTest::addColumn<double>("a");
        QTest::addColumn<double>("b");
        QTest::addColumn<bool>("apart");
        QTest::addRow("far apart") << true << 10.0 << 11.0 << true;
        QTest::addRow("within the error") << true << 10.0 << 10.29 << false;
        QTest::addRow("either way round") << true << 10.29 << 10.0 << false;
        QTest::addRow("nothing known against it") << false << 10.0 << 10.01 << true;
        QTest::addRow("equal, uncalibrated") << false << 10.0 << 10.0 << false;
    }
    void timesApart() {
        QFETCH(bool, calibrated);
        QFETCH(double, a);
        QFETCH(double, b);
        const auto i = calibrated ? std::optional(instrumentOf(0.3, 0.5)) : std::nullopt;
        QTEST(tellsTimesApart(i, a, b), "apart");
    }
    void ratesAreHeldAgainstTheirOwnError() {
        const std::optional<Instrument> i = instrumentOf(0.3, 0.5);
        QVERIFY(!tellsRatesApart(i, 100, 100.4));
        QVERIFY(tellsRatesApart(i, 100, 101));
        QVERIFY(tellsRatesApart(std::nullopt, 100, 100.4));
    }
    void itSaysItselfInOneLine() {
        QCOMPARE(instrumentText(instrumentOf(0.3, 0.5)),
                 std::string("this instrument, idle machine: TTFT +0.04 ms, p99 0.30 ms on bench, on 2026-11-24"));
        QCOMPARE(instrumentText(instrumentOf(0.3, 0.5, Load::Busy)),
                 std::string("this instrument, every core busy: TTFT +0.04 ms, p99 0.30 ms on bench, on 2026-11-24"));
    }
};

LOOPTAX_TEST(tst_instrument)
#include "tst_instrument.moc"
