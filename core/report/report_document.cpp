#include "base/text.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"
#include "report/run_counts.h"
#include "report/svg_file.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace looptax {

using namespace doc;

namespace {

constexpr int kScreening = 8;

std::string sessionId(const ReportInputs& in) {
    if (!in.sessions.empty() && in.sessions.front())
        if (const std::string id = textMember(*in.sessions.front(), "session"); !id.empty()) return id;
    return in.turns.empty() ? std::string() : in.turns.front().session;
}

std::string titleOf(const ReportContext& context) {
    if (context.allSimulated()) return "The loop tax, SIMULATED: no model was measured";
    if (context.anySimulated()) return "The loop tax, measured and in part SIMULATED";
    return "The loop tax, measured";
}

void addSimulated(Document& document, const ReportContext& context) {
    if (!context.anySimulated()) return;
    std::vector<std::string> ids;
    for (const ReportTarget& target : context.targets)
        if (target.simulated) ids.push_back(target.id);
    document.add(Notice{Notice::Kind::Simulated,
                        plain("the numbers of " + joined(ids, ", ") +
                              " come from this program's own scripted server, which answers by rule and waits as "
                              "long as it was told to. They test the instrument and say nothing about any model.")});
}

void addProgress(Document& document, const ReportContext& context) {
    const RunCounts c = countRuns(context.in);
    if (context.in.turns.empty())
        document.add(Notice{Notice::Kind::Warning, plain("nothing was measured yet: there is no turn on record.")});
    else if (context.summary.turns.empty())
        document.add(Notice{Notice::Kind::Warning, plain("no run is complete: there are no times to show, because "
                                                         "times are taken from complete runs only.")});
    if (!context.in.turns.empty() && c.complete < c.planned)
        document.add(Notice{Notice::Kind::Note, plain("this is not the whole plan: " + std::to_string(c.complete) + " of " +
                                                      counted(c.planned, "planned run is", "planned runs are") + " complete.")});
    const auto plan = context.planInForce();
    const Analysis* analysis = context.analysis();
    if (analysis != nullptr && !analysis->headline.empty()) {
        Phrase words{strong(analysis->headline)};
        if (analysis->add_repeats > 0)
            words.push_back({" " + counted(analysis->add_repeats, "more repeat", "more repeats") +
                             " of the same plan would make verdicts possible."});
        document.add(Notice{Notice::Kind::Note, std::move(words)});
    } else if (context.mostBlocks() == 1) {
        document.add(Notice{Notice::Kind::Note,
                            {strong("one run: no interval, no verdict."),
                             {" Every number below was seen once" + std::string(plan && plan->repeats > 1 ? " so far" : "") +
                              "; the next run may differ by more than two designs do. From " + std::to_string(kScreening) +
                              " repeats on a claim can be made."}}});
    }
}

void addTextWarnings(Document& document, const ReportInputs& in) {
    constexpr std::size_t kMost = 20;
    for (std::size_t i = 0; i < std::min(in.warnings.size(), kMost); ++i)
        document.add(Notice{Notice::Kind::Warning, plain(in.warnings[i])});
    if (in.warnings.size() > kMost)
        document.add(Notice{Notice::Kind::Warning, plain("and " + std::to_string(in.warnings.size() - kMost) +
                                                         " more; looptax verify lists them all.")});
    for (const Amendment& amendment : in.amendments)
        document.add(
            Notice{amendment.after_data ? Notice::Kind::Warning : Notice::Kind::Note, plain(amendmentSentence(amendment))});
}

// "Undecided on llamacpp, whatever the medians look like: H1, T2; the verdicts say what would decide them."
std::vector<std::string> undecided(const ReportContext& context) {
    std::vector<std::string> out;
    if (context.analysis() == nullptr) return out;
    for (const ReportTarget& target : context.targets) {
        std::vector<std::string> open, untested, trivial;
        for (const Verdict& verdict : context.analysis()->verdicts) {
            if (verdict.target != target.id) continue;
            if (verdict.kind == VerdictKind::Inconclusive) open.push_back(verdict.id);
            if (verdict.kind == VerdictKind::Untestable) untested.push_back(verdict.id);
            if (verdict.trivially) trivial.push_back(verdict.id);
        }
        if (!open.empty())
            out.push_back("Undecided on " + target.id + ", whatever the medians look like: " + joined(open, ", ") +
                          "; the verdicts say what would decide them.");
        if (!untested.empty())
            out.push_back("Not looked at on " + target.id +
                          ", because this sweep holds nothing to test it with: " + joined(untested, ", ") + ".");
        if (!trivial.empty())
            out.push_back("That a failure would have been noticed on " + target.id + ": " + joined(trivial, ", ") +
                          " held trivially, since nothing failed.");
    }
    return out;
}

} // namespace

void addOpening(Document& document, const ReportContext& context) {
    document.add(Heading{2, "The question"});
    document.add(Paragraph{plain("What does one more turn of an agent loop cost on this runtime: in time to the first "
                                 "token, in tokens read anew, in decode rate and in right answers, by loop design and "
                                 "by turn.")});
    std::vector<std::string> where;
    for (const ReportTarget& target : context.targets)
        where.push_back(target.id + ": " + (target.model.empty() ? "a model without a name" : target.model) + " on " +
                        (target.kind.empty() ? "a runtime without a name" : target.kind) +
                        (target.version.empty() ? "" : " " + target.version));
    if (!where.empty()) document.add(Paragraph{plain("Measured at " + joined(where, "; ") + ".")});
    addSimulated(document, context);
    addTextWarnings(document, context.in);
    addProgress(document, context);
}

void addCharts(Document& document, const ReportContext& context) {
    const std::string id = sessionId(context.in);
    document.add(Heading{2, "Charts"});
    bool any = false;
    for (const ReportChart& chart : context.in.charts) {
        const auto refuse = [&](const std::string& why) {
            document.add(Notice{Notice::Kind::Warning, plain("charts/" + chart.name + ".svg was left out: " + why)});
        };
        if (const std::string problem = svgProblem(chart.svg); !problem.empty()) {
            refuse("this is not a drawing of looptax-workbench: " + problem + ".");
            continue;
        }
        if (const std::string of = svgFact(chart.svg, "session"); !of.empty() && of != id) {
            refuse("it was drawn from another session, " + of + ".");
            continue;
        }
        const std::string title = svgTitle(chart.svg).empty() ? chart.name : svgTitle(chart.svg);
        std::string caption = context.anySimulated() ? "SIMULATED: " + title + "." : "";
        const auto drawn = parseInteger(svgFact(chart.svg, "turns on record"));
        if (drawn && *drawn != std::int64_t(context.in.turns.size()))
            caption += std::string(caption.empty() ? "" : " ") + "Drawn when " + std::to_string(*drawn) + " of the " +
                       std::to_string(context.in.turns.size()) + " turns here were on record.";
        document.add(Figure{chart.name, title, svgDescription(chart.svg), caption, chart.svg});
        any = true;
    }
    if (any) return;
    const std::string session = id.empty() ? "SESSION" : id;
    document.add(Notice{Notice::Kind::Note,
                        {{"there are no charts in this report. "},
                         code("looptax-workbench --export " + session + " --to " + session + "/charts"),
                         {" draws them where a run is complete; "},
                         code("looptax report " + session + " --format html -o report.html"),
                         {" then puts them here, and draws them itself where looptax-workbench lies beside it."}}});
}

void addLimits(Document& document, const ReportContext& context) {
    document.add(Heading{2, "What this does not show"});
    BulletList list;
    const auto say = [&](const std::string& text) { list.items.push_back(plain(text)); };
    const auto plan = context.planInForce();
    if (context.anySimulated()) say("Anything about a model: see SIMULATED above.");
    if (plan && plan->repeats < kScreening)
        say(counted(plan->repeats, "repeat is", "repeats are") +
            " a screening: fewer than 8 cannot support a claim at the 5 % level, and fewer than six have no interval of a "
            "median that covers 95 %.");
    if (plan && plan->repeats > 1 && sharesSeed(plan->sampling))
        say("Every repeat used the same seed: replies may be copies, so quality was measured fewer times "
            "than n says.");
    for (const std::string& open : undecided(context)) say(open);
    if (context.targets.size() > 1)
        say("Targets differ in runtime and, as far as their digests tell, may differ in the model file: "
            "compare within "
            "a target, not across.");
    bool carry = false, unknown = false, noAnswer = false;
    for (const TurnRecord& turn : context.in.turns) {
        carry = carry || turn.carry_over;
        unknown = unknown || (turn.outcome == Outcome::Ok && !turn.cached_tokens);
        noAnswer = noAnswer || turn.outcome != Outcome::Ok;
    }
    if (carry) say("Turn 1 in natural cache mode depends on what ran before it; it is left out of every median.");
    if (unknown)
        say("The runtime did not report cached tokens for some turns: whether they were read anew or reused "
            "is "
            "unknown, and no estimate was put in its place.");
    if (noAnswer) say("Failed turns have no times here; their runs are in the pass counts only.");
    if (plan && plan->on_bad_turn == OnBadTurn::Carry)
        say("After a wrong but well-formed answer the wrong state was carried on: later turns of that run "
            "start from "
            "it.");
    say("Context in tokens is characters / 4, an estimate; the runtime's own prompt tokens stand beside it.");
    say("Cells of different N share their first turns, and with a seed for each repeat often the very reply: they are "
        "not independent measurements. Where they do, Wilson's interval beside a turn counts blocks, not turns.");
    const bool forbidden = plan && std::count(plan->cache_modes.begin(), plan->cache_modes.end(), CacheMode::Cold) > 0;
    say("Benchmarks by the rules of MLPerf Inference forbid reuse of the KV cache between queries and compute every prompt "
        "whole. What a loop re-reads and what it reuses is the question here, so these numbers do not compare with such ones" +
        std::string(forbidden ? ", but for the cache mode cold, in which nothing is reused either."
                              : ": the cache mode cold, in which nothing is reused either, was not run."));
    say("The decode rate counts a stop token where the runtime does, a bias of one in the tokens of the "
        "reply.");
    document.add(std::move(list));
    document.add(Heading{2, "What the numbers are"});
    BulletList words;
    for (const auto& [term, sentence] : definitions())
        words.items.push_back({strong(std::string(term)), {": " + std::string(sentence)}});
    document.add(std::move(words));
}

void addRepeat(Document& document, const ReportContext& context) {
    const ReportInputs& in = context.in;
    document.add(Heading{2, "How to repeat it"});
    if (in.plan_text.empty()) {
        document.add(Paragraph{plain("The plan is not on record.")});
    } else {
        document.add(Paragraph{{{"Save this plan as plan.json, then:"}}});
        document.add(CodeBlock{"looptax run plan.json --out DIR", "sh"});
        document.add(CodeBlock{in.plan_text, "json"});
    }
    document.add(Paragraph{plain("Made by looptax " + in.version + " (" + in.commit +
                                 ") from journal.jsonl: the same build makes the same record, calibration and charts into the "
                                 "same bytes. Every turn is a row of "
                                 "turns.csv; every number of this page with its definition, n and method is in summary.json.")});
}

Document reportDocument(const ReportInputs& in) {
    const ReportContext context(in);
    Document document;
    document.title = titleOf(context);
    addOpening(document, context);
    addVerdicts(document, context);
    addPublished(document, context);
    addCharts(document, context);
    addGlance(document, context);
    addTurns(document, context);
    addSlopes(document, context);
    addTax(document, context);
    addReread(document, context);
    addCacheModes(document, context);
    addEstimates(document, context);
    addMachine(document, context);
    addQuality(document, context);
    addTruncatedPrompts(document, context);
    addFailures(document, context);
    addConditions(document, context);
    addInstrument(document, context);
    addLimits(document, context);
    addRepeat(document, context);
    addMethods(document, context);
    return document;
}

std::string reportMarkdown(const ReportInputs& in) { return markdownDocument(reportDocument(in)); }

std::string reportHtml(const ReportInputs& in) { return htmlDocument(reportDocument(in)); }

} // namespace looptax
