// "Cached tokens, estimated": of runtimes that do not count them. Apart from everything measured, with its method.
#include "base/text.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"

#include <algorithm>

namespace looptax {

using namespace doc;

namespace {

std::string lawText(const ReadingRate& rate) {
    std::string out = fixedText(rate.per_token_ms, 3) + " ms a token";
    if (rate.per_token_context_ms > 0)
        out += " and " + fixedText(1000 * rate.per_token_context_ms, 3) + " ms more for every 1,000 tokens of context";
    if (rate.fixed_ms > 0) out += ", after " + fixedText(rate.fixed_ms, 1) + " ms";
    return out;
}

void addRates(Document& document, const ReportContext& context) {
    BulletList list;
    for (const ReadingRate& rate : context.estimates.rates) {
        const std::string name = rate.target + (context.simulated(rate.target) ? " (SIMULATED)" : "");
        if (!rate.fitted) list.items.push_back(plain(name + ": no estimate. " + rate.why_not + "."));
        else
            list.items.push_back(plain(name + ": " + lawText(rate) + ", from " + counted(rate.turns, "cold turn", "cold turns") +
                                       " of " + std::to_string(rate.shortest) + " to " + std::to_string(rate.longest) +
                                       " prompt tokens; one turn lies within " + fixedText(rate.spread_percent, 1) +
                                       " % of it (1 sd)."));
    }
    document.add(std::move(list));
}

} // namespace

void addEstimates(Document& document, const ReportContext& context) {
    if (context.estimates.rates.empty()) return;
    document.add(Heading{2, "Cached tokens, estimated"});
    document.add(Notice{
        Notice::Kind::Note,
        {strong("An estimate, not a measurement."),
         {" These runtimes do not say which prompt tokens they reused. What stands here is worked out from the time they say "
          "they spent on the prompt (prompt_ms), by the rate at which they read prompts that were known to be cold in this "
          "session; the interval, 95 %, holds the spread of such a turn and the uncertainty of the rate, and beside it up to "
          "20 % of what was read, since the rate was seen on prompts read whole. It stands in no "
          "measured column, no curve and no verdict (cached_tokens_estimate in turns.csv). How far such an estimate is off "
          "was held once against the counts of the server that Ollama 0.33.0 runs as its child, on a quiet machine with "
          "SmolLM2 135M, 34 later turns: by 3 tokens at the median, by 13 at most, and the interval held all of them; beside "
          "other programs a disturbed turn was off by as much as the disturbance took, once by 210 tokens."}}});
    addRates(document, context);
    const auto rows = summarizeEstimates(context.in.turns, context.estimates);
    if (rows.empty()) return;
    Table table{"Cached tokens by design and turn, ESTIMATED; medians over turns",
                {{"target"},
                 {"design"},
                 {"cache mode"},
                 {"turn", true},
                 {"turns", true},
                 {"prompt tok", true},
                 {"cached, estimate", true},
                 {"interval", true}},
                {}};
    for (const EstimateSummary& row : rows) {
        std::string design = context.designText(row.key.design);
        if (row.key.cap) design += ", cap " + std::to_string(*row.key.cap);
        if (row.key.padding) design += ", padding " + std::to_string(*row.key.padding);
        table.rows.push_back({row.key.target, design, std::string(name(row.key.cache_mode)), std::to_string(row.key.turn),
                              std::to_string(row.turns), rounded(row.prompt_tokens), rounded(row.tokens),
                              rounded(row.low) + " to " + rounded(row.high)});
    }
    document.add(std::move(table));
}

} // namespace looptax
