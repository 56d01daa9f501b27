// The verdicts of the session on screen: what must stand on top, a row a verdict, the one that is chosen in
// full below. Shows what the feed holds; works nothing out. While a sweep runs it says what is collected and
// announces nothing.
#pragma once

#include "ui/model/session_feed.h"

#include <QTimer>
#include <QWidget>

class QScrollArea;
class QSplitter;
class QTableView;

namespace looptax {

class NoticeLine;
class ToneLabel;
class VerdictPage;
class VerdictTableModel;

class VerdictBoard : public QWidget {
    Q_OBJECT
public:
    explicit VerdictBoard(const SessionFeed& feed, QWidget* parent = nullptr);

    // Whether the session on screen may be amended and resumed: without it no more repeats are offered.
    void setAmendable(bool amendable);
    void select(const std::string& id); // the first verdict of that name; nothing where there is none

    QString headline() const; // what stands on top
    QTableView& view() const { return *m_view; }
    VerdictPage& page() const { return *m_page; }
    NoticeLine& notice() const { return *m_notice; }

Q_SIGNALS:
    void addRepeats(int more);

protected:
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    void buildView();
    void refresh();    // another session, or other verdicts
    void refreshTop(); // the headline alone
    void fitColumns();
    void fitTop();
    void showChosen();
    void countLater();
    QString collecting() const;
    QStringList judged(const Analysis& analysis) const;

    const SessionFeed& m_feed;
    bool m_amendable = false;
    QTimer m_count; // a sweep makes runs faster than anybody reads
    QScrollArea* m_top;
    NoticeLine* m_notice;
    VerdictTableModel* m_model;
    QTableView* m_view;
    ToneLabel* m_rules;
    VerdictPage* m_page;
    QSplitter* m_splitter;
};

} // namespace looptax
