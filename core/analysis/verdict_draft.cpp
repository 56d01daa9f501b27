#include "analysis/verdict_draft.h"

#include "analysis/more_runs.h"
#include "base/text.h"
#include "stats/holm.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

namespace looptax {

namespace {

bool named(const std::vector<std::string>& family, const Draft& draft) {
    return std::find(family.begin(), family.end(), draft.key) != family.end();
}

// How many hypotheses of the family are not ahead of this one: what Holm multiplies its p by. One without a p
// cannot be ahead.
int holmWeight(const std::vector<std::optional<double>>& family, std::size_t size, double p) {
    const auto ahead = std::count_if(family.begin(), family.end(), [&](const auto& other) { return other && *other < p; });
    return int(size) - int(ahead);
}

std::string moreRunsText(int more, int now) {
    return counted(more, "more run") + " a cell (" + std::to_string(now + more) +
           " in all) would as likely as not decide it at this spread";
}

std::string listOf(const std::string& axis, const std::set<int>& values) {
    std::vector<std::string> words;
    for (const int value : values) words.push_back(std::to_string(value));
    return words.empty() ? std::string() : axis + " = " + joined(words, ", ");
}

std::string asSentence(const std::string& text) {
    if (text.empty() || text.front() < 'a' || text.front() > 'z') return text;
    return std::string(1, char(text.front() - 'a' + 'A')) + text.substr(1);
}

void closeKind(Draft& draft, const AnalysisRules& rules, int weight) {
    Verdict& v = draft.verdict;
    v.at_floor = !draft.floor.empty();
    const bool small = !draft.needs_p || (v.p_adjusted && *v.p_adjusted <= rules.alpha);
    const auto why = [&](const std::string& last) {
        std::string out = draft.seen + (last.empty() ? "" : ", " + last);
        if (v.p) out += "; " + probabilityText(*v.p);
        if (v.p && v.p_adjusted) out += ", after Holm " + probabilityText(*v.p_adjusted);
        out += ".";
        if (v.at_floor) out += " No run passes even at " + draft.floor + ": a fall could not have shown here.";
        return out;
    };
    if (draft.supports && small) {
        v.kind = VerdictKind::Supported;
        v.why = why({});
        return;
    }
    if (draft.rejects) {
        v.kind = VerdictKind::Rejected;
        v.why = why(draft.against);
        return;
    }
    v.kind = VerdictKind::Inconclusive;
    v.why = why(draft.supports ? "but p after Holm is above " + numberText(rules.alpha) : draft.open);
    if (v.at_floor) {
        v.decide = "an easier task or a stronger model, one that passes at " + draft.floor + "; more runs of this one cannot";
        return;
    }
    const double alpha = rules.alpha / double(std::max(1, draft.needs_p ? weight : 1));
    const auto needed = draft.runs_needed ? draft.runs_needed(alpha) : std::nullopt;
    if (needed && (draft.copies || *needed > draft.runs_now)) v.runs_needed = needed;
    if (needed && draft.copies) {
        // Repeats of this plan cannot help, so none are offered.
        v.decide = "runs with a seed each (seed_policy per-run): " + std::to_string(*needed) +
                   " a cell would as likely as not decide it, were their pass rates these";
    } else if (needed && *needed > draft.runs_now) {
        v.more_runs = *needed - draft.runs_now;
        v.decide = moreRunsText(*v.more_runs, draft.runs_now);
    } else {
        v.decide =
            "no number of runs up to " + std::to_string(kMostRuns) + " a cell decides it while the estimate stays where it is";
    }
    if (!draft.hint.empty()) v.decide += "; " + draft.hint;
}

void close(Draft& draft, const AnalysisRules& rules, int weight) {
    Verdict& v = draft.verdict;
    if (draft.decided_early) return;
    closeKind(draft, rules, weight);
    // H2 says that nothing changes: there it is a change that was shown which needs no power.
    const VerdictKind shown = draft.key == "H2" ? VerdictKind::Rejected : VerdictKind::Supported;
    if (v.kind != shown) v.power_n = draft.power_n;
}

} // namespace

std::string statementOf(std::string_view id) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kStatements{{
        {"H1", "The pass rate of A falls with the number of turns N."},
        {"H2", "The pass rate of B stays flat with the number of turns N."},
        {"H3", "The gap in passing between A and B widens with N."},
        {"H4a", "C, whose state is capped, has a cliff in depth N."},
        {"H4b", "A cliff in C means that depth is the cause."},
        {"H5a", "D, whose depth is fixed, has a cliff in state size."},
        {"H5b", "A cliff in D means that state size is the cause."},
        {"T1", "The TTFT of A grows with the turn."},
        {"T2", "The TTFT of C is flat once its state is full."},
        {"T3", "A costs more than C at the same turn."},
        {"T4", "The growth of A's TTFT is re-reading of its history, not attention over it."},
        {"Q1", "The pass rate falls with the number of entries held, over all designs."},
    }};
    for (const auto& [name, statement] : kStatements)
        if (name == id) return std::string(statement);
    return {};
}

Draft draftOf(const std::string& id, const std::string& target, std::optional<CacheMode> mode, const std::string& rule) {
    Draft draft;
    draft.key = id.substr(0, 2);
    draft.verdict.id = id;
    draft.verdict.target = target;
    draft.verdict.cache_mode = mode;
    draft.verdict.statement = statementOf(id);
    draft.verdict.rule = rule;
    return draft;
}

Draft untestable(Draft draft, const std::string& why, const std::string& decide) {
    draft.decided_early = true;
    draft.compared.clear(); // it rests on nothing
    draft.verdict.kind = VerdictKind::Untestable;
    draft.verdict.why = why;
    draft.verdict.decide = decide;
    draft.verdict.p.reset();
    return draft;
}

void leaveOutCopies(Draft& draft, int copies) {
    if (copies == 0) return;
    draft.copies = true;
    leaveOut(draft.verdict, copies,
             "copies of one conversation: same seed, same replies word for word, in every run of the cell");
}

void leaveOut(Verdict& v, int runs, const std::string& why) {
    v.left_out += runs;
    if (v.left_out_why.find(why) != std::string::npos) return; // of both designs of H3
    v.left_out_why += (v.left_out_why.empty() ? "" : "; ") + why;
}

void leaveOut(Draft& draft, const LeftOut& left) {
    Verdict& v = draft.verdict;
    v.left_out = left.total();
    v.left_out_why = left.text();
    for (const auto& [why, runs] : left.parts())
        v.measures.push_back(countMeasure("runs_left_out", why, runs, left.total(), "runs left out"));
}

Measure passedMeasure(const std::string& of, int passed, int n) { return countMeasure("runs_passed", of, passed, n, "runs"); }

Measure usableMeasure(const std::string& of, int n) { return countMeasure("usable", of, n, 0, {}); }

Measure medianTtft(const std::string& of, double ms, int n, const std::string& n_of) {
    return {"ttft_ms", of, ms, "ms", n, n_of, "median", {}, {}};
}

Draft notTriggered(Draft draft, const std::string& why) {
    draft.decided_early = true;
    draft.verdict.kind = VerdictKind::NotTriggered;
    draft.verdict.why = why;
    draft.verdict.p.reset();
    return draft;
}

std::vector<Verdict> finishVerdicts(std::vector<Draft> drafts, const AnalysisRules& rules) {
    std::vector<int> weights(drafts.size(), 1);
    for (const auto* names : {&rules.family, &rules.own_family}) {
        std::vector<std::optional<double>> family;
        for (const Draft& draft : drafts) family.push_back(named(*names, draft) ? draft.verdict.p : std::nullopt);
        // A hypothesis that was planned pays for the family also where it could not be tested.
        const auto adjusted = holmAdjusted(family, int(names->size()));
        for (std::size_t i = 0; i < drafts.size(); ++i) {
            if (!family[i]) continue;
            drafts[i].verdict.p_adjusted = adjusted[i];
            weights[i] = holmWeight(family, names->size(), *family[i]);
        }
    }
    std::vector<Verdict> out;
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        close(drafts[i], rules, weights[i]);
        drafts[i].verdict.why = asSentence(drafts[i].verdict.why);
        out.push_back(std::move(drafts[i].verdict));
    }
    return out;
}

std::string plainText(double value, int decimals) {
    const std::string text = fixedText(value, decimals);
    const bool zero = text.find_first_not_of("-0.") == std::string::npos;
    return zero && !text.empty() && text.front() == '-' ? text.substr(1) : text;
}

std::string percentText(double share) { return plainText(100 * share, 0) + " %"; }

std::string pointsText(double share) {
    const double points = 100 * share;
    const bool whole = std::abs(points - std::round(points)) < 0.05;
    return plainText(points, whole ? 0 : 1) + " points";
}

std::string timesText(double ratio) { return sharpText(ratio) + " times"; }

std::string sharpText(double value) {
    if (value == 0 || !std::isfinite(value)) return "0";
    const int whole = int(std::floor(std::log10(std::abs(value)))) + 1; // digits before the point
    if (value >= 0.9 && value < 1.1) return plainText(value, 3);        // of ratios, what counts is how far they are from 1
    return plainText(value, std::clamp(3 - whole, 0, 12));
}

std::string probabilityText(double p) {
    if (p < 0.0001) return "p < 0.0001";
    return "p = " + fixedText(p, p < 0.001 ? 5 : p < 0.1 ? 4 : 2);
}

std::string modeText(CacheMode mode) { return std::string(name(mode)); }

std::string designsText(const std::vector<const JudgedRun*>& runs) {
    std::set<std::string> designs;
    for (const JudgedRun* run : runs) designs.insert(run->design);
    return joined({designs.begin(), designs.end()}, ", ");
}

std::string runsText(const std::vector<const JudgedRun*>& runs) {
    std::set<int> lengths, paddings;
    for (const JudgedRun* run : runs) {
        lengths.insert(run->n);
        if (run->padding) paddings.insert(*run->padding);
    }
    const std::string padded = listOf("padding", paddings);
    return counted(int(runs.size()), "run") + " of " + designsText(runs) + " (" + listOf("N", lengths) +
           (padded.empty() ? "" : "; " + padded) + ")";
}

std::string levelText(const Interval& interval) {
    const double percent = 100 * interval.coverage;
    const bool whole = std::abs(percent - std::round(percent)) < 0.05;
    return fixedText(percent, whole ? 0 : 1) + " %";
}

} // namespace looptax
