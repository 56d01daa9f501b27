#include "app/arguments.h"
#include "app/calibration.h"
#include "app/calibration_file.h"
#include "app/commands.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "runtime/managed_server.h"

#include <QCoreApplication>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <unistd.h>

namespace looptax {

namespace {

constexpr const char* kHelp = R"(looptax calibrate [--turns N] [--json] [-o FILE]

How far this program's own clock is off: a server of known send times runs as a process of its own, and is measured by the
same client, engine and journal as any runtime. A bare socket asks as often in between, so that what the machine does is
told from what this program does. Close what else is running: the answer is about the machine as it is now.

  --turns N   how many turns, 270 unless said: about one and a half minutes
  --json      JSON instead of the table
  -o FILE     the JSON into a file as well

The result is kept in the data folder, and every report quotes it.
)";

std::atomic<SweepControl*> s_control{nullptr};

extern "C" void onCalibrateSignal(int) {
    SweepControl* control = s_control.load();
    if (control == nullptr || control->cut.exchange(true)) _exit(kExitInterrupted);
}

Result<int> turnsFrom(const Arguments& arguments) {
    const auto word = arguments.value("--turns");
    if (!word) return kCalibrationTurns;
    const auto turns = parseInteger(*word);
    if (!turns || *turns < 1 || *turns > kMostCalibrationTurns)
        return Error{ErrorKind::Usage, "--turns " + *word + " is not a number of turns", {},
                     "1 to " + std::to_string(kMostCalibrationTurns), 0};
    return int(*turns);
}

} // namespace

int calibrateCommand(const Words& words) {
    const auto arguments =
        Arguments::parse(words, {{"--turns", true}, {"--json", false}, {"-o", true}, {"--help", false}, {"-h", false}});
    if (!arguments) return complain(arguments.error());
    if (arguments->has("--help") || arguments->has("-h")) {
        printOut(kHelp);
        return kExitDone;
    }
    if (!arguments->words().empty())
        return complain({ErrorKind::Usage, "calibrate takes no " + arguments->words()[0], {}, "looptax calibrate --help", 0});
    const auto turns = turnsFrom(*arguments);
    if (!turns) return complain(turns.error());
    const auto pack = loadTaskPack("research-log");
    if (!pack) return complain(pack.error());

    SystemFileOps files;
    SystemClock clock;
    EngineWorld world = realWorld(files, clock);
    SweepControl control;
    s_control = &control;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, onCalibrateSignal);
    const bool terminal = terminalAt(STDERR_FILENO).rewrites;
    CalibrationOrder order;
    order.turns = *turns;
    order.program = QCoreApplication::applicationFilePath().toStdString();
    order.folder = dataFolder();
    CalibrationListener listener;
    if (terminal)
        listener.progress = [](int done, int all) {
            const std::string said = "calibrating: " + std::to_string(done) + " of " + std::to_string(all) + " turns";
            printErr(kEraseLine + fitted(said, terminalAt(STDERR_FILENO).columns - 1));
        };
    const auto instrument = calibrate(order, world, *pack, control, listener);
    s_control = nullptr;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL);
    if (terminal) printErr(kEraseLine);
    if (!instrument) return complain(instrument.error());

    Calibrations one;
    one.headless = *instrument;
    printOut(arguments->has("--json") ? calibrationsJson(one) : calibrationTable(*instrument));
    if (const Status kept = keepCalibration(files, *instrument); !kept) return complain(kept.error());
    const auto file = arguments->value("-o");
    return file ? deliver(calibrationsJson(one), file) : kExitDone;
}

} // namespace looptax
