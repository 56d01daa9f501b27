// calibration.json in the data folder, schema looptax.calibration/1: the last calibration without and the
// last with a window, quoted by every report. What they say as a table, with what was aimed at.
#pragma once

#include "base/file_ops.h"
#include "base/result.h"
#include "stats/instrument.h"

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

// Who, where, how many: the lines above the table.
std::string calibrationHead(const Instrument& instrument);
// figure, target, ours, bare socket, ratio, remark; the first row is the head.
std::vector<std::vector<std::string>> calibrationRows(const Instrument& instrument);
// Both for a terminal: figure, what was aimed at, ours, the bare socket's, ratio; a target that was missed
// says so.
std::string calibrationTable(const Instrument& instrument);

} // namespace looptax
