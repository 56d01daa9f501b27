#include "app/arguments.h"
#include "app/commands.h"
#include "app/session_files.h"
#include "base/text.h"
#include "base/words.h"
#include "loop/loop_design.h"
#include "store/amend.h"
#include "store/session.h"

namespace looptax {

namespace {

constexpr const char* kHelp = R"(looptax amend SESSION [--alpha X] [--delta-q X] [--delta-t X] [--family H1,H2,...]
              [--own-family T1,T2,...] [--primary P] [--repeats N] [--reason TEXT]

Changes the rules of a session's analysis, or plans more repeats of it: one line of its journal, said wherever the
session is shown. After the first turn it marks every verdict "changed after data"; before it, nothing is marked.

  --alpha X        level of every test, Holm's correction over each family on top
  --delta-q X      the least drop of a pass rate that counts, as a share
  --delta-t X      the largest ratio of times that still counts as flat
  --family LIST    hypotheses of the published study, H1 to H5, in one family; '' for none
  --own-family LIST  our own, T1 to T4 and Q1
  --primary P      slope_processed, slope_context or ratio
  --repeats N      repeats in all; looptax run --resume SESSION then makes only those that were added
  --reason TEXT    why, shown beside the change
)";

Result<std::optional<double>> numberOption(const Arguments& arguments, const std::string& option) {
    const auto text = arguments.value(option);
    if (!text) return std::optional<double>();
    if (const auto number = parseNumber(*text)) return number;
    return Error{ErrorKind::Usage, option + " " + *text + " is not a number", {}, "for example " + option + " 0.05", 0};
}

std::optional<std::vector<std::string>> listOption(const Arguments& arguments, const std::string& option) {
    const auto text = arguments.value(option);
    if (!text) return std::nullopt;
    std::vector<std::string> out;
    for (const std::string& part : splitOn(*text, ','))
        if (const auto name = trimmed(part); !name.empty()) out.emplace_back(name);
    return out;
}

Result<AmendRequest> requestFrom(const Arguments& arguments) {
    AmendRequest out;
    for (const auto& [option, member] : {std::pair{"--alpha", &AmendRequest::alpha},
                                         {"--delta-q", &AmendRequest::delta_q},
                                         {"--delta-t", &AmendRequest::delta_t}}) {
        const auto number = numberOption(arguments, option);
        if (!number) return number.error();
        out.*member = *number;
    }
    out.family = listOption(arguments, "--family");
    out.own_family = listOption(arguments, "--own-family");
    out.primary = arguments.value("--primary");
    if (const auto text = arguments.value("--repeats")) {
        const auto repeats = parseInteger(*text);
        if (!repeats || *repeats < -1'000'000'000 || *repeats > 1'000'000'000)
            return Error{ErrorKind::Usage, "--repeats " + *text + " is not a whole number", {}, "for example --repeats 8", 0};
        out.repeats = int(*repeats);
    }
    out.reason = arguments.value("--reason").value_or(std::string());
    const bool any = out.alpha || out.delta_q || out.delta_t || out.family || out.own_family || out.primary || out.repeats;
    if (!any)
        return Error{ErrorKind::Usage,
                     "nothing to amend was given",
                     {},
                     "for example --alpha 0.01 or --repeats 8; looptax amend --help",
                     0};
    return out;
}

} // namespace

int amendCommand(const Words& words) {
    const auto arguments = Arguments::parse(words, {{"--alpha", true},
                                                    {"--delta-q", true},
                                                    {"--delta-t", true},
                                                    {"--family", true},
                                                    {"--own-family", true},
                                                    {"--primary", true},
                                                    {"--repeats", true},
                                                    {"--reason", true},
                                                    {"--help", false},
                                                    {"-h", false}});
    if (!arguments) return complain(arguments.error());
    if (arguments->has("--help") || arguments->has("-h")) {
        printOut(kHelp);
        return kExitDone;
    }
    if (arguments->words().size() != 1)
        return complain({ErrorKind::Usage, "amend needs one session folder", {}, "looptax amend --help", 0});
    const auto request = requestFrom(*arguments);
    if (!request) return complain(request.error());
    SystemFileOps files;
    SystemClock clock;
    const std::string& folder = arguments->words()[0];
    const auto result = amendSession(files, clock, catalogue(), folder, *request);
    if (!result) return complain(result.error());
    if (!result->amendment) {
        printOut("nothing to change: the session has these already\n");
        return kExitDone;
    }
    printOut(stripControls(result->amendment->text) + "\n");
    printOut(result->amendment->after_data ? "after the first turn: every verdict will say \"changed after data\"\n"
                                           : "before the first turn: no verdict is marked\n");
    // What was made from the journal before would keep silent about it.
    if (files.exists(SessionPaths(folder).reportMd()))
        if (const auto written = writeDerivedFiles(files, folder); !written) return complain(written.error());
    if (result->runs_added > 0)
        printOut(counted(result->runs_added, "run") + " added; looptax run --resume " + stripControls(folder) + " makes them\n");
    return kExitDone;
}

} // namespace looptax
