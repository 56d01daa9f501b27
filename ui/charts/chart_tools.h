// The row of choices above a live chart. It offers only what the session has and shows what is chosen; what
// follows from a choice is decided elsewhere.
#pragma once

#include "chart/chart_model.h"
#include "chart/chart_source.h"

#include <QWidget>

class QCheckBox;
class QComboBox;

namespace looptax {

class ChartTools : public QWidget {
    Q_OBJECT
public:
    explicit ChartTools(ChartKind kind, QWidget* parent = nullptr);

    // Says nothing to anybody: only a person's hand does.
    void show(const ChartSource& source, const ChartRequest& request);
    // The request with what is chosen now.
    ChartRequest chosen(const ChartRequest& request) const;
    void setPublished(bool shown); // as if by hand

Q_SIGNALS:
    void changed();

private:
    QComboBox* addCombo(const QString& objectName, const QString& name, const QString& tip);
    QCheckBox* addCheck(const QString& objectName, const QString& text, const QString& tip);

    ChartKind m_kind;
    QComboBox* m_x = nullptr;
    QComboBox* m_tokens = nullptr;
    QComboBox* m_target = nullptr;
    QComboBox* m_mode = nullptr;
    QCheckBox* m_log = nullptr;
    QCheckBox* m_published = nullptr;
};

} // namespace looptax
