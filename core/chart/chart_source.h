// The numbers of a session that charts are made of, each curve's turns in order: what core/stats found,
// arranged. Nothing is computed here.
#pragma once

#include "analysis/stream_counts.h"
#include "domain/plan.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace looptax {

struct Spread {
    double median = 0;
    double low = 0;
    double high = 0;
    int n = 0;                   // blocks
    int turns = 0;               // behind the blocks
    std::optional<int> row = {}; // of the store's turns: of those behind it the one whose value is nearest to the median
    bool operator==(const Spread&) const = default;
};

// The parts of a time to first token in ms, medians over blocks, where the law of analysis/tax_split.h gives all of
// them. Outside is 0 where the target has no prompt time: its fixed part holds both.
struct SourceSplit {
    double outside = 0;
    double fixed = 0;
    double new_message = 0;
    double attention = 0;
    double reread = 0;
    int n = 0; // blocks
    bool operator==(const SourceSplit&) const = default;
};

// A turn during which something else used the machine; the medians count it.
struct DisturbedTurn {
    double ttft_ms = 0;
    int row = 0; // of the store's turns
    bool operator==(const DisturbedTurn&) const = default;
};

struct SourceTurn {
    int turn = 0;
    std::optional<Spread> ttft_ms;
    std::optional<Spread> context_tokens_estimate;
    std::optional<Spread> prompt_tokens;
    std::optional<Spread> cached_tokens;
    std::optional<Spread> processed_tokens;
    std::optional<SourceSplit> split;
    std::vector<DisturbedTurn> disturbed; // of those behind ttft_ms
    bool mixed = false; // some blocks found the cache otherwise; the numbers are those of the more frequent state
    bool operator==(const SourceTurn&) const = default;
};

// All turns of one target, design, cap, padding and cache mode.
struct SourceCurve {
    std::size_t target = 0; // index into ChartSource::targets
    std::string design;
    std::string design_name; // "full context"
    std::optional<int> cap;
    std::optional<int> padding;
    CacheMode cache_mode = CacheMode::RunIsolated;
    std::vector<SourceTurn> turns; // ascending
    StreamCounts streams;          // of the turns behind them
    bool operator==(const SourceCurve&) const = default;
};

// A run that has not ended: its turns one by one, each a value and not a median. They are in no median yet.
struct SourceRun {
    SourceCurve curve;
    int repeat = 0;
    bool operator==(const SourceRun&) const = default;
};

struct SourceTarget {
    std::string id;
    TargetKind kind = TargetKind::LlamaServer;
    std::string model;
    std::string build;           // what the server said it is; empty when it did not
    bool simulated = false;      // the scripted server: no model was measured
    std::string law = {};        // of its time to first token, in words; empty: there is none
    std::string why_no_law = {}; // in words; empty: there is one, or no run is complete
    bool operator==(const SourceTarget&) const = default;
};

struct PublishedRow {
    std::string design;
    int turn = 0;
    std::optional<int> padding;
    std::optional<double> context_tokens_estimate;
    std::optional<double> ttft_ms;
    bool operator==(const PublishedRow&) const = default;
};

struct ChartSource {
    std::string session; // id
    std::string plan_name;
    std::size_t turns_on_record = 0;    // a chart says how much it was drawn from
    std::string measured_by;            // version and commit that measured
    std::vector<SourceTarget> targets;  // of the plan, in its order
    std::vector<CacheMode> cache_modes; // in the plan's order
    std::vector<SourceCurve> curves;    // in the order they are shown
    bool live = false;                  // a sweep of this window goes on with it
    std::optional<SourceRun> running;
    int planned_turns = 0;       // of the longest run of the schedule; 0: unknown
    std::string published_where; // machine and runtime; empty: no overlay
    std::vector<PublishedRow> published;
    std::vector<std::string> warnings; // what a reader of the charts should know of the session
    bool operator==(const ChartSource&) const = default;
};

} // namespace looptax
