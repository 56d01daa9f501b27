// How long a sweep will take, as honestly as it can be said. In order of worth: what this sweep's own runs
// took; what runs on the same target took in earlier sessions; the reply to the warm-up, which is a handful
// of tokens and so counts for less than earlier runs; and before all that a wide range that is marked rough.
//
// Sizes are tokens of characters / 4, taken from a conversation of right replies. What runs took is set
// against those expected sizes, so that a model that says more than it should is already in the number.
#pragma once

#include "base/file_ops.h"
#include "domain/plan.h"
#include "domain/schedule.h"
#include "domain/turn_record.h"
#include "engine/token_budget.h"
#include "loop/task_pack.h"

#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace looptax {

enum class EstimateBasis { Rough, Warmup, Earlier, Ran }; // worst first
std::string_view basisWords(EstimateBasis basis);         // "rough: nothing was measured on this target yet"

// Milliseconds for each token.
struct Pace {
    double prompt_ms = 0;
    double reply_ms = 0;
};

struct TargetPace {
    Pace fast;
    Pace slow; // the same as fast when the basis is Ran
    EstimateBasis basis = EstimateBasis::Rough;
};

// From a graphics card (5,000 tokens read and 100 written a second) to an old laptop (50 and 7).
TargetPace roughPace();
// The warm-up's record, with prompt_chars set. Its prompt at no cost at one end, since later turns find most
// of theirs cached; at full cost, and replies of twice the length, at the other. Absent when the warm-up
// failed.
std::optional<TargetPace> paceOfWarmup(const TurnRecord& warmup);

// Collects turns that ran, failed ones too.
class PaceMeter {
public:
    void beginRun(); // the spread between runs is the width of an estimate from earlier sessions
    void add(const TurnSize& expected, const TurnRecord& turn);
    bool empty() const { return m_runs.empty(); }
    TargetPace pace(EstimateBasis basis) const; // basis Earlier or Ran; not on an empty meter

private:
    struct Sum {
        double prompt_tokens = 0, prompt_ms = 0, reply_tokens = 0, reply_ms = 0;
    };
    std::vector<Sum> m_runs;
};

struct TimeEstimate {
    double low_s = 0;
    double high_s = 0;
    EstimateBasis basis = EstimateBasis::Ran; // the worst of its parts
    void add(const TurnSize& turn, const TargetPace& pace);
};

// What of a sweep is still to be made, as sums over each target: the time left is asked for after every turn, inside
// the gap before the next, and must not depend on how many runs are to come. Whole tokens, so nothing drifts: what is
// taken away turn by turn comes to 0.
class WorkLeft {
public:
    void add(std::size_t target, const RunSize& run); // to be made, after its cooldown
    // One that was added begins: its cooldown is over. The size must live until endRun().
    void beginRun(std::size_t target, const RunSize& run);
    void endTurn(); // the next turn of the run that began
    void endRun();  // what is left of it will not be made
    std::int64_t turns() const;
    // A pace for each target.
    TimeEstimate time(const std::vector<TargetPace>& paces, std::int64_t cooldownMs) const;

private:
    struct Sum {
        std::int64_t turns = 0;
        std::int64_t runs = 0; // not begun
        TurnSize tokens;
    };
    std::vector<Sum> m_targets;
    const RunSize* m_run = nullptr; // that began
    std::size_t m_target = 0;       // of it
    std::size_t m_turn = 0;         // its next, from 0
};

// Runs of the newest sessions in the folder on the same target (id, kind, model and model file the same; for
// a target that names neither model nor file, the address too), else roughPace(); one for each target of the
// plan. A session that cannot be read is passed over.
std::vector<TargetPace> pacesBefore(FileOps& files, const std::string& out, const Plan& plan,
                                    const std::shared_ptr<const TaskPack>& pack);
TimeEstimate estimateRuns(const Plan& plan, const std::vector<ScheduledRun>& runs, const std::vector<TargetPace>& paces,
                          const std::shared_ptr<const TaskPack>& pack);

} // namespace looptax
