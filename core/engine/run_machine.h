// One run: a conversation of N turns. Everything it needs is handed in; it owns the design's memory of the conversation and the
// state file, and ends with a run_end line whatever happens but a kill.
#pragma once

#include "base/clock.h"
#include "domain/schedule.h"
#include "engine/cache_check.h"
#include "engine/host_activity.h"
#include "engine/sweep_control.h"
#include "engine/target_identity.h"
#include "engine/turn_recorder.h"
#include "loop/loop_design.h"
#include "loop/state_file.h"
#include "runtime/runtime_client.h"
#include "store/journal.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

struct RunContext {
    const Plan& plan;
    const ScheduledRun& run;
    int run_attempt = 1;
    std::string session;
    std::string model; // as the target's facts give it
    bool can_switch_cache = false;
    RuntimeClient& client;
    Journal& journal;
    FileOps& files;
    Clock& clock;
    SweepControl& control;
    LiveTurn* live = nullptr;
    std::string state_folder;
    std::shared_ptr<const TaskPack> pack;
    // Every line this run writes, already in the journal; between two turns only when the next request is on its way.
    std::function<void(const JournalLine&)> onLine;
    std::function<void(bool paused)> onPause;
    CacheCheck* cache = nullptr;                // of the target; null: cache modes are not verified
    TargetWatch* watch = nullptr;               // of the target; null: nobody looks who answers and what was sent
    std::function<Result<TargetFacts>()> facts; // of the target as they are now
    // The first run of a target after a resume: where its first reply tells of a change, the run stays open, for whoever
    // resumed is to decide.
    bool first_after_resume = false;
    bool refuse_changed_build = false; // and another build is such a change
    HostActivity* host = nullptr;      // of the target; null: nobody looks what else the machine does
};

struct RunEnd {
    RunOutcome outcome = RunOutcome::Failed;
    std::string reason;
    Outcome last_turn = Outcome::Ok;
    std::optional<Error> storage; // the journal or state file failed: the sweep must stop
    IdentityChanges changes;      // told by its first reply, where that was the first after a resume
};

class RunMachine {
public:
    explicit RunMachine(RunContext context);
    ~RunMachine();
    RunEnd run();

private:
    // How a step of a turn ended; which of them a step can give stands in turns().
    enum class StepEnd { Done, Busy, Failed, MoreTurns, LastTurn, PauseAsked, StopAsked, StorageFailed };
    void turns();
    StepEnd prepare();
    StepEnd send();
    StepEnd wait();
    std::int64_t busyWaitMs() const;
    void whoAnswered();
    bool wasPromptWhole(); // false: the journal failed
    void whoAnswersNow();
    void judge();
    StepEnd recordTurn();
    StepEnd advance();
    StepEnd whatNext();
    StepEnd pause();
    StepEnd storageFailed(const Error& error);
    std::optional<JournalLine> write(std::string_view type, Json fields, Durability durability);
    bool sync(); // false: the journal failed
    void tell();
    bool append(std::string_view type, const Json& fields, Durability durability);
    void identify(TurnRecord& record) const;
    std::string tag();

    RunContext m_context;
    std::unique_ptr<LoopDesign> m_design;
    std::unique_ptr<StateFile> m_stateFile;
    std::string m_runTag;
    int m_turn = 1;
    int m_sendAttempt = 1;
    int m_busySends = 0; // of them, answered with 429 or 503
    bool m_reconnected = false;
    bool m_staysOpen = false;
    double m_retryWaitMs = 0;
    std::int64_t m_firstSentNs = 0; // of this turn: the total deadline bounds its waits from there
    std::int64_t m_pausedNs = 0;    // between the turn before and this one, and in no gap
    std::int64_t m_settledNs = 0;   // after this turn: how long the server was asked about its prompt
    std::optional<std::int64_t> m_previousEnd;
    PromptSize m_promptSize;
    std::optional<std::int64_t> m_promptTokens; // PromptFinding::whole
    std::optional<PromptBefore> m_promptBefore;
    PromptCheck::Written m_written; // by the turns before
    std::optional<bool> m_promptTruncated;
    std::optional<double> m_replaceMs; // of the state file fed into this turn
    std::optional<std::string> m_stateText;
    ChatRequest m_request;
    TurnRecord m_record;
    Judgement m_judgement;
    ChatEnd m_chatEnd;
    std::unique_ptr<TurnRecorder> m_recorder;
    std::vector<JournalLine> m_untold;
    RunEnd m_end;
};

} // namespace looptax
