#include "ui/turns/turn_table.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QScrollBar>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace looptax {

TurnTable::TurnTable(const SessionFeed& feed, QWidget* parent)
    : QWidget(parent)
    , m_feed(feed)
    , m_model(new TurnTableModel(feed, this))
    , m_view(new QTableView(this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    auto* line = new QHBoxLayout;
    line->setContentsMargins(6, 4, 6, 0);
    buildFilterLine(line);
    column->addLayout(line);
    buildView();
    column->addWidget(m_view, 1);
    fillColumnMenu();
    readDesigns();
    updateCount();
    connect(&feed, &SessionFeed::sessionReset, this, [this] {
        setFollow(true);
        choose(-1);
        readDesigns();
    });
    connect(&feed, &SessionFeed::linesApplied, this, &TurnTable::readDesigns);
    connect(m_model, &TurnTableModel::countChanged, this, &TurnTable::updateCount);
    // Queued: the view learns of the row after the model has said so.
    connect(
        m_model, &QAbstractItemModel::rowsInserted, this,
        [this] {
            if (m_follow) m_view->scrollToBottom();
        },
        Qt::QueuedConnection);
}

void TurnTable::buildFilterLine(QHBoxLayout* line) {
    m_designs = new QHBoxLayout;
    m_designs->setSpacing(2);
    line->addLayout(m_designs);
    m_failed = new QCheckBox(tr("&Failed or wrong only"), this);
    m_failed->setToolTip(tr("Turns whose request failed or whose reply did not pass every check"));
    connect(m_failed, &QCheckBox::toggled, this, &TurnTable::applyFilter);
    line->addWidget(m_failed);
    m_text = new QLineEdit(this);
    m_text->setPlaceholderText(tr("Find in cell, outcome, reason"));
    m_text->setClearButtonEnabled(true);
    m_text->setAccessibleName(tr("Find in cell, outcome or reason"));
    m_text->setMaximumWidth(260);
    connect(m_text, &QLineEdit::textChanged, this, &TurnTable::applyFilter);
    line->addWidget(m_text);
    line->addStretch(1);
    m_count = new QLabel(this);
    m_count->setTextFormat(Qt::PlainText);
    line->addWidget(m_count);
    m_toNewest = new QToolButton(this);
    m_toNewest->setText(tr("↓ Newest"));
    m_toNewest->setAccessibleName(tr("Go to the newest turn and follow"));
    m_toNewest->setToolTip(tr("Go to the newest turn and follow"));
    m_toNewest->setVisible(false);
    connect(m_toNewest, &QToolButton::clicked, this, [this] {
        setFollow(true);
        m_view->scrollToBottom();
    });
    line->addWidget(m_toNewest);
    auto* columns = new QToolButton(this);
    columns->setText(tr("&Columns"));
    columns->setPopupMode(QToolButton::InstantPopup);
    columns->setAccessibleName(tr("Choose columns"));
    m_columns = new QMenu(columns);
    columns->setMenu(m_columns);
    line->addWidget(columns);
}

void TurnTable::buildView() {
    m_view->setModel(m_model);
    m_view->setAccessibleName(tr("Turns"));
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->setAlternatingRowColors(true);
    m_view->setWordWrap(false);
    m_view->setShowGrid(false);
    m_view->setTabKeyNavigation(false); // Tab leaves the table: a thousand rows are no place to be caught in
    m_view->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->verticalHeader()->setVisible(false);
    m_view->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_view->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    QHeaderView* header = m_view->horizontalHeader();
    header->setResizeContentsPrecision(0);
    header->setSectionsMovable(true);
    header->setHighlightSections(false);
    header->setSectionsClickable(true);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    header->setMinimumSectionSize(28);
    header->setStretchLastSection(false);
    const int digit = fontMetrics().horizontalAdvance(QLatin1Char('0'));
    for (int c = 0; c < kTurnColumns; ++c) {
        const TurnColumnInfo& info = columnInfo(TurnColumn(c));
        const int title = header->fontMetrics().horizontalAdvance(QString::fromUtf8(info.title)) + 2 * digit + 6;
        header->resizeSection(c, std::max(info.width, title));
        m_view->setColumnHidden(c, !info.shown);
    }
    connect(header, &QHeaderView::sectionClicked, this, &TurnTable::onHeaderClicked);
    connect(header, &QHeaderView::customContextMenuRequested, this,
            [this, header](const QPoint& at) { m_columns->popup(header->mapToGlobal(at)); });
    connect(m_view->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& current) {
        if (m_focusing) return;
        choose(current.isValid() ? m_model->storeRow(current.row()) : -1);
    });
    QScrollBar* bar = m_view->verticalScrollBar();
    // Only what a person does to the bar counts: rows that arrive move its end as well.
    connect(bar, &QScrollBar::actionTriggered, this, [this, bar] { setFollow(bar->sliderPosition() >= bar->maximum()); });
    m_view->viewport()->installEventFilter(this);
    m_view->installEventFilter(this);
}

bool TurnTable::eventFilter(QObject* watched, QEvent* event) {
    // With the focus a view without a current row makes its first one current: nobody has chosen that turn.
    if (watched == m_view && event->type() == QEvent::FocusIn && !m_focusing && !m_view->currentIndex().isValid()) {
        m_focusing = true;
        QCoreApplication::sendEvent(m_view, event);
        m_view->selectionModel()->clear();
        m_focusing = false;
        return true;
    }
    if (watched == m_view && event->type() == QEvent::KeyPress) {
        auto* key = static_cast<QKeyEvent*>(event);
        if (key->matches(QKeySequence::Copy)) {
            copySelection();
            return true;
        }
        // A row chosen by keyboard is looked at: the table must not run away from it.
        if (key->key() == Qt::Key_Up || key->key() == Qt::Key_PageUp || key->key() == Qt::Key_Home) setFollow(false);
        if (key->matches(QKeySequence::MoveToEndOfDocument)) setFollow(true);
    }
    if (watched == m_view->viewport() && event->type() == QEvent::MouseButtonPress) setFollow(false);
    return QWidget::eventFilter(watched, event);
}

void TurnTable::changeEvent(QEvent* event) {
    if (event->type() == QEvent::FontChange) m_view->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    QWidget::changeEvent(event);
}

void TurnTable::setFollow(bool follow) {
    m_follow = follow;
    m_toNewest->setVisible(!follow && m_feed.live());
}

void TurnTable::fillColumnMenu() {
    for (int c = 0; c < kTurnColumns; ++c) {
        QAction* action = m_columns->addAction(QString::fromUtf8(columnInfo(TurnColumn(c)).title));
        action->setToolTip(QString::fromUtf8(columnInfo(TurnColumn(c)).tip));
        action->setCheckable(true);
        action->setChecked(!m_view->isColumnHidden(c));
        connect(action, &QAction::toggled, this, [this, c](bool on) {
            m_view->setColumnHidden(c, !on);
            Q_EMIT columnsChanged();
        });
    }
    m_columns->setToolTipsVisible(true);
}

QStringList TurnTable::shownColumns() const {
    QStringList titles;
    for (int c = 0; c < kTurnColumns; ++c)
        if (!m_view->isColumnHidden(c)) titles << QString::fromUtf8(columnInfo(TurnColumn(c)).title);
    return titles;
}

void TurnTable::setShownColumns(const QStringList& titles) {
    if (titles.isEmpty()) return;
    for (int c = 0; c < kTurnColumns; ++c)
        m_columns->actions()[c]->setChecked(titles.contains(QString::fromUtf8(columnInfo(TurnColumn(c)).title)));
}

// The buttons are those of the designs the session's plan has.
void TurnTable::readDesigns() {
    QStringList designs;
    if (m_feed.store().plan())
        for (const CellGroup& cells : m_feed.store().plan()->cells)
            if (const QString id = QString::fromStdString(cells.design); !designs.contains(id)) designs << id;
    QStringList shown;
    for (const QToolButton* button : std::as_const(m_designButtons)) shown << button->text();
    if (designs == shown) return;
    qDeleteAll(m_designButtons);
    m_designButtons.clear();
    for (const QString& design : std::as_const(designs)) {
        auto* button = new QToolButton(this);
        button->setText(design);
        button->setCheckable(true);
        button->setChecked(true);
        button->setAccessibleName(tr("Show design %1").arg(design));
        button->setToolTip(tr("Show turns of design %1").arg(design));
        connect(button, &QToolButton::toggled, this, &TurnTable::applyFilter);
        m_designs->addWidget(button);
        m_designButtons << button;
    }
    applyFilter();
}

void TurnTable::applyFilter() {
    TurnFilter filter;
    bool all = true;
    for (const QToolButton* button : std::as_const(m_designButtons)) {
        if (button->isChecked()) filter.designs << button->text();
        else all = false;
    }
    if (all) filter.designs.clear();
    else if (filter.designs.isEmpty()) filter.designs << QString(); // none chosen: none shown
    filter.failed_only = m_failed->isChecked();
    filter.text = m_text->text().trimmed();
    if (filter == m_model->filter()) return;
    m_model->setFilter(filter);
    if (m_turn < 0) setFollow(true);
    showChosen();
}

void TurnTable::choose(int storeRow) {
    if (storeRow == m_turn) return;
    m_turn = storeRow;
    Q_EMIT turnSelected(storeRow);
}

void TurnTable::showChosen() {
    const int row = m_model->rowOf(m_turn);
    if (m_turn < 0 || row < 0) return;
    int column = 0;
    while (column < kTurnColumns - 1 && m_view->isColumnHidden(column)) ++column;
    m_view->setCurrentIndex(m_model->index(row, column));
    m_view->scrollTo(m_model->index(row, column));
}

void TurnTable::updateCount() {
    const int known = int(m_feed.store().turns().size());
    const int shown = m_model->shownTurns();
    m_count->setText(
        shown == known
            ? tr("%n turn(s)", nullptr, known).replace(QLatin1String("(s)"), known == 1 ? QString() : QStringLiteral("s"))
            : tr("%1 of %2 turns").arg(shown).arg(known));
}

void TurnTable::onHeaderClicked(int column) {
    QHeaderView* header = m_view->horizontalHeader();
    if (m_sorted != column) {
        m_sorted = column;
        m_order = Qt::AscendingOrder;
    } else if (m_order == Qt::AscendingOrder) {
        m_order = Qt::DescendingOrder;
    } else {
        m_sorted = -1;
    }
    header->setSortIndicatorShown(m_sorted >= 0);
    if (m_sorted >= 0) header->setSortIndicator(m_sorted, m_order);
    m_model->sort(m_sorted, m_order);
    if (m_sorted >= 0) setFollow(false);
}

void TurnTable::selectTurn(int storeRow) {
    if (storeRow < 0 || std::size_t(storeRow) >= m_feed.store().turns().size()) {
        m_view->selectionModel()->clear();
        choose(-1);
        return;
    }
    if (m_model->rowOf(storeRow) < 0) {
        const QSignalBlocker text(m_text);
        const QSignalBlocker failed(m_failed);
        m_text->clear();
        m_failed->setChecked(false);
        for (QToolButton* button : std::as_const(m_designButtons)) {
            const QSignalBlocker design(button);
            button->setChecked(true);
        }
        applyFilter();
    }
    setFollow(false);
    choose(storeRow);
    showChosen();
}

void TurnTable::copySelection() const {
    QStringList lines;
    const QHeaderView* header = m_view->horizontalHeader();
    const auto line = [&](auto&& cell) {
        QStringList cells;
        for (int visual = 0; visual < kTurnColumns; ++visual) {
            const int c = header->logicalIndex(visual);
            if (!m_view->isColumnHidden(c)) cells << cell(c);
        }
        lines << cells.join(QLatin1Char('\t'));
    };
    line([&](int c) { return QString::fromUtf8(columnInfo(TurnColumn(c)).title); });
    QModelIndexList rows = m_view->selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end());
    for (const QModelIndex& row : std::as_const(rows))
        line([&](int c) { return m_model->index(row.row(), c).data().toString().replace(QLatin1Char('\t'), QLatin1Char(' ')); });
    QApplication::clipboard()->setText(lines.join(QLatin1Char('\n')));
}

} // namespace looptax
