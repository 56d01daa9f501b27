// A plan being run: pre-flight, session folder, every scheduled run in order, the lines on disk before anybody sees
// them. Blocks the thread it is called on (see sweep_thread.h); talks to the outside through SweepListener alone.
#pragma once

#include "domain/design.h"
#include "domain/plan_json.h"
#include "domain/schedule.h"
#include "domain/trust.h"
#include "engine/cache_check.h"
#include "engine/host_activity.h"
#include "engine/sweep_control.h"
#include "engine/sweep_eta.h"
#include "engine/sweep_explainer.h"
#include "engine/sweep_runs.h"
#include "engine/target_identity.h"
#include "engine/target_session.h"
#include "engine/time_estimate.h"
#include "engine/turn_recorder.h"
#include "loop/task_pack.h"
#include "store/journal.h"
#include "store/session.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace looptax {

enum class SweepPhase { Preflight, StartingServer, WarmingUp, Running, Paused, TargetLost, Explaining, Ended };

struct SweepProgress {
    SweepPhase phase = SweepPhase::Preflight;
    std::string text;            // a sentence for a person
    std::int64_t turns_done = 0; // of this call, resumed ones not counted
    std::int64_t turns_left = 0; // if every run is complete
    std::int64_t runs_left = 0;
    std::optional<double> seconds_left; // absent when there is no telling: the target is lost, the sweep is over
    std::optional<double> seconds_high; // upper end; absent once this sweep's own runs are the basis
    EstimateBasis estimate_from = EstimateBasis::Rough;
};

// Called on the worker thread, only while no request is outstanding.
class SweepListener {
public:
    virtual ~SweepListener() = default;
    virtual void onSession(const std::string& folder) = 0; // the folder exists and is locked
    virtual void onLine(const JournalLine& line) = 0;      // already in the journal
    virtual void onProgress(const SweepProgress& progress) = 0;
};

struct SweepRequest {
    Plan plan;                         // ignored with resume
    std::string out;                   // parent of the session folder
    std::optional<std::string> resume; // an existing session folder
    bool retry_failed = false;
    // How far this program's clock is known to be off, as JSON, for the session line: what is judged by it later must
    // not depend on a calibration made in between. Asked on the thread of the sweep. Null, or "": nobody knows.
    std::function<std::string()> instrument;
    // What the plan may do unasked. Checked on the plan as it is read here, before anything is started, connected to or
    // written: the file may have changed since a person looked. With resume the origin is always the session.
    Trust trust = {};
    bool changed_runtime = false; // with resume: go on though a target is on another build than before
};

struct SweepResult {
    std::string folder;
    std::optional<Error> error; // why it ended early; the kind decides the exit code
    std::int64_t turns_ok = 0;
    std::int64_t turns_failed = 0;
    bool cancelled = false;       // a person ended it
    bool changed_runtime = false; // the error is a question: SweepRequest::changed_runtime answers it
};

class Sweep {
public:
    Sweep(SweepRequest request, Catalogue catalogue, std::shared_ptr<const TaskPack> pack, EngineWorld& world,
          SweepControl& control, SweepListener& listener, LiveTurn* live = nullptr);
    ~Sweep();
    SweepResult run();

private:
    Status openSession();
    Status openNew();
    Status openOld();
    // Foreign targets are looked at before a folder is made, managed ones after: their log goes into it.
    Status preflight(bool managed);
    // Hard changes are an error, and soft ones where the resume has not been allowed them; else they are noted.
    Status sameTarget(const TargetSession& session, const IdentityChanges& changes);
    Status measureBlocksAgain(const std::string& target);
    bool asksAboutBuild(const std::string& target) const;
    Status writeOpening();
    Status runTarget(std::size_t target);
    Status giveBack(TargetSession& session);
    Status sayMemory();
    Status sayHost(const TargetSession& session, bool over);
    Status warmUp(TargetSession& session);
    Status runOne(TargetSession& session, const ScheduledRun& run);
    Status recoverTarget(TargetSession& session, const std::string& why);
    Status append(std::string_view type, const Json& fields, Durability durability);
    Status note(const std::string& kind, const std::string& text, const std::string& target);
    bool coolDown();
    bool stopAsked() const { return m_control.cut || m_control.finish; }
    void progress(SweepPhase phase, const std::string& text);

    SweepRequest m_request;
    Catalogue m_catalogue;
    std::shared_ptr<const TaskPack> m_pack;
    EngineWorld& m_world;
    SweepControl& m_control;
    SweepListener& m_listener;
    LiveTurn* m_live;

    SweepRuns m_runs;
    std::optional<OpenSession> m_session;
    std::vector<std::unique_ptr<TargetSession>> m_targets;
    SweepResult m_result;
    std::optional<SweepEta> m_eta;                                // since the targets are known
    std::map<std::string, std::unique_ptr<HostActivity>> m_hosts; // by target, since it was warmed up; none where nobody looks
    bool m_reopened = false;                                      // runs that the loop over a target's runs may have passed
    SweepExplainer m_explainer;
};

} // namespace looptax
