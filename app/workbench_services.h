// The window's world as it is on a user's machine: the engine's own, the probe, the embedded runtime, the
// files of a session.
#pragma once

#include "ui/model/services.h"

#include <QString>

namespace looptax {

// What packaging/get-runtime.sh puts into the data folder.
inline constexpr const char* kEmbeddedCommand = "looptax-llama-server";
inline constexpr const char* kEmbeddedModel = "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf";

// The script beside the installed program, else the one of the sources it was built from; empty when there is
// neither.
QString runtimeScript(const QString& programFolder);

Services workbenchServices(FileOps& files, Clock& clock);

} // namespace looptax
