#include "engine/sweep_eta.h"

namespace looptax {

SweepEta::SweepEta(const Plan& plan, std::shared_ptr<const TaskPack> pack, std::vector<TargetPace> paces)
    : m_plan(plan)
    , m_pack(std::move(pack))
    , m_paces(std::move(paces))
    , m_meters(m_paces.size()) {}

const RunSize& SweepEta::sizeOf(const ScheduledRun& run) {
    auto found = m_sizes.find(run.cell);
    if (found == m_sizes.end()) found = m_sizes.emplace(run.cell, expectedSize(m_plan, run, m_pack)).first;
    return found->second;
}

void SweepEta::add(const ScheduledRun& run) { m_left.add(std::size_t(run.target), sizeOf(run)); }

void SweepEta::beginRun(const ScheduledRun& run) { m_left.beginRun(std::size_t(run.target), sizeOf(run)); }

void SweepEta::endTurn() { m_left.endTurn(); }

void SweepEta::endRun() { m_left.endRun(); }

void SweepEta::learn(const ScheduledRun& run, const std::vector<TurnRecord>& turns) {
    PaceMeter& meter = m_meters[std::size_t(run.target)];
    const RunSize& size = sizeOf(run);
    meter.beginRun();
    for (std::size_t i = 0; i < turns.size() && i < size.turns.size(); ++i) meter.add(size.turns[i], turns[i]);
    m_paces[std::size_t(run.target)] = meter.pace(EstimateBasis::Ran);
}

void SweepEta::learnWarmup(std::size_t target, const TurnRecord& warmup) {
    TargetPace& known = m_paces[target];
    if (const auto pace = paceOfWarmup(warmup); pace && known.basis <= pace->basis) known = *pace;
}

} // namespace looptax
