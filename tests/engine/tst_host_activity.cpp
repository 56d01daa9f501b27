// What else the machine did during a turn: each sign at its threshold, whose processor time it was, and what a system that
// does not tell leaves absent.
#include "fake_host.h"
#include "fake_world.h"

#include "support/test_registry.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>

using namespace looptax;

namespace {

constexpr const char* kHere = "0100007F:1F90"; // 127.0.0.1:8080
constexpr RuntimePlace kPort{0, 8080};
constexpr int kRuntime = 700;

QString pidsOf(const RuntimeLook& look) {
    QStringList pids;
    for (const ProcessStat& process : look.processes) pids << QString::number(process.pid);
    pids.sort();
    return pids.join(QLatin1Char(' '));
}

// A runtime on port 8080 that may be seen, and the turns beside which things happen.
struct Desk {
    FakeHost host;
    FakeClock clock;
    Desk() {
        host.processes[kRuntime] = {1, kRuntime, "server", 5'000, 100, FakeHost::kUid, {"77"}};
        host.listening = {{kHere}};
        clock.advance(9'000'000'000); // 10 s after the machine was started, as its processes
        host.write();
    }
    template <class Deed> void during(HostActivity& activity, std::int64_t ms, Deed deed) {
        host.write();
        activity.begin();
        clock.advance(ms * 1'000'000);
        deed();
        host.write();
        activity.end();
    }
    template <class Deed> TurnRecord turn(HostActivity& activity, std::int64_t ms, Deed deed) {
        during(activity, ms, deed);
        TurnRecord record;
        activity.judge(record);
        return record;
    }
    template <class Deed> void warmup(HostActivity& activity, std::int64_t ms, Deed deed) {
        during(activity, ms, deed);
        activity.wasWarmup();
    }
};

} // namespace

class tst_host_activity : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void eachSignHasItsThreshold_data();
    void eachSignHasItsThreshold();
    void whatNobodyTellsIsAbsent();
    void anotherMachineIsJudgedByOurOwnWaking_data();
    void anotherMachineIsJudgedByOurOwnWaking();
    void countersAreRead();
    void cgroupsOfBothVersions_data();
    void cgroupsOfBothVersions();
    void aProcessMayHaveAnyName();
    void theRuntimesProcesses_data();
    void theRuntimesProcesses();
    void ofManyProcessesOfAUserTheBusiest();
    void timeIsOursTheRuntimesOrOthers();
    void turnsThatFollowAtOnceShareASample();
    void aProcessStartedInTheTurnIsTheRuntimes();
    void oneThatEndedKeepsWhatItUsed();
    void strangersAreNotTakenForTheRuntime();
    void aBusyWarmupDoesNotDecideForAll();
    void withoutAWarmupTheFirstTurnsDecide();
    void aServerOfOurOwnNeedsNoProof();
    void thisProgramMayBeTheRuntime();
    void ofAnotherMachineTheOwnIsTold();
    void stealIsMeasuredAgainstTheUsual();
    void heatIsMeasuredAgainstTheWarmup();
    void whoIsBusyIsNamed();
    void aSweepKeepsItInItsRecords();
};

void tst_host_activity::eachSignHasItsThreshold_data() {
    QTest::addColumn<QString>("sign");
    QTest::addColumn<double>("value");
    QTest::addColumn<double>("turn_ms");
    QTest::addColumn<int>("cores");
    QTest::addColumn<double>("usual"); // steal as a share of a core, or thermal events
    QTest::addColumn<QString>("by");   // empty: not disturbed; -: nobody can tell
    const auto row = [](const char* sign, double value, double turn, int cores, double usual, const char* by) {
        QTest::addRow("%s %g in %g ms on %d cores, usually %g", sign, value, turn, cores, usual)
            << QString::fromLatin1(sign) << value << turn << cores << usual << QString::fromLatin1(by);
    };
    // 50 ms of a short turn, then 10 % of a core, then 2 % of all cores.
    row("cpu", 49.9, 10, 1, 0, "-"); // nor would anybody who used all of it
    row("cpu", 0, 24, 2, 0, "-");
    row("cpu", 0, 25, 2, 0, "");
    row("swap", 2e6, 10, 1, 0, "2 MiB swapped");
    row("cpu", 50, 10, 1, 0, "other programs used 50 ms of processor time");
    row("cpu", 51, 10, 64, 0, "other programs used 51 ms of processor time");
    row("cpu", 49.9, 500, 4, 0, "");
    row("cpu", 50, 500, 4, 0, "other programs used 50 ms of processor time");
    row("cpu", 99.9, 1'000, 1, 0, "");
    row("cpu", 100, 1'000, 1, 0, "other programs used 100 ms of processor time");
    row("cpu", 812, 1'000, 2, 0, "other programs used 812 ms of processor time");
    row("cpu", 99.9, 1'000, 5, 0, "");
    row("cpu", 100, 1'000, 5, 0, "other programs used 100 ms of processor time");
    row("cpu", 159.9, 1'000, 8, 0, "");
    row("cpu", 160, 1'000, 8, 0, "other programs used 160 ms of processor time");
    row("cpu", 1'279, 1'000, 64, 0, "");
    row("cpu", 1'280, 1'000, 64, 0, "other programs used 1280 ms of processor time");
    row("cpu", 5'999, 60'000, 1, 0, "");
    row("cpu", 6'000, 60'000, 1, 0, "other programs used 6000 ms of processor time");
    row("steal", 40, 100, 2, 0, "");
    row("steal", 50, 100, 2, 0, "the hypervisor took 50 ms");
    row("steal", 50, 100, 2, 0.5, "");
    row("steal", 100, 100, 2, 0.5, "the hypervisor took 100 ms, usually 50 ms");
    row("steal", 190, 10'000, 2, 0, "");
    row("steal", 200, 10'000, 2, 0, "the hypervisor took 200 ms");
    row("steal", 290, 10'000, 64, 0.01, "");
    row("steal", 300, 10'000, 64, 0.01, "the hypervisor took 300 ms, usually 100 ms");
    row("swap", 1024 * 1024 - 1, 100, 2, 0, "");
    row("swap", 1024 * 1024, 60'000, 64, 0, "1 MiB swapped");
    row("swap", 3.2e6, 100, 2, 0, "3 MiB swapped");
    row("quota", 0, 100, 2, 0, "");
    row("quota", 1'500, 60'000, 64, 0, "a quota held this program back for 1.5 ms");
    row("heat", 0, 100, 2, 0, "");
    row("heat", 1, 60'000, 2, 0, "cores were slowed down for heat once");
    row("heat", 2, 100, 2, 2, "");
    row("heat", 3, 100, 2, 2, "cores were slowed down for heat 3 times, in the warm-up 2 times");
    row("waiting", 90, 100, 2, 0, ""); // PSI
}

void tst_host_activity::eachSignHasItsThreshold() {
    QFETCH(QString, sign);
    QFETCH(double, value);
    QFETCH(double, turn_ms);
    QFETCH(int, cores);
    QFETCH(double, usual);
    QFETCH(QString, by);
    // The others are there and quiet.
    TurnRecord record;
    record.host_other_cpu_ms = record.host_steal_ms = record.host_psi_cpu_ms = 0;
    record.host_swap_bytes = record.host_throttled_us = record.host_thermal_events = 0;
    record.wake_lag_max_ns = 900'000'000;
    record.ttft_ms = 1;
    TurnConditions conditions{turn_ms, cores, true, 0, 0};
    if (sign == QLatin1String("cpu")) record.host_other_cpu_ms = value;
    if (sign == QLatin1String("steal")) record.host_steal_ms = value, conditions.usual_steal = usual;
    if (sign == QLatin1String("swap")) record.host_swap_bytes = std::int64_t(value);
    if (sign == QLatin1String("quota")) record.host_throttled_us = std::int64_t(value);
    if (sign == QLatin1String("heat"))
        record.host_thermal_events = std::int64_t(value), conditions.usual_thermal = std::int64_t(usual);
    if (sign == QLatin1String("waiting")) record.host_psi_cpu_ms = value;
    const Disturbance found = disturbance(record, conditions);
    const bool told = by != QLatin1String("-");
    QCOMPARE(found.disturbed.has_value(), told);
    if (!told) by.clear();
    QCOMPARE(QString::fromStdString(found.by), by);
    QCOMPARE(found.disturbed.value_or(false), !by.isEmpty());
}

void tst_host_activity::whatNobodyTellsIsAbsent() {
    const TurnConditions conditions{1'000, 2, true, 0, 0};
    QVERIFY(!disturbance({}, conditions).disturbed);
    TurnRecord waited;
    waited.host_psi_cpu_ms = 900;
    QVERIFY(!disturbance(waited, conditions).disturbed);
    TurnRecord steal;
    steal.host_steal_ms = 0;
    QVERIFY(!disturbance(steal, conditions).disturbed); // other programs may have used the processors
    steal.host_steal_ms = 60;
    QCOMPARE(disturbance(steal, conditions).disturbed, std::optional(true));
    TurnRecord both;
    both.host_other_cpu_ms = 500;
    both.host_swap_bytes = 2 * 1024 * 1024;
    QCOMPARE(disturbance(both, conditions).by, "other programs used 500 ms of processor time; 2 MiB swapped");
}

void tst_host_activity::anotherMachineIsJudgedByOurOwnWaking_data() {
    QTest::addColumn<qint64>("lag_us"); // -1: absent
    QTest::addColumn<double>("ttft");
    QTest::addColumn<QString>("by");
    QTest::newRow("late") << qint64(12'000) << 150.0 << QStringLiteral("this program woke up 12 ms late, 8 % of the TTFT");
    QTest::newRow("at 5 %") << qint64(5'000) << 100.0 << QString();
    QTest::newRow("just above") << qint64(5'100) << 100.0 << QStringLiteral("this program woke up 5.1 ms late, 5 % of the TTFT");
    QTest::newRow("no stamps of the kernel") << qint64(-1) << 100.0 << QString();
    QTest::newRow("no TTFT") << qint64(5'100) << -1.0 << QString();
}

void tst_host_activity::anotherMachineIsJudgedByOurOwnWaking() {
    QFETCH(qint64, lag_us);
    QFETCH(double, ttft);
    QFETCH(QString, by);
    TurnRecord record;
    record.host_other_cpu_ms = 5'000; // of this machine, where the runtime is not
    if (lag_us >= 0) record.wake_lag_max_ns = lag_us * 1'000;
    if (ttft >= 0) record.ttft_ms = ttft;
    const Disturbance found = disturbance(record, {1'000, 2, false, 0, 0});
    QCOMPARE(QString::fromStdString(found.by), by);
    QCOMPARE(found.disturbed.has_value(), !by.isEmpty());
    QVERIFY(found.disturbed.value_or(true));
}

void tst_host_activity::countersAreRead() {
    FakeHost host;
    host.busy = 1'234;
    host.steal = 56;
    host.swapped = 6;
    host.throttled_us = 789;
    host.psi_us = 1'500;
    host.hot = 5;
    host.write();
    HostReader reader(host.system());
    QCOMPARE(reader.cores(), 4);
    HostCounters now = reader.read();
    QCOMPARE(now.busy_ms, std::optional(12'340.0));
    QCOMPARE(now.steal_ms, std::optional(560.0));
    QCOMPARE(*now.swap_bytes % 10, std::int64_t(0)); // 6 in and 4 out, in pages
    QVERIFY(*now.swap_bytes >= 10 * 4096);
    QCOMPARE(now.throttled_us, std::optional<std::int64_t>(789));
    QCOMPARE(now.psi_cpu_us, std::optional<std::int64_t>(1'500));
    QCOMPARE(now.thermal_events,
             std::optional<std::int64_t>(5 + 3)); // two threads of a core and four of the package tell the same
    host.busy += 7;
    host.write();
    QCOMPARE(reader.read().busy_ms, std::optional(12'410.0));

    spit(host.at("proc/stat"), "cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\n");
    QVERIFY(!HostReader(host.system()).read().busy_ms);
    spit(host.at("proc/stat"), "cpu  5 1 2 9\ncpu0 5 1 2 9\n"); // of a kernel that knows no steal
    now = HostReader(host.system()).read();
    QCOMPARE(now.busy_ms, std::optional(80.0));
    QVERIFY(!now.steal_ms);

    TempFolder empty;
    HostReader none({empty.path(), [] { return 0.0; }, 1, 0});
    now = none.read();
    QCOMPARE(none.cores(), 0);
    QVERIFY(!now.busy_ms && !now.steal_ms && !now.swap_bytes && !now.throttled_us && !now.thermal_events && !now.psi_cpu_us);
}

void tst_host_activity::cgroupsOfBothVersions_data() {
    QTest::addColumn<QString>("own");
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("us"); // -1: absent
    const auto row = [](const char* name, const char* own, const char* file, const char* text, int us) {
        QTest::newRow(name) << QString::fromLatin1(own) << QString::fromLatin1(file) << QString::fromLatin1(text) << us;
    };
    row("2", "0::/a/b\n", "a/b/cpu.stat", "usage_usec 9\nthrottled_usec 12\n", 12);
    row("2 in a container", "0::/\n", "cpu.stat", "usage_usec 9\nthrottled_usec 12\n", 12);
    row("2 with the path of the host", "0::/docker/1f\n", "cpu.stat", "throttled_usec 12\n", 12);
    row("2 beside 1", "0::/\n", "unified/cpu.stat", "throttled_usec 12\n", 12);
    row("2 without the controller", "0::/a\n", "a/cpu.stat", "usage_usec 9\n", -1);
    row("1", "9:name=systemd:/\n3:cpu,cpuacct:/g\n0::/\n", "cpu,cpuacct/g/cpu.stat", "nr_throttled 1\nthrottled_time 12999\n",
        12);
    row("1 alone", "1:cpu:/\n", "cpu/cpu.stat", "throttled_time 3000\n", 3);
    row("none", "", "cpu.stat", "throttled_usec 12\n", -1);
}

void tst_host_activity::cgroupsOfBothVersions() {
    QFETCH(QString, own);
    QFETCH(QString, file);
    QFETCH(QString, text);
    QFETCH(int, us);
    FakeHost host;
    spit(host.at("proc/self/cgroup"), own.toStdString());
    spit(host.at("sys/fs/cgroup/" + file.toStdString()), text.toStdString());
    const auto told = HostReader(host.system()).read().throttled_us;
    QCOMPARE(int(told.value_or(-1)), us);
}

void tst_host_activity::aProcessMayHaveAnyName() {
    const auto process =
        readProcessStat("42 (a) (b) S 7 6 5 0 -1 4194304 1 2 3 4 150 50 9 9 20 0 1 0 777 4096 1 18446744073709551615\n");
    QVERIFY(process.has_value());
    QCOMPARE(process->name, "a) (b");
    QCOMPARE(process->pid, 42);
    QCOMPARE(process->parent, 7);
    QCOMPARE(process->group, 6);
    QCOMPARE(process->cpu_ms, 2'000.0); // its children's are not in it
    QCOMPARE(process->started_ms, 7'770.0);
    for (const char* text : {"", "42", "42 (a", "42 (a) S 7", "x (a) S 7 6 5 0 -1 4194304 1 2 3 4 150 50 9 9 20 0 1 0 777 4096"})
        QVERIFY(!readProcessStat(text));
}

void tst_host_activity::theRuntimesProcesses_data() {
    QTest::addColumn<QString>("address");
    QTest::addColumn<bool>("six");
    QTest::addColumn<uint>("uid"); // of the listener
    QTest::addColumn<QString>("inode");
    QTest::addColumn<int>("group");     // of a managed server
    QTest::addColumn<QString>("found"); // "": none; "itself"
    const auto row = [](const char* name, const char* address, bool six, uint uid, const char* inode, int group,
                        const char* found) {
        QTest::newRow(name) << QString::fromLatin1(address) << six << uid << QString::fromLatin1(inode) << group
                            << QString::fromLatin1(found);
    };
    row("listener and what it started", kHere, false, 1000, "77", 0, "700 701 702");
    row("on all addresses", "00000000:1F90", false, 1000, "77", 0, "700 701 702");
    row("another port", "0100007F:1F91", false, 1000, "77", 0, "");
    row("another address", "0202A8C0:1F90", false, 1000, "77", 0, "");
    row("::1", "00000000000000000000000001000000:1F90", true, 1000, "77", 0, "700 701 702");
    row("::", "00000000000000000000000000000000:1F90", true, 1000, "77", 0, "700 701 702");
    row("::ffff:127.0.0.1", "0000000000000000FFFF00000100007F:1F90", true, 1000, "77", 0, "700 701 702");
    row("another address of version 6", "B80D0120000000000000000001000000:1F90", true, 1000, "77", 0, "");
    row("nobody may see whose", kHere, false, 1000, "99", 0, "");
    row("another user's", kHere, false, 33, "99", 0, "800 801");
    row("of a user without processes", kHere, false, 34, "99", 0, "");
    row("this program's", kHere, false, 1000, "55", 0, "itself");
    row("a managed group", "", false, 1000, "77", 600, "600 601 602");
    row("a managed group that is gone", "", false, 1000, "77", 605, "");
}

void tst_host_activity::theRuntimesProcesses() {
    if (std::endian::native != std::endian::little) QSKIP("the addresses of this test are those of a little-endian machine");
    QFETCH(QString, address);
    QFETCH(bool, six);
    QFETCH(uint, uid);
    QFETCH(QString, inode);
    QFETCH(int, group);
    QFETCH(QString, found);
    FakeHost host;
    host.processes[FakeHost::kOwn].sockets = {"55"};
    host.processes[600] = {FakeHost::kOwn, 600, "launcher"};
    host.processes[601] = {600, 600, "llama-server"};
    host.processes[602] = {601, 602, "left the group"};
    host.processes[700] = {1, 700, "ollama", 9, 100, 1000, {"76", "77"}};
    host.processes[701] = {700, 700, "runner"};
    host.processes[702] = {701, 702, "thread pool"};
    host.processes[710] = {1, 710, "compiler"};
    host.processes[800] = {1, 800, "ollama", 9, 100, 33};
    host.processes[801] = {1, 801, "runner", 9, 100, 33};
    host.processes[802] = {2, 0, "kworker", 9, 100, 33, {}, true};
    if (!address.isEmpty()) host.listening = {{address.toStdString(), uid, inode.toStdString(), six}};
    host.write();
    const RuntimeLook look = findRuntime(host.system(), {group, group != 0 ? 0 : 8080}, walkProcesses(host.system()));
    QCOMPARE(look.itself ? QStringLiteral("itself") : pidsOf(look), found);
    QCOMPARE(look.why_not.empty(), !found.isEmpty());
}

void tst_host_activity::ofManyProcessesOfAUserTheBusiest() {
    FakeHost host;
    for (int i = 0; i < 60; ++i) host.processes[1'000 + i] = {1, 1'000 + i, "task", i % 20 == 10 ? 9'000 : 1, 100, 0};
    host.listening = {{kHere, 0, "99"}};
    host.write();
    const RuntimeLook look = findRuntime(host.system(), kPort, walkProcesses(host.system()));
    QCOMPARE(look.processes.size(), std::size_t(16));
    for (const int pid : {1'010, 1'030, 1'050}) QVERIFY(pidsOf(look).contains(QString::number(pid)));
}

void tst_host_activity::timeIsOursTheRuntimesOrOthers() {
    Desk desk;
    HostActivity activity(desk.host.system(), desk.clock, kPort);
    activity.look();
    desk.warmup(activity, 1'000, [&] { desk.host.uses(kRuntime, 1'500); });
    const TurnRecord quiet = desk.turn(activity, 1'000, [&] {
        desk.host.uses(kRuntime, 1'900);
        desk.host.own_ms += 60;
        desk.host.busy += 6 + 4; // 40 ms are others'
        desk.host.psi_us += 250'500;
    });
    QCOMPARE(quiet.host_other_cpu_ms, std::optional(40.0));
    QCOMPARE(quiet.disturbed, std::optional(false));
    QCOMPARE(quiet.disturbed_by, std::string());
    QCOMPARE(quiet.host_psi_cpu_ms, std::optional(250.5));
    QCOMPARE(quiet.host_swap_bytes, std::optional<std::int64_t>(0));
    const TurnRecord loud = desk.turn(activity, 1'000, [&] {
        desk.host.uses(kRuntime, 900);
        desk.host.busy += 81;
        desk.host.swapped += 1'000;
        desk.host.throttled_us += 7'000;
    });
    QCOMPARE(loud.host_other_cpu_ms, std::optional(810.0));
    QCOMPARE(loud.disturbed, std::optional(true));
    QVERIFY2(loud.disturbed_by.starts_with("other programs used 810 ms of processor time; ") &&
                 loud.disturbed_by.find("MiB swapped; a quota held this program back for 7.0 ms") != std::string::npos,
             loud.disturbed_by.c_str());
    const TurnRecord after = desk.turn(activity, 1'000, [&] { desk.host.uses(kRuntime, 1'000); });
    QCOMPARE(after.host_other_cpu_ms, std::optional(0.0)); // each turn its own
    QCOMPARE(activity.takeNote(), std::string());
}

// What happens in a gap of a millisecond is the next turn's; what happens in a longer pause is no turn's.
void tst_host_activity::turnsThatFollowAtOnceShareASample() {
    Desk desk;
    HostActivity activity(desk.host.system(), desk.clock, kPort);
    activity.look();
    const auto work = [&] { desk.host.uses(kRuntime, 1'000); };
    desk.warmup(activity, 1'000, work);
    desk.turn(activity, 1'000, work);
    const auto otherMsAfter = [&](std::int64_t pauseMs) {
        desk.host.busy += 30;
        desk.clock.advance(pauseMs * 1'000'000);
        return desk.turn(activity, 1'000, work).host_other_cpu_ms;
    };
    QCOMPARE(otherMsAfter(9), std::optional(300.0));
    QCOMPARE(otherMsAfter(10), std::optional(0.0));
}

// Ollama starts a runner with each model it loads.
void tst_host_activity::aProcessStartedInTheTurnIsTheRuntimes() {
    Desk desk;
    HostActivity activity(desk.host.system(), desk.clock, kPort);
    activity.look();
    const auto runner = [&](int pid, std::int64_t ms) {
        desk.host.processes[pid] = {kRuntime, kRuntime, "runner", 0, desk.clock.boottimeNs() / 10'000'000};
        desk.host.uses(pid, ms);
    };
    desk.warmup(activity, 1'000, [&] { runner(701, 1'200); });
    activity.look();
    const TurnRecord first = desk.turn(activity, 1'000, [&] { desk.host.uses(701, 1'800); });
    QCOMPARE(first.host_other_cpu_ms, std::optional(0.0));
    const TurnRecord loads = desk.turn(activity, 1'000, [&] {
        desk.host.end(701);
        runner(703, 1'500);
    });
    QCOMPARE(loads.host_other_cpu_ms, std::optional(0.0));
    QCOMPARE(loads.disturbed, std::optional(false));
    const TurnRecord beside = desk.turn(activity, 1'000, [&] {
        desk.host.uses(703, 500);
        desk.host.processes[900] = {1, 900, "cc1plus", 0, desk.clock.boottimeNs() / 10'000'000};
        desk.host.uses(900, 990);
    });
    QCOMPARE(beside.host_other_cpu_ms, std::optional(990.0));
    // Started between a look and the turn: what it had used before is not known, so this turn's time is nobody's.
    runner(704, 5'000);
    desk.clock.advance(1'000'000'000);
    const TurnRecord missed = desk.turn(activity, 1'000, [&] { desk.host.uses(704, 1'000); });
    QVERIFY(!missed.host_other_cpu_ms);
    QVERIFY(!missed.disturbed);
    const TurnRecord known = desk.turn(activity, 1'000, [&] { desk.host.uses(704, 1'000); });
    QCOMPARE(known.host_other_cpu_ms, std::optional(0.0));
}

void tst_host_activity::oneThatEndedKeepsWhatItUsed() {
    Desk desk;
    desk.host.processes[701] = {kRuntime, kRuntime, "runner", 5'000, 100};
    desk.host.write();
    HostActivity activity(desk.host.system(), desk.clock, kPort);
    activity.look();
    desk.warmup(activity, 1'000, [&] { desk.host.uses(701, 1'500); });
    desk.turn(activity, 1'000, [&] { desk.host.uses(701, 1'500); });
    desk.host.end(701);
    const TurnRecord after = desk.turn(activity, 1'000, [&] { desk.host.uses(kRuntime, 40); });
    QCOMPARE(after.host_other_cpu_ms, std::optional(0.0));
}

void tst_host_activity::strangersAreNotTakenForTheRuntime() {
    Desk desk;
    HostActivity activity(desk.host.system(), desk.clock, kPort);
    activity.look();
    // A proxy that hands on to a container nobody can see.
    desk.warmup(activity, 1'000, [&] {
        desk.host.uses(kRuntime, 790);
        desk.host.busy += 21;
    });
    QCOMPARE(activity.takeNote(), std::string());
    const TurnRecord turn = desk.turn(activity, 1'000, [&] { desk.host.busy += 100; });
    QVERIFY(!turn.host_other_cpu_ms);
    QVERIFY(!turn.disturbed);
    const std::string why = activity.takeNote();
    QVERIFY2(why.find("port 8080 used 79 %") != std::string::npos, why.c_str());
    QCOMPARE(activity.takeNote(), std::string());

    HostActivity just(desk.host.system(), desk.clock, kPort);
    just.look();
    desk.warmup(just, 1'000, [&] {
        desk.host.uses(kRuntime, 800);
        desk.host.busy += 20;
    });
    QCOMPARE(desk.turn(just, 1'000, [&] { desk.host.busy += 30; }).host_other_cpu_ms, std::optional(300.0));

    HostActivity unseen(desk.host.system(), desk.clock, {0, 9'999});
    unseen.look();
    desk.warmup(unseen, 1'000, [&] { desk.host.uses(kRuntime, 800); });
    QVERIFY(!desk.turn(unseen, 1'000, [&] { desk.host.busy += 30; }).host_other_cpu_ms);
    QCOMPARE(unseen.takeNote(), "no process that listens on port 9999 can be seen");
}

// A compile that runs already when the sweep is started.
void tst_host_activity::aBusyWarmupDoesNotDecideForAll() {
    Desk desk;
    HostActivity activity(desk.host.system(), desk.clock, kPort);
    activity.look();
    const auto besideACompile = [&] {
        desk.host.uses(kRuntime, 600);
        desk.host.busy += 60;
    };
    desk.warmup(activity, 1'000, besideACompile);
    QVERIFY(!desk.turn(activity, 1'000, besideACompile).host_other_cpu_ms);
    QVERIFY(!activity.takeNote().empty());
    const TurnRecord alone = desk.turn(activity, 1'000, [&] { desk.host.uses(kRuntime, 900); });
    QCOMPARE(alone.host_other_cpu_ms, std::optional(0.0));
    QCOMPARE(alone.disturbed, std::optional(false));
    QCOMPARE(desk.turn(activity, 1'000, besideACompile).disturbed, std::optional(true));
}

void tst_host_activity::withoutAWarmupTheFirstTurnsDecide() {
    Desk desk;
    HostActivity activity(desk.host.system(), desk.clock, kPort);
    activity.look();
    // Too little to tell: 200 ms are needed.
    QVERIFY(!desk.turn(activity, 1'000, [&] { desk.host.uses(kRuntime, 100); }).host_other_cpu_ms);
    const TurnRecord second = desk.turn(activity, 1'000, [&] {
        desk.host.uses(kRuntime, 900);
        desk.host.busy += 20;
    });
    QCOMPARE(second.host_other_cpu_ms, std::optional(200.0));
    QCOMPARE(second.disturbed, std::optional(true));
}

void tst_host_activity::aServerOfOurOwnNeedsNoProof() {
    Desk desk;
    desk.host.processes[600] = {FakeHost::kOwn, 600, "launcher"};
    desk.host.processes[601] = {600, 600, "llama-server"};
    desk.host.write();
    HostActivity activity(desk.host.system(), desk.clock, {600, 8080});
    activity.look();
    const TurnRecord first = desk.turn(activity, 1'000, [&] {
        desk.host.uses(601, 300);
        desk.host.busy += 120;
    });
    QCOMPARE(first.host_other_cpu_ms, std::optional(1'200.0));
}

void tst_host_activity::thisProgramMayBeTheRuntime() {
    Desk desk;
    desk.host.processes[FakeHost::kOwn].sockets = {"77"};
    desk.host.write();
    HostActivity activity(desk.host.system(), desk.clock, kPort);
    activity.look();
    const TurnRecord turn = desk.turn(activity, 1'000, [&] {
        desk.host.own_ms += 500;
        desk.host.busy += 50 + 3;
    });
    QCOMPARE(turn.host_other_cpu_ms, std::optional(30.0));
    QCOMPARE(activity.takeNote(), std::string());
}

void tst_host_activity::ofAnotherMachineTheOwnIsTold() {
    Desk desk;
    HostActivity activity(desk.host.system(), desk.clock, {});
    activity.look();
    desk.during(activity, 1'000, [&] {
        desk.host.own_ms += 100;
        desk.host.busy += 90;
    });
    TurnRecord turn;
    activity.judge(turn);
    QCOMPARE(turn.host_other_cpu_ms, std::optional(800.0));
    QVERIFY(!turn.disturbed);
    turn.ttft_ms = 100;
    turn.wake_lag_max_ns = 20'000'000;
    activity.judge(turn);
    QCOMPARE(turn.disturbed, std::optional(true));
}

void tst_host_activity::stealIsMeasuredAgainstTheUsual() {
    Desk desk;
    HostActivity activity(desk.host.system(), desk.clock, kPort);
    activity.look();
    desk.warmup(activity, 500, [&] { desk.host.steal += 10; }); // 20 % of a core
    QCOMPARE(desk.turn(activity, 1'000, [&] { desk.host.steal += 22; }).disturbed.value_or(false), false);
    const TurnRecord more = desk.turn(activity, 1'000, [&] { desk.host.steal += 30; });
    QCOMPARE(more.host_steal_ms, std::optional(300.0));
    QCOMPARE(more.disturbed_by, "the hypervisor took 300 ms, usually 210 ms");
    // A machine that was moved may count backwards.
    QCOMPARE(desk.turn(activity, 1'000, [&] { desk.host.steal -= 40; }).host_steal_ms, std::optional(0.0));
}

void tst_host_activity::heatIsMeasuredAgainstTheWarmup() {
    Desk desk;
    HostActivity activity(desk.host.system(), desk.clock, kPort);
    activity.look();
    desk.warmup(activity, 500, [&] { desk.host.hot += 2; });
    QCOMPARE(desk.turn(activity, 1'000, [&] { desk.host.hot += 2; }).disturbed.value_or(false), false);
    QCOMPARE(desk.turn(activity, 1'000, [&] { desk.host.hot += 3; }).disturbed, std::optional(true));
}

void tst_host_activity::whoIsBusyIsNamed() {
    struct WorkingClock : FakeClock { // what goes on while somebody sleeps
        std::function<void()> deed;
        void sleepNs(std::int64_t duration) override {
            advance(duration);
            deed();
        }
    };
    Desk desk;
    WorkingClock clock;
    clock.advance(9'000'000'000);
    Plan plan = smallPlan();
    plan.targets[0].url = "http://localhost:8080";
    const auto busy = [&](std::function<void()> deed) {
        clock.deed = [&, deed] {
            deed();
            desk.host.write();
        };
        desk.host.write();
        return busyNow(desk.host.system(), clock, plan);
    };
    desk.host.processes[900] = {1, 900, "cc1plus", 777};
    desk.host.processes[901] = {1, 901, "x\033[31m", 777};
    desk.host.processes[902] = {1, 902, "idle", 777};
    desk.host.processes[510] = {FakeHost::kOwn, 510, "helper"};
    desk.host.processes[701] = {kRuntime, kRuntime, "runner"};
    QCOMPARE(busy([&] {
                 desk.host.uses(kRuntime, 200);
                 desk.host.uses(701, 200);
                 desk.host.uses(510, 200);
                 desk.host.uses(FakeHost::kOwn, 200);
             }),
             std::string());
    QCOMPARE(busy([&] { desk.host.uses(900, 10); }), std::string()); // 5 % of a core
    QCOMPARE(busy([&] {
                 desk.host.uses(901, 40);
                 desk.host.uses(900, 190);
             }),
             "Busy now: cc1plus (pid 900) 95 % of a core, x[31m (pid 901) 20 % of a core. "
             "Other programs change what is measured: let them end first.");
    const std::string many = busy([&] {
        for (int pid = 910; pid < 915; ++pid) {
            desk.host.processes[pid] = {1, pid, "cc1plus", 0, clock.boottimeNs() / 10'000'000};
            desk.host.uses(pid, 100);
        }
    });
    QVERIFY2(
        many.find(
            "cc1plus (pid 910) 50 % of a core, cc1plus (pid 911) 50 % of a core, cc1plus (pid 912) 50 % of a core and 2 more.") !=
            std::string::npos,
        many.c_str());
    // A number that went to another program in between.
    QCOMPARE(busy([&] { desk.host.processes[920] = {1, 920, "old", 90'000, 100}; }), std::string());
    TempFolder empty;
    QCOMPARE(busyNow({empty.path(), [] { return 0.0; }, 1, 0}, clock, plan), std::string());
}

void tst_host_activity::aSweepKeepsItInItsRecords() {
    FakeLab lab;
    FakeHost host;
    host.processes[kRuntime] = {1, kRuntime, "server", 5'000, 100, FakeHost::kUid, {"77"}};
    host.listening = {{"0100007F:0001"}}; // the port of the plan's target
    host.write();
    // Called while a request is in flight: 0 is the warm-up. The last turn of the first run is beside a compile.
    lab.runtime.misbehave = [&](const ChatRequest&, int index) {
        host.uses(kRuntime, 400);
        if (index == 3) host.busy += 50;
        host.write();
        return std::optional<ChatEnd>();
    };
    EngineWorld world = lab.world();
    world.host = host.system();
    const SweepResult result =
        Sweep({smallPlan(), lab.out(), std::nullopt, false, {}}, catalogue(), lab.pack, world, lab.control, lab.listener).run();
    QVERIFY(!result.error);
    const RecordStore store = lab.replay(result.folder);
    QCOMPARE(store.turns().size(), std::size_t(14));
    for (const TurnRecord& turn : store.turns()) {
        const bool beside = turn.run == 1 && turn.turn == 3;
        QCOMPARE(turn.host_other_cpu_ms, std::optional(beside ? 500.0 : 0.0));
        QCOMPARE(turn.disturbed, std::optional(beside));
        QCOMPARE(turn.disturbed_by, beside ? "other programs used 500 ms of processor time" : "");
    }
    QCOMPARE(std::count_if(lab.listener.lines.begin(), lab.listener.lines.end(),
                           [](const JournalLine& line) { return line.body->value("kind", "") == "host_activity"; }),
             0);

    // Where the runtime cannot be seen, that is said once.
    FakeLab other;
    host.listening.clear();
    host.write();
    EngineWorld blind = other.world();
    blind.host = host.system();
    Sweep({smallPlan(), other.out(), std::nullopt, false, {}}, catalogue(), other.pack, blind, other.control, other.listener)
        .run();
    std::vector<std::string> said;
    for (const JournalLine& line : other.listener.lines)
        if (line.body->value("kind", "") == "host_activity") said.push_back(line.body->value("text", ""));
    QCOMPARE(said.size(), std::size_t(1));
    QCOMPARE(said[0], "target t: what other programs use is not known: no process that listens on port 1 can be seen");
}

LOOPTAX_TEST(tst_host_activity)
#include "tst_host_activity.moc"
