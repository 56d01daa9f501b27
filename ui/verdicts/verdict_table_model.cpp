#include "ui/verdicts/verdict_table_model.h"

#include "ui/verdicts/verdict_words.h"
#include "ui/widgets/elided_label.h"

#include <QFont>

#include <algorithm>

namespace looptax {

namespace {

struct ColumnInfo {
    const char* title;
    const char* tip;
};

constexpr ColumnInfo kColumns[kVerdictColumns] = {
    {"Target", "Each target is judged alone: numbers of different runtimes are never pooled"},
    {"Id", "H1 to H5 are the post's hypotheses, T1 to T4 and Q1 this program's own"},
    {"Verdict", "By the rule that stands below when the row is chosen"},
    {"Statement", "The hypothesis, whole in the page below"},
    {"Effect", "What was seen, rounded to what its interval supports"},
    {"Interval", "Of the effect, with the coverage it really has"},
    {"p", "Of the test alone"},
    {"p adj.", "Adjusted by Holm over its family"},
    {"n", "What it rests on: runs, or blocks, which are repeats of every cell"},
    {"Remarks", "What must not be overlooked beside the verdict"},
};

QString textOf(const Verdict& verdict, VerdictColumn column) {
    switch (column) {
    case VerdictColumn::Target: return QString::fromStdString(verdict.target);
    case VerdictColumn::Id: return QString::fromStdString(verdict.id);
    case VerdictColumn::Verdict: return verdictText(verdict);
    case VerdictColumn::Statement: return QString::fromStdString(verdict.statement).simplified();
    case VerdictColumn::Effect: return effectText(verdict);
    case VerdictColumn::Interval: return intervalText(verdict);
    case VerdictColumn::P: return pText(verdict.p);
    case VerdictColumn::PAdjusted: return pText(verdict.p_adjusted);
    case VerdictColumn::Number: return countText(verdict);
    case VerdictColumn::Remarks: return remarksText(verdict);
    case VerdictColumn::Count: break;
    }
    return {};
}

bool isNumber(VerdictColumn column) {
    return column == VerdictColumn::Effect || column == VerdictColumn::P || column == VerdictColumn::PAdjusted;
}

} // namespace

void VerdictTableModel::setVerdicts(std::vector<Verdict> verdicts) {
    beginResetModel();
    m_verdicts = std::move(verdicts);
    m_coverage.clear();
    bool one = true;
    for (const Verdict& verdict : m_verdicts) {
        if (!verdict.interval) continue;
        const QString coverage = coverageShown(verdict.interval->coverage);
        one = one && (m_coverage.isEmpty() || m_coverage == coverage);
        m_coverage = coverage;
    }
    if (!one) m_coverage.clear();
    endResetModel();
}

QString VerdictTableModel::textAt(const Verdict& verdict, VerdictColumn column) const {
    return column == VerdictColumn::Interval && !m_coverage.isEmpty() ? limitsText(verdict) : textOf(verdict, column);
}

bool VerdictTableModel::severalTargets() const {
    return std::any_of(m_verdicts.begin(), m_verdicts.end(),
                       [this](const Verdict& v) { return v.target != m_verdicts.front().target; });
}

bool VerdictTableModel::has(VerdictColumn column) const {
    return std::any_of(m_verdicts.begin(), m_verdicts.end(), [column](const Verdict& v) { return !textOf(v, column).isEmpty(); });
}

int VerdictTableModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(m_verdicts.size()); }

int VerdictTableModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : kVerdictColumns; }

QVariant VerdictTableModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || std::size_t(index.row()) >= m_verdicts.size()) return {};
    const Verdict& verdict = m_verdicts[std::size_t(index.row())];
    const auto column = VerdictColumn(index.column());
    switch (role) {
    case Qt::DisplayRole: return textAt(verdict, column);
    case Qt::ToolTipRole: return plainTip(textOf(verdict, column));
    case Qt::TextAlignmentRole:
        return int(isNumber(column) ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter);
    case Qt::FontRole:
        if (column == VerdictColumn::Verdict && isDecided(verdict.kind)) {
            QFont bold;
            bold.setBold(true);
            return bold;
        }
        return {};
    default: return {};
    }
}

QVariant VerdictTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= kVerdictColumns) return {};
    const auto& info = kColumns[section];
    if (role == Qt::DisplayRole) {
        const QString title = QString::fromUtf8(info.title);
        return VerdictColumn(section) == VerdictColumn::Interval && !m_coverage.isEmpty()
                   ? title + QStringLiteral(", ") + m_coverage
                   : title;
    }
    if (role == Qt::ToolTipRole) return QString::fromUtf8(info.tip);
    if (role == Qt::TextAlignmentRole)
        return int(isNumber(VerdictColumn(section)) ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter);
    return {};
}

} // namespace looptax
