#include "analysis/verdict_q1.h"

#include "analysis/verdict_quality.h"
#include "base/text.h"

#include <algorithm>
#include <cstdint>
#include <set>

namespace looptax {

int entriesHeld(const JudgedRun& run) {
    const std::int64_t all = std::int64_t(run.n) + run.padding.value_or(0);
    return int(std::min<std::int64_t>(all, run.cap.value_or(1'000'000'000)));
}

namespace {

std::string designsAt(const std::vector<const JudgedRun*>& runs, int entries) {
    std::set<std::string> designs;
    for (const JudgedRun* run : runs)
        if (entriesHeld(*run) == entries) designs.insert(run->design);
    return joined({designs.begin(), designs.end()}, ", ");
}

} // namespace

Draft verdictQ1(const RuleSubject& subject) {
    Draft draft = draftOf("Q1", subject.target, subject.mode, fallingRule(subject.rules, "entries held"));
    const Distinct distinct = distinctRuns(
        runsWhere(subject.data, subject.target, [&](const JudgedRun& run) { return run.cache_mode == subject.mode; }));
    leaveOutCopies(draft, distinct.copies);
    const auto levels = passLevels(distinct.runs, entriesHeld);
    if (levels.size() < 2)
        return untestable(draft,
                          levels.empty() ? "no run was judged."
                                         : "every run held the same number of entries at its end (" +
                                               std::to_string(levels.front().at) + "): a trend needs two sizes.",
                          "run two lengths, caps or paddings");
    draft = fallingDraft(std::move(draft), levels, "entries held", subject);
    // Where other designs hold the most than hold the least, the fall is one between designs too: that must be seen.
    const std::string least = designsAt(distinct.runs, levels.front().at), most = designsAt(distinct.runs, levels.back().at);
    if (least != most) draft.seen += ", the smallest in " + least + " and the largest in " + most;
    return draft;
}

} // namespace looptax
