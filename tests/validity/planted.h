// Sweeps with a known truth: passes and times drawn by a model whose every effect was planted, with what spoils real
// sweeps (runs of a block that share their luck, slow blocks, drift, outliers, turns that broke their cache mode).
#pragma once

#include "support/made_sweep.h"

#include "base/seeded_random.h"

#include <functional>

namespace looptax::validity {

double normal(SeededRandom& random); // mean 0, sd 1

struct World {
    std::function<double(const TurnRecord&)> pass = [](const TurnRecord&) { return 1.0; }; // probability
    double shared_luck = 0; // sd, on the logit, of what all runs of a block have in common
    std::function<double(const TurnRecord&)> time = [](const TurnRecord&) { return 100.0; }; // true median, ms
    double noise = 0.03;                                                                     // sd of ln TTFT, turn by turn
    double slow_blocks = 0;                                                                  // sd of ln TTFT, block by block
    double drift = 0;        // of ln TTFT, from the first run to the last
    double outliers = 0;     // share of turns that take 2 to 6 times as long
    double cache_breaks = 0; // share of turns that broke their cache mode, at twice to six times the time, and say so
    std::function<void(TurnRecord&)> mark; // what else its records have, once and for all
};

// A plan's records, made once; draw() then only changes what the world decides. Block after block: from one seed a plan
// with more repeats begins with the very blocks of one with fewer, as a sweep does to which repeats are added.
class Planted {
public:
    Planted(Plan plan, World world);
    const MadeSweep& draw(SeededRandom& random);
    const MadeSweep& sweep() const { return m_sweep; }

private:
    World m_world;
    MadeSweep m_sweep;
};

} // namespace looptax::validity
