// The table of turns with its filter line: follows the newest row unless the user scrolled up.
#pragma once

#include "ui/turns/turn_table_model.h"

#include <QWidget>

class QCheckBox;
class QHBoxLayout;
class QLabel;
class QLineEdit;
class QMenu;
class QTableView;
class QToolButton;

namespace looptax {

class TurnTable : public QWidget {
    Q_OBJECT
public:
    explicit TurnTable(const SessionFeed& feed, QWidget* parent = nullptr);

    void selectTurn(int storeRow);              // takes the filter away where it hides that turn; -1 selects nothing
    int selectedTurn() const { return m_turn; } // row of the store, also while the filter hides it; -1 for none
    bool following() const { return m_follow; }
    TurnTableModel& model() { return *m_model; }
    QTableView& view() { return *m_view; }
    // Which columns are shown, by title, for the settings.
    QStringList shownColumns() const;
    void setShownColumns(const QStringList& titles);

Q_SIGNALS:
    void turnSelected(int storeRow); // -1: none
    void columnsChanged();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void buildFilterLine(QHBoxLayout* line);
    void buildView();
    void fillColumnMenu();
    void applyFilter();
    void readDesigns();
    void updateCount();
    void onHeaderClicked(int column);
    void copySelection() const;
    void setFollow(bool follow);
    void choose(int storeRow);
    void showChosen(); // in the view, where the filter leaves it

    const SessionFeed& m_feed;
    TurnTableModel* m_model;
    QTableView* m_view;
    QHBoxLayout* m_designs = nullptr;
    QList<QToolButton*> m_designButtons;
    QCheckBox* m_failed = nullptr;
    QLineEdit* m_text = nullptr;
    QLabel* m_count = nullptr;
    QToolButton* m_toNewest = nullptr;
    QMenu* m_columns = nullptr;
    bool m_follow = true;
    int m_turn = -1;         // that is selected; kept here because the view forgets what it does not show
    bool m_focusing = false; // the view is being given the focus
    int m_sorted = -1;
    Qt::SortOrder m_order = Qt::AscendingOrder;
};

} // namespace looptax
