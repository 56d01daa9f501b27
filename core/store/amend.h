// Amending a session: its analysis rules, or more repeats, as one durable line of its journal. Whatever the
// reason, it is seen: a change made after the first turn marks every verdict.
#pragma once

#include "base/clock.h"
#include "base/file_ops.h"
#include "base/result.h"
#include "domain/amendment.h"
#include "domain/design.h"

#include <optional>
#include <string>
#include <vector>

namespace looptax {

// What is to hold from now on; what is absent stays as it is.
struct AmendRequest {
    std::optional<double> alpha;
    std::optional<double> delta_q;
    std::optional<double> delta_t;
    std::optional<std::vector<std::string>> family; // an order of one's own is no change
    std::optional<std::vector<std::string>> own_family;
    std::optional<std::string> primary;
    std::optional<int> repeats; // in all, not in addition
    std::string reason;         // shown with the change
};

struct AmendResult {
    std::optional<Amendment> amendment; // absent: nothing would change, and nothing was written
    int runs_added = 0;                 // open runs that --resume will make
};

// Appends the amendment, synced, under the session's lock. A session somebody writes to is an error of kind
// Storage, a value out of range or fewer repeats than planned one of kind Plan, a damaged or newer journal what
// reopenSession() says. The derived files of the session are older than its journal afterwards: make them anew.
Result<AmendResult> amendSession(FileOps& files, const Clock& clock, const Catalogue& catalogue, const std::string& folder,
                                 const AmendRequest& request);

} // namespace looptax
