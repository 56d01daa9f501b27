// "How the cost grows": a line through the turns of every run, then runs against each other. The three ways to say
// it stand side by side: ms per 1,000 tokens, elasticity, and a ratio with its baseline named.
#include "base/text.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"

#include <algorithm>

namespace looptax {

using namespace doc;

namespace {

std::string valueText(const Estimate& estimate) {
    return estimate.value ? supportedText(*estimate.value, estimate.interval) : std::string();
}

// "311 [300 to 322 (93.75 %)]" in two columns.
void put(std::vector<std::string>& row, const Estimate& estimate) {
    row.push_back(valueText(estimate));
    row.push_back(intervalWithCoverage(estimate.interval));
}

bool says(const LoopSlopes& slopes) {
    return slopes.ratio.value || std::any_of(slopes.by.begin(), slopes.by.end(),
                                             [](const AxisSummary& axis) { return axis.ms_per_1k.value.has_value(); });
}

void addAxis(Document& document, const ReportContext& context, TokenAxis axis, const std::string& words) {
    constexpr const char* kSlopeInterval = "slope, interval (coverage)";
    constexpr const char* kElasticityInterval = "elasticity, interval (coverage)";
    Table table{"TTFT against " + words + ": Theil-Sen within each run, median over runs",
                {{"design", false},
                 {"N", true},
                 {"cache mode", false},
                 {"n", true},
                 {"ms per 1,000 tokens", true},
                 {kSlopeInterval, true},
                 {"at no tokens, ms", true},
                 {"elasticity", true},
                 {kElasticityInterval, true}},
                {}};
    for (const LoopSlopes& slopes : context.slopes) {
        const AxisSummary& of = slopes.on(axis);
        if (!of.ms_per_1k.value) continue;
        std::vector<std::string> row{cellText(context, slopes.key), std::to_string(slopes.key.n),
                                     std::string(name(slopes.key.cache_mode)), std::to_string(of.ms_per_1k.n)};
        put(row, of.ms_per_1k);
        row.push_back(valueText(of.intercept_ms));
        put(row, of.elasticity);
        table.rows.push_back(std::move(row));
    }
    if (table.rows.empty()) return;
    dropIfEmpty(table, kSlopeInterval);
    dropIfEmpty(table, "elasticity");
    dropIfEmpty(table, kElasticityInterval);
    liftCoverage(table, kSlopeInterval);
    liftCoverage(table, kElasticityInterval);
    document.add(std::move(table));
}

void addRatios(Document& document, const ReportContext& context) {
    constexpr const char* kGeometric = "t on logs (coverage)";
    constexpr const char* kExact = "order statistics (coverage)";
    Table table{"TTFT of turn N over turn 1 of the same run",
                {{"design", false},
                 {"N", true},
                 {"cache mode", false},
                 {"n", true},
                 {"geometric mean", true},
                 {kGeometric, true},
                 {"median", true},
                 {kExact, true},
                 {"baseline", false}},
                {}};
    for (const LoopSlopes& slopes : context.slopes) {
        if (!slopes.ratio.value) continue;
        std::vector<std::string> row{cellText(context, slopes.key), std::to_string(slopes.key.n),
                                     std::string(name(slopes.key.cache_mode)), std::to_string(slopes.ratio.n)};
        put(row, slopes.ratio);
        put(row, slopes.ratio_median);
        row.push_back(slopes.baseline);
        table.rows.push_back(std::move(row));
    }
    if (table.rows.empty()) return;
    dropIfEmpty(table, kGeometric);
    dropIfEmpty(table, kExact);
    liftCoverage(table, kGeometric, "t on logs");
    liftCoverage(table, kExact, "order statistics");
    document.add(std::move(table));
}

} // namespace

void addSlopes(Document& document, const ReportContext& context) {
    if (std::none_of(context.slopes.begin(), context.slopes.end(), says)) return;
    document.add(Heading{2, "How the cost grows"});
    document.add(Paragraph{
        plain("A line through the turns of each run, then the runs against each other; n counts runs. Elasticity is the slope "
              "of ln TTFT on ln tokens: about 1 where the time is in proportion to the tokens, about 0 where it is flat. A "
              "slope on processed tokens is the price of reading; one on the context is the price of a loop that grows, and "
              "where the prefix is reused it is not the price of reading. A ratio stands and falls with its baseline: turn 1 "
              "of a run-isolated run reuses nothing, the turns after it do.")});
    addAxis(document, context, TokenAxis::Processed, "processed tokens (read anew, the runtime's count)");
    addAxis(document, context, TokenAxis::Prompt, "context tokens (the whole prompt, the runtime's count)");
    const bool counted = std::any_of(context.slopes.begin(), context.slopes.end(), [](const LoopSlopes& slopes) {
        return slopes.on(TokenAxis::Prompt).ms_per_1k.value.has_value();
    });
    if (!counted) addAxis(document, context, TokenAxis::ContextEstimate, "context tokens (characters / 4, an estimate)");
    addRatios(document, context);
}

} // namespace looptax
