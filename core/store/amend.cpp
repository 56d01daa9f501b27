#include "store/amend.h"

#include "base/text.h"
#include "domain/plan_check.h"
#include "record/record_store.h"
#include "record/schedule_json.h"
#include "store/load_session.h"
#include "store/session.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace looptax {

namespace {

constexpr std::size_t kLongestReason = 4096; // bytes

struct Decision {
    std::optional<Amendment> amendment;
    std::vector<ScheduledRun> added;
};

// A family is a set: Holm's correction does not look at its order.
void replaceList(std::vector<std::string>& list, const std::optional<std::vector<std::string>>& wanted) {
    if (!wanted) return;
    std::vector<std::string> a = list, b = *wanted;
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    if (a != b) list = *wanted;
}

Status checkAmended(const Plan& plan, const Catalogue& catalogue, bool moreRuns) {
    std::vector<std::string> wrong;
    for (const Problem& problem : checkPlan(plan, catalogue)) {
        // What else is wrong with a plan that ran is no reason against better rules.
        const bool ours = problem.path.rfind("$.analysis", 0) == 0;
        if (!problem.warning && (ours || moreRuns)) wrong.push_back(problem.text());
    }
    if (wrong.empty()) return {};
    return Error{ErrorKind::Plan, joined(wrong, "; "), {}, {}, 0};
}

Result<Decision> decide(const RecordStore& store, const Catalogue& catalogue, const std::string& folder,
                        const AmendRequest& request) {
    if (!store.plan())
        return Error{ErrorKind::Plan, "the session's plan is not on record yet, so there is nothing to amend", folder,
                     "go on with --resume, or change the plan and start a new session", 0};
    const Plan before = planInForce(*store.plan(), store.amendments());
    Plan after = before;
    if (request.alpha) after.analysis.alpha = *request.alpha;
    if (request.delta_q) after.analysis.delta_q = *request.delta_q;
    if (request.delta_t) after.analysis.delta_t = *request.delta_t;
    if (request.primary) after.analysis.primary = *request.primary;
    replaceList(after.analysis.family, request.family);
    replaceList(after.analysis.own_family, request.own_family);
    if (request.repeats) after.repeats = *request.repeats;

    Decision out;
    if (after == before) return out;
    if (request.reason.size() > kLongestReason)
        return Error{
            ErrorKind::Usage, "the reason is longer than " + std::to_string(kLongestReason) + " bytes", {}, "say it shorter", 0};
    if (const Status fits = checkAmended(after, catalogue, after.repeats != before.repeats); !fits) return fits.error();
    if (after.repeats < before.repeats)
        return Error{ErrorKind::Plan,
                     "$.repeats: " + std::to_string(after.repeats) + " would be fewer than the " +
                         std::to_string(before.repeats) + " that are planned",
                     {},
                     "repeats can only be added: what was planned was planned",
                     0};
    Amendment amendment;
    amendment.text = amendmentText(before, after);
    amendment.reason = std::string(trimmed(stripControls(repairUtf8(request.reason))));
    // A turn that was sent counts, though a kill took its record: somebody may have watched it.
    amendment.after_data = store.turnStarts() > 0 || !store.turns().empty();
    if (after.analysis != before.analysis) amendment.analysis = after.analysis;
    if (after.repeats != before.repeats) {
        amendment.repeats = after.repeats;
        out.added = addedRuns(after, catalogue, before.repeats, int(store.schedule().size()));
    }
    out.amendment = std::move(amendment);
    return out;
}

} // namespace

Result<AmendResult> amendSession(FileOps& files, const Clock& clock, const Catalogue& catalogue, const std::string& folder,
                                 const AmendRequest& request) {
    // Read first without the lock: what is refused, or would change nothing, must leave the folder as it is.
    const auto seen = loadSession(files, folder);
    if (!seen) return seen.error();
    if (!seen->read.newer && seen->read.damagedLine == 0) {
        const auto first = decide(seen->store, catalogue, folder, request);
        if (!first) return first.error();
        if (!first->amendment) return AmendResult{};
    }

    RecordStore store;
    auto session = reopenSession(files, folder, [&](const JournalLine& line) { store.apply(line); });
    if (!session) return session.error();
    auto decision = decide(store, catalogue, folder, request);
    if (!decision) return decision.error();
    if (!decision->amendment) return AmendResult{};
    decision->amendment->t = isoUtc(clock.wallMs());
    Json fields = Json::object();
    writeAmendment(fields, *decision->amendment);
    if (decision->amendment->repeats) fields["schedule"] = scheduleToJson(decision->added, *store.plan());
    const auto line = session->journal->append("amendment", fields, Durability::Synced);
    if (!line) return line.error();
    if (const Status closed = session->journal->close(); !closed) return closed.error();
    return AmendResult{decision->amendment, int(decision->added.size())};
}

} // namespace looptax
