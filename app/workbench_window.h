// The window of looptax-workbench: made, shown, and ended by its user or by a signal.
#pragma once

#include "app/workbench_options.h"

class QApplication;

namespace looptax {

// What every picture and every window of the program has in common: the font it carries, its name, its sign.
void dressApplication(QApplication& app);

// Returns the exit code: 130 where a signal ended a sweep.
int showWindow(QApplication& app, const WorkbenchOptions& options);

} // namespace looptax
