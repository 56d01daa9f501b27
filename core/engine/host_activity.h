// What else the machine did during a turn, and whether that disturbed it. A turn counts as disturbed when, between the samples
// just before it was sent and just after it ended,
//   other programs used at least max(50 ms, 10 % of a core, 2 % of all cores), or
//   the hypervisor took at least max(50 ms, 2 % of the turn) more than its usual share, the median of the target's turns, or
//   at least 1 MiB was swapped, or the cgroup's quota held this program back, or
//   cores were slowed down for heat more often than in the warm-up.
// Of a runtime on another machine only this program's own wake-ups can be judged: disturbed where one was later than 5 % of
// the TTFT, else not known. PSI is no sign: the runtime's own threads raise it.
#pragma once

#include "base/clock.h"
#include "domain/turn_record.h"
#include "engine/host_counters.h"
#include "engine/host_processes.h"

#include <optional>
#include <string>
#include <vector>

namespace looptax {

struct TurnConditions {
    double turn_ms = 0; // between the two samples
    int cores = 1;
    bool runtime_here = true;       // else on another machine
    double usual_steal = 0;         // of a core, median of the target's turns
    std::int64_t usual_thermal = 0; // events in the warm-up
};

struct Disturbance {
    std::optional<bool> disturbed; // absent: nothing tells
    std::string by;                // in words with numbers; empty unless disturbed
};
// From the record's host_* columns, wake_lag_max_ns and ttft_ms.
Disturbance disturbance(const TurnRecord& record, const TurnConditions& conditions);

// So much processor time of other programs disturbs.
double disturbingMs(double turnMs, int cores);

// Of one target while its runs are made, on the thread that makes them.
class HostActivity {
public:
    HostActivity(HostSystem system, Clock& clock, RuntimePlace place);

    // Finds the runtime's processes: before the warm-up and before each run, for a runtime may start others with a model.
    void look();
    // Around each request; a sample takes about 0.04 ms, and two turns that follow each other at once share one.
    void begin();
    void end();
    void wasWarmup();             // what lay between begin() and end()
    void judge(TurnRecord& turn); // the same; sets its host_* columns, disturbed and disturbed_by
    // Why host_other_cpu_ms is absent, once; empty where it is not, or where that is not decided yet. over: no turn comes any
    // more.
    std::string takeNote(bool over = false);

private:
    enum class Trust { Undecided, Accepted, Rejected }; // of the processes that were found
    struct Known {
        ProcessStat process;
        KeptFile stat;
        double before_ms = 0;
        double after_ms = 0;
        bool missed = false; // it ran before begin(), which did not know it yet
    };
    Known* add(const ProcessStat& process); // null: it was known
    void sample();
    void lookAgain();
    void decide();
    void attribute(bool warmup);
    double turnMs() const { return double(m_after.at_ns - m_before.at_ns) / 1e6; }
    std::optional<double> notOursMs() const;
    double runtimeMs() const;
    double usualSteal() const;
    void keepSteal();

    HostSystem m_system;
    Clock& m_clock;
    RuntimePlace m_place;
    HostReader m_reader;
    std::vector<char> m_bytes;
    std::vector<Known> m_known;
    bool m_itself = false; // this program is the runtime
    Trust m_trust;
    std::string m_whyNot;
    bool m_told = false;
    HostCounters m_before, m_after;
    double m_ownBefore = 0;
    double m_ownAfter = 0;
    double m_bootMs = 0; // of m_before, since the machine was started
    std::optional<double> m_otherMs;
    double m_sumNotOurs = 0; // until it is decided whose it is
    double m_sumRuntime = 0;
    int m_rejections = 0;
    double m_rejectedShare = 0;   // of the first
    std::vector<double> m_steals; // of the requests so far, of a core
    std::int64_t m_warmupThermal = 0;
};

} // namespace looptax
