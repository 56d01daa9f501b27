#include "ui/model/rules_words.h"

#include "base/text.h"

#include <QStringList>

namespace looptax {

namespace {

QString number(double value) { return QString::fromStdString(decimalText(value)); }

// "H1 to H5" for neighbours, "H1, H3" for others; "none" for nothing.
QString listed(const std::vector<std::string>& ids) {
    if (ids.empty()) return QStringLiteral("none");
    QStringList parts;
    for (std::size_t first = 0; first < ids.size();) {
        std::size_t last = first;
        const auto follows = [&](std::size_t i) {
            return ids[i].size() == 2 && ids[i - 1].size() == 2 && ids[i][0] == ids[i - 1][0] && ids[i][1] == ids[i - 1][1] + 1;
        };
        while (last + 1 < ids.size() && follows(last + 1)) ++last;
        if (last > first + 1) {
            parts << QString::fromStdString(ids[first]) + QStringLiteral(" to ") + QString::fromStdString(ids[last]);
        } else {
            for (std::size_t i = first; i <= last; ++i) parts << QString::fromStdString(ids[i]);
        }
        first = last + 1;
    }
    return parts.join(QStringLiteral(", "));
}

QString measure(const std::string& primary) {
    if (primary == "slope_processed") return QStringLiteral("the slope of TTFT by processed tokens");
    if (primary == "slope_context") return QStringLiteral("the slope of TTFT by context tokens");
    if (primary == "ratio") return QStringLiteral("the ratio of TTFT, last turn to first");
    return QString::fromStdString(stripControls(primary));
}

} // namespace

QString rulesSummary(const AnalysisRules& rules) {
    return QStringLiteral("alpha %1, margins %2 and %3×").arg(number(rules.alpha), number(rules.delta_q), number(rules.delta_t));
}

QString rulesWords(const AnalysisRules& rules) {
    return QStringLiteral("Alpha %1, Holm over %2 and, apart, over %3. Pass rates within %4 and times within %5× "
                          "of each other count as equal. Growth is %6.")
        .arg(number(rules.alpha), listed(rules.family), listed(rules.own_family), number(rules.delta_q), number(rules.delta_t),
             measure(rules.primary));
}

} // namespace looptax
