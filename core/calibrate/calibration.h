// Our own error, measured: a plan run by the same engine, client and journal as any other, against the
// scripted server in a process of its own that stamps what it sends; after every run two bare sockets ask as
// often, in the same minutes and over the same loopback, one stamping as any program does and one by the
// kernel, and write and sync beside it what a journal and a state file cost at least. All of it once while the
// machine is idle and once while every core is busy.
#pragma once

#include "analysis/instrument.h"
#include "domain/plan.h"
#include "engine/sweep.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace looptax {

inline constexpr int kCalibrationTurns = 270; // of each load, some three minutes; p99 then depends on the worst three
inline constexpr int kBusyThreadsPerCore = 2; // as a runtime's threads and what else runs
inline constexpr int kMostCalibrationTurns = 20'000;

struct CalibrationOrder {
    int turns = kCalibrationTurns;                   // at least; whole rounds of 18 are made
    std::vector<Load> loads{Load::Idle, Load::Busy}; // one after the other
    std::string program;                             // this one, or looptax: what runs as the server and as the busy threads
    std::string folder;  // where the session lies while it runs; the disk of it is part of what is measured
    bool window = false; // live charts are being painted: only a label
};

struct CalibrationListener {
    std::function<void(const JournalLine&)> line;               // of the sweep, as a window draws it
    std::function<void(Load load, int done, int all)> progress; // turns of that load
};

// Blocks; on one thread from start to end, which must outlive the call (runtime/server_process.h).
// One for each load, in their order. control.cut ends it, and busy threads with it: an error of kind Cancelled.
Result<std::vector<Instrument>> calibrate(const CalibrationOrder& order, EngineWorld& world, std::shared_ptr<const TaskPack> pack,
                                          SweepControl& control, const CalibrationListener& listener);

Plan calibrationPlan(const std::string& url, int turns);

} // namespace looptax
