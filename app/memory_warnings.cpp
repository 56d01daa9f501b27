#include "app/memory_warnings.h"

#include "runtime/managed_server.h"
#include "runtime/model_memory.h"

namespace looptax {

std::vector<Problem> memoryWarnings(FileOps& files, const Plan& plan) {
    std::vector<Problem> out;
    for (std::size_t i = 0; i < plan.targets.size(); ++i) {
        const Target& target = plan.targets[i];
        const std::string file = target.managed ? resolveModelFile(target.managed->model_file) : std::string();
        if (file.empty()) continue;
        const std::string doubt = memoryDoubt(memoryOfFile(files, file), target.kind, plan.context_tokens, target.managed->args);
        if (!doubt.empty()) out.push_back({"$.targets[" + std::to_string(i) + "].managed.model_file", doubt, {}, true});
    }
    return out;
}

} // namespace looptax
