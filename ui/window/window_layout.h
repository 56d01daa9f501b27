// Where the parts of the window stand: kept when it closes, taken up when it opens, never larger than the
// screen.
#pragma once

#include "ui/window/window_settings.h"

class QMainWindow;
class QSplitter;

namespace looptax {

void restoreLayout(QMainWindow& window, QSplitter& splitter, const WindowSettings& settings);
void keepLayout(const QMainWindow& window, const QSplitter& splitter, WindowSettings& settings);

} // namespace looptax
