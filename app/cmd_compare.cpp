#include "app/arguments.h"
#include "app/commands.h"
#include "app/compare_files.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace looptax {

namespace {

constexpr const char* kHelp = R"(looptax compare SESSION SESSION [--match FIRST=SECOND]... [--format md|html|json] [-o FILE]
looptax compare SESSION --published [--format md|html] [-o FILE]

Two sessions beside each other: what differs around them (plan, build, flags, model, template, host) comes first, then
differences and ratios with intervals, turn by turn, of time to first token, decode rate, tokens read anew and right
answers. Nothing is pooled, and a difference below the instrument's own error is not called one.

  --match A=B    set target A of the first session beside target B of the second; without it targets of the same name
                 and kind belong together, else the only two of a kind
  --published    one session beside the tables of the published study: shape and level apart
  --format F     md (default), html, json
  -o FILE        where to write it; standard output when left out or -
)";

std::optional<CompareFormat> formatOf(const std::string& word) {
    static constexpr std::array<std::pair<std::string_view, CompareFormat>, 3> kFormats{
        {{"md", CompareFormat::Markdown}, {"html", CompareFormat::Html}, {"json", CompareFormat::JsonNumbers}}};
    for (const auto& [name, format] : kFormats)
        if (name == word) return format;
    return std::nullopt;
}

Result<std::vector<TargetPair>> wantedPairs(const Arguments& arguments) {
    std::vector<TargetPair> out;
    for (const std::string& text : arguments.values("--match")) {
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
            return Error{ErrorKind::Usage,
                         "--match " + text + " names no pair of targets",
                         {},
                         "--match FIRST=SECOND, the ids that their plans give them",
                         0};
        out.push_back({text.substr(0, equals), text.substr(equals + 1)});
    }
    return out;
}

} // namespace

int compareCommand(const Words& words) {
    const auto arguments = Arguments::parse(
        words, {{"--match", true}, {"--published", false}, {"--format", true}, {"-o", true}, {"--help", false}, {"-h", false}});
    if (!arguments) return complain(arguments.error());
    if (arguments->has("--help") || arguments->has("-h")) {
        printOut(kHelp);
        return kExitDone;
    }
    const bool published = arguments->has("--published");
    if (arguments->words().size() != (published ? 1 : 2))
        return complain({ErrorKind::Usage,
                         published ? "compare --published needs one session folder" : "compare needs two session folders",
                         {},
                         "looptax compare --help",
                         0});
    const std::string wanted = arguments->value("--format").value_or("md");
    const auto format = formatOf(wanted);
    if (!format) return complain({ErrorKind::Usage, "unknown format " + wanted, {}, "one of: md, html, json", 0});
    const auto pairs = wantedPairs(*arguments);
    if (!pairs) return complain(pairs.error());
    if (published && !pairs->empty())
        return complain({ErrorKind::Usage, "--match goes with two sessions", {}, "looptax compare --help", 0});
    SystemFileOps files;
    const std::string& first = arguments->words()[0];
    const auto text = published ? renderBesidePublished(files, first, *format)
                                : renderComparison(files, first, arguments->words()[1], *pairs, *format);
    if (!text) return complain(text.error());
    return deliver(*text, arguments->value("-o"));
}

} // namespace looptax
