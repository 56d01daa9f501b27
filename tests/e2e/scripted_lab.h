// A folder and a scripted server that the real program sweeps.
#pragma once

#include "app/cli.h"
#include "sim/scripted_server.h"
#include "support/temp_folder.h"

#include <QtGlobal>

namespace looptax {

struct ScriptedLab {
    TempFolder folder;
    ScriptedServer server;

    explicit ScriptedLab(double intervalMs = 0) : server(optionsFor(intervalMs)) {
        if (!server.start()) qFatal("the scripted server does not start");
    }
    Plan plan() const { return tinyPlan({targetAt(TargetKind::LlamaServer, server.url())}); }

private:
    static SimOptions optionsFor(double intervalMs) {
        SimOptions options;
        options.cost.interval_ms = intervalMs;
        return options;
    }
};

} // namespace looptax
