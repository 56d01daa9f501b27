#include "engine/host_activity.h"

#include "base/text.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace looptax {

namespace {

constexpr double kLeastMs = 50; // of a short turn: counters move by ticks of 10 ms
constexpr double kOfACore = 0.10;
constexpr double kOfAllCores = 0.02;
constexpr double kStealOfTurn = 0.02;
constexpr std::int64_t kSwapBytes = 1024 * 1024;

constexpr double kRuntimeShare = 0.80;
constexpr double kTellingMs = 200; // in ticks of 10 ms less would be a guess
constexpr double kTickMs = 10;
constexpr int kMostRejections = 10;                                 // each time /proc is walked
constexpr std::int64_t kSameSampleNs = std::int64_t(kTickMs * 1e6); // closer together two samples tell nothing

template <class Value> std::optional<Value> growth(const std::optional<Value>& before, const std::optional<Value>& after) {
    if (!before || !after) return std::nullopt;
    return std::max(Value(0), *after - *before); // steal may go backwards when a machine is moved
}

std::string msText(double ms) { return fixedText(ms, ms < 10 ? 1 : 0) + " ms"; }
std::string timesText(std::int64_t times) { return times == 1 ? "once" : std::to_string(times) + " times"; }

} // namespace

double disturbingMs(double turnMs, int cores) {
    return std::max({kLeastMs, kOfACore * turnMs, kOfAllCores * double(cores) * turnMs});
}

Disturbance disturbance(const TurnRecord& record, const TurnConditions& conditions) {
    std::vector<std::string> by;
    if (!conditions.runtime_here) {
        if (!clientStarved(record)) return {};
        const double lagMs = double(*record.wake_lag_max_ns) / 1e6;
        return {true, "this program woke up " + msText(lagMs) + " late, " + fixedText(100 * lagMs / *record.ttft_ms, 0) +
                          " % of the TTFT"};
    }
    if (const auto ms = record.host_other_cpu_ms; ms && *ms >= disturbingMs(conditions.turn_ms, conditions.cores))
        by.push_back("other programs used " + msText(*ms) + " of processor time");
    if (const auto ms = record.host_steal_ms) {
        const double usual = conditions.usual_steal * conditions.turn_ms;
        if (*ms - usual >= std::max(kLeastMs, kStealOfTurn * conditions.turn_ms))
            by.push_back("the hypervisor took " + msText(*ms) + (usual > 0 ? ", usually " + msText(usual) : ""));
    }
    if (const auto bytes = record.host_swap_bytes; bytes && *bytes >= kSwapBytes)
        by.push_back(fixedText(double(*bytes) / double(kSwapBytes), 0) + " MiB swapped");
    if (const auto us = record.host_throttled_us; us && *us > 0)
        by.push_back("a quota held this program back for " + msText(double(*us) / 1e3));
    if (const auto events = record.host_thermal_events; events && *events > conditions.usual_thermal)
        by.push_back("cores were slowed down for heat " + timesText(*events) +
                     (conditions.usual_thermal > 0 ? ", in the warm-up " + timesText(conditions.usual_thermal) : ""));
    if (!by.empty()) return {true, joined(by, "; ")};
    // Where the time of other programs is not known, a turn beside a compile would pass for a quiet one; and so would one that
    // is over before all cores together could use what disturbs.
    const bool tells = record.host_other_cpu_ms && conditions.turn_ms * double(conditions.cores) >= kLeastMs;
    return tells ? Disturbance{false, {}} : Disturbance{};
}

HostActivity::HostActivity(HostSystem system, Clock& clock, RuntimePlace place)
    : m_system(std::move(system))
    , m_clock(clock)
    , m_place(place)
    , m_reader(m_system)
    , m_trust(place.group != 0 ? Trust::Accepted : Trust::Undecided) {}

void HostActivity::look() {
    if (!m_place.here()) return;
    RuntimeLook found = findRuntime(m_system, m_place, walkProcesses(m_system));
    m_itself = found.itself;
    m_whyNot = std::move(found.why_not);
    std::erase_if(m_known, [&](const Known& known) {
        return std::none_of(found.processes.begin(), found.processes.end(),
                            [&](const ProcessStat& p) { return p.pid == known.process.pid; });
    });
    for (const ProcessStat& process : found.processes) add(process);
    decide();
}

HostActivity::Known* HostActivity::add(const ProcessStat& process) {
    for (Known& known : m_known) {
        if (known.process.pid != process.pid) continue;
        if (known.process.started_ms == process.started_ms) return nullptr;
        known.process.pid = 0; // its number is another's now; what it used until then stays counted
    }
    Known known;
    known.process = process;
    known.stat = KeptFile(m_system.root + "/proc/" + std::to_string(process.pid) + "/stat");
    known.before_ms = known.after_ms = process.cpu_ms;
    m_known.push_back(std::move(known));
    return &m_known.back();
}

// A runtime starts a process with a model it loads, in the middle of a request. Only where the time would count against other
// programs: walking /proc takes 1.5 ms of the gap to the next turn.
void HostActivity::lookAgain() {
    std::set<int> pids;
    for (const Known& known : m_known) pids.insert(known.process.pid);
    const std::vector<ProcessStat> all = walkProcesses(m_system);
    pids = withDescendants(std::move(pids), all, m_system.pid);
    for (const ProcessStat& process : all) {
        if (pids.count(process.pid) == 0) continue;
        if (Known* known = add(process)) {
            known->missed = process.started_ms < m_bootMs - kTickMs;
            known->before_ms = 0;
        }
    }
}

// The sample that ended a turn begins the next one where that follows at once: it would lie in the gap between them.
void HostActivity::begin() {
    if (m_after.at_ns == 0 || m_clock.monotonicNs() - m_after.at_ns >= kSameSampleNs) sample();
    for (Known& known : m_known) {
        known.before_ms = known.after_ms; // of one that has ended nothing can grow
        known.missed = false;
    }
    m_ownBefore = m_ownAfter;
    m_before = m_after;
    m_bootMs = double(m_clock.boottimeNs() - (m_clock.monotonicNs() - m_before.at_ns)) / 1e6;
}

void HostActivity::end() { sample(); }

void HostActivity::sample() {
    m_after = m_reader.read();
    m_after.at_ns = m_clock.monotonicNs();
    m_ownAfter = m_system.own_cpu_ms();
    for (Known& known : m_known)
        if (const auto now = readProcessStat(known.stat.readOnce(1024, m_bytes))) known.after_ms = now->cpu_ms;
}

std::optional<double> HostActivity::notOursMs() const {
    const auto busy = growth(m_before.busy_ms, m_after.busy_ms);
    if (!busy) return std::nullopt;
    return std::max(0.0, *busy - (m_ownAfter - m_ownBefore));
}

double HostActivity::runtimeMs() const {
    double sum = 0;
    for (const Known& known : m_known) sum += known.after_ms - known.before_ms;
    return sum;
}

// When enough was used to tell. A compile beside the warm-up must not decide for the whole session: what was rejected is judged
// again by what comes next.
void HostActivity::decide() {
    if (m_trust == Trust::Accepted || m_sumNotOurs < kTellingMs) return;
    const double share = m_sumRuntime / m_sumNotOurs;
    m_trust = share >= kRuntimeShare ? Trust::Accepted : Trust::Rejected;
    if (m_trust == Trust::Accepted) return;
    if (m_rejections++ == 0) m_rejectedShare = share;
    m_sumNotOurs = m_sumRuntime = 0;
}

// Sets m_otherMs where it can be told.
void HostActivity::attribute(bool warmup) {
    m_otherMs.reset();
    const auto notOurs = notOursMs();
    if (!notOurs) return;
    const auto keep = [this](double ms) { m_otherMs = std::round(10 * std::max(0.0, ms)) / 10; };
    if (!m_place.here() || m_itself) return keep(*notOurs);
    if (m_known.empty() || m_rejections >= kMostRejections) return;
    const bool sums = m_trust != Trust::Accepted && (warmup || m_sumNotOurs < kTellingMs);
    const double others = *notOurs - runtimeMs();
    if (others >= (sums ? (1 - kRuntimeShare) * kTellingMs : disturbingMs(turnMs(), m_reader.cores()))) lookAgain();
    if (std::any_of(m_known.begin(), m_known.end(), [](const Known& known) { return known.missed; })) return;
    if (sums) {
        m_sumNotOurs += *notOurs;
        m_sumRuntime += runtimeMs();
    }
    if (!warmup) decide();
    if (m_trust == Trust::Accepted) keep(*notOurs - runtimeMs());
}

double HostActivity::usualSteal() const {
    if (m_steals.empty()) return 0;
    std::vector<double> sorted = m_steals;
    std::sort(sorted.begin(), sorted.end());
    const std::size_t n = sorted.size();
    return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
}

void HostActivity::keepSteal() {
    if (const auto ms = growth(m_before.steal_ms, m_after.steal_ms); ms && turnMs() > 0) m_steals.push_back(*ms / turnMs());
}

void HostActivity::wasWarmup() {
    attribute(true);
    keepSteal();
    m_warmupThermal = std::max(m_warmupThermal, growth(m_before.thermal_events, m_after.thermal_events).value_or(0));
}

void HostActivity::judge(TurnRecord& turn) {
    attribute(false);
    turn.host_other_cpu_ms = m_otherMs;
    turn.host_steal_ms = growth(m_before.steal_ms, m_after.steal_ms);
    turn.host_swap_bytes = growth(m_before.swap_bytes, m_after.swap_bytes);
    turn.host_throttled_us = growth(m_before.throttled_us, m_after.throttled_us);
    turn.host_thermal_events = growth(m_before.thermal_events, m_after.thermal_events);
    turn.host_psi_cpu_ms.reset();
    if (const auto us = growth(m_before.psi_cpu_us, m_after.psi_cpu_us)) turn.host_psi_cpu_ms = double(*us) / 1e3;
    const Disturbance found = disturbance(turn, {turnMs(), m_reader.cores(), m_place.here(), usualSteal(), m_warmupThermal});
    turn.disturbed = found.disturbed;
    turn.disturbed_by = found.by;
    keepSteal();
}

std::string HostActivity::takeNote(bool over) {
    std::string why = m_whyNot;
    if (over && why.empty() && m_trust == Trust::Undecided && m_place.here() && !m_itself)
        why = "too little processor time was used (" + msText(m_sumNotOurs) + " of " + msText(kTellingMs) +
              ") to tell a runtime by it";
    if (m_trust == Trust::Rejected)
        why = "the processes behind port " + std::to_string(m_place.port) + " used " + fixedText(100 * m_rejectedShare, 0) +
              " % of the processor time that was not this program's; " + fixedText(100 * kRuntimeShare, 0) + " % tell a runtime" +
              (over ? "" : "; later turns are judged again");
    if (m_told || why.empty()) return {};
    m_told = true;
    return why;
}

} // namespace looptax
