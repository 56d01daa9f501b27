// Our own error, measured: a plan run by the same engine, client and journal as any other, against the
// scripted server in a process of its own that stamps what it sends; after every run a bare socket asks as
// often, in the same minutes and over the same loopback, and writes and syncs beside it what a journal and a
// state file cost at least.
#pragma once

#include "domain/plan.h"
#include "engine/sweep.h"
#include "stats/instrument.h"

#include <functional>
#include <memory>
#include <string>

namespace looptax {

inline constexpr int kCalibrationTurns = 270; // one and a half minutes; p99 then rests on the worst three
inline constexpr int kMostCalibrationTurns = 20'000;

struct CalibrationOrder {
    int turns = kCalibrationTurns; // at least; whole rounds of 18 are made
    std::string program;           // this one, or looptax: what runs as the server
    std::string folder;  // where the session lies while it runs; the disk of it is part of what is measured
    bool window = false; // live charts are being painted: only a label
};

struct CalibrationListener {
    std::function<void(const JournalLine&)> line;    // of the sweep, as a window draws it
    std::function<void(int done, int all)> progress; // turns
};

// Blocks; on one thread from start to end, which must outlive the call (runtime/server_process.h).
// control.cut ends it: an error of kind Cancelled.
Result<Instrument> calibrate(const CalibrationOrder& order, EngineWorld& world,
                             std::shared_ptr<const TaskPack> pack, SweepControl& control,
                             const CalibrationListener& listener);

Plan calibrationPlan(const std::string& url, int turns);

} // namespace looptax
