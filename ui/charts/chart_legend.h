// The legend of a chart in a window: a check box a curve, with the sample that a file's legend shows too.
// Checked is drawn. Entries that only explain are not checkable.
#pragma once

#include "ui/style/theme.h"

#include <QCheckBox>
#include <QString>
#include <QWidget>

#include <string>
#include <vector>

namespace looptax {

struct LegendEntry {
    std::string id;    // the same while the words change: "A full context"
    std::string text;  // "D padding 3 (n=5)"
    std::string terse; // "D p3 (n=5)"
    std::string full;  // "D padded state, padding 3 (n=5)": spoken, and shown under the mouse
    CurveStyle style;
    bool bar = false;
    bool checked = true;
    bool operator==(const LegendEntry&) const = default;
};

class LegendKey : public QCheckBox {
    Q_OBJECT
public:
    explicit LegendKey(const LegendEntry& entry, QWidget* parent = nullptr);
    void setEntry(const LegendEntry& entry);
    const LegendEntry& entry() const { return m_entry; }
    void setTerse(bool terse); // the shortest words that still say which curve it is
    int widthFor(bool terse) const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    bool hitButton(const QPoint& at) const override { return rect().contains(at); }

private:
    LegendEntry m_entry;
    bool m_terse = false;
};

class ChartLegend : public QWidget {
    Q_OBJECT
public:
    explicit ChartLegend(QWidget* parent = nullptr);
    // Boxes that were there keep their focus.
    void show(const std::vector<LegendEntry>& entries);
    std::vector<LegendKey*> keys() const { return m_keys; }

Q_SIGNALS:
    void toggled(const QString& id, bool shown);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void chooseWords(); // the curves need the room more than their names

    std::vector<LegendKey*> m_keys;
};

} // namespace looptax
