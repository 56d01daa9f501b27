// The middle of the window, in two pages: the charts over the table of turns, and the verdicts.
#pragma once

#include <QList>
#include <QTabWidget>

class QAction;
class QSplitter;

namespace looptax {

class ChartsPane;
class SessionFeed;
class TurnTable;
class VerdictBoard;

class WorkArea : public QTabWidget {
    Q_OBJECT
public:
    explicit WorkArea(SessionFeed& feed, QWidget* parent = nullptr);

    ChartsPane& charts() const { return *m_charts; }
    TurnTable& table() const { return *m_table; }
    VerdictBoard& verdicts() const { return *m_verdicts; }
    QSplitter& splitter() const { return *m_splitter; }              // charts over table
    const QList<QAction*>& pageActions() const { return m_actions; } // for the menu, with their keys
    void showTurns();
    void showVerdicts();

private:
    void addPage(QWidget* page, const QString& title, const QString& tip, Qt::Key key);

    ChartsPane* m_charts;
    TurnTable* m_table;
    QSplitter* m_splitter;
    VerdictBoard* m_verdicts;
    QList<QAction*> m_actions;
};

} // namespace looptax
