#include "engine/plan_size.h"

#include "domain/schedule.h"
#include "engine/token_budget.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace looptax {

namespace {

constexpr int kLongSample = 36;
constexpr std::size_t kMostSamples = 200;

constexpr double kBytesPerTurn = 2'800; // journal and CSV, without the reply
constexpr double kBytesPerChar = 1.15;  // of a reply in the journal, escapes included
constexpr double kBytesOfSession = 2e6; // charts, reports, log

// One run of each different conversation of a block; cache modes do not change its texts.
std::vector<ScheduledRun> conversations(const Plan& plan, const Catalogue& catalogue) {
    std::vector<ScheduledRun> out;
    for (const CellGroup& group : plan.cells) {
        const DesignFacts* facts = catalogue.design(group.design);
        if (facts == nullptr) continue;
        const auto values = [](bool taken, const std::vector<int>& given, int fallback) {
            std::vector<std::optional<int>> list;
            if (!taken) list.emplace_back();
            else if (given.empty()) list.emplace_back(fallback);
            else list.assign(given.begin(), given.end());
            return list;
        };
        for (int n : group.turns)
            for (const auto cap : values(facts->takes_cap, group.cap, 3))
                for (const auto padding : values(facts->takes_padding, group.padding, 0)) {
                    ScheduledRun run;
                    run.design = group.design;
                    run.n = n;
                    run.cap = cap;
                    run.padding = padding;
                    out.push_back(std::move(run));
                }
    }
    return out;
}

struct PlanTokens {
    double prompt = 0;
    double reply = 0;
};

PlanTokens sizeAt(const Plan& plan, ScheduledRun run, int n, const std::shared_ptr<const TaskPack>& pack) {
    run.n = n;
    const RunSize size = expectedSize(plan, run, pack);
    return {double(size.prompt_tokens), double(size.reply_tokens)};
}

// Each of A's replies repeats the whole log and stays in the context: the sum over the turns is of the third
// degree in their number. B, C and D are of a lower one, which four points fit too.
PlanTokens sizeOf(const Plan& plan, const ScheduledRun& run, const std::shared_ptr<const TaskPack>& pack) {
    if (run.n <= kLongSample) return sizeAt(plan, run, run.n, pack);
    constexpr int step = kLongSample / 4;
    PlanTokens at[4];
    for (int i = 0; i < 4; ++i) at[i] = sizeAt(plan, run, (i + 1) * step, pack);
    const double x = double(run.n) / step; // the points stand at 1, 2, 3 and 4
    const double weights[4] = {-(x - 2) * (x - 3) * (x - 4) / 6, (x - 1) * (x - 3) * (x - 4) / 2,
                               -(x - 1) * (x - 2) * (x - 4) / 2, (x - 1) * (x - 2) * (x - 3) / 6};
    PlanTokens out;
    for (int i = 0; i < 4; ++i) {
        out.prompt += weights[i] * at[i].prompt;
        out.reply += weights[i] * at[i].reply;
    }
    return out;
}

} // namespace

PlanCost estimateCost(const Plan& plan, const Catalogue& catalogue, const std::vector<TargetPace>& paces,
                      const std::shared_ptr<const TaskPack>& pack, const std::atomic<bool>& stop) {
    const std::vector<ScheduledRun> all = conversations(plan, catalogue);
    const std::size_t stride = std::max<std::size_t>(1, (all.size() + kMostSamples - 1) / kMostSamples);
    double sampledTurns = 0;
    PlanTokens sum;
    for (std::size_t i = 0; i < all.size() && !stop; i += stride) {
        const PlanTokens size = sizeOf(plan, all[i], pack);
        sum.prompt += size.prompt;
        sum.reply += size.reply;
        sampledTurns += all[i].n;
    }
    const PlanCounts counts = countPlan(plan, catalogue);
    const auto targets = double(plan.targets.size());
    if (sampledTurns <= 0 || targets <= 0) return {};
    const double each = double(counts.turns) / sampledTurns / targets; // every target gets the same cells
    PlanCost cost;
    for (const TargetPace& pace : paces) {
        const TurnSize size{std::int64_t(sum.prompt * each), std::int64_t(sum.reply * each)};
        cost.time.add(size, pace);
        cost.prompt_tokens += double(size.prompt_tokens);
        cost.reply_tokens += double(size.reply_tokens);
    }
    const double pauses = double(plan.cooldown_ms) / 1e3 * double(counts.runs);
    cost.time.low_s += pauses;
    cost.time.high_s += pauses;
    cost.bytes = kBytesOfSession + kBytesPerTurn * double(counts.turns) + kBytesPerChar * 4 * cost.reply_tokens;
    return cost;
}

const std::vector<TargetPace>& PaceMemory::paces(const Plan& plan, const std::shared_ptr<const TaskPack>& pack) {
    std::vector<std::string> sessions;
    if (!m_out.empty())
        if (auto listed = m_files.list(m_out)) sessions = listed.take();
    if (!m_paces || m_targets != plan.targets || m_pack != plan.task.pack || m_sessions != sessions) {
        m_targets = plan.targets;
        m_pack = plan.task.pack;
        m_paces = sessions.empty() ? std::vector<TargetPace>(plan.targets.size(), roughPace())
                                   : pacesBefore(m_files, m_out, plan, pack);
        m_sessions = std::move(sessions);
    }
    return *m_paces;
}

} // namespace looptax
