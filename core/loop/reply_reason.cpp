#include "loop/reply_reason.h"

#include "base/json_read.h"
#include "base/text.h"
#include "base/words.h"
#include "loop/calendar.h"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace looptax {

namespace {

std::string missingEntries(const Json& log, const LogState& truth) {
    std::multiset<std::string> dates;
    for (const Json& item : log) dates.insert(textMember(item, "date"));
    std::vector<std::string> missing;
    const bool newestFirst = truth.order == LogOrder::NewestFirst;
    for (std::size_t age = truth.log.size(); age-- > 0;) { // from the oldest; 0 is the newest
        const auto found = dates.find(truth.log[newestFirst ? age : truth.log.size() - 1 - age].date());
        if (found != dates.end()) dates.erase(found);
        else missing.push_back(std::to_string(truth.count - std::int64_t(age)));
    }
    constexpr std::size_t kNamed = 5;
    if (missing.empty()) return {};
    if (missing.size() == 1) return "entry " + missing[0] + " missing";
    const std::size_t more = missing.size() - std::min(missing.size(), kNamed);
    missing.resize(missing.size() - more);
    return "entries " + joined(missing, ", ") + (more > 0 ? " and " + std::to_string(more) + " more" : "") + " missing";
}

std::string lengthProblem(const Json& log, const LogState& truth) {
    if (log.size() == truth.log.size()) return {};
    if (log.size() < truth.log.size())
        if (std::string missing = missingEntries(log, truth); !missing.empty()) return missing;
    return counted(std::int64_t(log.size()), "entry", "entries") + " in the log, expected " + std::to_string(truth.log.size());
}

std::string countProblem(const Json& reply, const LogState& truth) {
    const auto found = reply.find("count");
    if (found == reply.end()) return "count missing";
    const auto number = wholeNumber(*found);
    if (number == truth.count) return {};
    const std::string expected = ", expected " + std::to_string(truth.count);
    if (number) return "count " + std::to_string(*number) + expected;
    return (found->is_number() ? "count is no whole number that fits" : "count is not a number") + expected;
}

} // namespace

std::string sortProblem(const Json& log, LogOrder order) {
    std::string previous;
    for (std::size_t i = 0; i < log.size(); ++i) {
        const std::string date = textMember(log[i], "date");
        // Only ISO dates sort as text.
        if (!dayNumber(std::string_view(date).substr(0, 10)))
            return "no date like 2025-01-31 at position " + std::to_string(i + 1);
        const bool newestFirst = order == LogOrder::NewestFirst;
        if (i > 0 && (newestFirst ? date > previous : date < previous))
            return std::string(newestFirst ? "not newest first" : "not oldest first") + " at position " + std::to_string(i + 1);
        previous = date;
    }
    return {};
}

std::string failReason(const Json& reply, const LogState& truth) {
    std::vector<std::string> reasons;
    for (std::string reason :
         {lengthProblem(reply["log"], truth), countProblem(reply, truth), sortProblem(reply["log"], truth.order)})
        if (!reason.empty() && reasons.size() < 2) reasons.push_back(std::move(reason));
    return joined(reasons, "; ");
}

} // namespace looptax
