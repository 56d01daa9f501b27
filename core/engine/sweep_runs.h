// What a sweep knows of its runs and targets: at first what plan or journal say, then what it has made since.
#pragma once

#include "base/file_ops.h"
#include "base/result.h"
#include "domain/design.h"
#include "domain/plan.h"
#include "domain/schedule.h"
#include "engine/cache_check.h"
#include "engine/target_identity.h"
#include "record/journal_line.h"
#include "record/record_store.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace looptax {

struct SweepRuns {
    Plan plan; // in force
    std::string plan_text;
    bool plan_is_journalled = false;
    std::vector<ScheduledRun> schedule;
    std::vector<int> attempts;                      // of each run so far
    std::set<int> open;                             // runs still to be made, by number
    std::set<int> begun;                            // in this sweep: added repeats run before lower numbers of later targets
    std::map<std::string, TargetWatch> watches;     // by target
    std::map<std::string, CacheCheck> cache_checks; // by target
    std::set<std::string> before;                   // targets that have turns of before a resume, and none of this sweep
};

SweepRuns newSweep(const Plan& plan, const Catalogue& catalogue);

// Of a session that is resumed, from its lines in journal order. planPath: the folder's own copy, for a session that was
// killed before its plan line. Runs that never ended are open; failed ones are where retryFailed says so.
Result<SweepRuns> resumedSweep(FileOps& files, const std::string& planPath, const RecordStore& store,
                               const std::vector<JournalLine>& lines, const Catalogue& catalogue, bool retryFailed);

} // namespace looptax
