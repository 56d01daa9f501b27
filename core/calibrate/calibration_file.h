// calibration.json in the data folder, schema looptax.calibration/2: the last calibration without and the
// last with a window, each of an idle machine and with every core busy; reports quote the one that fits. A file
// of schema /1 has those of an idle machine. What they say as a table, with what was aimed at.
#pragma once

#include "analysis/instrument.h"
#include "base/file_ops.h"
#include "base/json_fwd.h"
#include "base/result.h"
#include "domain/plan.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

struct Calibrations {
    InstrumentPair headless;
    InstrumentPair window;
};

std::string calibrationFile(); // its path in the data folder
std::string calibrationsJson(const Calibrations& calibrations);
Result<Calibrations> readCalibrations(std::string_view json);
// A missing file is no calibration; one that cannot be read is none either, and said so by `trouble`.
Calibrations keptCalibrations(FileOps& files, std::string* trouble = nullptr);
// Each takes its place beside the other kinds, which stay.
Status keepCalibrations(FileOps& files, const std::vector<Instrument>& instruments);

// Of what was kept, those that fit a sweep beside live charts (window) or without a window; of each load the other kind
// where that is all there is. As JSON for the session line, {"idle": ..., "loaded": ...}; "" where there is none. Which load
// it was is worked out when the session is read: a target is known better then.
std::string fittingInstrument(FileOps& files, bool window);

// A target on another machine, and the scripted server, leave this machine's cores idle. A runtime that the sweep starts
// itself and that is known to compute on the CPU alone (the embedded one, or one told to keep its layers off every GPU) keeps
// them busy. Any other on loopback may do either. Of several targets all must agree.
LoadFit loadFit(const std::vector<std::shared_ptr<const Json>>& sessionLines, const std::optional<Plan>& plan);

// By which times of a session are judged: what its sweep journalled (of several, after a resume, the worst), else
// what is kept here, without a window before with one; of the load that fits.
struct SessionInstrument {
    std::optional<Instrument> used;
    std::optional<Instrument> other; // as FittedInstrument has it
    LoadFit fit = LoadFit::Either;
    bool journalled = false;
    std::string trouble; // why the kept file could not be read
};
SessionInstrument sessionInstrument(FileOps& files, const std::vector<std::shared_ptr<const Json>>& sessionLines,
                                    const std::optional<Plan>& plan);

// Who, where, how many: the lines above the table.
std::string calibrationHead(const Instrument& instrument);
// figure, target, ours, the bare poll() socket's, the bare socket's with the kernel's stamps, ours as a multiple of each, met or
// missed; the first row is the head.
std::vector<std::vector<std::string>> calibrationRows(const Instrument& instrument);
// Both for a terminal, of each.
std::string calibrationTables(const std::vector<Instrument>& instruments);

} // namespace looptax
