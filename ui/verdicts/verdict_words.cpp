#include "ui/verdicts/verdict_words.h"

#include "base/text.h"
#include "stats/fisher.h"
#include "ui/style/text.h"

#include <QStringList>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace looptax {

namespace {

// Words of a plan or a runtime may be in it: plain, on one line.
const char* signOf(VerdictKind kind) {
    switch (kind) {
    case VerdictKind::Supported: return "✓";
    case VerdictKind::Rejected: return "✗";
    case VerdictKind::Inconclusive: return "?";
    case VerdictKind::NotTriggered: return "–";
    case VerdictKind::Untestable: return "∅";
    case VerdictKind::StillCollecting: return "…";
    }
    return "∅";
}

struct Scale {
    double factor = 1;
    QString unit; // behind the number
};

Scale scaleOf(const Verdict& verdict) {
    if (verdict.effect_unit == "ratio") return {1, QStringLiteral("×")};
    if (verdict.effect_unit == "share") return {100, QStringLiteral(" %")};
    if (verdict.effect_unit.empty()) return {};
    // "ms per 1,000 tokens" would take the room of the statement.
    return {1, QLatin1Char(' ') +
                   cleanText(verdict.effect_unit).replace(QStringLiteral(" per 1,000 tokens"), QStringLiteral("/1k tokens"))};
}

// Two figures of half the interval's width: more would claim what the interval does not support.
int decimalsOf(const Verdict& verdict, double factor) {
    double unit = 0;
    if (verdict.interval) unit = factor * (verdict.interval->high - verdict.interval->low) / 2;
    if (!(unit > 0) || !std::isfinite(unit)) unit = std::abs(factor * verdict.effect.value_or(0)) / 10;
    if (!(unit > 0) || !std::isfinite(unit)) return 0;
    return std::clamp(1 - int(std::floor(std::log10(unit))), 0, 6);
}

QString numberAt(double value, int decimals) {
    if (!std::isfinite(value)) return QStringLiteral("unbounded");
    return QString::fromStdString(fixedText(value, decimals)).replace(QLatin1Char('-'), QStringLiteral("−"));
}

QString moreRuns(int runs) {
    return runs == 1 ? QStringLiteral("1 more run a cell") : QStringLiteral("%1 more runs a cell").arg(runs);
}

QString leftOut(int runs) { return runs == 1 ? QStringLiteral("1 run left out") : QStringLiteral("%1 runs left out").arg(runs); }

QString testText(const Verdict& verdict) {
    QString out = cleanText(verdict.test);
    if (!verdict.p) return out;
    out += QStringLiteral(": p %1").arg(pText(verdict.p));
    if (verdict.p_adjusted) out += QStringLiteral(", adjusted for its family (Holm) %1").arg(pText(verdict.p_adjusted));
    return out;
}

QString effectSentence(const Verdict& verdict) {
    if (!verdict.effect) return {};
    QString out = cleanText(verdict.effect_name);
    if (out.isEmpty()) out = QStringLiteral("effect");
    out += QStringLiteral(": ") + effectText(verdict);
    if (verdict.interval)
        out += QStringLiteral(", interval %1, by %2").arg(intervalText(verdict), cleanText(verdict.interval->method));
    else out += QStringLiteral(", without an interval");
    return out;
}

} // namespace

bool isDecided(VerdictKind kind) { return kind == VerdictKind::Supported || kind == VerdictKind::Rejected; }

QString verdictText(const Verdict& verdict) {
    QString out = QString::fromUtf8(signOf(verdict.kind)) + QLatin1Char(' ') + text(title(verdict.kind));
    return verdict.trivially ? out + QStringLiteral(", trivially") : out;
}

QString effectText(const Verdict& verdict) {
    if (!verdict.effect) return {};
    const Scale scale = scaleOf(verdict);
    return numberAt(scale.factor * *verdict.effect, decimalsOf(verdict, scale.factor)) + scale.unit;
}

QString coverageShown(double coverage) { return QString::fromStdString(fixedText(100 * coverage, 1)) + QStringLiteral(" %"); }

QString limitsText(const Verdict& verdict) {
    if (!verdict.interval) return {};
    const Scale scale = scaleOf(verdict);
    const int decimals = decimalsOf(verdict, scale.factor);
    // A long unit stands beside the effect, once.
    const QString unit = scale.unit.contains(QLatin1Char('/')) ? QString() : scale.unit;
    return QStringLiteral("%1 to %2%3")
        .arg(numberAt(scale.factor * verdict.interval->low, decimals), numberAt(scale.factor * verdict.interval->high, decimals),
             unit);
}

QString intervalText(const Verdict& verdict) {
    if (!verdict.interval) return {};
    return QStringLiteral("%1 (%2)").arg(limitsText(verdict), coverageShown(verdict.interval->coverage));
}

QString pText(std::optional<double> p) {
    if (!p || !std::isfinite(*p)) return {};
    if (*p < 0.0001) return QStringLiteral("< 0.0001");
    const int decimals = std::clamp(1 - int(std::floor(std::log10(*p))), 2, 5);
    return QString::fromStdString(fixedText(*p, decimals));
}

QString countText(const Verdict& verdict) {
    if (verdict.n <= 0) return {};
    const QString of = cleanText(verdict.n_of);
    return of.isEmpty() ? QString::number(verdict.n) : QStringLiteral("%1 %2").arg(verdict.n).arg(of);
}

QString remarksText(const Verdict& verdict) {
    QStringList parts;
    if (verdict.after_data) parts << QStringLiteral("changed after data");
    if (verdict.left_out > 0) parts << leftOut(verdict.left_out);
    if (verdict.without_disturbed)
        parts << (verdict.without_disturbed->same() ? QStringLiteral("the same without disturbed turns")
                                                    : QStringLiteral("not the same without disturbed turns"));
    if (verdict.more_runs && *verdict.more_runs > 0) parts << moreRuns(*verdict.more_runs);
    return parts.join(QStringLiteral("; "));
}

QString scopeText(const Verdict& verdict) {
    QStringList parts;
    if (!verdict.target.empty()) parts << cleanText(verdict.target);
    if (verdict.cache_mode) parts << text(name(*verdict.cache_mode));
    return parts.join(QStringLiteral(", "));
}

std::vector<VerdictParagraph> verdictParagraphs(const Verdict& verdict, double alpha) {
    std::vector<VerdictParagraph> out;
    const auto add = [&out](const QString& heading, const QString& text) {
        if (!text.isEmpty()) out.push_back({heading, text});
    };
    const QString scope = scopeText(verdict);
    add(cleanText(verdict.id) + (scope.isEmpty() ? QString() : QStringLiteral(" · ") + scope), cleanText(verdict.statement));
    QString said = verdictText(verdict);
    if (verdict.after_data)
        said += QStringLiteral(" – changed after data: its rules or its repeats were amended after the first turn");
    add(QStringLiteral("Verdict"), said);
    // How far the sweep is stands above, and goes on; this was written when it began.
    if (verdict.kind != VerdictKind::StillCollecting) add(QStringLiteral("Seen"), cleanText(verdict.why));
    add(QStringLiteral("Effect"), effectSentence(verdict));
    add(QStringLiteral("Test"), testText(verdict));
    QString made = countText(verdict);
    if (verdict.left_out > 0) {
        made += (made.isEmpty() ? QString() : QStringLiteral("; ")) + leftOut(verdict.left_out);
        if (!verdict.left_out_why.empty()) made += QStringLiteral(": ") + cleanText(verdict.left_out_why);
    }
    add(QStringLiteral("Rests on"), made);
    if (const auto& of = verdict.without_disturbed)
        add(QStringLiteral("Disturbed turns"),
            QStringLiteral("counted: %1; without them: %2 (n = %3)")
                    .arg(text(title(of->with)), text(title(of->without)))
                    .arg(of->n) +
                (of->same() ? QString() : QStringLiteral(". They differ, so it is not decided")));
    add(QStringLiteral("Rule"), cleanText(verdict.rule));
    QString decide = cleanText(verdict.decide);
    if (decide.isEmpty() && verdict.more_runs && *verdict.more_runs > 0)
        decide = moreRuns(*verdict.more_runs) + QStringLiteral(" would decide it at the spread seen");
    if (verdict.power_n > 0)
        add(QStringLiteral("Power"), text(powerText(powerTable(verdict.power_n, kPowerShares, alpha), alpha)));
    add(QStringLiteral("What would decide it"), decide);
    return out;
}

QString boardCounts(const Analysis& analysis) {
    QStringList parts;
    for (const VerdictKind kind : {VerdictKind::Supported, VerdictKind::Rejected, VerdictKind::Inconclusive,
                                   VerdictKind::NotTriggered, VerdictKind::Untestable, VerdictKind::StillCollecting}) {
        const auto count =
            std::count_if(analysis.verdicts.begin(), analysis.verdicts.end(), [&](const Verdict& v) { return v.kind == kind; });
        if (count > 0) parts << QStringLiteral("%1 %2").arg(count).arg(text(title(kind)).toLower());
    }
    return parts.isEmpty() ? QString() : parts.join(QStringLiteral(", ")) + QLatin1Char('.');
}

QString addRepeatsText(int repeats) {
    static const char* const kWords[] = {"one", "two", "three", "four", "five", "six", "seven", "eight", "nine"};
    const bool small = repeats >= 1 && repeats <= int(std::size(kWords));
    return QStringLiteral("Add %1 repeat%2")
        .arg(small ? QLatin1String(kWords[repeats - 1]) : QString::number(repeats),
             repeats == 1 ? QString() : QStringLiteral("s"));
}

} // namespace looptax
