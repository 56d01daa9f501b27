#include "engine/time_estimate.h"

#include "record/record_store.h"
#include "store/load_session.h"
#include "store/session.h"

#include <algorithm>

namespace looptax {

namespace {

constexpr std::size_t kNewestSessions = 5;
constexpr std::int64_t kLargestJournal = std::int64_t(64) << 20; // bytes; reading it would delay the start
constexpr std::size_t kEnoughRuns = 3;                           // fewer say nothing of the spread between runs

// Never narrower than this, however alike the runs were: another day is another load.
constexpr double kLeastFast = 0.8, kLeastSlow = 1.25;
constexpr double kFewFast = 0.5, kFewSlow = 2;

Pace times(const Pace& pace, double factor) { return {pace.prompt_ms * factor, pace.reply_ms * factor}; }

bool sameTarget(const Target& a, const Target& b) {
    const auto file = [](const Target& t) { return t.managed ? t.managed->model_file : std::string(); };
    if (a.id != b.id || a.kind != b.kind || a.model != b.model || file(a) != file(b)) return false;
    return !a.model.empty() || a.managed || a.url == b.url;
}

const RunSize& sizeOf(std::map<std::string, RunSize>& known, const Plan& plan, const ScheduledRun& run,
                      const std::shared_ptr<const TaskPack>& pack) {
    auto found = known.find(run.cell);
    if (found == known.end()) found = known.emplace(run.cell, expectedSize(plan, run, pack)).first;
    return found->second;
}

// The complete runs of that target.
void addSession(PaceMeter& meter, const RecordStore& store, const Plan& plan, int target,
                const std::shared_ptr<const TaskPack>& pack) {
    std::map<std::string, RunSize> sizes;
    for (const RunView& view : store.runs()) {
        if (view.outcome != RunOutcome::Complete || view.run < 1 || std::size_t(view.run) > store.schedule().size()) continue;
        const ScheduledRun& run = store.schedule()[std::size_t(view.run) - 1];
        if (run.target != target) continue;
        const RunSize& size = sizeOf(sizes, plan, run, pack);
        meter.beginRun();
        for (const std::size_t index : view.turns) {
            const TurnRecord& turn = store.turns()[index];
            if (turn.turn >= 1 && std::size_t(turn.turn) <= size.turns.size())
                meter.add(size.turns[std::size_t(turn.turn) - 1], turn);
        }
    }
}

} // namespace

std::string_view basisWords(EstimateBasis basis) {
    switch (basis) {
    case EstimateBasis::Rough: return "rough: nothing was measured on this target yet";
    case EstimateBasis::Warmup: return "from the reply to the warm-up";
    case EstimateBasis::Earlier: return "from earlier sessions on this target";
    case EstimateBasis::Ran: return "from what ran";
    }
    return {};
}

TargetPace roughPace() { return {{0.2, 10}, {20, 150}, EstimateBasis::Rough}; }

std::optional<TargetPace> paceOfWarmup(const TurnRecord& warmup) {
    if (!warmup.ttft_ms || !warmup.end_ns) return std::nullopt;
    const double promptTokens = double(
        std::max<std::int64_t>(1, warmup.processed_tokens.value_or(warmup.prompt_tokens.value_or(warmup.prompt_chars / 4))));
    const double promptMs = warmup.prompt_ms.value_or(*warmup.ttft_ms);
    const double replyTokens =
        double(std::max<std::int64_t>(2, warmup.predicted_tokens.value_or(warmup.reply_chars.value_or(0) / 4)));
    const double replyMs = std::max(0.0, double(*warmup.end_ns) / 1e6 - *warmup.ttft_ms);
    const Pace full{promptMs / promptTokens, replyMs / (replyTokens - 1)};
    return TargetPace{{0, full.reply_ms}, {full.prompt_ms, 2 * full.reply_ms}, EstimateBasis::Warmup};
}

void PaceMeter::beginRun() { m_runs.emplace_back(); }

void PaceMeter::add(const TurnSize& expected, const TurnRecord& turn) {
    if (m_runs.empty()) beginRun();
    if (!turn.end_ns) return;
    Sum& sum = m_runs.back();
    const double all = double(*turn.end_ns) / 1e6;
    const double first = std::min(all, turn.ttft_ms.value_or(0));
    sum.prompt_tokens += double(expected.prompt_tokens);
    sum.prompt_ms += first;
    sum.reply_tokens += double(expected.reply_tokens);
    // Judging, the journal and the state file are waited for too.
    sum.reply_ms += all - first + double(turn.gap_before_ns.value_or(0)) / 1e6;
}

TargetPace PaceMeter::pace(EstimateBasis basis) const {
    const auto over = [](double ms, double tokens) { return tokens > 0 ? ms / tokens : 0; };
    Sum all;
    for (const Sum& run : m_runs) {
        all.prompt_tokens += run.prompt_tokens;
        all.prompt_ms += run.prompt_ms;
        all.reply_tokens += run.reply_tokens;
        all.reply_ms += run.reply_ms;
    }
    const Pace middle{over(all.prompt_ms, all.prompt_tokens), over(all.reply_ms, all.reply_tokens)};
    if (basis == EstimateBasis::Ran) return {middle, middle, basis};
    double fast = m_runs.size() < kEnoughRuns ? kFewFast : kLeastFast;
    double slow = m_runs.size() < kEnoughRuns ? kFewSlow : kLeastSlow;
    for (const Sum& run : m_runs) {
        const double expected = run.prompt_tokens * middle.prompt_ms + run.reply_tokens * middle.reply_ms;
        if (expected <= 0) continue;
        fast = std::min(fast, (run.prompt_ms + run.reply_ms) / expected);
        slow = std::max(slow, (run.prompt_ms + run.reply_ms) / expected);
    }
    return {times(middle, fast), times(middle, slow), basis};
}

void TimeEstimate::add(const TurnSize& turn, const TargetPace& pace) {
    const auto seconds = [&](const Pace& p) {
        return (double(turn.prompt_tokens) * p.prompt_ms + double(turn.reply_tokens) * p.reply_ms) / 1e3;
    };
    low_s += seconds(pace.fast);
    high_s += seconds(pace.slow);
    basis = std::min(basis, pace.basis);
}

void WorkLeft::add(std::size_t target, const RunSize& run) {
    if (m_targets.size() <= target) m_targets.resize(target + 1);
    Sum& sum = m_targets[target];
    ++sum.runs;
    for (const TurnSize& turn : run.turns) {
        ++sum.turns;
        sum.tokens.prompt_tokens += turn.prompt_tokens;
        sum.tokens.reply_tokens += turn.reply_tokens;
    }
}

void WorkLeft::beginRun(std::size_t target, const RunSize& run) {
    --m_targets[target].runs;
    m_run = &run;
    m_target = target;
    m_turn = 0;
}

void WorkLeft::endTurn() {
    if (m_run == nullptr || m_turn >= m_run->turns.size()) return;
    const TurnSize& turn = m_run->turns[m_turn++];
    Sum& sum = m_targets[m_target];
    --sum.turns;
    sum.tokens.prompt_tokens -= turn.prompt_tokens;
    sum.tokens.reply_tokens -= turn.reply_tokens;
}

void WorkLeft::endRun() {
    while (m_run != nullptr && m_turn < m_run->turns.size()) endTurn();
    m_run = nullptr;
}

std::int64_t WorkLeft::turns() const {
    std::int64_t all = 0;
    for (const Sum& sum : m_targets) all += sum.turns;
    return all;
}

TimeEstimate WorkLeft::time(const std::vector<TargetPace>& paces, std::int64_t cooldownMs) const {
    TimeEstimate estimate;
    for (std::size_t i = 0; i < m_targets.size(); ++i) {
        const Sum& sum = m_targets[i];
        if (sum.turns > 0) estimate.add(sum.tokens, paces[i]);
        const double cooling = double(cooldownMs) / 1e3 * double(sum.runs);
        estimate.low_s += cooling;
        estimate.high_s += cooling;
    }
    return estimate;
}

std::vector<TargetPace> pacesBefore(FileOps& files, const std::string& out, const Plan& plan,
                                    const std::shared_ptr<const TaskPack>& pack) {
    std::vector<PaceMeter> meters(plan.targets.size());
    std::size_t looked = 0;
    // The names begin with the date: the newest are the last.
    std::vector<std::string> names;
    if (auto listed = files.list(out)) names = listed.take();
    for (auto name = names.rbegin(); name != names.rend() && looked < kNewestSessions; ++name) {
        const SessionPaths paths(joinPath(out, *name));
        const auto file = files.open(paths.journal(), OpenMode::Read);
        if (!file) continue;
        ++looked;
        const auto size = files.size(*file);
        (void)files.close(*file);
        if (!size || *size > kLargestJournal) continue;
        const auto session = loadSession(files, paths.folder);
        if (!session || !session->store.plan()) continue;
        const Plan& before = *session->store.plan();
        for (std::size_t i = 0; i < plan.targets.size(); ++i)
            for (std::size_t k = 0; k < before.targets.size(); ++k)
                if (sameTarget(plan.targets[i], before.targets[k]) && before.task.pack == plan.task.pack)
                    addSession(meters[i], session->store, before, int(k), pack);
    }
    std::vector<TargetPace> paces;
    for (const PaceMeter& meter : meters) paces.push_back(meter.empty() ? roughPace() : meter.pace(EstimateBasis::Earlier));
    return paces;
}

TimeEstimate estimateRuns(const Plan& plan, const std::vector<ScheduledRun>& runs, const std::vector<TargetPace>& paces,
                          const std::shared_ptr<const TaskPack>& pack) {
    WorkLeft left;
    std::map<std::string, RunSize> sizes;
    for (const ScheduledRun& run : runs) left.add(std::size_t(run.target), sizeOf(sizes, plan, run, pack));
    return left.time(paces, plan.cooldown_ms);
}

} // namespace looptax
