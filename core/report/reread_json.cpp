#include "prefix/reread_sums.h"
#include "report/json_parts.h"
#include "report/summary_parts.h"

#include <nlohmann/json.hpp>

namespace looptax {

namespace {

Json meansJson(const RereadMeans& means) {
    return {{"turns", means.turns()},
            {"prompt_tokens", means.prompt()},
            {"reused", means.reused()},
            {"read_anew", means.readAnew()},
            {"state_tokens", orNull(means.state())},
            {"state_reused", orNull(means.stateReused())},
            {"state_read_anew", orNull(means.stateReadAnew())}};
}

template <class Row> Json loopJson(const Row& row, const std::string& design) {
    return {{"target", row.target}, {"design", design}, {"cap", orNull(row.cap)}, {"padding", orNull(row.padding)}, {"n", row.n}};
}

} // namespace

Json rereadsJson(const ReportInputs& in) {
    const SessionExplanations& all = in.explanations;
    if (all.empty()) return nullptr;
    const ExplainedCounts counts = countsOf(all);
    const RereadSums sums = rereadSums(in.turns, all);
    Json out{{"turns", counts.turns},
             {"absent", counts.absent},
             {"explained", counts.explained},
             {"exact", counts.exact},
             {"mismatches", counts.mismatches}};
    for (const char* list : {"reasons", "designs", "loops", "tail_in_place_of_b", "absent_reasons"}) out[list] = Json::array();
    for (const auto& [key, means] : sums.by_reason) {
        Json row{{"target", key.target},           {"design", key.design},   {"cap", orNull(key.cap)},
                 {"padding", orNull(key.padding)}, {"cache_mode", key.mode}, {"reason", std::string(name(key.reason))}};
        row.update(meansJson(means));
        out["reasons"].push_back(std::move(row));
    }
    for (const auto& [key, means] : sums.by_design) {
        Json row{{"target", key.target}, {"design", key.design}, {"reason", std::string(name(key.reason))}};
        row.update(meansJson(means));
        out["designs"].push_back(std::move(row));
    }
    for (const LoopReads& loop : sums.loops) {
        Json row = loopJson(loop, loop.design);
        row["promised"] = loop.promised;
        row["measured"] = orNull(loop.measured);
        out["loops"].push_back(std::move(row));
    }
    for (const TailInstead& tail : sums.tails) {
        Json row = loopJson(tail, "B-tail");
        row["promised_saving"] = orNull(tail.promised);
        row["measured_saving"] = orNull(tail.measured);
        out["tail_in_place_of_b"].push_back(std::move(row));
    }
    for (const auto& [reason, group] : sums.absent) out["absent_reasons"].push_back({{"reason", reason}, {"turns", group.turns}});
    return out;
}

} // namespace looptax
