#include "app/session_files.h"

#include "base/build_info.h"
#include "base/whole_file.h"
#include "calibrate/calibration_file.h"
#include "loop/loop_design.h"
#include "record/record_store.h"
#include "replay/session_explainer.h"
#include "report/csv.h"
#include "report/plain_text.h"
#include "report/report.h"
#include "report/run_json.h"
#include "report/svg_file.h"
#include "resources/resources.h"
#include "store/load_session.h"
#include "store/session.h"
#include "store/turn_texts.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace looptax {

namespace {

constexpr std::size_t kMostCharts = 40;
constexpr std::string_view kSvg = ".svg";

// What a reader looks for first comes first.
std::size_t rank(const std::string& chart) {
    static constexpr std::array<std::string_view, 3> kOrder{"ttft", "context", "cached_processed"};
    const auto at =
        std::find_if(kOrder.begin(), kOrder.end(), [&](std::string_view start) { return chart.rfind(start, 0) == 0; });
    return std::size_t(at - kOrder.begin());
}

void putInOrder(std::vector<ReportChart>& charts) {
    std::stable_sort(charts.begin(), charts.end(),
                     [](const ReportChart& a, const ReportChart& b) { return rank(a.name) < rank(b.name); });
}

// As if they had been written to a charts/ and read from there: the same bytes of a report either way.
std::vector<ReportChart> asRead(std::vector<ReportChart> charts) {
    std::sort(charts.begin(), charts.end(), [](const ReportChart& a, const ReportChart& b) { return a.name < b.name; });
    if (charts.size() > kMostCharts) charts.resize(kMostCharts);
    putInOrder(charts);
    return charts;
}

std::vector<ReportChart> chartsOf(FileOps& files, const SessionPaths& paths) {
    const auto names = files.list(paths.chartsDir());
    std::vector<ReportChart> charts;
    for (const std::string& file : names ? *names : std::vector<std::string>()) {
        const bool svg = file.size() > kSvg.size() && file.compare(file.size() - kSvg.size(), kSvg.size(), kSvg) == 0;
        const std::string name = svg ? file.substr(0, file.size() - kSvg.size()) : std::string();
        if (!svg || !isPlainName(name) || charts.size() >= kMostCharts) continue;
        const auto bytes = readFile(files, joinPath(paths.chartsDir(), file), std::int64_t(kMostSvgBytes) + 1);
        if (bytes) charts.push_back({name, *bytes});
    }
    putInOrder(charts);
    return charts;
}

std::vector<std::string> readingTroubles(const JournalRead& read) {
    std::vector<std::string> out;
    if (read.damagedLine > 0)
        out.push_back("journal.jsonl line " + std::to_string(read.damagedLine) + " is damaged (" + read.damage +
                      "); this report shows what could be read");
    for (const std::string& change : read.changes) out.push_back("journal.jsonl: " + change + "; every check sum holds");
    if (read.newer) out.push_back("this session was written by a newer version; this report shows what this one understands");
    return out;
}

ReportInputs inputsOf(FileOps& files, const std::string& folder, const LoadedSession& session, const DrawnCharts& charts = {}) {
    const SessionPaths paths(folder);
    ReportInputs inputs = reportInputs(session.store);
    inputs.version = versionText();
    inputs.commit = buildCommit();
    for (std::string& trouble : readingTroubles(session.read)) inputs.warnings.push_back(std::move(trouble));
    for (const DesignFacts& design : designTable()) inputs.design_names[std::string(design.id)] = design.name;
    if (auto published = readPublishedStudy(resource("reference/published-study.json"))) inputs.published = published.take();
    inputs.charts = charts ? asRead(*charts) : chartsOf(files, paths);
    if (auto explanations = loadExplanations(files, folder)) inputs.explanations = explanations.take();
    else inputs.warnings.push_back(explanations.error().text());
    SessionInstrument instrument = sessionInstrument(files, inputs.sessions, inputs.plan);
    inputs.instrument = std::move(instrument.used);
    inputs.instrument_other = std::move(instrument.other);
    inputs.instrument_fit = instrument.fit;
    inputs.instrument_journalled = instrument.journalled;
    if (!instrument.trouble.empty()) inputs.warnings.push_back(instrument.trouble);
    for (const std::size_t turn : turnsToQuote(inputs.turns)) {
        const auto texts = readTurnTexts(files, paths.journal(), session.store.placeOf(turn));
        if (texts && !texts->reply.empty()) inputs.replies.push_back({turn, excerptOf(texts->reply)});
    }
    return inputs;
}

std::string render(const ReportInputs& inputs, ReportFormat format) {
    switch (format) {
    case ReportFormat::Markdown: return reportMarkdown(inputs);
    case ReportFormat::Html: return reportHtml(inputs);
    case ReportFormat::JsonSummary: return summaryJson(inputs);
    case ReportFormat::Csv: return turnsCsv(inputs.turns);
    }
    return {};
}

} // namespace

Result<std::string> renderSession(FileOps& files, const std::string& folder, ReportFormat format, const DrawnCharts& charts) {
    const auto session = loadSession(files, folder);
    if (!session) return session.error();
    return render(inputsOf(files, folder, *session, charts), format);
}

Result<int> writeDerivedFiles(FileOps& files, const std::string& folder) { return writeDerivedFiles(files, folder, folder, {}); }

Result<int> writeDerivedFiles(FileOps& files, const std::string& folder, const std::string& to, const DrawnCharts& charts) {
    const auto session = loadSession(files, folder);
    if (!session) return session.error();
    const SessionPaths paths(to);
    const ReportInputs inputs = inputsOf(files, folder, *session, charts);
    for (const auto& [path, format] : {std::pair{paths.turnsCsv(), ReportFormat::Csv},
                                       {paths.summaryJson(), ReportFormat::JsonSummary},
                                       {paths.reportMd(), ReportFormat::Markdown},
                                       {paths.reportHtml(), ReportFormat::Html}})
        // In the session's own folder nobody else writes; elsewhere the names may be the user's, links among them.
        if (const Status written = (to == folder ? replaceFile : writeUserFile)(files, path, render(inputs, format)); !written)
            return written.error();
    int failed = 0;
    for (const ScheduledRun& run : session->store.schedule()) {
        const RunView* last = session->store.lastAttempt(run.run);
        failed += last != nullptr && last->outcome == RunOutcome::Failed ? 1 : 0;
    }
    return failed;
}

Result<ReportInputs> readReportInputs(FileOps& files, const std::string& folder) {
    const auto session = loadSession(files, folder);
    if (!session) return session.error();
    ReportInputs inputs = inputsOf(files, folder, *session);
    inputs.charts.clear();
    inputs.replies.clear();
    return inputs;
}

Result<int> writeRunFiles(FileOps& files, const std::string& folder, const std::string& to) {
    const auto session = loadSession(files, folder);
    if (!session) return session.error();
    ReportInputs inputs = reportInputs(session->store);
    inputs.version = versionText();
    inputs.commit = buildCommit();
    if (const Status made = files.makeDirs(to); !made) return made.error();
    for (const RunView& run : inputs.runs) {
        std::vector<std::string> replies;
        for (const std::size_t turn : run.turns) {
            const auto texts = readTurnTexts(files, SessionPaths(folder).journal(), session->store.placeOf(turn));
            replies.push_back(texts ? texts->reply : std::string());
        }
        if (const Status written = writeUserFile(files, joinPath(to, runFileName(run)), runJson(inputs, run, replies)); !written)
            return written.error();
    }
    return int(inputs.runs.size());
}

bool chartsAreCurrent(FileOps& files, const std::string& folder) {
    const auto charts = chartsOf(files, SessionPaths(folder));
    if (charts.empty()) return false; // a long journal is not read for nothing
    const auto session = loadSession(files, folder);
    return session.ok() && std::all_of(charts.begin(), charts.end(), [&](const ReportChart& chart) {
               return svgFact(chart.svg, "turns on record") == std::to_string(session->store.turns().size());
           });
}

} // namespace looptax
