// The command line of looptax-workbench.
#pragma once

#include "base/result.h"
#include "domain/plan.h"
#include "ui/charts/chart_exporter.h"

#include <optional>
#include <string>
#include <vector>

namespace looptax {

struct WorkbenchOptions {
    enum class Act { Show, Export, Gallery, Help, Version };
    Act act = Act::Show;
    std::string session;    // folder; empty with Show: none is opened
    std::string to;         // folder of the charts or pictures
    bool calibrate = false; // in a window, then print and quit
    std::string plan;       // run at once; empty: none
    bool quit_when_done = false;
    std::string sessions;         // where new sessions go; empty: the data folder's
    std::optional<Target> target; // what the plan begins with; absent: what the probe finds
    ExportSettings settings;
};

// The arguments after the program's name; one mistake is an error of kind Usage.
Result<WorkbenchOptions> readWorkbenchOptions(const std::vector<std::string>& arguments);

const char* workbenchHelp();

} // namespace looptax
