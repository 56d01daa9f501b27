// The command line of looptax-workbench.
#pragma once

#include "base/result.h"
#include "ui/charts/chart_exporter.h"

#include <string>
#include <vector>

namespace looptax {

struct WorkbenchOptions {
    enum class Act { Show, Export, Help, Version };
    Act act = Act::Show;
    std::string session; // folder
    std::string to;      // folder of the charts
    ExportSettings settings;
};

// The arguments after the program's name; one mistake is an error of kind Usage.
Result<WorkbenchOptions> readWorkbenchOptions(const std::vector<std::string>& arguments);

const char* workbenchHelp();

} // namespace looptax
