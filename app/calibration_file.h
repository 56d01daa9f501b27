// calibration.json in the data folder, schema looptax.calibration/1: the last calibration without and the
// last with a window, quoted by every report. What they say as a table, with what was aimed at.
#pragma once

#include "base/file_ops.h"
#include "base/json_fwd.h"
#include "base/result.h"
#include "stats/instrument.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

struct Calibrations {
    std::optional<Instrument> headless;
    std::optional<Instrument> window;
};

std::string calibrationFile(); // its path in the data folder
std::string calibrationsJson(const Calibrations& calibrations);
Result<Calibrations> readCalibrations(std::string_view json);
// A missing file is no calibration; one that cannot be read is none either, and said so by `trouble`.
Calibrations keptCalibrations(FileOps& files, std::string* trouble = nullptr);
// Takes its place beside the other kind, which stays.
Status keepCalibration(FileOps& files, const Instrument& instrument);

// Of what was kept, the one that fits a sweep beside live charts (window) or without a window; the other kind where that
// is all there is. As JSON for the session line, "" where there is none.
std::string fittingInstrument(FileOps& files, bool window);
// By which times of a session are judged: what its sweep journalled (of several, after a resume, the worst), else
// what is kept here, without a window before with one.
struct SessionInstrument {
    std::optional<Instrument> used;
    bool journalled = false;
    std::string trouble; // why the kept file could not be read
};
SessionInstrument sessionInstrument(FileOps& files, const std::vector<std::shared_ptr<const Json>>& sessionLines);

// Who, where, how many: the lines above the table.
std::string calibrationHead(const Instrument& instrument);
// figure, target, ours, bare socket, ratio, remark; the first row is the head.
std::vector<std::vector<std::string>> calibrationRows(const Instrument& instrument);
// Both for a terminal: figure, what was aimed at, ours, the bare socket's, ratio; a target that was missed
// says so.
std::string calibrationTable(const Instrument& instrument);

} // namespace looptax
