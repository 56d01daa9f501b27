// The verdict board: what the sweep shows of each hypothesis and what it cannot, the rule that decided beside
// every verdict, and no sentence that claims more than its row.
#include "base/text.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"
#include "stats/fisher.h"

#include <algorithm>
#include <array>

namespace looptax {

using namespace doc;

namespace {

constexpr std::array kKinds{VerdictKind::Supported,    VerdictKind::Rejected,   VerdictKind::Inconclusive,
                            VerdictKind::NotTriggered, VerdictKind::Untestable, VerdictKind::StillCollecting};

// The dates of the changes that came after the first turn.
std::string datesOf(const std::vector<Amendment>& amendments) {
    constexpr std::size_t kDate = 10;
    std::vector<std::string> dates;
    for (const Amendment& amendment : amendments)
        if (const std::string date = amendment.t.substr(0, kDate); amendment.after_data && !date.empty())
            if (dates.empty() || dates.back() != date) dates.push_back(date);
    return joined(dates, ", ");
}

std::string verdictText(const Verdict& verdict, const std::vector<Amendment>& amendments) {
    std::string out(title(verdict.kind));
    if (verdict.trivially) out += ", trivially";
    if (!verdict.after_data) return out;
    const std::string dates = datesOf(amendments);
    return out + " (changed after data" + (dates.empty() ? "" : ", " + dates) + ")";
}

std::string effectText(const Verdict& verdict) {
    return verdict.effect ? supportedText(*verdict.effect, verdict.interval) : std::string();
}

std::string countOf(const Verdict& verdict) {
    return verdict.n == 0 ? std::string() : std::to_string(verdict.n); // 0: nothing was looked at
}

std::vector<const Verdict*> verdictsOf(const Analysis& analysis, const std::string& target) {
    std::vector<const Verdict*> out;
    for (const Verdict& verdict : analysis.verdicts)
        if (verdict.target == target) out.push_back(&verdict);
    return out;
}

std::vector<std::string> targetsOf(const Analysis& analysis) {
    std::vector<std::string> out;
    for (const Verdict& verdict : analysis.verdicts)
        if (std::find(out.begin(), out.end(), verdict.target) == out.end()) out.push_back(verdict.target);
    return out;
}

// "Supported: T1, T3. Inconclusive: H1."
std::string tally(const std::vector<const Verdict*>& verdicts) {
    std::vector<std::string> parts;
    for (const VerdictKind kind : kKinds) {
        std::vector<std::string> ids;
        for (const Verdict* verdict : verdicts)
            if (verdict->kind == kind) ids.push_back(verdict->id + (verdict->trivially ? " (trivially)" : ""));
        if (!ids.empty()) parts.push_back(std::string(title(kind)) + ": " + joined(ids, ", "));
    }
    return joined(parts, ". ") + ".";
}

Table boardOf(const ReportContext& context, const std::string& target, const std::vector<const Verdict*>& verdicts) {
    constexpr const char* kCacheMode = "cache mode";
    constexpr const char* kUnit = "unit";
    Table table{(context.simulated(target) ? "SIMULATED: verdicts" : "Verdicts") + std::string(" · ") + target,
                {{"id", false},
                 {"hypothesis", false},
                 {"verdict", false},
                 {"effect", true},
                 {kUnit, false},
                 {kInterval, true},
                 {"p", true},
                 {"p, Holm", true},
                 {"n", true},
                 {kCacheMode, false}},
                {}};
    table.columns[2].verdict = true;
    for (const Verdict* verdict : verdicts)
        table.rows.push_back({verdict->id, verdict->statement, verdictText(*verdict, context.in.amendments), effectText(*verdict),
                              verdict->effect ? verdict->effect_unit : "", intervalWithCoverage(verdict->interval),
                              pText(verdict->p), pText(verdict->p_adjusted), countOf(*verdict),
                              verdict->cache_mode ? std::string(name(*verdict->cache_mode)) : ""});
    dropIfEmpty(table, kUnit);
    dropIfEmpty(table, kCacheMode);
    liftCoverage(table, kInterval);
    return table;
}

Phrase detailOf(const Verdict& v, const std::vector<Amendment>& amendments, double alpha) {
    Phrase out{strong(v.id + " " + verdictText(v, amendments) + ".")};
    std::string text;
    const auto say = [&](const std::string& begin, const std::string& what) {
        if (what.empty()) return;
        text += " " + begin + what;
        if (std::string_view(".!?\"").find(what.back()) == std::string_view::npos) text += '.';
    };
    say("", v.why);
    if (v.effect) say("Effect: ", v.effect_name + (v.interval ? ", interval by " + v.interval->method : ""));
    if (v.n > 0 && !v.n_of.empty()) say("n: ", std::to_string(v.n) + " " + v.n_of);
    say("Test: ", v.test);
    if (!v.rule.empty()) say("Rule: ", "\"" + v.rule + (v.rule.back() == '.' ? "\"" : "\"."));
    if (v.left_out > 0)
        say(counted(v.left_out, "run was", "runs were") + " left out: ", v.left_out_why.empty() ? "not usable" : v.left_out_why);
    // Of times, runs are left out by what they were; that none was is said too.
    if (v.left_out == 0 && v.n > 0 && v.id.front() == 'T') say("", "No run was left out.");
    if (v.power_n > 0) say("Power: ", powerText(powerTable(v.power_n, kPowerShares, alpha), alpha));
    say("What would decide it: ", v.decide);
    out.push_back({text});
    return out;
}

std::string rulesText(const AnalysisRules& rules) {
    return "Alpha " + numberText(rules.alpha) + ", Holm over " + joined(rules.family, ", ") + " and, apart, over " +
           joined(rules.own_family, ", ") + "; a change of a pass rate counts from " + numberText(rules.delta_q) +
           " on, one of a time from a ratio of " + numberText(rules.delta_t) + " on; primary endpoint " + rules.primary + ".";
}

} // namespace

void addVerdicts(Document& document, const ReportContext& context) {
    document.add(Heading{2, "Verdicts"});
    const ReportInputs& in = context.in;
    if (context.analysis() == nullptr || context.analysis()->verdicts.empty()) {
        document.add(Paragraph{plain(in.plan ? "No hypothesis was looked at."
                                             : "The plan is not on record, and without its rules there are "
                                               "no verdicts.")});
        return;
    }
    const Analysis& analysis = *context.analysis();
    for (const Caution& caution : analysis.cautions) document.add(Notice{Notice::Kind::Warning, plain(caution.text)});
    document.add(Paragraph{plain(rulesText(analysis.rules) +
                                 " A verdict of Supported or Rejected says what its rule asked for and no more; "
                                 "Inconclusive says that the data fit both. Targets are judged apart.")});
    for (const std::string& target : targetsOf(analysis)) {
        const auto verdicts = verdictsOf(analysis, target);
        document.add(boardOf(context, target, verdicts));
        document.add(Paragraph{plain(tally(verdicts))});
        BulletList list;
        for (const Verdict* verdict : verdicts)
            list.items.push_back(detailOf(*verdict, in.amendments, context.analysis()->rules.alpha));
        document.add(std::move(list));
    }
}

} // namespace looptax
