#include "analysis/verdict_board.h"

#include "analysis/disturbed.h"
#include "analysis/verdict_cliff.h"
#include "analysis/verdict_draft.h"
#include "analysis/verdict_q1.h"
#include "analysis/verdict_quality.h"
#include "analysis/verdict_time.h"
#include "base/text.h"
#include "domain/stream_kind.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

namespace looptax {

namespace {

struct Hypothesis {
    const char* id;
    Draft (*make)(const RuleSubject&);
    std::string_view quality_of; // the designs whose pass rates it rests on, "*" all of them; empty: it is about times
};
constexpr std::array<Hypothesis, 10> kHypotheses{{{"H1", verdictH1, "A"},
                                                  {"H2", verdictH2, "B"},
                                                  {"H3", verdictH3, "AB"},
                                                  {"H4a", verdictH4a, "C"},
                                                  {"H5a", verdictH5a, "D"},
                                                  {"T1", verdictT1, {}},
                                                  {"T2", verdictT2, {}},
                                                  {"T3", verdictT3, {}},
                                                  {"T4", verdictT4, {}},
                                                  {"Q1", verdictQ1, "*"}}};
constexpr const char* kQualityRule = " A run that hit max_tokens or ended by an error counts as not passed; no verdict is given "
                                     "if it would differ without such runs, "
                                     "or a cell would be empty, or if the runtime cut a prompt.";

using Runs = std::vector<const JudgedRun*>;

bool inFamily(const AnalysisRules& rules, const std::string& key) {
    for (const auto* family : {&rules.family, &rules.own_family})
        if (std::find(family->begin(), family->end(), key) != family->end()) return true;
    return false;
}

// What cannot be decided by these data, and what would let it. An untestable verdict stays one.
void withhold(Verdict& v, const std::string& why, const std::string& decide) {
    v.why += " " + why;
    v.decide = decide;
    if (v.kind == VerdictKind::Untestable) return;
    v.kind = VerdictKind::Inconclusive;
    v.trivially = v.at_floor = false;
    v.more_runs.reset();
    v.runs_needed.reset();
}

// The TTFT of a chunk is later than that of a token, by what its other tokens took.
void withholdWhereStreamsMix(Verdict& v, const Draft& draft) {
    if (v.kind == VerdictKind::Untestable || v.kind == VerdictKind::NotTriggered) return;
    const auto& compared = draft.compared;
    const auto of = [&](std::string_view kind) {
        return int(std::count_if(compared.begin(), compared.end(), [&](const TurnRecord* turn) { return turn->stream == kind; }));
    };
    const int tokens = of(kTokenStream), chunks = of(kChunkedStream);
    if (tokens == 0 || chunks == 0) return;
    withhold(v,
             "But of the turns compared " + std::to_string(tokens) + " came token by token and " + std::to_string(chunks) +
                 " in chunks of several tokens, whose TTFT is that of the first chunk.",
             "a server that streams every reply in the same way (no speculative decoding, no stream interval)");
    v.measures.push_back(countMeasure("turns_chunked", "compared", chunks, tokens + chunks, "turns"));
}

Draft makeDraft(const Hypothesis& of, const RuleSubject& subject) {
    Draft none = draftOf(of.id, subject.target, subject.mode, {});
    if (!inFamily(subject.rules, none.key)) return untestable(none, none.key + " is in no family of the analysis plan.");
    Draft draft = of.make(subject);
    if (!of.quality_of.empty()) draft.verdict.rule += kQualityRule;
    return draft;
}

// Of T1 to T4, in the place of each; made once, since what is left out of quality changes no time.
std::vector<Draft> draftsOfTimes(const RuleSubject& subject) {
    std::vector<Draft> out(kHypotheses.size());
    for (std::size_t i = 0; i < out.size(); ++i)
        if (kHypotheses[i].quality_of.empty()) out[i] = makeDraft(kHypotheses[i], subject);
    return out;
}

// One family may hold both, so they are closed together.
std::vector<Verdict> boardOf(std::vector<Draft> drafts, const RuleSubject& quality) {
    for (std::size_t i = 0; i < drafts.size(); ++i)
        if (!kHypotheses[i].quality_of.empty()) drafts[i] = makeDraft(kHypotheses[i], quality);
    return finishVerdicts(std::move(drafts), quality.rules);
}

bool anyRun(const JudgedRun&) { return true; }

// Those that it rests on.
Runs runsOf(const Hypothesis& of, const SweepData& data, const std::string& target, CacheMode mode,
            const RunFilter& keep = anyRun) {
    return runsWhere(data, target, [&](const JudgedRun& run) {
        return run.cache_mode == mode && (of.quality_of == "*" || of.quality_of.find(run.design) != std::string_view::npos) &&
               keep(run);
    });
}

SweepData without(SweepData data, const std::string& target, const RunFilter& drop) {
    data.runs.erase(std::remove_if(data.runs.begin(), data.runs.end(),
                                   [&](const JudgedRun& run) { return run.target == target && drop(run); }),
                    data.runs.end());
    return data;
}

bool failed(const JudgedRun& run) { return run.outcome == RunOutcome::Failed; }
// How the model would have done is not known. A run that on_bad_turn stopped is none of these: the model failed.
bool isOpen(const JudgedRun& run) { return run.hit_max_tokens || failed(run); }

// "5 hit max_tokens, 3 ended by cut, http_error".
std::string causesText(const Runs& runs) {
    int hit = 0, ended = 0;
    std::set<std::string> how;
    for (const JudgedRun* run : runs) {
        if (!failed(*run)) {
            ++hit;
            continue;
        }
        ++ended;
        how.insert(run->turns.empty() ? "failing before turn 1" : std::string(name(run->turns.back()->outcome)));
    }
    std::vector<std::string> parts;
    if (hit > 0) parts.push_back(std::to_string(hit) + " hit max_tokens");
    if (ended > 0) parts.push_back(std::to_string(ended) + " ended by " + joined({how.begin(), how.end()}, ", "));
    return joined(parts, ", ");
}

using Level = std::tuple<std::string, int, std::optional<int>, std::optional<int>>;

std::set<Level> levelsOf(const Runs& runs) {
    std::set<Level> out;
    for (const JudgedRun* run : runs) out.insert({run->design, run->n, run->cap, run->padding});
    return out;
}

// Both as failed and as missing: a verdict that depends on which is none of the model.
void withholdWhereRunsAreOpen(std::vector<Verdict>& board, const std::vector<Draft>& times, const RuleSubject& subject) {
    const SweepData& quality = subject.data;
    const std::string& target = subject.target;
    const CacheMode mode = subject.mode;
    const Runs openOfAny =
        runsWhere(quality, target, [&](const JudgedRun& run) { return run.cache_mode == mode && isOpen(run); });
    if (openOfAny.empty()) return;
    const SweepData rest = without(quality, target, isOpen);
    const std::vector<Verdict> other = boardOf(times, {rest, subject.rules, target, mode, subject.instrument});
    for (std::size_t i = 0; i < board.size(); ++i) {
        const Hypothesis& of = kHypotheses[i];
        Verdict& v = board[i];
        if (of.quality_of.empty() || v.kind == VerdictKind::Untestable) continue;
        const Runs own = runsOf(of, quality, target, mode);
        const bool emptied = levelsOf(runsOf(of, rest, target, mode)).size() < levelsOf(own).size();
        if (v.kind == other[i].kind && !emptied) continue;
        Runs open = runsOf(of, quality, target, mode, isOpen);
        if (open.empty()) open = openOfAny; // Holm: those of another hypothesis of its family
        const int ended = int(std::count_if(open.begin(), open.end(), [](const JudgedRun* run) { return failed(*run); }));
        const int hit = int(open.size()) - ended;
        std::vector<std::string> decide;
        if (hit > 0) decide.push_back("measure again with a larger max_tokens");
        if (ended > 0) decide.push_back("remove what made the runs fail, then resume with --retry-failed");
        withhold(v,
                 "But how the model would have done is not known of " + runsText(open) + ": " + causesText(open) +
                     ". Counted as failed the verdict is " + lowered(title(v.kind)) + ", without them " +
                     (emptied ? "a whole cell is gone." : "it is " + lowered(title(other[i].kind)) + "."),
                 joined(decide, "; "));
        if (hit > 0) v.measures.push_back(countMeasure("runs_hit_max_tokens", designsText(open), hit, int(own.size()), "runs"));
        if (ended > 0) v.measures.push_back(countMeasure("runs_failed", designsText(open), ended, int(own.size()), "runs"));
    }
}

// What the runtime dropped of a prompt the model never saw: neither a pass nor a failure of it says anything.
void withholdWherePromptsWereCut(std::vector<Verdict>& board, const SweepData& data, const std::string& target, CacheMode mode) {
    for (std::size_t i = 0; i < board.size(); ++i) {
        const Hypothesis& of = kHypotheses[i];
        if (of.quality_of.empty() || board[i].rule.empty()) continue; // about times, or in no family
        const Runs cut = runsOf(of, data, target, mode, [](const JudgedRun& run) { return run.prompt_truncated; });
        if (cut.empty()) continue;
        Verdict& v = board[i];
        leaveOut(v, int(cut.size()), "the runtime cut their prompts");
        withhold(v, runsText(cut) + (cut.size() == 1 ? " is" : " are") + " left out: the runtime cut their prompts.",
                 "raise the runtime's context, or leave those cells out, then resume with --retry-failed");
        v.measures.push_back(countMeasure("runs_prompt_truncated", designsText(cut), int(cut.size()),
                                          int(runsOf(of, data, target, mode).size()), "runs"));
    }
}

struct Judged {
    std::vector<Draft> times; // of T1 to T4, each in its place
    std::vector<Verdict> board;
};

Judged judged(const SweepData& data, const std::string& target, CacheMode mode, const std::optional<Instrument>& instrument) {
    const SweepData quality = without(data, target, [](const JudgedRun& run) { return run.prompt_truncated; });
    const RuleSubject subject{quality, data.plan.analysis, target, mode, instrument};
    Judged out;
    out.times = draftsOfTimes({data, data.plan.analysis, target, mode, instrument});
    out.board = boardOf(out.times, subject);
    withholdWhereRunsAreOpen(out.board, out.times, subject);
    for (std::size_t i = 0; i < out.board.size(); ++i)
        if (kHypotheses[i].quality_of.empty()) withholdWhereStreamsMix(out.board[i], out.times[i]);
    withholdWherePromptsWereCut(out.board, data, target, mode);
    return out;
}

// The same sweep over these records, which must outlive it.
SweepData onRecords(SweepData data, const std::vector<TurnRecord>& records) {
    for (JudgedRun& run : data.runs)
        for (const TurnRecord*& turn : run.turns) turn = records.data() + (turn - data.records->data());
    data.records = &records;
    return data;
}

struct DisturbedShare {
    int disturbed = 0;
    int of = 0;
    void add(const Draft& draft) {
        disturbed += int(std::count_if(draft.compared.begin(), draft.compared.end(),
                                       [](const TurnRecord* turn) { return wasDisturbed(*turn); }));
        of += int(draft.compared.size());
    }
};

// A verdict that is another where the disturbed turns have no time is one of what disturbed them.
void withholdWhereTurnsWereDisturbed(Judged& all, const Judged& rest, const AnalysisRules& rules) {
    DisturbedShare any;
    for (const Draft& draft : all.times) any.add(draft);
    for (std::size_t i = 0; i < all.board.size(); ++i) {
        Verdict& v = all.board[i];
        const Verdict& other = rest.board[i];
        DisturbedShare own;
        own.add(all.times[i]);
        const bool differs = v.kind != other.kind;
        if (v.kind == VerdictKind::Untestable || (own.disturbed == 0 && !differs)) continue;
        const bool byHolm = own.disturbed == 0; // through another hypothesis of its family
        const DisturbedShare& share = byHolm ? any : own;
        v.without_disturbed = WithoutDisturbed{v.kind, other.kind, other.n};
        const std::string seen = std::to_string(share.disturbed) + " of the " + std::to_string(share.of) + " turns " +
                                 (byHolm ? "that times of its family rest on" : "compared") +
                                 " were disturbed: something else used the machine.";
        const bool few = other.kind == VerdictKind::Untestable ||
                         (other.kind == VerdictKind::Inconclusive && other.n < blocksForVerdict(rules));
        if (!differs) v.why += " " + seen + " Without them the verdict is the same.";
        else
            withhold(v,
                     "But " + seen + " Counted, the verdict is " + lowered(title(v.kind)) + ", without them " +
                         (few ? "too little is left to judge." : "it is " + lowered(title(other.kind)) + "."),
                     "a quiet machine: stop what else runs on it, then measure again");
        v.measures.push_back(
            countMeasure("turns_disturbed", byHolm ? "compared in its family" : "compared", share.disturbed, share.of, "turns"));
    }
}

bool anyDisturbed(const std::vector<Draft>& drafts) {
    DisturbedShare any;
    for (const Draft& draft : drafts) any.add(draft);
    return any.disturbed > 0;
}

} // namespace

std::vector<Verdict> verdictBoard(const SweepData& data, const std::string& target, const std::optional<Instrument>& instrument) {
    // Of all runs: what is left out of quality must not move it to another mode.
    const CacheMode mode = leadingMode(data, target).value_or(CacheMode::RunIsolated);
    Judged all = judged(data, target, mode, instrument);
    if (anyDisturbed(all.times)) {
        const std::vector<TurnRecord> records = withoutDisturbedTimes(*data.records);
        withholdWhereTurnsWereDisturbed(all, judged(onRecords(data, records), target, mode, instrument), data.plan.analysis);
    }
    std::vector<Verdict>& board = all.board;
    const auto at = [&](const std::string& id) {
        return std::find_if(board.begin(), board.end(), [&](const Verdict& v) { return v.id == id; });
    };
    const Verdict h4b = verdictAttribution("H4b", *at("H4a"), *at("H5a"));
    const Verdict h5b = verdictAttribution("H5b", *at("H5a"), *at("H4a"));
    board.insert(at("H4a") + 1, h4b);
    board.insert(at("H5a") + 1, h5b);
    return std::move(all.board);
}

} // namespace looptax
