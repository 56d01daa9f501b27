#include "app/workbench_window.h"

#include "app/end_signals.h"
#include "app/workbench_services.h"
#include "calibrate/calibration_file.h"
#include "domain/presets.h"
#include "ui/plan/plan_panel.h"
#include "ui/style/theme.h"
#include "ui/widgets/background_task.h"
#include "ui/window/calibration_dialog.h"
#include "ui/window/main_window.h"

#include <QApplication>
#include <QIcon>

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace looptax {

namespace {

constexpr int kDone = 0, kTurnsFailed = 1, kUsage = 2, kUnreachable = 3, kStorage = 4, kInterrupted = 130;
constexpr double kFontPixels = 13;

int complain(const QString& what) {
    std::fprintf(stderr, "looptax-workbench: %s\n", qPrintable(what));
    return kUsage;
}

// As looptax run ends.
int codeOf(const std::optional<SweepResult>& result) {
    if (!result) return kUsage;
    if (result->cancelled) return kInterrupted;
    if (!result->error) return result->turns_failed > 0 ? kTurnsFailed : kDone;
    std::fprintf(stderr, "looptax-workbench: %s\n", result->error->text().c_str());
    switch (result->error->kind) {
    case ErrorKind::Usage:
    case ErrorKind::Plan:
    case ErrorKind::Permission: return kUsage;
    case ErrorKind::Unreachable:
    case ErrorKind::Protocol: return kUnreachable;
    case ErrorKind::Storage:
    case ErrorKind::Corrupt:
    case ErrorKind::Newer: return kStorage;
    default: return kTurnsFailed;
    }
}

// False: the plan stands in the window and cannot begin.
bool runAtOnce(QApplication& app, MainWindow& window, const WorkbenchOptions& options) {
    if (options.quit_when_done)
        QObject::connect(&window.sweep(), &SweepDesk::over, &app, [&app, &window] {
            const std::optional<SweepResult>& result = window.sweep().controller().result();
            if (result && !result->folder.empty()) std::printf("session: %s\n", result->folder.c_str());
            std::fflush(stdout);
            const int code = codeOf(result);
            // After the window itself has heard of it.
            QMetaObject::invokeMethod(
                &app, [code] { QApplication::exit(code); }, Qt::QueuedConnection);
        });
    if (window.plan().loadFile(QString::fromStdString(options.plan)) && window.plan().runnable()) {
        return window.sweep().start(window.plan().plan());
    }
    complain(QStringLiteral("%1 cannot begin: %2")
                 .arg(QString::fromStdString(options.plan),
                      window.plan().blocked().isEmpty() ? QStringLiteral("it could not be read") : window.plan().blocked()));
    return false;
}

bool calibrateAtOnce(QApplication& app, MainWindow& window) {
    CalibrationDialog* dialog = window.calibrate();
    if (dialog == nullptr) return false;
    QObject::connect(dialog, &CalibrationDialog::ended, &app, [](bool ok, const QString& text) {
        if (ok) {
            SystemFileOps files;
            const Calibrations kept = keptCalibrations(files);
            std::vector<Instrument> made;
            for (const Load load : kLoads)
                if (kept.window.of(load)) made.push_back(*kept.window.of(load));
            std::printf("%s", calibrationTables(made).c_str());
        } else {
            complain(text);
        }
        std::fflush(stdout);
        QApplication::exit(ok ? kDone : kTurnsFailed);
    });
    dialog->start();
    return true;
}

} // namespace

void dressApplication(QApplication& app) {
    QApplication::setApplicationName(QStringLiteral("looptax-workbench"));
    QApplication::setApplicationDisplayName(QStringLiteral("Loop-tax workbench"));
    QGuiApplication::setDesktopFileName(QStringLiteral("looptax-workbench"));
    // The font inside the program: on a machine without any, every letter would be a box and nobody would say
    // so.
    app.setFont(uiFont(kFontPixels));
    QApplication::setWindowIcon(QIcon(QStringLiteral(":/looptax/icons/looptax.svg")));
}

namespace {

int showWindow(QApplication& app, const WorkbenchOptions& options, Services& services) {
    if (!options.sessions.empty()) services.sessions_folder = options.sessions;
    MainWindow window(services);
    if (!options.sessions.empty()) window.sweep().setOut(options.sessions); // before what was chosen another day
    if (options.target)
        if (auto plan = presetPlan("quick", {*options.target})) window.plan().setPlan(plan.take());
    bool interrupted = false;
    EndSignals endSignals;
    QObject::connect(&endSignals, &EndSignals::asked, &window, [&] {
        interrupted = window.sweep().busy();
        window.endNow();
    });
    // A dialog may still be open: the last window to close is not always this one.
    QObject::connect(&window, &MainWindow::closed, &app, &QApplication::quit, Qt::QueuedConnection);
    window.show();
    if (!options.plan.empty() && !runAtOnce(app, window, options) && options.quit_when_done) return kUsage;
    if (options.calibrate && !calibrateAtOnce(app, window)) return kUsage;
    if (!options.session.empty()) window.openSession(QString::fromStdString(options.session));
    const int code = app.exec();
    return interrupted ? kInterrupted : code == 0 ? kDone : code;
}

} // namespace

int showWindow(QApplication& app, const WorkbenchOptions& options) {
    SystemFileOps files;
    SystemClock clock;
    Services services = workbenchServices(files, clock);
    const int code = showWindow(app, options, services);
    // The window is gone. What is still being written has time to end; what hangs, on a dead network folder say, must
    // not find these services gone either.
    if (waitForBackgroundWork(std::chrono::seconds(10))) return code;
    std::fflush(nullptr);
    std::_Exit(code);
}

} // namespace looptax
