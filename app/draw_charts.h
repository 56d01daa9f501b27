// Charts need Qt's painting, which looptax does not link: its sister program draws them, without a display.
#pragma once

#include "base/result.h"

#include <string>

namespace looptax {

// Has looptax-workbench, where it lies beside this program, draw the session's charts into its folder charts/. The error
// says why there are none; a report can be written all the same.
Status drawCharts(const std::string& sessionFolder);

} // namespace looptax
