// The world of the window in a test: a scripted server on a real socket, a data folder of its own, the engine
// as the programs wire it. Only the places differ from the user's machine.
#pragma once

#include "app/session_files.h"
#include "app/world.h"
#include "loop/loop_design.h"
#include "sim/scripted_server.h"
#include "support/hand_made_analysis.h"
#include "support/temp_folder.h"
#include "support/watched_file_ops.h"
#include "ui/model/sweep_controller.h"
#include "ui/widgets/background_task.h"

#include <QTest>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace looptax {

// Every turn takes about so long: time enough to press a button in the middle of one.
inline SimOptions slowServer(double ms) {
    SimOptions options;
    options.cost.overhead_ms = ms;
    return options;
}

class WindowLab {
public:
    explicit WindowLab(SimOptions options = {}, FileOps* files = nullptr)
        : server(std::move(options))
        , m_files(files != nullptr ? *files : m_system)
        , services(makeServices()) {
        started = server.start().ok();
    }
    // What the window started beside itself uses all this until it is over.
    ~WindowLab() {
        watched.release();
        if (!waitForBackgroundWork(std::chrono::seconds(30))) qFatal("background work hangs");
        const QStringList wrong = watched.onWindowThread();
        if (!wrong.isEmpty())
            QTest::qFail(qPrintable(QStringLiteral("files used on the window's thread: ") + wrong.join(QStringLiteral(", "))),
                         __FILE__, __LINE__);
    }

    TempFolder folder;
    ScriptedServer server;
    bool started = false;

private:
    SystemFileOps m_system;
    FileOps& m_files;

public:
    WatchedFileOps watched{m_files}; // those of the services
    SystemClock clock;
    Analysis verdicts = handMadeAnalysis(); // of every session; set before one is opened
    Services services;
    FileOps& files() { return m_files; } // for the test itself
    std::string out() const { return folder.file("sessions"); }

    Target target() const {
        Target target;
        target.id = "sim";
        target.url = server.url();
        target.model = server.model();
        return target;
    }
    // As listed, each cell one run a repeat.
    Plan plan(std::vector<CellGroup> cells = {{"A", {4}, {}, {}}, {"C", {4}, {3}, {}}}, int repeats = 1) const {
        Plan plan;
        plan.name = "window test";
        plan.targets = {target()};
        plan.cells = std::move(cells);
        plan.repeats = repeats;
        plan.order = Order::Listed;
        plan.deadlines = {2'000, 20'000, 5'000, 20'000};
        return plan;
    }

private:
    Services makeServices() {
        return Services{
            watched,
            clock,
            catalogue(),
            loadTaskPack,
            [this](std::shared_ptr<const TaskPack> pack, SweepThread::Receiver receiver) {
                return std::make_unique<SweepThread>(catalogue(), std::move(pack), realWorld(watched, clock),
                                                     std::move(receiver));
            },
            // No other server of this machine may get into a test.
            [this](const std::vector<std::string>&) { return probe({server.url()}, clock); },
            EmbeddedRuntime{[] { return false; }, {}, {}, {}},
            [this](const std::string& session, SessionFile file, const DrawnCharts& charts) -> Result<std::string> {
                switch (file) {
                case SessionFile::Csv: return renderSession(watched, session, ReportFormat::Csv, charts);
                case SessionFile::Summary: return renderSession(watched, session, ReportFormat::JsonSummary, charts);
                case SessionFile::Markdown: return renderSession(watched, session, ReportFormat::Markdown, charts);
                case SessionFile::Html: break;
                }
                return renderSession(watched, session, ReportFormat::Html, charts);
            },
            [this](const std::string& session, const std::string& to, const DrawnCharts& charts) -> Status {
                const auto written = writeDerivedFiles(watched, session, to, charts);
                return written ? Status() : Status(written.error());
            },
            out(),
            QString::fromStdString(folder.file("window.ini")),
            {},
            {},
            [this](const RecordStore&, bool collecting) { return collecting ? handMadeCollecting() : verdicts; },
        };
    }
};

} // namespace looptax
