// File and folder dialogs that never stop the window's loop: a sweep goes on being shown behind them.
#pragma once

#include <QString>

#include <functional>

class QWidget;

namespace looptax {

using FileChosen = std::function<void(const QString& path)>; // not called when the dialog is left

void chooseFolder(QWidget* parent, const QString& title, const QString& start, FileChosen then);
// suggestion: a whole path; filter as QFileDialog takes it.
void chooseNewFile(QWidget* parent, const QString& title, const QString& suggestion, const QString& filter, FileChosen then);

} // namespace looptax
