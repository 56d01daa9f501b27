#include "ui/turns/stream_text.h"

#include "domain/stream_kind.h"
#include "ui/turns/machine_text.h"

#include <QStringList>

namespace looptax {

namespace {

QString averageText(const TurnRecord& r) {
    if (r.predicted_tokens.value_or(0) <= 0 || r.delta_count.value_or(0) <= 0) return {};
    return QStringLiteral("%1 tokens a chunk on average").arg(double(*r.predicted_tokens) / double(*r.delta_count), 0, 'f', 1);
}

QString withAverage(const QString& text, const TurnRecord& r) {
    const QString average = averageText(r);
    return average.isEmpty() ? text : text + QStringLiteral(", ") + average;
}

} // namespace

QString streamText(const TurnRecord& r) {
    if (r.stream == kTokenStream) return QStringLiteral("token by token");
    if (r.stream == kChunkedStream) return withAverage(QStringLiteral("chunked"), r);
    if (r.stream == kBufferedStream) return QStringLiteral("buffered: the reply was held back and sent at once");
    return {};
}

QString ttftRemark(const TurnRecord& r) {
    if (r.stream == kBufferedStream && !r.ttft_ms) return QStringLiteral("No TTFT: the reply was held back and sent at once");
    QStringList remarks;
    if (r.stream == kChunkedStream) remarks << QStringLiteral("TTFT of the first chunk, which may hold several tokens");
    if (const QString shared = sharedText(r); !shared.isEmpty()) remarks << shared;
    return remarks.join(QStringLiteral(". "));
}

QString noDecodeText(const TurnRecord& r) {
    if (r.decode_tps) return {};
    if (r.stream == kChunkedStream) return withAverage(QStringLiteral("No decode rate: several tokens came in a chunk"), r);
    if (r.stream == kBufferedStream) return QStringLiteral("No decode rate: the reply was held back and sent at once");
    if (r.stream == kTokenStream && r.delta_reads && *r.delta_reads < kLeastRateReads)
        return QStringLiteral("No decode rate: the reply came in %1 reads, and a rate needs %2")
            .arg(*r.delta_reads)
            .arg(kLeastRateReads);
    return {};
}

} // namespace looptax
