#include "app/plan_source.h"

#include "app/commands.h"
#include "app/permissions.h"
#include "base/file_ops.h"
#include "base/text.h"
#include "base/whole_file.h"
#include "domain/plan_check.h"
#include "domain/presets.h"
#include "loop/loop_design.h"

#include <algorithm>
#include <cerrno>

namespace looptax {

namespace {

constexpr std::int64_t kLargestPlan = 16 * 1024 * 1024;

} // namespace

Result<SourcedPlan> planFrom(const Arguments& arguments) {
    SourcedPlan out;
    if (!arguments.words().empty()) {
        if (arguments.words().size() > 1)
            return Error{ErrorKind::Usage, "one plan at a time, not " + joined(arguments.words(), " and "), {}, {}, 0};
        if (arguments.has("--preset") || arguments.has("--target"))
            return Error{ErrorKind::Usage, "a plan file and --preset exclude each other", {}, {}, 0};
        SystemFileOps files;
        const std::string& path = arguments.words()[0];
        const auto text = readFile(files, path == "-" ? "/dev/stdin" : path, kLargestPlan, OpenMode::ReadAny);
        if (!text) {
            Error error = text.error();
            error.kind = ErrorKind::Usage;
            if (error.code == EISDIR) error.hint = "give the plan file inside it, or a session with --resume";
            return error;
        }
        ParsedPlan parsed = readPlan(*text);
        out.plan = std::move(parsed.plan);
        out.problems = std::move(parsed.problems);
        out.origin = Origin::File;
        out.file = arguments.words()[0];
    } else {
        const auto preset = arguments.value("--preset");
        if (!preset) return Error{ErrorKind::Usage, "no plan", {}, "give a plan file, or --preset with --target", 0};
        std::vector<Target> targets;
        for (const std::string& text : arguments.values("--target")) {
            auto target = parseTarget(text);
            if (!target) return target.error();
            targets.push_back(target.take());
        }
        if (targets.empty())
            return Error{ErrorKind::Usage,
                         "no target",
                         {},
                         "for example --target kind=ollama,url=http://127.0.0.1:11434,model=gemma3; looptax probe finds them",
                         0};
        auto plan = presetPlan(*preset, std::move(targets));
        if (!plan) return plan.error();
        out.plan = plan.take();
    }
    // A key that could not be read has been named already; its default is not a second mistake, and of a text that is no
    // plan at all every key is a default.
    const std::vector<Problem> ofForm = out.problems;
    const auto named = [&](const std::string& path) {
        return std::any_of(ofForm.begin(), ofForm.end(), [&](const Problem& earlier) { return earlier.path == path; });
    };
    if (named("$")) return out;
    for (Problem& problem : checkPlan(out.plan, catalogue()))
        if (!named(problem.path)) out.problems.push_back(std::move(problem));
    return out;
}

Trust trustFrom(const Arguments& arguments, const Plan& plan, Origin origin) {
    SystemFileOps files;
    Trust trust{origin, {}, readPermissions(files, permissionsFile())};
    if (arguments.has("--trust-plan"))
        for (const TrustNeed& need : needsTrust(plan, trust)) trust.allowed.insert(need.hash);
    return trust;
}

void printProblems(const std::vector<Problem>& problems) {
    for (const Problem& problem : problems)
        printErr(std::string(problem.warning ? "warning: " : "error: ") + stripControls(problem.text()) + "\n");
}

} // namespace looptax
