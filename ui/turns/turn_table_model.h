// The rows of the table of turns over the session on screen: filtered, sorted by ourselves, the turn in
// flight last. Holds an index a row and no copy of a record. A sorted dynamic proxy would cost 88 us for
// every row that arrives.
#pragma once

#include "ui/model/session_feed.h"
#include "ui/turns/turn_columns.h"

#include <QAbstractTableModel>
#include <QString>
#include <QStringList>
#include <QTimer>

#include <vector>

namespace looptax {

struct TurnFilter {
    QStringList designs;      // empty: all
    bool failed_only = false; // outcome not ok, or a check not passed
    QString text;             // in cell, outcome or reason; case does not matter
    bool operator==(const TurnFilter&) const = default;
};

class TurnTableModel : public QAbstractTableModel {
    Q_OBJECT
public:
    explicit TurnTableModel(const SessionFeed& feed, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    // column -1: journal order. While a sweep runs new rows come in at the end and find their place within a
    // second.
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;

    void setFilter(const TurnFilter& filter);
    const TurnFilter& filter() const { return m_filter; }
    int shownTurns() const { return int(m_rows.size()); }
    int storeRow(int row) const;   // -1 for the turn in flight and for no row
    int rowOf(int storeRow) const; // -1 where the filter hides it

Q_SIGNALS:
    void countChanged(); // shown or known turns

private:
    void reset();
    void append(int first, int last);
    void changed(int first, int last);
    void runningChanged();
    void rebuild();
    void sortRows();
    void sortLater();
    bool accepts(const TurnRecord& record) const;
    bool showsRunning() const;
    QVariant runningCell(TurnColumn column, int role) const;

    const SessionFeed& m_feed;
    TurnFilter m_filter;
    std::vector<int> m_rows; // indices into the store
    bool m_runningShown = false;
    int m_sortColumn = -1;
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
    QTimer m_sortTimer;
};

} // namespace looptax
