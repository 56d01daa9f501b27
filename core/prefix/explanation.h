// What is known of one turn's cache: how much of the prompt the slot should have held, how much the server
// says it reused, and why the rest was read anew.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

enum class Reread {
    AppendOnly,        // all but the new message reused
    StateChangedAt,    // the state's text moved
    HistoryRerendered, // the template strips a past reply, or its words were other tokens when they were said
    WindowLost,        // sliding-window or recurrent memory could not be rolled back: nothing reused, and the log says so
    SlotLost,          // another request took the slot
    CacheOff,          // nothing may be reused: that was asked for
    Unexplained
};
std::string_view name(Reread verdict); // "append_only", ...
std::optional<Reread> rereadOf(std::string_view name);

struct SectionCount {
    std::string label; // "state", "entry 3"
    std::int64_t tokens = 0;
    std::int64_t cached = 0; // of them; the rest was processed
    bool operator==(const SectionCount&) const = default;
};

// The first token that is not the one the slot held. Texts are cut to their surroundings; half a character is
// U+FFFD. Section and texts are empty where the server gives ids without texts.
struct FirstDifference {
    std::int64_t token = 0; // index, from 0: so many tokens are the same before it
    std::string section;
    std::string before; // what both have in front of it
    std::string now;    // how this prompt goes on
    std::string held;   // how what the slot held went on
    bool operator==(const FirstDifference&) const = default;
};

struct TurnExplanation {
    // which turn
    std::string target;
    std::string cell;
    std::string design;
    int run = 0;
    int run_attempt = 1;
    int turn = 0;

    std::string absent; // why there is no explanation; the rest is empty then
    std::optional<Reread> verdict;
    std::string sentence; // in words
    std::string held_by;  // "turn 2 of run 1": whose prompt and reply the slot held; empty: nobody's

    std::int64_t prompt_tokens = 0; // of /tokenize of the /apply-template text
    std::optional<std::int64_t> prompt_tokens_reported;
    std::optional<std::int64_t> cached_reported;
    std::optional<std::int64_t> processed_reported;
    std::int64_t cached_predicted = 0;
    std::optional<std::int64_t> difference; // reported - predicted
    std::optional<bool> exact;              // no difference; within 2 where it rests on re-tokenised ids
    bool retokenised = false;               // the prediction rests on a reply whose own ids are not known
    bool prompt_proved = false;             // the rebuilt prompt has the hash that was journalled
    std::string mismatch;                   // cached + processed, prompt_tokens and /tokenize do not agree: which
    std::vector<SectionCount> sections;     // empty: where the tokens stand in the text is not known
    std::optional<FirstDifference> first_difference;
    bool operator==(const TurnExplanation&) const = default;
};

// Cached and processed tokens of a loop that need not have been run, with replies that are always right.
struct PredictedTurn {
    int turn = 0;
    std::int64_t prompt_tokens = 0;
    std::int64_t cached = 0;
    std::int64_t processed() const { return prompt_tokens - cached; }
    bool operator==(const PredictedTurn&) const = default;
};
struct PredictedLoop {
    std::string target;
    std::string design;
    int n = 0;
    std::optional<int> cap;
    std::optional<int> padding;
    std::vector<PredictedTurn> turns; // run-isolated: turn 1 reuses nothing
    bool operator==(const PredictedLoop&) const = default;
};

struct SessionExplanations {
    std::vector<TurnExplanation> turns; // in journal order; those that ended ok and could be asked about
    std::vector<PredictedLoop> loops;
    std::vector<std::string> absent; // why a whole target has no turns explained, or no loops
    bool empty() const { return turns.empty() && loops.empty() && absent.empty(); }
};

SessionExplanations ofTarget(const SessionExplanations& all, const std::string& target);
void add(SessionExplanations& to, SessionExplanations part); // targets are explained one by one

struct ExplainedCounts {
    std::int64_t turns = 0;     // all, those without an account too
    std::int64_t absent = 0;    // without an account
    std::int64_t explained = 0; // with a verdict other than unexplained
    std::int64_t exact = 0;
    std::int64_t mismatches = 0;
};
ExplainedCounts countsOf(const SessionExplanations& all);

} // namespace looptax
