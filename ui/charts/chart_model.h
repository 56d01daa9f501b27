// From the numbers of a session to the charts it has: which curves, what they are called, what the axes say.
// Pure.
#pragma once

#include "ui/charts/chart_data.h"
#include "ui/charts/chart_source.h"

#include <vector>

namespace looptax {

struct ChartOptions {
    bool prompt_tokens = false; // the context chart draws the runtime's own count instead of characters / 4
    bool log_ttft = false;
    bool published = true; // the published study as an overlay
};

// TTFT and context by turn, the same by padding at turn 1 where a design was padded, cached and processed
// tokens where the runtime said them; once for each cache mode. A chart with nothing measured in it is left
// out. The first cache mode's files have plain names, those of the others end in "_cold" and so on.
std::vector<Chart> chartsOf(const ChartSource& source, const ChartOptions& options = {});

} // namespace looptax
