#include "ui/turns/turn_table_model.h"

#include "base/words.h"
#include "ui/style/numbers.h"
#include "ui/style/text.h"

#include <QFont>

#include <algorithm>
#include <ctime>
#include <numeric>

namespace looptax {

namespace {

constexpr int kSortAgainMs = 1'000;

QString lower(const std::string& text) { return QString::fromStdString(text).toLower(); }

// Absent values come last, whichever way is sorted: an empty cell is no smallest number.
int compare(const QVariant& a, const QVariant& b) {
    if (a.isValid() != b.isValid()) return 2;
    if (!a.isValid()) return 0;
    if (a.userType() == QMetaType::QString) return QString::compare(a.toString(), b.toString());
    const double x = a.toDouble();
    const double y = b.toDouble();
    return x < y ? -1 : x > y ? 1 : 0;
}

} // namespace

TurnTableModel::TurnTableModel(const SessionFeed& feed, QObject* parent) : QAbstractTableModel(parent), m_feed(feed) {
    m_sortTimer.setSingleShot(true);
    m_sortTimer.setInterval(kSortAgainMs);
    connect(&m_sortTimer, &QTimer::timeout, this, &TurnTableModel::sortLater);
    connect(&feed, &SessionFeed::sessionReset, this, &TurnTableModel::reset);
    connect(&feed, &SessionFeed::turnsAppended, this, &TurnTableModel::append);
    connect(&feed, &SessionFeed::turnsChanged, this, &TurnTableModel::changed);
    connect(&feed, &SessionFeed::runningChanged, this, &TurnTableModel::runningChanged);
    rebuild();
    m_runningShown = showsRunning();
}

int TurnTableModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : int(m_rows.size()) + (m_runningShown ? 1 : 0);
}
int TurnTableModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : kTurnColumns; }

int TurnTableModel::storeRow(int row) const {
    return row >= 0 && std::size_t(row) < m_rows.size() ? m_rows[std::size_t(row)] : -1;
}

int TurnTableModel::rowOf(int storeRow) const {
    if (m_sortColumn < 0) {
        const auto at = std::lower_bound(m_rows.begin(), m_rows.end(), storeRow);
        return at != m_rows.end() && *at == storeRow ? int(at - m_rows.begin()) : -1;
    }
    const auto at = std::find(m_rows.begin(), m_rows.end(), storeRow);
    return at != m_rows.end() ? int(at - m_rows.begin()) : -1;
}

QVariant TurnTableModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    const auto column = TurnColumn(index.column());
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter | (columnInfo(column).number ? Qt::AlignRight : Qt::AlignLeft));
    const int row = storeRow(index.row());
    if (row < 0) return runningCell(column, role);
    // Between the change of the session and the reset of this model a view may still ask for a row of the old one.
    if (std::size_t(row) >= m_feed.store().turns().size()) return {};
    const TurnRecord& record = m_feed.store().turns()[std::size_t(row)];
    switch (role) {
    case Qt::DisplayRole: return cellText(record, column);
    case Qt::AccessibleTextRole: {
        const QString spoken = cellSpoken(record, column);
        return spoken.isEmpty() ? cellText(record, column) : spoken;
    }
    case Qt::ToolTipRole: {
        // A tool tip guesses at rich text; what a model or a server said is not marked up.
        const QString tip = cellTip(record, column);
        return tip.isEmpty() ? QVariant() : tip.toHtmlEscaped();
    }
    case Qt::FontRole:
        if ((column == TurnColumn::Flags && (!passed(record) || doubtful(record))) ||
            (column == TurnColumn::Outcome && record.outcome != Outcome::Ok)) {
            QFont bold;
            bold.setBold(true);
            return bold;
        }
        return {};
    default: return {};
    }
}

QVariant TurnTableModel::runningCell(TurnColumn column, int role) const {
    const auto& turn = m_feed.running();
    if (!turn) return {};
    if (role == Qt::FontRole) {
        QFont italic;
        italic.setItalic(true);
        return italic;
    }
    if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole) return {};
    switch (column) {
    case TurnColumn::Target: return QString::fromStdString(turn->target);
    case TurnColumn::Design: return designText(turn->design, turn->cap, turn->padding);
    case TurnColumn::Length: return turn->n;
    case TurnColumn::Repeat: return turn->repeat;
    case TurnColumn::Turn: return turn->turn;
    case TurnColumn::ContextEstimate: return QVariant::fromValue<qlonglong>(turn->prompt_chars / 4);
    case TurnColumn::Flags:
        if (turn->deltas > 0) return QStringLiteral("… receiving, %1 deltas").arg(turn->deltas);
        if (turn->sent_ns > 0) {
            std::timespec now{};
            ::clock_gettime(CLOCK_MONOTONIC, &now);
            const double waited = double(now.tv_sec) + double(now.tv_nsec) / 1e9 - double(turn->sent_ns) / 1e9;
            return QStringLiteral("… waiting, %1").arg(text(durationText(std::max(0.0, waited))));
        }
        return QStringLiteral("… sending");
    case TurnColumn::Outcome: return QStringLiteral("running");
    default: return {};
    }
}

QVariant TurnTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= kTurnColumns) return {};
    const TurnColumnInfo& info = columnInfo(TurnColumn(section));
    if (role == Qt::DisplayRole) return QString::fromUtf8(info.title);
    if (role == Qt::ToolTipRole) return QString::fromUtf8(info.tip);
    if (role == Qt::TextAlignmentRole) return int(Qt::AlignVCenter | (info.number ? Qt::AlignRight : Qt::AlignLeft));
    return {};
}

bool TurnTableModel::accepts(const TurnRecord& record) const {
    if (!m_filter.designs.isEmpty() && !m_filter.designs.contains(QString::fromStdString(record.design))) return false;
    if (m_filter.failed_only && passed(record)) return false;
    if (m_filter.text.isEmpty()) return true;
    const QString wanted = m_filter.text.toLower();
    const std::string_view outcome = name(record.outcome);
    return lower(record.cell).contains(wanted) || lower(record.fail_reason).contains(wanted) ||
           QString::fromUtf8(outcome.data(), qsizetype(outcome.size())).contains(wanted) ||
           flagsText(record).toLower().contains(wanted);
}

bool TurnTableModel::showsRunning() const { return m_feed.running().has_value(); }

void TurnTableModel::rebuild() {
    m_rows.clear();
    const auto& turns = m_feed.store().turns();
    for (std::size_t i = 0; i < turns.size(); ++i)
        if (accepts(turns[i])) m_rows.push_back(int(i));
    sortRows();
}

void TurnTableModel::sortRows() {
    if (m_sortColumn < 0) {
        std::sort(m_rows.begin(), m_rows.end());
        return;
    }
    const auto& turns = m_feed.store().turns();
    // The keys are made once: a comparison that asks for them makes each some seventeen times.
    std::vector<std::pair<QVariant, int>> keyed;
    keyed.reserve(m_rows.size());
    for (const int row : m_rows) keyed.emplace_back(cellValue(turns[std::size_t(row)], TurnColumn(m_sortColumn)), row);
    const bool descending = m_sortOrder == Qt::DescendingOrder;
    std::sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
        const int order = compare(a.first, b.first);
        if (order == 2) return a.first.isValid();
        if (order != 0) return descending ? order > 0 : order < 0;
        return a.second < b.second;
    });
    std::transform(keyed.begin(), keyed.end(), m_rows.begin(), [](const auto& pair) { return pair.second; });
}

void TurnTableModel::reset() {
    beginResetModel();
    rebuild();
    m_runningShown = showsRunning();
    endResetModel();
    Q_EMIT countChanged();
}

void TurnTableModel::append(int first, int last) {
    std::vector<int> fresh;
    for (int i = first; i <= last; ++i)
        if (accepts(m_feed.store().turns()[std::size_t(i)])) fresh.push_back(i);
    if (!fresh.empty()) {
        const int at = int(m_rows.size());
        beginInsertRows({}, at, at + int(fresh.size()) - 1);
        m_rows.insert(m_rows.end(), fresh.begin(), fresh.end());
        endInsertRows();
        if (m_sortColumn >= 0 && !m_sortTimer.isActive()) m_sortTimer.start();
    }
    Q_EMIT countChanged();
}

void TurnTableModel::changed(int first, int last) {
    // Only columns that run_end fills in can change; a filter does not look at them.
    int low = int(m_rows.size());
    int high = -1;
    for (int i = int(m_rows.size()) - 1; i >= 0; --i) {
        const int row = m_rows[std::size_t(i)];
        if (row >= first && row <= last) {
            low = std::min(low, i);
            high = std::max(high, i);
        }
        if (m_sortColumn < 0 && row < first) break;
    }
    if (high >= 0) Q_EMIT dataChanged(index(low, int(TurnColumn::RunOutcome)), index(high, int(TurnColumn::RunOutcome)));
}

void TurnTableModel::runningChanged() {
    const bool shown = showsRunning();
    const int at = int(m_rows.size());
    if (shown && !m_runningShown) {
        beginInsertRows({}, at, at);
        m_runningShown = true;
        endInsertRows();
    } else if (!shown && m_runningShown) {
        beginRemoveRows({}, at, at);
        m_runningShown = false;
        endRemoveRows();
    } else if (shown) {
        Q_EMIT dataChanged(index(at, 0), index(at, kTurnColumns - 1), {Qt::DisplayRole, Qt::AccessibleTextRole});
    }
}

void TurnTableModel::sort(int column, Qt::SortOrder order) {
    m_sortColumn = column;
    m_sortOrder = order;
    sortLater();
}

void TurnTableModel::sortLater() {
    m_sortTimer.stop();
    Q_EMIT layoutAboutToBeChanged();
    const QModelIndexList before = persistentIndexList();
    std::vector<int> stored;
    for (const QModelIndex& index : before) stored.push_back(storeRow(index.row()));
    sortRows();
    std::vector<int> place;
    if (!before.isEmpty()) {
        place.assign(m_feed.store().turns().size(), -1);
        for (std::size_t i = 0; i < m_rows.size(); ++i) place[std::size_t(m_rows[i])] = int(i);
    }
    for (qsizetype i = 0; i < before.size(); ++i) {
        const int row = stored[std::size_t(i)] < 0 ? int(m_rows.size()) : place[std::size_t(stored[std::size_t(i)])];
        changePersistentIndex(before[i], index(row, before[i].column()));
    }
    Q_EMIT layoutChanged();
}

void TurnTableModel::setFilter(const TurnFilter& filter) {
    if (filter == m_filter) return;
    beginResetModel();
    m_filter = filter;
    rebuild();
    endResetModel();
    Q_EMIT countChanged();
}

} // namespace looptax
