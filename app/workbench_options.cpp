#include "app/workbench_options.h"

#include "base/text.h"
#include "domain/presets.h"

#include <map>

namespace looptax {

namespace {

constexpr double kLeastWidth = 480, kLeastHeight = 320, kMost = 8000;

Error usage(std::string what, std::string hint = "looptax-workbench --help lists what there is") {
    return {ErrorKind::Usage, std::move(what), "", std::move(hint), 0};
}

Result<QSizeF> readSize(const std::string& text) {
    const auto parts = splitOn(text, 'x');
    const auto width = parts.size() == 2 ? parseNumber(parts[0]) : std::nullopt;
    const auto height = parts.size() == 2 ? parseNumber(parts[1]) : std::nullopt;
    if (!width || !height || *width < kLeastWidth || *height < kLeastHeight || *width > kMost || *height > kMost)
        return usage("--size " + text + " is not a size", "WIDTHxHEIGHT in px, from 480x320 to 8000x8000, for example 960x600");
    return QSizeF(*width, *height);
}

} // namespace

const char* workbenchHelp() {
    return R"(looptax-workbench: set up a sweep, watch it, look at what it found.

  looptax-workbench [SESSION]                    the window, with that session when one is given
  looptax-workbench --export SESSION --to DIR    every chart as SVG, PDF and PNG; needs no display
  looptax-workbench --gallery SESSION --to DIR   every view of the window as PNG, drawn from that session; needs no
                                                 display and asks no runtime

SESSION is the folder that "looptax run" named in its last line. DIR is made when it is missing.

With the window:
  --sessions DIR             where new sessions go; the folder sessions in the data folder
  --target T                 the plan begins with this runtime (looptax plan --help); else what the window finds
  --run PLAN                 begin that plan at once; one with errors, or one that needs permission, waits in the window
  --out DIR                  the same as --sessions
  --quit-when-done           with --run: the window closes when the sweep is over, with the exit code of looptax run;
                             a plan that cannot begin is 2
  --calibrate                check the instrument with charts being painted, print what was found, and end
With --export:
  --theme light|print|dark   light is the default; print is black on white with thicker marks
  --size WxH                 px at 1x, 960x600; a long legend makes a picture taller
  --scale N                  pixels of the PNG a px, 1 to 4; 2
  --log                      TTFT on a logarithmic axis
  --prompt-tokens            context as the runtime counted it instead of characters / 4
  --no-published             without the published study as an overlay
Always: --help, --version

Files: ttft_by_turn, context_by_turn, cached_processed_by_turn and, where a design was padded, ttft_by_padding and
context_by_padding. With several cache modes the first has these names, the others end in _cold and so on.

Exit: 0 done, 1 the session has nothing to draw, 2 bad usage or no display, 4 storage, 130 a signal ended a sweep.
)";
}

Result<WorkbenchOptions> readWorkbenchOptions(const std::vector<std::string>& arguments) {
    WorkbenchOptions options;
    static const std::map<std::string, ThemeKind> kThemes{
        {"light", ThemeKind::Light}, {"print", ThemeKind::Print}, {"dark", ThemeKind::Dark}};
    const std::vector<std::string> known{
        "--export", "--gallery", "--run", "--out",           "--quit-when-done", "--calibrate", "--to",     "--theme",
        "--size",   "--scale",   "--log", "--prompt-tokens", "--no-published",   "--help",      "--version"};
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        std::string word = arguments[i];
        std::optional<std::string> attached; // --to=DIR
        if (const auto at = word.find('='); word.rfind("--", 0) == 0 && at != std::string::npos) {
            attached = word.substr(at + 1);
            word.resize(at);
        }
        const auto value = [&]() -> std::optional<std::string> {
            if (attached) return attached;
            if (i + 1 < arguments.size() && arguments[i + 1].rfind("--", 0) != 0) return arguments[++i];
            return std::nullopt;
        };
        const bool takes = word == "--export" || word == "--gallery" || word == "--to" || word == "--theme" || word == "--size" ||
                           word == "--scale" || word == "--sessions" || word == "--target" || word == "--run" || word == "--out";
        const std::optional<std::string> given = takes ? value() : std::nullopt;
        if (takes && (!given || given->empty())) return usage(word + " needs a value");
        if (!takes && attached) return usage(word + " takes no value");
        if (word == "--help" || word == "-h") {
            options.act = WorkbenchOptions::Act::Help;
            return options;
        }
        if (word == "--version") {
            options.act = WorkbenchOptions::Act::Version;
            return options;
        }
        if (word == "--calibrate") {
            options.calibrate = true;
        } else if (word == "--run") {
            options.plan = *given;
        } else if (word == "--quit-when-done") {
            options.quit_when_done = true;
        } else if (word == "--export" || word == "--gallery") {
            options.act = word == "--export" ? WorkbenchOptions::Act::Export : WorkbenchOptions::Act::Gallery;
            options.session = *given;
        } else if (word == "--to") {
            options.to = *given;
        } else if (word == "--sessions" || word == "--out") {
            options.sessions = *given;
        } else if (word == "--target") {
            auto target = parseTarget(*given);
            if (!target) return target.error();
            options.target = target.take();
        } else if (word == "--theme") {
            const auto found = kThemes.find(*given);
            if (found == kThemes.end()) return usage("--theme " + *given + " is not known", "light, print or dark");
            options.settings.theme = found->second;
        } else if (word == "--size") {
            auto size = readSize(*given);
            if (!size) return size.error();
            options.settings.size = *size;
        } else if (word == "--scale") {
            const auto scale = parseNumber(*given);
            if (!scale || *scale < 1 || *scale > 4) return usage("--scale " + *given + " is not a scale", "a number from 1 to 4");
            options.settings.png_scale = *scale;
        } else if (word == "--log") {
            options.settings.options.log_ttft = true;
        } else if (word == "--prompt-tokens") {
            options.settings.options.prompt_tokens = true;
        } else if (word == "--no-published") {
            options.settings.options.published = false;
        } else if (word.rfind("-", 0) == 0) {
            const auto near = nearestName(word, known);
            return usage("unknown option " + word,
                         near ? "did you mean " + *near + "?" : "looptax-workbench --help lists what there is");
        } else if (options.session.empty()) {
            options.session = word;
        } else {
            return usage("one session at a time: " + options.session + " and " + word + " were given");
        }
    }
    if (options.quit_when_done && options.plan.empty())
        return usage("--quit-when-done goes with --run", "looptax-workbench --run PLAN --out DIR --quit-when-done");
    if (options.calibrate && !options.plan.empty())
        return usage("--calibrate and --run exclude each other", "one measures the other");
    if (options.act == WorkbenchOptions::Act::Show && !options.session.empty() && (options.calibrate || !options.plan.empty()))
        return usage("a session cannot be shown while " + std::string(options.calibrate ? "--calibrate" : "--run") + " measures",
                     "leave " + options.session + " out, and open it afterwards");
    if (options.act != WorkbenchOptions::Act::Show && options.to.empty())
        return usage(std::string(options.act == WorkbenchOptions::Act::Export ? "--export" : "--gallery") +
                     " needs --to DIR, the folder for the pictures");
    if (options.act == WorkbenchOptions::Act::Show && !options.to.empty())
        return usage("--to goes with --export", "looptax-workbench --export " + options.session + " --to " + options.to);
    return options;
}

} // namespace looptax
