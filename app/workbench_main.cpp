#include "app/standard_streams.h"
#include "app/workbench_gallery.h"
#include "app/workbench_options.h"
#include "app/workbench_window.h"
#include "calibrate/busy_threads.h"
#include "calibrate/simulated_server.h"

#include "base/build_info.h"
#include "ui/model/session_charts.h"

#include <QApplication>

#include <cstdio>
#include <cstdlib>

using namespace looptax;

namespace {

enum ExitCode { kDone = 0, kNothingToDraw = 1, kUsage = 2, kStorage = 4 };

int exitCode(const Error& error) {
    switch (error.kind) {
    case ErrorKind::Usage: return kUsage;
    case ErrorKind::Plan:
    case ErrorKind::Permission: return kNothingToDraw;
    default: return kStorage;
    }
}

int fail(const Error& error) {
    std::fprintf(stderr, "looptax-workbench: %s\n", error.text().c_str());
    return exitCode(error);
}

// Qt ends a program that finds no display with abort(): a person gets a sentence instead.
void onQtMessage(QtMsgType type, const QMessageLogContext&, const QString& text) {
    if (type == QtFatalMsg) {
        std::fprintf(stderr,
                     "looptax-workbench: no window can be opened here (%s). Charts need none: "
                     "looptax-workbench --export SESSION --to DIR\n",
                     qPrintable(text.simplified()));
        std::_Exit(kUsage);
    }
    if (type != QtDebugMsg && type != QtInfoMsg && !text.startsWith(QLatin1String("QStandardPaths: XDG_RUNTIME_DIR")) &&
        !text.startsWith(QLatin1String("This plugin does not support"))) // the one without a display
        std::fprintf(stderr, "%s\n", qPrintable(text));
}

bool noDisplay() {
#if defined(Q_OS_LINUX) || defined(Q_OS_FREEBSD)
    for (const char* variable : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
        if (!qEnvironmentVariableIsEmpty(variable)) return false;
    return true;
#else
    return false;
#endif
}

int exportAll(const WorkbenchOptions& options) {
    SystemFileOps files;
    auto source = chartSourceOf(files, options.session);
    if (!source) return fail(source.error());
    for (const std::string& warning : source->warnings) std::fprintf(stderr, "looptax-workbench: %s\n", warning.c_str());
    const auto written = exportCharts(*source, options.settings, files, options.to,
                                      [](const std::string& path) { std::printf("%s\n", path.c_str()); });
    return written ? kDone : fail(written.error());
}

int gallery(const WorkbenchOptions& options) {
    const Status drawn = drawGallery(options.session, options.to);
    return drawn ? kDone : fail(drawn.error());
}

int runProgram(int argc, char** argv) {
    std::vector<std::string> words(argv + 1, argv + argc);
    if (!words.empty() && words.front() == kSimulatedServerCommand) return runSimulatedServer({words.begin() + 1, words.end()});
    if (!words.empty() && words.front() == kBusyThreadsCommand) return runBusyThreads({words.begin() + 1, words.end()});
    const auto options = readWorkbenchOptions(words);
    if (!options) return fail(options.error());
    using Act = WorkbenchOptions::Act;
    if (options->act == Act::Help) {
        std::fputs(workbenchHelp(), stdout);
        return kDone;
    }
    if (options->act == Act::Version) {
        std::printf("looptax-workbench %s (%s)\n", versionText(), buildCommit());
        return kDone;
    }
    qInstallMessageHandler(onQtMessage);
    if (options->act != Act::Show) {
        // Always without a display, so that a picture does not depend on the desktop it was made on.
        qputenv("QT_QPA_PLATFORM", "offscreen");
        for (const char* variable : {"QT_SCALE_FACTOR", "QT_SCREEN_SCALE_FACTORS", "QT_FONT_DPI", "QT_STYLE_OVERRIDE"})
            qunsetenv(variable);
    } else if (noDisplay()) {
        return fail({ErrorKind::Usage, "there is no display to open a window on", "",
                     "charts need none: looptax-workbench --export " + (options->session.empty() ? "SESSION" : options->session) +
                         " --to DIR; measuring needs none: looptax run --help",
                     0});
    }
    QApplication app(argc, argv);
    dressApplication(app);
    switch (options->act) {
    case Act::Export: return exportAll(*options);
    case Act::Gallery: return gallery(*options);
    default: return showWindow(app, *options);
    }
}

} // namespace

int main(int argc, char** argv) {
    openClosedStreams();
    const int code = runProgram(argc, argv);
    const Status arrived = closeOutput();
    if (arrived) return code;
    const int failed = fail(arrived.error());
    return code == kDone ? failed : code;
}
