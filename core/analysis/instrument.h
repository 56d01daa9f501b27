// How far our own stopwatch is off: what `looptax calibrate` found against a server of known send times, and
// the one question others ask of it: is a difference larger than what the instrument itself may be off by?
//
// TTFT error = our TTFT - (server's first token sent - request arrived there): both ways through the kernel
// and our own lateness, never the server's. Decode error = our rate / the rate of the server's own stamps
// of the same tokens - 1. Gap = end of a turn to the send of the next, everything between them included: judging, journal, sync,
// state file.
#pragma once

#include "domain/turn_record.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

struct ErrorSpread {
    int n = 0;         // 0: nothing was measured, the rest means nothing
    double median = 0; // with its sign
    double p50 = 0;    // of the absolute values
    double p99 = 0;
    double max = 0;
    bool operator==(const ErrorSpread&) const = default;
};
ErrorSpread errorSpread(const std::vector<double>& values);

// One chat as the server knows it; nanoseconds of the clock that both sides share.
struct KnownChat {
    std::int64_t arrived_ns = 0;
    std::int64_t sends = 0;             // that carried bytes of the body
    std::vector<std::int64_t> token_ns; // when each token was sent
};
// One chat as a client saw it.
struct TimedChat {
    std::int64_t sent_ns = 0;
    std::int64_t end_ns = 0;
    std::optional<double> ttft_ms;
    // Of the tokens after those that came with the first read, over the time since it.
    std::optional<double> decode_tps;
    std::int64_t first_read_tokens = 1;
    std::optional<double> gap_ms; // before it
    bool with_state_file = false; // the gap holds a durable replacement of a file
    std::int64_t reads = 0;       // that carried bytes of the body
};
TimedChat timedChat(const TurnRecord& record); // of a turn that was sent

struct InstrumentFigures {
    ErrorSpread ttft_ms;
    ErrorSpread decode_percent;
    ErrorSpread gap_ms;       // A: the journal synced
    ErrorSpread gap_state_ms; // B, C and D: a state file replaced as well
    std::int64_t sends = 0;
    std::int64_t lost = 0; // of them, those that shared a read with another and so have no stamp of their own
    int unmatched = 0;     // chats for which the server has no counterpart: not in any figure above
    bool operator==(const InstrumentFigures&) const = default;
};
// known in order of arrival. Each chat belongs to the first request that arrived after it was sent, give or take what the
// stamps of two clocks may be apart.
InstrumentFigures instrumentFigures(const std::vector<TimedChat>& chats, const std::vector<KnownChat>& known);

// What else the processors of this machine did: nothing, or twice as many threads as cores computed, as with a runtime on the
// CPU.
enum class Load { Idle, Busy };
inline constexpr Load kLoads[] = {Load::Idle, Load::Busy};
std::string_view name(Load load); // "idle", "loaded"

// One calibration.
struct Instrument {
    std::string machine; // its name
    std::string cpu;
    int cores = 0;
    std::string date; // ISO 8601, UTC
    std::string version;
    std::string commit;
    bool optimised = true; // false: a debug build, slower than what is measured with
    bool window = false;   // with live charts being painted meanwhile
    Load load = Load::Idle;
    InstrumentFigures ours;
    InstrumentFigures bare;   // a plain poll() and recv() loop in the same minutes
    InstrumentFigures kernel; // the same loop with the kernel's stamps; ttft_ms.n is 0 where it has none, or nobody measured it
    bool operator==(const Instrument&) const = default;
};

// What a single time or rate may be off by: the 99th percentile of the error. Rates in percent.
double timeErrorMs(const Instrument& instrument);
double rateErrorPercent(const Instrument& instrument);
// False: the two differ by no more than the instrument's error, so nobody may call that a difference. Without
// a calibration nothing is known against a difference, and the answer is true unless both are equal.
bool tellsTimesApart(const std::optional<Instrument>& instrument, double aMs, double bMs);
bool tellsRatesApart(const std::optional<Instrument>& instrument, double a, double b);

// "this instrument, idle machine: TTFT +0.04 ms, p99 0.30 ms on NAME, on 2026-11-24"
std::string instrumentText(const Instrument& instrument);
std::string loadText(Load load); // "idle machine", "every core busy"

// What a machine's calibrations are kept as, and what a session line has of them.
struct InstrumentPair {
    std::optional<Instrument> idle;
    std::optional<Instrument> busy;
    std::optional<Instrument>& of(Load load) { return load == Load::Idle ? idle : busy; }
    const std::optional<Instrument>& of(Load load) const { return load == Load::Idle ? idle : busy; }
};

// Which of the two a session is judged by.
enum class LoadFit {
    Idle,  // every target leaves this machine's cores idle: it is on another one, or is the scripted server
    Busy,  // every target computes on this machine's processors
    Either // nothing on record tells, or the targets differ
};
std::string_view name(LoadFit fit); // "idle", "loaded", "either"

struct FittedInstrument {
    std::optional<Instrument> used;  // the one that fits, else the other; where either may, the worse of both
    std::optional<Instrument> other; // where either may: the one that is better, to be quoted as well
};
FittedInstrument fitted(const InstrumentPair& pair, LoadFit fit);
// The one whose times may be off by more, with the decode rates of that whose rates may.
Instrument worseOf(const Instrument& a, const Instrument& b);

// What is aimed at. What the machine itself does to a figure is in the bare sockets' of the same minutes: a limit is a multiple
// of theirs where they have one.
struct InstrumentTargets {
    double ttft_p50_ratio = 1.0; // of the bare poll() socket's
    double ttft_p99_ms = 0.5;
    double ttft_p99_busy_ms = 1.0; // with every core busy, or charts being painted
    double decode_p50_percent = 0.02;
    double gap_p50_ratio = 2.0;  // of a bare write and fdatasync, and with a state file of its replacement as well
    double gap_samples_ms = 0.1; // on top: what a look at the rest of the machine may cost
};
inline constexpr InstrumentTargets kInstrumentTargets{};

// The largest a figure of this calibration may be; absent where there is nothing to compare it with.
struct InstrumentLimits {
    std::optional<double> ttft_p50_ms;
    double ttft_p99_ms = 0;
    double decode_p50_percent = 0;
    std::optional<double> gap_p50_ms;
    std::optional<double> gap_state_p50_ms;
};
InstrumentLimits limitsOf(const Instrument& instrument);

} // namespace looptax
