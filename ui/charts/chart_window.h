// The charts of one session in a window of tabs.
#pragma once

#include "ui/charts/chart_data.h"

#include <QMainWindow>

#include <vector>

namespace looptax {

class ChartWindow : public QMainWindow {
    Q_OBJECT
public:
    explicit ChartWindow(const std::vector<Chart>& charts, QWidget* parent = nullptr);
};

} // namespace looptax
