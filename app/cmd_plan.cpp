#include "app/commands.h"
#include "app/memory_warnings.h"
#include "app/plan_size.h"
#include "app/plan_source.h"

#include "domain/plan_check.h"

namespace looptax {

namespace {

constexpr const char* kPlanHelp = R"(looptax plan --preset quick|study|publication --target KEY=VALUE,... [-o FILE]

Writes a plan with every setting spelled out, to edit or to run.

  --preset NAME   quick: A and C, 6 turns, one run, minutes on a laptop
                  study: the published study, 20 cells, 5 repeats
                  publication: the same with 8 repeats, a seed a run, and cold cells beside
  --target T      kind=llama-server|ollama|openai,url=...,model=...  (give it once for each runtime)
                  kind=llama-server,command=llama-server,model_file=m.gguf  for one started by the sweep
                  a comma inside a value is written \, and blanks around values do not count
  -o FILE         where to write it; standard output when left out or -
)";

constexpr const char* kValidateHelp = R"(looptax validate plan.json

Says everything that is wrong with a plan, each with its place, and what the plan comes to. - reads standard input.
)";

} // namespace

int planCommand(const Words& words) {
    const auto arguments =
        Arguments::parse(words, {{"--preset", true}, {"--target", true}, {"-o", true}, {"--help", false}, {"-h", false}});
    if (!arguments) return complain(arguments.error());
    if (arguments->has("--help") || arguments->has("-h")) {
        printOut(kPlanHelp);
        return kExitDone;
    }
    if (!arguments->words().empty())
        return complain({ErrorKind::Usage, "unexpected word " + arguments->words()[0], {}, "looptax plan --help", 0});
    const auto sourced = planFrom(*arguments);
    if (!sourced) return complain(sourced.error());
    printProblems(sourced->problems);
    if (hasErrors(sourced->problems)) return kExitUsage;
    SystemFileOps files;
    printProblems(memoryWarnings(files, sourced->plan));
    // On stderr, where it does not spoil the plan.
    printErr(sizeText(sourced->plan) + "; " + timeText(sourced->plan, {}) + "\n");
    return deliver(writePlan(sourced->plan), arguments->value("-o"));
}

int validateCommand(const Words& words) {
    const auto arguments = Arguments::parse(words, {{"--help", false}, {"-h", false}});
    if (!arguments) return complain(arguments.error());
    if (arguments->has("--help") || arguments->has("-h")) {
        printOut(kValidateHelp);
        return kExitDone;
    }
    const auto sourced = planFrom(*arguments);
    if (!sourced) return complain(sourced.error());
    printProblems(sourced->problems);
    if (hasErrors(sourced->problems)) return kExitUsage;
    SystemFileOps files;
    printProblems(memoryWarnings(files, sourced->plan));
    printOut("the plan is good: " + sizeText(sourced->plan) + "\n" + timeText(sourced->plan, {}) + "\n");
    return kExitDone;
}

} // namespace looptax
