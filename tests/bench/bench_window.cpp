// How long the window is deaf, and how soon it can be seen: the worst event with 100,000 turns loaded and
// used, with 10,000 arriving, and the time from the start of the program to its first paint. Printed; run it
// on a Release build:
//   QT_QPA_PLATFORM=offscreen build/ci/bin/bench_window        xvfb-run -a build/ci/bin/bench_window
#include "app/session_files.h"
#include "app/world.h"
#include "bench_json.h"
#include "bench_watchdog.h"
#include "loop/loop_design.h"
#include "support/session_builder.h"
#include "ui/charts/charts_pane.h"
#include "ui/style/appearance.h"
#include "ui/turns/turn_table.h"
#include "ui/window/main_window.h"
#include "ui/window/trouble.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QTableView>
#include <QTimer>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>

using namespace looptax;

namespace {

constexpr int kTurnsOfBlock = 120; // of the preset `study`

Services quietServices(FileOps& files, Clock& clock, const std::string& out) {
    return Services{files,
                    clock,
                    catalogue(),
                    loadTaskPack,
                    [&files, &clock](std::shared_ptr<const TaskPack> pack, SweepThread::Receiver receiver) {
                        return std::make_unique<SweepThread>(catalogue(), std::move(pack), realWorld(files, clock),
                                                             std::move(receiver));
                    },
                    [](const std::vector<std::string>&) { return std::vector<ProbeFinding>(); },
                    EmbeddedRuntime{[] { return false; }, {}, {}, {}},
                    [&files](const std::string& folder, SessionFile, const DrawnCharts&) {
                        return renderSession(files, folder, ReportFormat::Csv);
                    },
                    [](const std::string&, const std::string&, const DrawnCharts&) { return Status(); },
                    out,
                    {}};
}

// The cells of the study, block after block; the lines of one run at a time, because 100,000 parsed lines
// would fill the memory.
class Lines {
public:
    explicit Lines(int turns)
        : m_builder(testPlan({{"A", {1, 3, 6, 9, 12}, {}, {}},
                              {"B", {1, 3, 6, 9, 12}, {}, {}},
                              {"C", {1, 3, 6, 9, 12, 15}, {3}, {}},
                              {"D", {3}, {}, {1, 3, 6, 9}}},
                             (turns + kTurnsOfBlock - 1) / kTurnsOfBlock)) {}

    std::vector<JournalLine> opening() { return taken(); }
    std::vector<JournalLine> run(int number) {
        m_builder.completeRun(number);
        return taken();
    }
    int runs() const { return int(m_builder.schedule().size()); }

private:
    std::vector<JournalLine> taken() {
        std::vector<JournalLine> out;
        const std::vector<std::string>& all = m_builder.lines();
        for (; m_taken < all.size(); ++m_taken)
            out.push_back(*parseLine(std::string_view(all[m_taken]).substr(0, all[m_taken].size() - 1)).line);
        return out;
    }
    SessionBuilder m_builder;
    std::size_t m_taken = 0;
};

void spin(int ms) {
    QEventLoop loop;
    QTimer::singleShot(ms, &loop, &QEventLoop::quit);
    loop.exec();
}

void loaded(WatchdogApplication& app, MainWindow& window) {
    Lines lines(100'000);
    ReadSession session;
    session.folder = "/tmp/bench";
    const auto apply = [&](const std::vector<JournalLine>& some) {
        for (const JournalLine& line : some) session.loaded.store.apply(line);
    };
    apply(lines.opening());
    for (int run = 1; run <= lines.runs(); ++run) apply(lines.run(run));
    session.loaded.read.lines = 1;
    // Inside an event, as the reader's answer is.
    session.laws = std::make_shared<SessionLaws>(
        sessionLaws(session.loaded.store.turns(), lawsAge(session.loaded.store))); // as its reader does, beside the window
    QTimer::singleShot(0, &window, [&] { window.feed().show(std::move(session)); });
    app.reset();
    spin(1'500);
    std::printf("%zu turns loaded\n", window.feed().store().turns().size());
    app.print("100,000 turns: shown");
    const auto act = [&](const char* what, const std::function<void()>& deed) {
        QTimer::singleShot(0, &window, deed);
        spin(1'000);
        app.print(what);
    };
    TurnTable& table = window.table();
    act("100,000 turns: scrolled to the end", [&] { table.view().scrollToBottom(); });
    act("100,000 turns: a row chosen", [&] { table.view().selectRow(50'000); });
    act("100,000 turns: sorted by TTFT", [&] { table.model().sort(int(TurnColumn::Ttft)); });
    act("100,000 turns: in the order they came", [&] { table.model().sort(-1); });
    act("100,000 turns: failed ones alone", [&] { table.model().setFilter({{}, true, {}}); });
    act("100,000 turns: a text looked for", [&] { table.model().setFilter({{}, false, QStringLiteral("n12/cap3")}); });
    act("100,000 turns: all again", [&] { table.model().setFilter({}); });
    act("100,000 turns: the window made larger", [&] { window.resize(window.size() + QSize(40, 30)); });
    act("100,000 turns: dark", [&] { window.setAppearance(QStringLiteral("dark")); });
    act("100,000 turns: closed", [&] { window.feed().clear(); });
}

// As a resumed session comes, or a runtime that costs nothing: in slices, one after the other.
void arriving(WatchdogApplication& app, MainWindow& window) {
    Lines lines(10'000);
    window.feed().beginLive("/tmp/bench");
    window.feed().apply(lines.opening());
    spin(300);
    app.reset();
    std::vector<JournalLine> ready;
    int run = 0;
    QTimer timer;
    QEventLoop loop;
    QObject::connect(&timer, &QTimer::timeout, &window, [&] {
        if (ready.empty() && run < lines.runs()) ready = lines.run(++run); // made outside what is measured below
        if (ready.empty()) {
            loop.quit();
            return;
        }
        window.feed().apply(ready);
        ready.clear();
    });
    QElapsedTimer elapsed;
    elapsed.start();
    timer.start(0);
    loop.exec();
    timer.stop();
    const double seconds = double(elapsed.elapsed()) / 1e3;
    std::printf("%zu turns arrived in %.1f s\n", window.feed().store().turns().size(), seconds);
    app.print("10,000 turns arriving");
    QTimer::singleShot(0, &window, [&] { window.feed().endLive(); });
    spin(500);
    app.print("10,000 turns: the sweep ends");
    window.feed().clear();
}

int paintChild(WatchdogApplication& app) {
    SystemFileOps files;
    SystemClock clock;
    const Services services = quietServices(files, clock, "/tmp/bench");
    MainWindow window(services);
    window.show();
    while (app.firstPaintNs() == 0) QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    std::printf("%lld\n", static_cast<long long>(app.firstPaintNs()));
    return 0;
}

void firstPaint() {
    std::vector<double> times;
    for (int i = 0; i < 11; ++i) {
        QProcess child;
        const std::int64_t began = nowNs();
        child.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--paint")});
        if (!child.waitForFinished(30'000)) return;
        times.push_back(double(child.readAllStandardOutput().trimmed().toLongLong() - began) / 1e6);
    }
    std::sort(times.begin(), times.end());
    std::printf("start of the program to first paint: median %.0f ms, %.0f to %.0f of %zu\n", times[times.size() / 2],
                times.front(), times.back(), times.size());
    keepFigure("window", "start of the program to first paint, median", "ms", times[times.size() / 2]);
}

} // namespace

int main(int argc, char** argv) {
    const bool child = argc > 1 && std::strcmp(argv[1], "--paint") == 0;
    WatchdogApplication app(argc, argv);
    applyAppearance(QStringLiteral("light"));
    if (child) return paintChild(app);
    firstPaint();
    SystemFileOps files;
    SystemClock clock;
    const Services services = quietServices(files, clock, "/tmp/bench");
    MainWindow window(services);
    window.resize(1440, 900);
    window.show();
    spin(500);
    app.reset();
    arriving(app, window);
    loaded(app, window);
    return 0;
}
