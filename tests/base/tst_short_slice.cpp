// A thread that asks for short turns has them while it waits, and nothing it starts does.
#include "base/short_slice.h"
#include "support/test_registry.h"

#include <QTest>

#include <cstdint>
#include <thread>

#ifdef __linux__
#include <sched.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#endif

using namespace looptax;

namespace {

#ifdef __linux__
struct Attributes {
    std::uint32_t size, policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime, deadline, period;
};

// ns; before Linux 6.12 always 0
std::uint64_t sliceNow() {
    Attributes now{};
    return ::syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) == 0 ? now.runtime : 0;
}

bool kernelHasSlices() {
    utsname name{};
    if (::uname(&name) != 0) return false;
    const auto parts = QByteArray(name.release).split('.');
    const int major = parts.value(0).toInt(), minor = parts.value(1).toInt();
    return major > 6 || (major == 6 && minor >= 12);
}
#endif

} // namespace

class tst_short_slice : public QObject {
    Q_OBJECT
#ifdef __linux__
private Q_SLOTS:
    void itIsShortWhileItLives() {
        const std::uint64_t usual = sliceNow();
        for (int round = 0; round < 3; ++round) {
            {
                const ShortSlice slice;
                QCOMPARE(sliceNow(), kernelHasSlices() ? std::uint64_t(100'000) : usual);
            }
            QCOMPARE(sliceNow(), usual);
        }
    }

    void whatTheThreadStartsHasItNot() {
        const std::uint64_t usual = sliceNow();
        const ShortSlice slice;
        std::uint64_t seen = 0;
        std::thread([&] { seen = sliceNow(); }).join();
        QCOMPARE(seen, usual);
    }

    // Somebody ran this program with `chrt --batch`, say.
    void anotherPolicyIsLeftAlone() {
        std::thread([&] {
            const sched_param none{};
            QCOMPARE(::sched_setscheduler(0, SCHED_BATCH, &none), 0);
            const std::uint64_t usual = sliceNow();
            const ShortSlice slice;
            QCOMPARE(::sched_getscheduler(0), SCHED_BATCH);
            QCOMPARE(sliceNow(), usual);
        }).join();
    }
#endif
};

LOOPTAX_TEST(tst_short_slice)
#include "tst_short_slice.moc"
