// What the window says of a sweep, in words: one place, so that the control bar, the title and a screen
// reader say the same. Pure.
#pragma once

#include "engine/sweep.h"
#include "ui/model/running_turn.h"
#include "ui/model/sweep_controller.h"

#include <QString>

#include <cstdint>
#include <optional>
#include <string>

namespace looptax {

// What the bar at the top shows; copied, so that a picture of any moment can be drawn without a sweep.
struct SweepView {
    SweepState state = SweepState::Idle;
    std::optional<SweepProgress> progress; // of the sweep that runs, or ran last
    std::optional<RunningTurn> running;
    std::int64_t now_ns = 0; // CLOCK_MONOTONIC
    std::string folder;      // of the session on screen; empty: none
    std::string out;         // where new sessions go
    QString cannot_start;    // why not; empty: Start may be pressed
};

QString timeLeftWords(const SweepProgress& p); // "about 3 min left"; empty before anything was measured
QString progressWords(const SweepView& view);  // on the bar: "12 of 24 turns, about 3 min left"
QString phaseWords(const SweepView& view);     // "A n6, repeat 2, turn 3 of 6"
QString targetWords(const SweepView& view);    // "sim: answering"; empty when nothing runs
QString stateWord(SweepState state);           // "running"
// Of the window: session, state, program, as far as there is something to say.
QString titleWords(const std::string& folder, SweepState state);

} // namespace looptax
