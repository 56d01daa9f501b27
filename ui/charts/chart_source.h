// The numbers of a session that charts are made of, each curve's turns in order: what core/stats found,
// arranged. Nothing is computed here.
#pragma once

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
    int n = 0; // blocks
    bool operator==(const Spread&) const = default;
};

struct SourceTurn {
    int turn = 0;
    std::optional<Spread> ttft_ms;
    std::optional<Spread> context_tokens_estimate;
    std::optional<Spread> prompt_tokens;
    std::optional<Spread> cached_tokens;
    std::optional<Spread> processed_tokens;
    bool mixed =
        false; // some blocks found the cache otherwise; the numbers are those of the more frequent state
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
};

struct SourceTarget {
    std::string id;
    TargetKind kind = TargetKind::LlamaServer;
    std::string model;
    std::string build;      // what the server said it is; empty when it did not
    bool simulated = false; // the scripted server: no model was measured
};

struct PublishedRow {
    std::string design;
    int turn = 0;
    std::optional<int> padding;
    std::optional<double> context_tokens_estimate;
    std::optional<double> ttft_ms;
};

struct ChartSource {
    std::string session; // id
    std::string plan_name;
    std::string measured_by;            // version and commit that measured
    std::vector<SourceTarget> targets;  // of the plan, in its order
    std::vector<CacheMode> cache_modes; // in the plan's order
    std::vector<SourceCurve> curves;    // in the order they are shown
    std::string published_where;        // "M2 Max, llama.cpp"; empty: no overlay
    std::vector<PublishedRow> published;
    std::vector<std::string> warnings; // what a reader of the charts should know of the session
};

} // namespace looptax
