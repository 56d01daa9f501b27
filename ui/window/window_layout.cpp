#include "ui/window/window_layout.h"

#include <QMainWindow>
#include <QScreen>
#include <QSplitter>

namespace looptax {

namespace {

constexpr QSize kFirst{1280, 800};
constexpr int kTitleBar = 40; // px: a window as high as the screen loses its last row to it

} // namespace

void restoreLayout(QMainWindow& window, QSplitter& splitter, const WindowSettings& settings) {
    window.resize(kFirst.boundedTo(window.screen()->availableSize() - QSize(0, kTitleBar)));
    window.restoreGeometry(settings.geometry);
    window.restoreState(settings.layout);
    splitter.restoreState(settings.splitter);
}

void keepLayout(const QMainWindow& window, const QSplitter& splitter, WindowSettings& settings) {
    settings.geometry = window.saveGeometry();
    settings.layout = window.saveState();
    settings.splitter = splitter.saveState();
}

} // namespace looptax
