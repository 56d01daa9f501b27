#include "domain/schedule.h"

#include "base/seeded_random.h"

#include <algorithm>

namespace looptax {

namespace {

std::string cellName(const Target& target, const ScheduledRun& run) {
    std::string out = target.id + "/" + run.design + "/n" + std::to_string(run.n);
    if (run.cap) out += "/cap" + std::to_string(*run.cap);
    if (run.padding) out += "/pad" + std::to_string(*run.padding);
    return out + "/" + std::string(name(run.cache_mode));
}

std::vector<std::optional<int>> valuesOf(bool taken, const std::vector<int>& given, int fallback) {
    if (!taken) return {std::nullopt};
    if (given.empty()) return {fallback};
    return {given.begin(), given.end()};
}

// The cells of a block as written: designs, then their lists, the cache mode innermost.
std::vector<ScheduledRun> cellsOf(const Plan& plan, const Catalogue& catalogue) {
    std::vector<ScheduledRun> out;
    for (const CellGroup& group : plan.cells) {
        const DesignFacts* facts = catalogue.design(group.design);
        if (facts == nullptr) continue;
        for (int n : group.turns)
            for (std::optional<int> cap : valuesOf(facts->takes_cap, group.cap, 3))
                for (std::optional<int> padding : valuesOf(facts->takes_padding, group.padding, 0))
                    for (CacheMode mode : plan.cache_modes) {
                        ScheduledRun run;
                        run.design = group.design;
                        run.n = n;
                        run.cap = cap;
                        run.padding = padding;
                        run.cache_mode = mode;
                        out.push_back(std::move(run));
                    }
    }
    return out;
}

constexpr std::int64_t kCountless = 1'000'000'000'000'000'000;

std::int64_t product(std::int64_t a, std::int64_t b) {
    if (a <= 0 || b <= 0) return 0;
    return a > kCountless / b ? kCountless : a * b;
}

std::int64_t sum(std::int64_t a, std::int64_t b) { return std::min(kCountless, a + b); } // of two such products

std::int64_t valueCount(bool taken, const std::vector<int>& given) {
    return taken && !given.empty() ? std::int64_t(given.size()) : 1;
}

} // namespace

PlanCounts countPlan(const Plan& plan, const Catalogue& catalogue) {
    PlanCounts counts;
    const auto targets = std::int64_t(plan.targets.size());
    std::int64_t turns = 0;
    for (const CellGroup& group : plan.cells) {
        const DesignFacts* facts = catalogue.design(group.design);
        if (facts == nullptr) continue;
        std::int64_t each = product(targets, std::int64_t(plan.cache_modes.size()));
        each = product(each, valueCount(facts->takes_cap, group.cap));
        each = product(each, valueCount(facts->takes_padding, group.padding));
        counts.cells = sum(counts.cells, product(each, std::int64_t(group.turns.size())));
        for (const int n : group.turns) turns = sum(turns, product(each, n));
    }
    counts.runs = product(counts.cells, plan.repeats);
    counts.turns = product(turns, plan.repeats);
    counts.requests = sum(counts.turns, counts.runs > 0 ? product(targets, plan.warmup_requests) : 0);
    return counts;
}

Schedule makeSchedule(const Plan& plan, const Catalogue& catalogue) {
    Schedule schedule;
    SeededRandom random(std::uint64_t(plan.order_seed));
    const std::vector<ScheduledRun> cells = cellsOf(plan, catalogue);
    for (std::size_t target = 0; target < plan.targets.size(); ++target) {
        for (int block = 1; block <= plan.repeats; ++block) {
            std::vector<ScheduledRun> runs = cells;
            if (plan.order == Order::Blocked) random.shuffle(runs);
            for (ScheduledRun& run : runs) {
                run.run = int(schedule.runs.size()) + 1;
                run.target = int(target);
                run.repeat = block;
                run.cell = cellName(plan.targets[target], run);
                schedule.turns += run.n;
                schedule.runs.push_back(std::move(run));
            }
        }
        schedule.cells += std::int64_t(cells.size());
        // "Once a target block": a target's blocks follow each other, so one warm-up stands before all of them.
        schedule.warmups += cells.empty() ? 0 : plan.warmup_requests;
    }
    schedule.requests = schedule.turns + schedule.warmups;
    return schedule;
}

std::vector<ScheduledRun> addedRuns(const Plan& plan, const Catalogue& catalogue, int repeatsBefore, int lastRun) {
    std::vector<ScheduledRun> out;
    for (ScheduledRun& run : makeSchedule(plan, catalogue).runs) {
        if (run.repeat <= repeatsBefore) continue;
        run.run = ++lastRun;
        out.push_back(std::move(run));
    }
    return out;
}

} // namespace looptax
