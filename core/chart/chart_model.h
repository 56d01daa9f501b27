// From the numbers of a session to the charts it has: which curves, what they are called, what the axes say.
// Pure.
#pragma once

#include "chart/chart_data.h"
#include "chart/chart_source.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace looptax {

struct ChartOptions {
    bool prompt_tokens = false; // the context chart draws the runtime's own count instead of characters / 4
    bool log_ttft = false;
    bool published = true; // the published study as an overlay
};

enum class ChartKind { Ttft, Context, CachedProcessed, TtftSplit };
inline constexpr std::size_t kChartKinds = 4;
// What lies along: Padding is turn 1 of the designs that were padded. Charts of bars know Turn only.
enum class ChartX { Turn, ProcessedTokens, ContextTokens, Padding };

// One chart as somebody wants to see it.
struct ChartRequest {
    ChartKind kind = ChartKind::Ttft;
    ChartX x = ChartX::Turn;
    CacheMode mode = CacheMode::RunIsolated;
    std::optional<std::size_t> target; // index into ChartSource::targets; absent: all of them
    bool prompt_tokens = false;        // as in ChartOptions, for an x of context tokens too
    bool log_y = false;
    bool published = true;
    bool running = false; // the turns of the run that has not ended, on top
    bool operator==(const ChartRequest&) const = default;
};

bool hasPadding(const ChartSource& source); // there is a design that was padded

// May hold nothing to draw (isEmpty), but has its title and axes.
Chart chartOf(const ChartSource& source, const ChartRequest& request);

inline bool hasBars(ChartKind kind) { return kind == ChartKind::CachedProcessed || kind == ChartKind::TtftSplit; }

// TTFT and context by turn, the same by padding at turn 1 where a design was padded, cached and processed
// tokens where the runtime said them, and the split of the TTFT where a law could be fitted; once for each cache mode. A chart
// with nothing measured in it is left out. The first cache mode's files have plain names, those of the others end in "_cold" and
// so on.
std::vector<Chart> chartsOf(const ChartSource& source, const ChartOptions& options = {});

} // namespace looptax
