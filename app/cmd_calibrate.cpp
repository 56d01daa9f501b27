#include "app/arguments.h"
#include "app/commands.h"
#include "app/terminal.h"
#include "app/world.h"
#include "base/text.h"
#include "calibrate/calibration.h"
#include "calibrate/calibration_file.h"
#include "runtime/managed_server.h"

#include <QCoreApplication>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <unistd.h>

namespace looptax {

namespace {

constexpr const char* kHelp = R"(looptax calibrate [--turns N] [--load KIND] [--json] [-o FILE]

How far this program's own clock is off: a server of known send times runs as a process of its own, and is measured by the
same client, engine and journal as any runtime. Two bare sockets ask as often in between, so that what the machine does is
told from what this program does: one stamps after poll(), as any program can, one by the kernel. First with the machine
idle, then with every core busy, as a runtime on the CPU leaves it. Close what else is running.

  --turns N    how many turns of each load, 270 unless said: about three minutes each
  --load KIND  idle or loaded: only one of the two
  --json       JSON instead of the tables
  -o FILE      the JSON into a file as well

The result is kept in the data folder. A report quotes the load that fits: idle where the runtime is on another machine,
loaded where it computes on the processors of this one, both where nothing on record tells.
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
        return Error{ErrorKind::Usage,
                     "--turns " + *word + " is not a number of turns",
                     {},
                     "1 to " + std::to_string(kMostCalibrationTurns),
                     0};
    return int(*turns);
}

Result<std::vector<Load>> loadsFrom(const Arguments& arguments) {
    const auto word = arguments.value("--load");
    if (!word) return std::vector<Load>(std::begin(kLoads), std::end(kLoads));
    for (const Load load : kLoads)
        if (*word == name(load)) return std::vector<Load>{load};
    return Error{ErrorKind::Usage, "--load " + *word + " is not a kind of load", {}, "idle or loaded", 0};
}

} // namespace

int calibrateCommand(const Words& words) {
    const auto arguments = Arguments::parse(
        words, {{"--turns", true}, {"--load", true}, {"--json", false}, {"-o", true}, {"--help", false}, {"-h", false}});
    if (!arguments) return complain(arguments.error());
    if (arguments->has("--help") || arguments->has("-h")) {
        printOut(kHelp);
        return kExitDone;
    }
    if (!arguments->words().empty())
        return complain({ErrorKind::Usage, "calibrate takes no " + arguments->words()[0], {}, "looptax calibrate --help", 0});
    const auto turns = turnsFrom(*arguments);
    if (!turns) return complain(turns.error());
    const auto loads = loadsFrom(*arguments);
    if (!loads) return complain(loads.error());
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
    order.loads = *loads;
    order.program = QCoreApplication::applicationFilePath().toStdString();
    order.folder = dataFolder();
    CalibrationListener listener;
    if (terminal)
        listener.progress = [](Load load, int done, int all) {
            const std::string said =
                "calibrating, " + loadText(load) + ": " + std::to_string(done) + " of " + std::to_string(all) + " turns";
            printErr(kEraseLine + fitted(said, terminalAt(STDERR_FILENO).columns - 1));
        };
    const auto instruments = calibrate(order, world, *pack, control, listener);
    s_control = nullptr;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL);
    if (terminal) printErr(kEraseLine);
    if (!instruments) return complain(instruments.error());

    Calibrations made;
    for (const Instrument& one : *instruments) made.headless.of(one.load) = one;
    printOut(arguments->has("--json") ? calibrationsJson(made) : calibrationTables(*instruments));
    if (const Status kept = keepCalibrations(files, *instruments); !kept) return complain(kept.error());
    const auto file = arguments->value("-o");
    return file ? deliver(calibrationsJson(made), file) : kExitDone;
}

} // namespace looptax
