#include "ui/charts/chart_window.h"

#include "ui/charts/chart_sheet.h"

#include <QPainter>
#include <QTabWidget>

#include <algorithm>
#include <memory>

namespace looptax {

namespace {

// Draws the same sheet that an export writes, at the size it has room for.
class SheetView : public QWidget {
public:
    explicit SheetView(const Chart& chart)
        : m_chart(chart) {
        setMinimumSize(640, 420);
        setFocusPolicy(Qt::StrongFocus);
        setAccessibleName(QString::fromStdString(chart.title));
        setAccessibleDescription(QString::fromStdString(describe(chart)));
    }

protected:
    void paintEvent(QPaintEvent*) override {
        const Theme colours =
            theme(palette().color(QPalette::Window).lightness() < 128 ? ThemeKind::Dark : ThemeKind::Light);
        if (!m_sheet || m_for != size() || m_kind != colours.kind) {
            m_sheet = std::make_unique<ChartSheet>(m_chart, colours, size());
            m_for = size();
            m_kind = colours.kind;
        }
        QPainter painter(this);
        painter.fillRect(rect(), colours.background);
        const double shrink = std::min(1.0, height() / m_sheet->size().height());
        painter.scale(shrink, shrink);
        m_sheet->paint(painter);
    }

private:
    Chart m_chart;
    std::unique_ptr<ChartSheet> m_sheet;
    QSize m_for;
    ThemeKind m_kind = ThemeKind::Light;
};

} // namespace

ChartWindow::ChartWindow(const std::vector<Chart>& charts, QWidget* parent)
    : QMainWindow(parent) {
    setFont(uiFont(13));
    auto* tabs = new QTabWidget(this);
    tabs->setAccessibleName(QStringLiteral("Charts of the session"));
    for (const Chart& chart : charts)
        tabs->addTab(new SheetView(chart), QString::fromStdString(chart.title));
    setCentralWidget(tabs);
    resize(1100, 740);
}

} // namespace looptax
