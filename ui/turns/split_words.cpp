#include "ui/turns/split_words.h"

#include "ui/style/numbers.h"
#include "ui/style/text.h"
#include "ui/turns/plain_pages.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

constexpr int kBarWidth = 14; // the line with its words and number fits beside the charts at 1280 px
// As they are read: the tax first.
constexpr std::array<TaxPart, kTaxParts> kOrder{TaxPart::Reread, TaxPart::NewMessage, TaxPart::Attention, TaxPart::Fixed,
                                                TaxPart::Outside};

QString ms(double value) {
    return (value < 0 ? QStringLiteral("−") : QString()) + msText(std::abs(value)) + QStringLiteral(" ms");
}

QString bar(double value, double most) {
    if (!(most > 0) || !(value > 0)) return {};
    return QString(std::max(1, int(std::lround(value / most * kBarWidth))), QChar(0x2588));
}

QString tokens(double count) { return QString::number(qint64(std::llround(count))); }

// Why the part is not there.
QString absence(TaxPart part, const TurnRecord& record, const TurnSplit& split) {
    if (record.outcome != Outcome::Ok) return text(words(NoSplit::NotOk));
    if (part == TaxPart::Outside)
        return record.prompt_ms ? QStringLiteral("the runtime's prompt time cannot be: it is negative or longer than "
                                                 "the whole wait")
                                : QStringLiteral("the runtime reports no prompt time");
    return text(words(split.why));
}

QString lawWords(const TargetTax& tax) {
    const PrefillLaw& law = tax.law;
    if (!law.told_apart)
        return QStringLiteral("The turns of %1 cannot tell the parts apart: %2.")
            .arg(shownText(law.target), shownText(law.why_not));
    const auto percent = [](const std::optional<double>& value) {
        return value ? QString::number(*value, 'f', 1) + QStringLiteral(" %") : QStringLiteral("unknown");
    };
    const QString form = law.form == Attended::Mean
                             ? QStringLiteral("attended = prompt - processed / 2, what a token attends to on average")
                             : QStringLiteral("attended = prompt: this server computes attention to all of it");
    return QStringLiteral(
               "The prefill cost model of %1, fitted to %2 turns of %3 runs:\n%4\n%5\nHalf of these turns lie within %6 "
               "of it. A range covers the 95 % interval of the part's parameter%7.")
        .arg(shownText(law.target))
        .arg(law.turns)
        .arg(law.runs)
        .arg(QString::fromStdString(lawText(law)), form, percent(law.residual_percent),
             tax.other_form.told_apart ? QStringLiteral(", whether a token attends to those before it or to the whole prompt")
                                       : QString());
}

} // namespace

QString splitWords(const TurnRecord& record, const TurnSplit& split, const TargetTax* tax) {
    QString out;
    if (record.ttft_ms) out += QStringLiteral("The time to the first token, %1, split:\n").arg(ms(*record.ttft_ms));
    else out += QStringLiteral("There was no first token.\n");
    double most = record.ttft_ms.value_or(0);
    for (const auto& part : split.ms) most = std::max(most, part.value_or(0));
    for (const TaxPart part : kOrder) {
        out += QStringLiteral("\n%1 ").arg(text(words(part)), -26);
        if (const auto& value = split[part]) out += QStringLiteral("%1 %2").arg(ms(*value), 10).arg(bar(*value, most));
        else out += QStringLiteral("absent: ") + absence(part, record, split);
    }
    if (split.left_over_ms)
        out += QStringLiteral("\n%1 %2").arg(QStringLiteral("not explained"), -26).arg(ms(*split.left_over_ms), 10);
    // On lines of their own: behind the bars they would not fit beside the charts.
    QString ranges;
    for (const TaxPart part : kOrder)
        if (const auto& range = split.range(part))
            ranges += QStringLiteral("\n%1 %2 to %3").arg(text(words(part)), -26).arg(msText(range->low), ms(range->high));
    if (!ranges.isEmpty()) out += QStringLiteral("\n\nRanges of the fitted parts:") + ranges;
    if (record.outcome == Outcome::Ok && record.processed_tokens) {
        out += QStringLiteral("\n\nRead anew: %1 tokens").arg(*record.processed_tokens);
        if (split.message_tokens) {
            const double read = double(*record.processed_tokens);
            const double fresh = std::min(read, *split.message_tokens);
            out += QStringLiteral(", of them %1 of the new message and %2 again").arg(tokens(fresh), tokens(read - fresh));
            if (record.turn == 1) out += QStringLiteral(": on turn 1 the whole prompt is new");
            else if (record.state_file_bytes)
                out += QStringLiteral(": the new message is one entry, by what the prompts of this target grew when the "
                                      "state first grew");
            else out += QStringLiteral(": the new message is what the prompt grew by beyond the reply before");
        }
        out += QLatin1Char('.');
    }
    if (tax != nullptr) out += QStringLiteral("\n\n") + lawWords(*tax);
    return out;
}

} // namespace looptax
