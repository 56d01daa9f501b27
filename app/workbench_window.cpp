#include "app/workbench_window.h"

#include "app/end_signals.h"
#include "app/workbench_services.h"
#include "domain/presets.h"
#include "ui/plan/plan_panel.h"
#include "ui/style/theme.h"
#include "ui/window/main_window.h"

#include <QApplication>
#include <QIcon>

namespace looptax {

namespace {

constexpr int kDone = 0, kInterrupted = 130;
constexpr double kFontPixels = 13;

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

int showWindow(QApplication& app, const WorkbenchOptions& options) {
    SystemFileOps files;
    SystemClock clock;
    Services services = workbenchServices(files, clock);
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
    if (!options.session.empty()) window.openSession(QString::fromStdString(options.session));
    const int code = app.exec();
    return interrupted ? kInterrupted : code == 0 ? kDone : code;
}

} // namespace looptax
