#include "app/session_files.h"

#include "base/build_info.h"
#include "report/csv.h"
#include "report/report.h"
#include "resources/resources.h"
#include "store/record_store.h"
#include "store/session.h"

namespace looptax {

namespace {

ReportInputs inputsOf(const RecordStore& store) {
    ReportInputs inputs = reportInputs(store);
    inputs.version = versionText();
    inputs.commit = buildCommit();
    if (auto published = readPublishedStudy(resource("reference/published-study.json"))) inputs.published = published.take();
    return inputs;
}

std::string render(const RecordStore& store, ReportFormat format) {
    switch (format) {
    case ReportFormat::Markdown: return reportMarkdown(inputsOf(store));
    case ReportFormat::JsonSummary: return summaryJson(inputsOf(store));
    case ReportFormat::Csv: return turnsCsv(store.turns());
    }
    return {};
}

} // namespace

Result<std::string> renderSession(FileOps& files, const std::string& folder, ReportFormat format) {
    const auto session = loadSession(files, folder);
    if (!session) return session.error();
    return render(session->store, format);
}

Result<int> writeDerivedFiles(FileOps& files, const std::string& folder) {
    const auto session = loadSession(files, folder);
    if (!session) return session.error();
    const SessionPaths paths(folder);
    for (const auto& [path, format] : {std::pair{paths.turnsCsv(), ReportFormat::Csv},
                                       {paths.summaryJson(), ReportFormat::JsonSummary},
                                       {paths.reportMd(), ReportFormat::Markdown}})
        if (const Status written = replaceFile(files, path, render(session->store, format)); !written) return written.error();
    int failed = 0;
    for (const ScheduledRun& run : session->store.schedule()) {
        const RunView* last = session->store.lastAttempt(run.run);
        failed += last != nullptr && last->outcome == RunOutcome::Failed ? 1 : 0;
    }
    return failed;
}

} // namespace looptax
