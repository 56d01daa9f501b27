// The files that are derived from a journal: written at the end of a sweep and whenever asked for.
#pragma once

#include "base/file_ops.h"
#include "base/result.h"
#include "report/report.h"

#include <optional>
#include <string>
#include <vector>

namespace looptax {

enum class ReportFormat { Markdown, Html, JsonSummary, Csv };

// The charts of a report, where they do not lie in the session's charts/: just drawn, or for a report that goes elsewhere.
using DrawnCharts = std::optional<std::vector<ReportChart>>;

// The same bytes from the same journal, the same charts and the same calibration, however often. charts: instead of those
// in charts/.
Result<std::string> renderSession(FileOps& files, const std::string& folder, ReportFormat format, const DrawnCharts& charts = {});

// turns.csv, summary.json, report.md and report.html, each replaced as a whole. Nothing is drawn here: the reports hold
// the charts that lie in charts/ already, and say how to draw them where there are none. The number of planned runs whose
// last attempt failed.
Result<int> writeDerivedFiles(FileOps& files, const std::string& folder);
// The same four files into another folder, or the same one, with these charts.
Result<int> writeDerivedFiles(FileOps& files, const std::string& folder, const std::string& to, const DrawnCharts& charts);

// What a report of the session is made of, charts and quoted replies left out.
Result<ReportInputs> readReportInputs(FileOps& files, const std::string& folder);

// Raw records: one JSON file for each attempt of each run (report/run_json.h), into a folder that is made where it is
// missing. How many were written.
Result<int> writeRunFiles(FileOps& files, const std::string& folder, const std::string& to);

// Were the charts in charts/, one at least, drawn from the record as it is now?
bool chartsAreCurrent(FileOps& files, const std::string& folder);

} // namespace looptax
