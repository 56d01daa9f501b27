// One chart of the session with what a person can do to it: choices above, legend below, the picture between.
// It draws a ChartSource that somebody else keeps; the source must live until the next setSource().
#pragma once

#include "chart/chart_axes.h"
#include "chart/chart_data.h"
#include "chart/chart_model.h"
#include "chart/chart_source.h"

#include <QString>
#include <QWidget>

#include <optional>
#include <set>
#include <string>

class QLabel;

namespace looptax {

class ChartCanvas;
class ChartLegend;
class ChartTools;

class LiveChart : public QWidget {
    Q_OBJECT
public:
    explicit LiveChart(ChartKind kind, QWidget* parent = nullptr);
    ~LiveChart() override;

    // Draws what the source says now. anotherSession: nothing of what was shown is kept, the zoom neither.
    void setSource(const ChartSource& source, bool anotherSession);

    ChartKind kind() const { return m_request.kind; }
    const ChartRequest& request() const { return m_request; }
    const Chart& chart() const { return m_chart; } // with the curves that the legend hides
    QString title() const;                         // for a tab; says so where the numbers are simulated

    // Two charts of a pane look at the same target and cache mode.
    void setFamily(CacheMode mode, std::optional<std::size_t> target);

    ChartCanvas& canvas() const { return *m_canvas; }
    ChartLegend& legend() const { return *m_legend; }
    int updates() const { return m_updates; } // how often the picture was made anew

Q_SIGNALS:
    void turnSelected(int row); // of the store's turns
    void familyChanged(CacheMode mode, std::optional<std::size_t> target);

protected:
    void changeEvent(QEvent* event) override;

private:
    void changed(); // a choice
    void rebuild();
    void toggle(const std::string& id, bool shown);
    Chart visibleChart() const;
    void showLegend();
    void describeCanvas();
    QString emptyWords() const;

    ChartRequest m_request;
    const ChartSource* m_source = nullptr;
    Chart m_chart;
    std::optional<ChartAxes> m_axes;
    std::set<std::string> m_hidden; // ids of the legend
    int m_updates = 0;

    ChartTools* m_tools = nullptr;
    ChartCanvas* m_canvas = nullptr;
    ChartLegend* m_legend = nullptr;
    QLabel* m_note = nullptr; // how to read it
};

} // namespace looptax
