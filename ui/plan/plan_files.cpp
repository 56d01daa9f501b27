#include "ui/plan/plan_files.h"

#include "domain/plan_check.h"
#include "domain/url.h"

namespace looptax {

namespace {

constexpr std::int64_t kLargestPlan = 16 * 1024 * 1024;

} // namespace

std::vector<Problem> trustNeeded(const Plan& plan, const std::string& ownCommand) {
    std::vector<Problem> out;
    for (std::size_t i = 0; i < plan.targets.size(); ++i) {
        const Target& target = plan.targets[i];
        const std::string at = "$.targets[" + std::to_string(i) + "]";
        if (target.managed) {
            const std::string& command = target.managed->command;
            if (!command.empty() && command != "llama-server" && command != "looptax-llama-server" &&
                command != ownCommand)
                out.push_back({at + ".managed.command",
                               "comes with the file and would be started here: " + command,
                               "allow it only if you know what it does", false});
        } else if (parseUrl(target.url) && !isLoopbackUrl(target.url)) {
            out.push_back({at + ".url",
                           "comes with the file and is on another machine: prompts would go there",
                           "allow it only if that is meant", false});
        }
    }
    return out;
}

Result<LoadedPlan> loadPlan(FileOps& files, const std::string& path, const std::string& ownCommand) {
    const auto bytes = readFile(files, path, kLargestPlan);
    if (!bytes) return bytes.error();
    ParsedPlan parsed = readPlan(*bytes);
    for (const Problem& problem : parsed.problems)
        if (problem.path == "$")
            return Error{ErrorKind::Plan, "it " + problem.message, path,
                         "a plan file is what looptax plan or Save plan writes", 0};
    LoadedPlan out;
    out.trust = trustNeeded(parsed.plan, ownCommand);
    out.mistakes = std::move(parsed.problems);
    out.plan = std::move(parsed.plan);
    return out;
}

Status savePlan(FileOps& files, const std::string& path, const Plan& plan) {
    return replaceFile(files, path, writePlan(plan));
}

} // namespace looptax
