// How the planned runs ended, each counted once: by its last attempt, or by a complete one if there is any.
#pragma once

#include "report/report.h"

namespace looptax {

struct RunCounts {
    int planned = 0;
    int complete = 0;
    int failed = 0;
    int stopped = 0;
    int cancelled = 0;
    int interrupted = 0; // a kill, or still under way
    int not_begun = 0;
};
RunCounts countRuns(const ReportInputs& in);

} // namespace looptax
