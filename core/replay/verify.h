// What `looptax verify` says of a session: is every line there and whole, was every request answered and
// every planned run counted once, do the numbers follow from what they were made of. Reads only.
#pragma once

#include "base/file_ops.h"
#include "base/result.h"
#include "domain/turn_record.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

enum class Severity {
    Info,  // as it should be after what happened: a kill, a pause, a newer version
    Wrong, // something in the journal contradicts itself
    Lost   // something that was measured cannot be read any more
};

struct Finding {
    Severity severity = Severity::Info;
    std::string where; // "line 7", "run 3 attempt 1 turn 2"; empty for the session as a whole
    std::string text;
    std::string sentence() const; // "run 3 attempt 1 turn 2: ..."
};

struct VerifyCounts {
    std::int64_t lines = 0;
    std::int64_t warmups = 0;
    std::int64_t turn_starts = 0;
    std::int64_t turns_done = 0;
    std::int64_t turns_failed = 0;
    std::int64_t sent_again = 0; // refused as busy, sent once more: its turn_start has no turn_done of its own
    std::int64_t cut_short = 0;  // a kill came between turn_start and turn_done
    std::int64_t planned_runs = 0;
    std::int64_t complete_runs = 0;
    std::int64_t failed_runs = 0; // last attempt failed
    std::int64_t stopped_runs = 0;
    std::int64_t open_runs = 0; // never begun, interrupted or cancelled: --resume makes them
    std::int64_t torn_files = 0;
    std::int64_t judged_again = 0;
};

struct VerifyReport {
    VerifyCounts counts;
    std::vector<Finding> findings; // in the order they were found
    std::int64_t unsaid = 0;       // further findings that are Wrong and not listed: the list is bounded
    bool clean() const;            // nothing Wrong or Lost
    bool lost() const;
};

// What judging a reply again came to.
struct Rejudged {
    std::string differs; // from the record, by the rules it was made under; empty when it agrees
    std::string today;   // what rules that came later make of it; empty when the same
};
// Judges a reply again. The checker lives in a room that this one may not see, so the program passes it in. stateFedIn:
// the state file before the turn; absent on a run's first turn, where the task makes it, and in designs without one.
using Rejudge =
    std::function<Rejudged(const TurnRecord& record, const std::string& reply, const std::optional<std::string>& stateFedIn)>;

// rejudge may be empty: then the flags are only held against each other.
Result<VerifyReport> verifySession(FileOps& files, const std::string& folder, const Rejudge& rejudge);

} // namespace looptax
