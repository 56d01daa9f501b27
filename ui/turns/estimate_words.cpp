#include "ui/turns/estimate_words.h"

#include "ui/style/numbers.h"
#include "ui/turns/plain_pages.h"

#include <algorithm>

namespace looptax {

QString estimateWords(const TurnRecord& record, const CacheEstimates& estimates, const std::optional<CachedEstimate>& estimate) {
    const auto rate = std::find_if(estimates.rates.begin(), estimates.rates.end(),
                                   [&](const ReadingRate& r) { return r.target == record.target; });
    if (rate == estimates.rates.end()) return {};
    if (!rate->fitted)
        return QStringLiteral("Nor is there an estimate of what %1 reused: %2.")
            .arg(shownText(rate->target), shownText(rate->why_not));
    if (!estimate || !record.prompt_tokens || !record.prompt_ms)
        return QStringLiteral("Nor is there an estimate of what was reused: the time this turn says it read is not one "
                              "that reading takes here.");
    return QStringLiteral(
               "── an estimate, not a count ──\n"
               "Of %1 prompt tokens about %2 were reused (95 %: %3 to %4), so about %5 were read anew.\n\n"
               "Told by the time the runtime says it read, %6 ms, at the rate of this session's %7 cold turns:\n"
               "%8 ms + tokens processed × (%9 ms + %10 ms × tokens attended to); a cold turn lies within %11 % of it (one "
               "standard deviation).")
        .arg(*record.prompt_tokens)
        .arg(estimate->tokens)
        .arg(estimate->low)
        .arg(estimate->high)
        .arg(*record.prompt_tokens - estimate->tokens)
        .arg(msText(record.prompt_ms))
        .arg(rate->turns)
        .arg(rate->fixed_ms, 0, 'f', 1)
        .arg(rate->per_token_ms, 0, 'g', 3)
        .arg(rate->per_token_context_ms, 0, 'g', 2)
        .arg(rate->spread_percent, 0, 'f', 1);
}

} // namespace looptax
