// What the live charts cost the thread of the window: the longest event while 10,000 turns arrive, while a
// session of 100,000 turns is shown for the first time, and when one run more ends in it. Printed; no test.
// Run it from a Release build: bench_charts [turns of the long session].
#include "bench_json.h"
#include "bench_watchdog.h"
#include "ui/charts_lab.h"

#include "ui/charts/chart_canvas.h"
#include "ui/charts/charts_pane.h"
#include "ui/model/session_charts.h"
#include "ui/style/appearance.h"

#include <QElapsedTimer>
#include <QMouseEvent>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

using namespace looptax;

namespace {

constexpr qint64 kPace = 2; // ms a run: thousands of turns a second, so that every picture has new ones

double ms(qint64 ns) { return double(ns) / 1e6; }

template <class Done> void runUntil(Done done) {
    while (!done()) QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
}

void arriving(WatchdogApplication& app) {
    lab::Live live(lab::plan(12, 197)); // 10,047 turns in 1,379 runs
    ChartsPane pane(live.feed);
    pane.resize(1'280, 520);
    pane.show();
    runUntil([&] { return pane.refreshes() > 0; });
    app.print("window opened");
    QElapsedTimer clock;
    clock.start();
    qint64 applying = 0;
    std::size_t turns = 0;
    const int before = pane.refreshes();
    for (const ScheduledRun& run : live.builder.schedule()) {
        const std::vector<JournalLine> lines = lab::quickRun(live.builder, run.run);
        QElapsedTimer apply;
        apply.start();
        live.feed.apply(lines);
        applying += apply.nsecsElapsed();
        turns = live.feed.store().turns().size();
        runUntil([&] { return clock.elapsed() >= kPace * run.run; });
    }
    runUntil([&] { return pane.source().turns_on_record == turns && !pane.waiting(); });
    app.print("10,000 turns arriving");
    std::printf("%44s %zu turns in %.1f s, %d pictures; the store took %.2f ms a run of it\n", "", turns,
                double(clock.elapsed()) / 1e3, pane.refreshes() - before, ms(applying) / double(live.builder.schedule().size()));
}

void loaded(WatchdogApplication& app, int wanted) {
    const int repeats = std::max(1, wanted / 51 + 1); // 51 turns a repeat
    lab::Live live(lab::plan(12, repeats));
    for (const ScheduledRun& run : live.builder.schedule())
        if (run.run < int(live.builder.schedule().size())) live.feed.apply(lab::quickRun(live.builder, run.run));
    const std::size_t turns = live.feed.store().turns().size();

    QElapsedTimer clock;
    clock.start();
    const ChartSource atOnce = chartSourceOf(live.feed.store(), "s");
    std::printf("%-44s %zu turns, %zu curves: %.0f ms (as an export does)\n", "aggregated at once", turns, atOnce.curves.size(),
                double(clock.elapsed()));
    keepFigure("charts", "aggregated at once", "ms", double(clock.elapsed()));

    live.feed.wantLaws(); // of a session on disk its reader makes them
    runUntil([&] { return live.feed.lawsAreCurrent(); });
    ChartsPane pane(live.feed);
    pane.resize(1'280, 520);
    clock.restart();
    pane.show();
    runUntil([&] { return pane.refreshes() > 0 && !pane.waiting(); });
    app.print((std::to_string(turns) + " turns shown for the first time").c_str());
    std::printf("%44s complete after %.0f ms\n", "", double(clock.elapsed()));

    const int before = pane.refreshes();
    const int last = int(live.builder.schedule().size());
    live.feed.apply(lab::quickRun(live.builder, last));
    runUntil([&] { return pane.refreshes() > before && !pane.waiting(); });
    app.print("one run more ends in it");

    ChartCanvas& canvas = pane.chart(ChartKind::Ttft).canvas();
    for (int x = 60; x < canvas.width() - 20; x += 3) {
        const QPointF at(x, canvas.height() / 2.0);
        QMouseEvent move(QEvent::MouseMove, at, canvas.mapToGlobal(at), Qt::NoButton, Qt::NoButton, {});
        QCoreApplication::sendEvent(&canvas, &move);
        QCoreApplication::processEvents();
    }
    app.print("the mouse over the chart");
}

void longRuns(WatchdogApplication& app) {
    lab::Live live(lab::plan(1'000, 3)); // the longest run a plan may hold
    for (const ScheduledRun& run : live.builder.schedule()) live.feed.apply(lab::quickRun(live.builder, run.run));
    ChartsPane pane(live.feed);
    pane.resize(1'280, 520);
    pane.show();
    runUntil([&] { return pane.refreshes() > 0 && !pane.waiting(); });
    app.print("curves of 1,000 turns");
}

} // namespace

int main(int argc, char** argv) {
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    WatchdogApplication app(argc, argv);
    applyAppearance(app, Appearance::Light);
    arriving(app);
    loaded(app, argc > 1 ? std::atoi(argv[1]) : 100'000);
    longRuns(app);
    return 0;
}
