#include "ui/plan/plan_files.h"

#include "base/whole_file.h"

namespace looptax {

namespace {

constexpr std::int64_t kLargestPlan = 16 * 1024 * 1024;

} // namespace

Result<LoadedPlan> loadPlan(FileOps& files, const std::string& path, const Trust& trust) {
    const auto bytes = readFile(files, path, kLargestPlan, OpenMode::ReadAny);
    if (!bytes) return bytes.error();
    ParsedPlan parsed = readPlan(*bytes);
    for (const Problem& problem : parsed.problems)
        if (problem.path == "$")
            return Error{ErrorKind::Plan, "it " + problem.message, path, "a plan file is what looptax plan or Save plan writes",
                         0};
    LoadedPlan out;
    for (const TrustNeed& need : needsTrust(parsed.plan, trust))
        out.asked.push_back({need.path, need.what, "allow it only if that is what you want", false});
    out.mistakes = std::move(parsed.problems);
    out.plan = std::move(parsed.plan);
    return out;
}

Status savePlan(FileOps& files, const std::string& path, const Plan& plan) { return writeUserFile(files, path, writePlan(plan)); }

} // namespace looptax
