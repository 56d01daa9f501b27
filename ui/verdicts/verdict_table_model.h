// The rows of the verdict board: one verdict each, as the analysis lists them. Holds the verdicts it shows.
#pragma once

#include "analysis/verdict.h"

#include <QAbstractTableModel>

#include <vector>

namespace looptax {

enum class VerdictColumn { Target, Id, Verdict, Statement, Effect, Interval, P, PAdjusted, Number, Remarks, Count };
inline constexpr int kVerdictColumns = int(VerdictColumn::Count);

class VerdictTableModel : public QAbstractTableModel {
    Q_OBJECT
public:
    using QAbstractTableModel::QAbstractTableModel;

    void setVerdicts(std::vector<Verdict> verdicts);
    const std::vector<Verdict>& verdicts() const { return m_verdicts; }
    bool severalTargets() const;
    bool has(VerdictColumn column) const; // a row with something to say there

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    QString textAt(const Verdict& verdict, VerdictColumn column) const;

    std::vector<Verdict> m_verdicts;
    QString m_coverage; // where all intervals have one, it stands above them and leaves the statements room
};

} // namespace looptax
