// What the window needs of the program around it, each replaceable in a test. Filled in by app/.
#pragma once

#include "base/clock.h"
#include "base/file_ops.h"
#include "domain/design.h"
#include "domain/plan.h"
#include "domain/plan_json.h"
#include "domain/trust.h"
#include "engine/sweep_thread.h"
#include "loop/task_pack.h"
#include "report/document.h"
#include "report/report.h"
#include "runtime/probe.h"
#include "ui/model/analyser.h"
#include "ui/model/calibration_job.h"

#include <QString>
#include <QStringList>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace looptax {

enum class SessionFile { Csv, Summary, Markdown, Html };

// The embedded runtime: is it here, how is it fetched, and what target does it make.
struct EmbeddedRuntime {
    std::function<bool()> installed;
    QString program; // fetches runtime and model; lines of progress on stdout or stderr; exit status 0 when
                     // all is there
    QStringList arguments;
    Target target; // managed, with command and model file
};

struct Services {
    FileOps& files;
    Clock& clock;
    Catalogue catalogue;
    std::function<Result<std::shared_ptr<const TaskPack>>(const std::string& name)> taskPack;
    std::function<std::unique_ptr<SweepThread>(std::shared_ptr<const TaskPack> pack, SweepThread::Receiver receiver)> makeSweep;
    // Blocks up to two seconds: never on the thread of the window.
    std::function<std::vector<ProbeFinding>(const std::vector<std::string>& urls)> probe;
    EmbeddedRuntime embedded;
    // The bytes of a derived file, made again from the journal. charts: those of a report; absent: what lies in the session's
    // folder charts/.
    using Charts = std::optional<std::vector<ReportChart>>;
    std::function<Result<std::string>(const std::string& folder, SessionFile file, const Charts& charts)> render;
    // turns.csv, summary.json, report.md and report.html of the session, into the folder `to`.
    std::function<Status(const std::string& folder, const std::string& to, const Charts& charts)> writeDerived;
    std::string sessions_folder;     // where new sessions go unless the user says otherwise
    QString settings_file;           // ini file of the window's own settings; empty: nothing is kept
    CalibrationMaker calibrate = {}; // begins one; empty: the window does not offer it
    // Two session folders beside each other, read where it is called: beside the window's thread. Empty: not offered.
    // No second folder: beside the published study.
    std::function<Result<doc::Document>(const std::string& first, const std::optional<std::string>& second)> compare = {};
    Analyser analyse = {}; // the verdicts of a session
    // Raw records into a folder, which is made: one JSON file a run; how many. Empty: the window does not offer it.
    std::function<Result<int>(const std::string& session, const std::string& to)> writeRuns = {};
    // Amends the session so that every cell is run that many times more; empty: the window does not offer it.
    std::function<Status(const std::string& folder, int more)> addRepeats = {};
    // What the plan's model files tell of their models' memory. Reads them: never on the thread of the window.
    std::function<std::vector<Problem>(const Plan&)> memoryWarnings = {};
    // Who else uses the machine now, in a sentence; "" where nobody does. Takes 0.2 s: never on the thread of the window.
    std::function<std::string(const Plan&)> busyNow = {};
    // How far the clock is off beside live charts, as JSON for the session line; empty where nobody knows.
    std::function<std::string()> instrument = {};
    // What the user has allowed plans from elsewhere, this time or another day; and to remember more of it. Neither
    // reads or writes where it is called. Empty: nothing is remembered.
    std::function<std::set<std::string>()> allowed = {};
    std::function<void(const std::vector<TrustNeed>& needs)> allow = {};

    std::string ownCommand() const { return embedded.target.managed ? embedded.target.managed->command : std::string(); }
    Trust trust(Origin origin) const { return {origin, ownCommand(), allowed ? allowed() : std::set<std::string>()}; }
};

} // namespace looptax
