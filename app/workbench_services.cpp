#include "app/workbench_services.h"

#include "app/calibration_thread.h"
#include "app/compare_files.h"
#include "app/memory_warnings.h"
#include "app/permissions.h"
#include "app/session_analysis.h"
#include "app/session_files.h"
#include "app/world.h"
#include "calibrate/calibration_file.h"
#include "engine/host_processes.h"
#include "loop/loop_design.h"
#include "runtime/managed_server.h"
#include "ui/widgets/background_task.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>

#include <memory>
#include <mutex>

namespace looptax {

namespace {

// A llama-server of the user's own on PATH is taken before ours is fetched; then only the model is.
EmbeddedRuntime embeddedRuntime() {
    const bool own = resolveCommand(kEmbeddedCommand).empty() && !resolveCommand("llama-server").empty();
    const std::string command = own ? "llama-server" : kEmbeddedCommand;
    EmbeddedRuntime runtime;
    runtime.installed = [command] { return !resolveCommand(command).empty() && !resolveModelFile(kEmbeddedModel).empty(); };
    runtime.program = runtimeScript(QCoreApplication::applicationDirPath());
    if (own) runtime.arguments = QStringList{QStringLiteral("--model-only")};
    runtime.target.id = "embedded";
    runtime.target.kind = TargetKind::LlamaServer;
    runtime.target.managed = ManagedCommand{command, kEmbeddedModel, {}};
    return runtime;
}

Result<std::string> renderFile(FileOps& files, const std::string& folder, SessionFile file, const DrawnCharts& charts) {
    switch (file) {
    case SessionFile::Csv: return renderSession(files, folder, ReportFormat::Csv, charts);
    case SessionFile::Summary: return renderSession(files, folder, ReportFormat::JsonSummary, charts);
    case SessionFile::Markdown: return renderSession(files, folder, ReportFormat::Markdown, charts);
    case SessionFile::Html: break;
    }
    return renderSession(files, folder, ReportFormat::Html, charts);
}

} // namespace

QString runtimeScript(const QString& programFolder) {
    for (const QString& folder : {QDir(programFolder).filePath(QStringLiteral("../share/looptax/packaging")),
                                  QStringLiteral(LOOPTAX_SOURCE_FOLDER "/packaging")}) {
        const QFileInfo script(folder + QStringLiteral("/get-runtime.sh"));
        if (script.isFile() && script.isExecutable()) return QDir::cleanPath(script.absoluteFilePath());
    }
    return {};
}

Services workbenchServices(FileOps& files, Clock& clock) {
    const QString settings = QStandardPaths::writableLocation(QStandardPaths::ConfigLocation);
    Services services{
        files,
        clock,
        catalogue(),
        loadTaskPack,
        [&files, &clock](std::shared_ptr<const TaskPack> pack, SweepThread::Receiver receiver) {
            return std::make_unique<SweepThread>(catalogue(), std::move(pack), realWorld(files, clock), std::move(receiver));
        },
        [&clock](const std::vector<std::string>& urls) { return probe(urls, clock); },
        embeddedRuntime(),
        [&files](const std::string& folder, SessionFile file, const DrawnCharts& charts) {
            return renderFile(files, folder, file, charts);
        },
        [&files](const std::string& folder, const std::string& to, const DrawnCharts& charts) -> Status {
            const auto written = writeDerivedFiles(files, folder, to, charts);
            return written ? Status() : Status(written.error());
        },
        joinPath(dataFolder(), "sessions"),
        settings.isEmpty() ? QString() : settings + QStringLiteral("/looptax/workbench.ini"),
        calibrationMaker(files, clock, kCalibrationTurns),
    };
    services.compare = [&files](const std::string& first, const std::optional<std::string>& second) {
        return second ? compareFolders(files, first, *second, {}) : folderBesidePublished(files, first);
    };
    services.busyNow = [&clock](const Plan& plan) { return looptax::busyNow(thisHost(), clock, plan); };
    services.memoryWarnings = [&files](const Plan& plan) { return memoryWarnings(files, plan); };
    services.instrument = [&files] { return fittingInstrument(files, true); };
    services.analyse = [&files](const RecordStore& records, bool collecting) { return analysisOf(files, records, collecting); };
    services.writeRuns = [&files](const std::string& session, const std::string& to) {
        return writeRunFiles(files, session, to);
    };
    services.addRepeats = [&files, &clock](const std::string& folder, int more) {
        return addRepeats(files, clock, folder, more);
    };
    // Read before there is a window. A permission that cannot be written holds until the program ends.
    struct Permissions {
        std::set<std::string> allowed;
        std::mutex writing;
    };
    const auto permissions = std::make_shared<Permissions>();
    permissions->allowed = readPermissions(files, permissionsFile());
    services.allowed = [permissions] { return permissions->allowed; };
    services.allow = [permissions, &files](const std::vector<TrustNeed>& needs) {
        for (const TrustNeed& need : needs) permissions->allowed.insert(need.hash);
        startBackgroundThread([permissions, &files, needs] {
            const std::lock_guard lock(permissions->writing);
            (void)addPermissions(files, permissionsFile(), needs);
        });
    };
    return services;
}

} // namespace looptax
