// What a sweep shows and what it cannot show: one verdict for each hypothesis, with everything a referee asks
// for. Plain values; verdicts.h makes them from records, the report, summary.json and the window only show them.
#pragma once

#include "domain/plan.h"
#include "stats/interval.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

enum class VerdictKind {
    Supported,
    Rejected,
    Inconclusive,    // the data fit both; `decide` says what would settle it
    NotTriggered,    // an implication whose premise was not shown (H4b, H5b)
    Untestable,      // the plan or the records lack what the rule needs; `why` says what
    StillCollecting, // before the planned runs are made nothing is announced
};
std::string_view name(VerdictKind kind);  // as in summary.json: "not_triggered"
std::string_view title(VerdictKind kind); // for people: "Not triggered"

// A number that a sentence tells beside an effect, as a value too: what stands in prose alone nobody can check.
struct Measure {
    std::string name; // "ttft_ms", "runs_passed", ...: summary.json defines each
    std::string of;   // which one: "A, turn 4, cold", "N = 12"
    double value = 0;
    std::string unit; // "ms", "ratio", "share", "tokens"; empty for a count
    int n = 0;        // of n_of; of a count what it is out of
    std::string n_of;
    std::string method; // "median", "count", ...
    std::optional<double> p;
    std::optional<Interval> interval;
    bool operator==(const Measure&) const = default;
};

Measure countMeasure(const std::string& name, const std::string& of, int count, int n, const std::string& n_of);

// What a reader must know beside the verdicts.
struct Caution {
    std::string text;              // one sentence, or two
    std::string target;            // empty: of the whole sweep
    std::vector<Measure> measures; // that the text tells
    bool operator==(const Caution&) const = default;
};

// A verdict beside itself where the turns that something else on the machine disturbed have no time.
struct WithoutDisturbed {
    VerdictKind with = VerdictKind::Untestable; // all turns counted, before anything was withheld for this reason
    VerdictKind without = VerdictKind::Untestable;
    int n = 0; // of the verdict's n_of, without
    bool same() const { return with == without; }
    bool operator==(const WithoutDisturbed&) const = default;
};

struct Verdict {
    std::string id; // H1 ... H3, H4a, H4b, H5a, H5b, T1 ... T4, Q1
    std::string target;
    std::optional<CacheMode> cache_mode; // of the turns it rests on; absent where it rests on several
    std::string statement;               // the hypothesis, one sentence
    VerdictKind kind = VerdictKind::Untestable;
    bool trivially = false; // everything was at the ceiling and nothing ever failed: the assay could not have shown it

    bool at_floor = false; // of a fall: no run passed to begin with, so none could have shown

    std::optional<double> effect;
    std::string effect_name;          // "drop of the pass rate from N = 1 to N = 12", "TTFT of A over TTFT of C at turn 12"
    std::string effect_unit;          // "ms", "ratio", "share"; empty where it has none
    std::optional<Interval> interval; // of the effect
    std::string test;                 // "exact Cochran-Armitage, one-sided"; empty where none was made
    std::optional<double> p;
    std::optional<double> p_adjusted; // Holm over the family that `id` belongs to
    int n = 0;                        // of n_of
    std::string n_of;                 // "runs", "blocks", "pairs of runs"
    int left_out = 0;                 // runs that could not be used
    std::string left_out_why;
    std::string rule;              // the rule that decided, quoted
    std::string why;               // what was seen, one sentence that claims no more than the row
    std::string decide;            // what would decide it; empty where it is decided
    std::vector<Measure> measures; // that `why` tells and no other member holds
    // Runs a side whose power is told, where a fall of pass rates was not shown (H1, H3, H4a, H5a, Q1) or that there is
    // none was (H2): powerTable(). 0: there is nothing to tell.
    int power_n = 0;
    std::optional<int> more_runs;   // runs a cell that would decide it at the spread seen; absent where none is known
    std::optional<int> runs_needed; // the same with those that were made; also where repeats of this plan cannot bring them
    std::optional<WithoutDisturbed> without_disturbed; // absent: nothing that it rests on was disturbed, or nobody knows
    bool after_data = false;                           // the rules or the plan were amended after the first turn
    bool operator==(const Verdict&) const = default;
};

// The verdict board of a session and what stands around it.
struct Analysis {
    AnalysisRules rules;           // as in force, amendments included
    std::vector<Verdict> verdicts; // by target, then H1 ... Q1
    std::vector<Caution> cautions; // drift, one seed, few repeats, mixed artifacts
    std::string headline;          // what must stand on top: "one run: no interval, no verdict"; else empty
    int add_repeats = 0;           // offered to the user; 0: nothing to offer
    bool operator==(const Analysis&) const = default;
};

} // namespace looptax
