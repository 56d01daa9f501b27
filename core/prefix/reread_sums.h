// What the account of re-reading adds up to: means by reason and design, and what a loop was promised beside what was
// measured. The report puts it into words, summary.json into fields: one reckoning for both.
#pragma once

#include "domain/turn_record.h"
#include "prefix/explanation.h"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

// Means a turn, of the turns that were added.
class RereadMeans {
public:
    void add(const TurnExplanation& turn, bool capped);
    std::int64_t turns() const { return m_turns; }
    double prompt() const { return mean(m_prompt); }
    double reused() const { return mean(m_cached); } // by the runtime's count, else by the rule
    double readAnew() const { return mean(m_prompt - m_cached); }
    // Of the state in the prompt; absent where no turn tells where its tokens stand.
    std::optional<double> state() const { return stateMean(m_state); }
    std::optional<double> stateReused() const { return stateMean(m_state_cached); }
    std::optional<double> stateReadAnew() const { return stateMean(m_state - m_state_cached); }
    double stateShareReused() const { return m_state > 0 ? double(m_state_cached) / double(m_state) : 0; }
    bool capped() const { return m_capped; } // some cell of them holds a cap

private:
    double mean(std::int64_t sum) const { return m_turns > 0 ? double(sum) / double(m_turns) : 0; }
    std::optional<double> stateMean(std::int64_t sum) const;
    std::int64_t m_turns = 0, m_prompt = 0, m_cached = 0;
    std::int64_t m_placed = 0; // turns whose tokens' places are known: only they say anything of the state
    std::int64_t m_state = 0, m_state_cached = 0;
    bool m_capped = false;
};

struct RereadKey {
    std::string target;
    std::string design;
    std::optional<int> cap;
    std::optional<int> padding;
    std::string mode;
    Reread reason = Reread::Unexplained;
    auto operator<=>(const RereadKey&) const = default;
};

// A loop as the rule promises it with right replies, tokens read anew in turns 2 to n, and the mean of complete
// run-isolated runs that kept their cache mode; absent where a turn was never measured.
struct LoopReads {
    std::string target;
    std::string design;
    std::optional<int> cap;
    std::optional<int> padding;
    int n = 0;
    std::int64_t promised = 0;
    std::optional<double> measured;
};

// B-tail in place of B over the turns that both have: the share of the tokens read anew that it saves.
struct TailInstead {
    std::string target;
    std::optional<int> cap;
    std::optional<int> padding;
    int n = 0;
    std::optional<double> promised; // 0 to 1; absent where B reads nothing
    std::optional<double> measured; // only where both were run with the same number of turns
};

// Turns without an account for one reason: a server that stopped answering may leave thousands.
struct AbsentGroup {
    const TurnExplanation* first = nullptr;
    std::int64_t turns = 0;
};

// Over caps, paddings and cache modes; never over targets.
struct DesignKey {
    std::string target;
    std::string design;
    Reread reason = Reread::Unexplained;
    auto operator<=>(const DesignKey&) const = default;
};

struct RereadSums {
    std::map<RereadKey, RereadMeans> by_reason;
    // What advice rests on: without the turns 1 that found the run before in the slot, as their cache mode has it.
    std::map<DesignKey, RereadMeans> by_design;
    std::vector<LoopReads> loops;
    std::vector<TailInstead> tails;
    std::map<std::string, AbsentGroup> absent; // by "target X: reason", as the reason of a whole target is written
};
RereadSums rereadSums(const std::vector<TurnRecord>& turns, const SessionExplanations& all); // points into `all`

} // namespace looptax
