#include "ui/turns/machine_text.h"

#include "analysis/disturbed.h"
#include "base/text.h"
#include "ui/style/numbers.h"

namespace looptax {

namespace {

constexpr std::size_t kMostReason = 300; // bytes: a record may say anything

QString lagText(std::int64_t ns) { return QStringLiteral("%1 ms").arg(double(ns) / 1e6, 0, 'f', 3); }

} // namespace

QString disturbedText(const TurnRecord& r) {
    if (!wasDisturbed(r)) return {};
    return QString::fromStdString(stripControls(repairUtf8(std::string(firstBytes(r.disturbed_by, kMostReason))))).simplified();
}

QString stampsText(const TurnRecord& r) {
    QString out;
    if (r.stamp_source == "kernel") out = QStringLiteral("kernel");
    if (r.stamp_source == "user") out = QStringLiteral("this program");
    if (r.stamp_source == "mixed") out = QStringLiteral("kernel and this program");
    if (out.isEmpty() || !r.wake_lag_ns) return out;
    out += QStringLiteral("; woke up after ") + lagText(*r.wake_lag_ns);
    if (r.wake_lag_max_ns) out += QStringLiteral(", %1 at most").arg(lagText(*r.wake_lag_max_ns));
    return out;
}

QString starvedText(const TurnRecord& r) {
    if (!clientStarved(r)) return {};
    const QString waited =
        QStringLiteral("this program waited %1 for a processor, more than 5 % of TTFT").arg(lagText(*r.wake_lag_max_ns));
    return r.stamp_source == "kernel" ? waited + QStringLiteral("; the kernel's stamps do not include it") : waited;
}

QString sharedText(const TurnRecord& r) {
    if (!r.first_delta_shared.value_or(false) || !r.ttft_ms) return {};
    return QStringLiteral("TTFT is an upper bound: the first read brought more than the first piece");
}

} // namespace looptax
