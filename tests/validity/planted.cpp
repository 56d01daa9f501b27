#include "planted.h"

#include <cmath>
#include <numbers>

namespace looptax::validity {

namespace {

double shifted(double probability, double logits) {
    if (logits == 0 || probability <= 0 || probability >= 1) return probability;
    const double logit = std::log(probability / (1 - probability)) + logits;
    return 1 / (1 + std::exp(-logit));
}

} // namespace

double normal(SeededRandom& random) {
    // Box and Muller; 1 - unit() is never 0.
    return std::sqrt(-2 * std::log(1 - random.unit())) * std::cos(2 * std::numbers::pi * random.unit());
}

Planted::Planted(Plan plan, World world) : m_world(std::move(world)), m_sweep(madeSweep(std::move(plan), m_world.mark)) {}

const MadeSweep& Planted::draw(SeededRandom& random) {
    int block = 0;
    double luck = 0, slow = 0;
    const double runs = double(std::max<std::size_t>(2, m_sweep.schedule.size()) - 1);
    for (TurnRecord& turn : m_sweep.turns) {
        if (turn.repeat != block) {
            block = turn.repeat;
            luck = m_world.shared_luck > 0 ? m_world.shared_luck * normal(random) : 0;
            slow = m_world.slow_blocks > 0 ? m_world.slow_blocks * normal(random) : 0;
        }
        judgeMade(turn, random.unit() < shifted(m_world.pass(turn), luck));
        double ln =
            std::log(m_world.time(turn)) + m_world.noise * normal(random) + slow + m_world.drift * double(turn.run - 1) / runs;
        if (m_world.outliers > 0 && random.unit() < m_world.outliers) ln += std::log(2 + 4 * random.unit());
        const bool broken = m_world.cache_breaks > 0 && random.unit() < m_world.cache_breaks;
        if (broken) ln += std::log(2 + 4 * random.unit());
        turn.cache_mode_broken = broken;
        setMadeTtft(turn, std::exp(ln));
    }
    return m_sweep;
}

} // namespace looptax::validity
