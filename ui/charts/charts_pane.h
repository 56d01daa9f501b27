// The charts of the session on screen, live: time to first token beside context tokens, what it is made of and
// cached and processed tokens behind a tab each. Follows the feed; repaints only when something was appended, at most ten times a
// second, because painting takes the time of the runtime that is measured. Hidden, it does nothing.
#pragma once

#include "chart/source_keeper.h"
#include "ui/charts/live_chart.h"

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

#include <array>
#include <memory>

class QSplitter;
class QTabWidget;

namespace looptax {

class SessionFeed;
struct SessionLaws;

class ChartsPane : public QWidget {
    Q_OBJECT
public:
    // The feed must outlive the pane.
    explicit ChartsPane(SessionFeed& feed, QWidget* parent = nullptr);

    LiveChart& chart(ChartKind kind) const;
    void showChart(ChartKind kind); // brings its tab to the front
    // What the charts are made of, complete as of the last refresh.
    const ChartSource& source() const { return m_keeper.source(); }

    // Reads on and draws now, without waiting for the next tenth of a second.
    void refresh();
    int refreshes() const { return m_refreshes; }
    bool waiting() const { return m_timer.isActive(); } // for its time to draw

Q_SIGNALS:
    void turnSelected(int row); // of the feed's store

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void later(); // something was appended
    bool catchUp(std::size_t mostTurns);
    void tick();
    void draw();
    void nameTab(LiveChart& chart);
    std::string sessionId() const;

    SessionFeed& m_feed;
    SourceKeeper m_keeper;
    std::shared_ptr<const SessionLaws> m_drawnLaws;
    QTimer m_timer;
    QElapsedTimer m_sinceDrawn;
    bool m_stale = true; // the feed has more than the keeper
    int m_refreshes = 0;
    std::array<bool, kChartKinds> m_due{};     // charts that do not show the newest numbers
    std::array<bool, kChartKinds> m_another{}; // charts that still show another session
    std::array<LiveChart*, kChartKinds> m_charts{};
    QSplitter* m_splitter = nullptr;
    QTabWidget* m_left = nullptr;
    QTabWidget* m_right = nullptr;
};

} // namespace looptax
