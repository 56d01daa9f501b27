#include "stats/verdict_board.h"

#include "base/text.h"
#include "stats/verdict_cliff.h"
#include "stats/verdict_draft.h"
#include "stats/verdict_q1.h"
#include "stats/verdict_quality.h"
#include "stats/verdict_time.h"

#include <algorithm>
#include <array>
#include <utility>

namespace looptax {

namespace {

using MakeDraft = Draft (*)(const RuleSubject&);
constexpr std::array<std::pair<const char*, MakeDraft>, 10> kHypotheses{{{"H1", verdictH1},
                                                                         {"H2", verdictH2},
                                                                         {"H3", verdictH3},
                                                                         {"H4a", verdictH4a},
                                                                         {"H5a", verdictH5a},
                                                                         {"T1", verdictT1},
                                                                         {"T2", verdictT2},
                                                                         {"T3", verdictT3},
                                                                         {"T4", verdictT4},
                                                                         {"Q1", verdictQ1}}};

bool inFamily(const AnalysisRules& rules, const std::string& key) {
    for (const auto* family : {&rules.family, &rules.own_family})
        if (std::find(family->begin(), family->end(), key) != family->end()) return true;
    return false;
}

// T1 to T4 are about times and tokens.
bool isOfQuality(const Verdict& verdict) { return verdict.id.front() != 'T'; }

std::vector<Verdict> boardOf(const SweepData& data, const std::string& target, const std::optional<Instrument>& instrument) {
    const RuleSubject subject{data, data.plan.analysis, target,
                          leadingMode(data, target).value_or(CacheMode::RunIsolated), instrument};
    std::vector<Draft> drafts;
    for (const auto& [id, make] : kHypotheses) {
        Draft none = draftOf(id, target, subject.mode, {});
        drafts.push_back(inFamily(subject.rules, none.key)
                             ? make(subject)
                             : untestable(none, none.key + " is in no family of the analysis plan."));
    }
    return finishVerdicts(std::move(drafts), subject.rules);
}

// A reply that max_tokens cut off counts as failed, though nobody knows what the model would have said. So a verdict on
// quality must be the same where those runs are missing; what depends on them is not decided.
void withholdWhereCutOff(std::vector<Verdict>& board, const SweepData& data, const std::string& target, const std::optional<Instrument>& instrument) {
    SweepData without = data;
    const auto cut = std::remove_if(without.runs.begin(), without.runs.end(),
                                    [&](const JudgedRun& run) { return run.target == target && run.hit_max_tokens; });
    const auto runs = std::distance(cut, without.runs.end());
    if (runs == 0) return;
    without.runs.erase(cut, without.runs.end());
    const std::vector<Verdict> other = boardOf(without, target, instrument);
    for (std::size_t i = 0; i < board.size(); ++i) {
        Verdict& v = board[i];
        const VerdictKind also = other[i].kind;
        const bool decided = v.kind == VerdictKind::Supported || v.kind == VerdictKind::Rejected;
        if (!isOfQuality(v) || !decided || v.kind == also) continue;
        v.why += " But " + countText(int(runs), "run") + " hit max_tokens: counted as failed the verdict is " + lowered(title(v.kind)) +
                 ", left out it is " + lowered(title(also)) + ".";
        v.decide = "Measure again with a larger max_tokens.";
        v.kind = VerdictKind::Inconclusive;
        v.trivially = v.at_floor = false;
    }
}

} // namespace

std::vector<Verdict> verdictBoard(const SweepData& data, const std::string& target,
                                  const std::optional<Instrument>& instrument) {
    std::vector<Verdict> board = boardOf(data, target, instrument);
    withholdWhereCutOff(board, data, target, instrument);
    const auto at = [&](const std::string& id) {
        return std::find_if(board.begin(), board.end(), [&](const Verdict& v) { return v.id == id; });
    };
    const Verdict h4b = verdictAttribution("H4b", *at("H4a"), *at("H5a"));
    const Verdict h5b = verdictAttribution("H5b", *at("H5a"), *at("H4a"));
    board.insert(at("H4a") + 1, h4b);
    board.insert(at("H5a") + 1, h5b);
    return board;
}

} // namespace looptax
