#include "app/workbench_gallery.h"

#include "app/workbench_services.h"
#include "store/session.h"
#include "ui/charts/charts_pane.h"
#include "ui/plan/form_fold.h"
#include "ui/plan/plan_panel.h"
#include "ui/turns/turn_inspector.h"
#include "ui/turns/turn_table.h"
#include "ui/widgets/background_task.h"
#include "ui/window/control_bar.h"
#include "ui/window/main_window.h"
#include "ui/window/work_area.h"

#include <QEventLoop>
#include <QPixmap>
#include <QScrollArea>
#include <QTimer>

#include <chrono>
#include <cstdio>
#include <optional>
#include <vector>

namespace looptax {

namespace {

constexpr QSize kUsual{1440, 900};
constexpr QSize kSmall{1280, 720};
constexpr int kSettleMs = 400; // panels that answer a tenth of a second later have answered

void settle() {
    QEventLoop loop;
    QTimer::singleShot(kSettleMs, &loop, &QEventLoop::quit);
    loop.exec();
}

// Half of the journal, up to the start of a turn: the moment before its first token.
std::vector<JournalLine> firstHalf(const std::vector<JournalLine>& lines) {
    std::size_t end = 0;
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (lines[i].type == "turn_start" && (end == 0 || i <= lines.size() / 2)) end = i + 1;
    return {lines.begin(), lines.begin() + std::ptrdiff_t(end)};
}

std::optional<int> worstTurn(const RecordStore& store) {
    std::optional<int> wrong;
    for (std::size_t i = 0; i < store.turns().size(); ++i) {
        const TurnRecord& turn = store.turns()[i];
        if (turn.outcome != Outcome::Ok) return int(i);
        if (!wrong && !turn.all_pass.value_or(true)) wrong = int(i);
    }
    return wrong;
}

// A turn that read a part of its prompt anew: there is something to explain and to split.
std::optional<int> warmTurn(const RecordStore& store) {
    for (std::size_t i = 0; i < store.turns().size(); ++i) {
        const TurnRecord& turn = store.turns()[i];
        if (turn.turn > 2 && turn.state_file_bytes && turn.cached_tokens.value_or(0) > 0) return int(i);
    }
    return std::nullopt;
}

class Gallery {
public:
    Gallery(FileOps& files, Clock& clock, std::string session, std::string to)
        : m_files(files)
        , m_clock(clock)
        , m_session(std::move(session))
        , m_to(std::move(to))
        , m_services(makeServices()) {}

    Status draw() {
        auto read = readJournal(m_files, SessionPaths(m_session).journal(),
                                [&](JournalLine line) { m_lines.push_back(std::move(line)); });
        if (!read) return read.error();
        for (const JournalLine& line : m_lines) m_store.apply(line);
        if (m_store.turns().empty())
            return Error{ErrorKind::Plan, "there is nothing to show: no turn of this session was measured", m_session,
                         "choose a session that ran", 0};
        if (const Status made = m_files.makeDirs(m_to); !made) return made;
        const auto finished = [this](MainWindow& window) { showFinished(window); };
        const auto verdicts = [this](MainWindow& window) {
            showFinished(window);
            window.pages().showVerdicts();
        };
        const std::optional<int> worst = worstTurn(m_store), warm = warmTurn(m_store);
        Status status;
        const auto view = [&](const char* file, QSize size, const char* appearance, double scale, auto prepare) {
            if (status) status = drawOne(file, size, appearance, scale, prepare);
        };
        view("start", kUsual, "light", 1, [](MainWindow&) {});
        view("mid_sweep", kUsual, "light", 1, [this](MainWindow& window) { showMidSweep(window); });
        view("finished", kUsual, "light", 1, finished);
        view("failed_turn", kUsual, "light", 1, [&](MainWindow& window) {
            showFinished(window);
            window.table().selectTurn(worst.value_or(int(m_store.turns().size()) - 1));
        });
        const auto page = [&](int fromTheEnd) {
            return [&, fromTheEnd](MainWindow& window) {
                showFinished(window);
                window.table().selectTurn(warm.value_or(int(m_store.turns().size()) - 1));
                if (auto* inspector = window.findChild<TurnInspector*>())
                    inspector->tabs().setCurrentIndex(inspector->tabs().count() - fromTheEnd);
            };
        };
        view("reread_turn", kUsual, "light", 1, page(2));
        view("split_turn", kSmall, "light", 1, page(1));
        view("split_chart", kUsual, "light", 1, [&](MainWindow& window) {
            showFinished(window);
            if (auto* charts = window.findChild<ChartsPane*>()) {
                charts->showChart(ChartKind::TtftSplit);
                charts->showChart(ChartKind::CachedProcessed);
            }
        });
        view("verdicts", kUsual, "light", 1, verdicts);
        view("still_collecting", kSmall, "light", 1, [this](MainWindow& window) {
            showMidSweep(window);
            window.pages().showVerdicts();
        });
        view("rules", kSmall, "light", 1, showRules);
        view("old_session", kSmall, "light", 1, finished);
        view("dark", kUsual, "dark", 1, finished);
        view("dark_start", kSmall, "dark", 1, [](MainWindow&) {});
        view("dark_verdicts", kSmall, "dark", 1, verdicts);
        view("finished_2x", kSmall, "light", 2, finished);
        view("verdicts_2x", kSmall, "light", 2, verdicts);
        view("start_2x", kSmall, "light", 2, [](MainWindow&) {});
        return status;
    }

private:
    // What the recorded session's targets were stands in for what runs here.
    Services makeServices() {
        Services services = workbenchServices(m_files, m_clock);
        services.settings_file.clear();
        services.embedded.installed = [] { return true; };
        services.probe = [this](const std::vector<std::string>&) {
            std::vector<ProbeFinding> found;
            if (!m_store.plan()) return found;
            for (const Target& target : m_store.plan()->targets) {
                ProbeFinding finding;
                finding.url = target.url.empty() ? "http://127.0.0.1:8080" : target.url;
                finding.answers = true;
                finding.kind = target.kind;
                finding.product = std::string(name(target.kind));
                finding.facts.kind = target.kind;
                finding.facts.url = finding.url;
                finding.facts.model = m_store.turns().front().model;
                finding.facts.models = {finding.facts.model};
                finding.facts.slots = 1;
                found.push_back(std::move(finding));
            }
            return found;
        };
        return services;
    }

    void showFinished(MainWindow& window) {
        if (const Status opened = window.feed().open(m_session); !opened)
            std::fprintf(stderr, "looptax-workbench: %s\n", opened.error().text().c_str());
    }

    // The fold of the plan that says what the verdicts are held to.
    static void showRules(MainWindow& window) {
        auto* fold = window.plan().findChild<FormFold*>();
        fold->setOpen(true);
        settle();
        window.plan().findChild<QScrollArea*>()->ensureWidgetVisible(fold, 0, fold->height());
    }

    void showMidSweep(MainWindow& window) {
        window.feed().beginLive(m_session);
        window.feed().apply(firstHalf(m_lines));
        window.activity().become(Activity::Sweeping);
        (void)waitForBackgroundWork(std::chrono::seconds(10)); // what is collected so far
        settle();
        SweepView view = window.sweep().view();
        view.state = SweepState::Running;
        SweepProgress progress;
        progress.phase = SweepPhase::Running;
        progress.turns_done = std::int64_t(window.feed().store().turns().size());
        for (const ScheduledRun& run : m_store.schedule()) progress.turns_left += run.n;
        progress.turns_left -= progress.turns_done;
        view.progress = progress;
        view.running = window.feed().running();
        window.bar().show(view);
    }

    template <class Prepare> Status drawOne(const char* file, QSize size, const char* appearance, double scale, Prepare prepare) {
        MainWindow window(m_services);
        window.setAppearance(QLatin1String(appearance));
        window.resize(size);
        window.show();
        settle();
        prepare(window);
        window.charts().refresh();
        settle();
        QPixmap picture(size * scale);
        picture.setDevicePixelRatio(scale);
        window.render(&picture);
        const std::string path = joinPath(m_to, std::string(file) + ".png");
        if (!picture.save(QString::fromStdString(path)))
            return Error{ErrorKind::Storage, "the picture could not be written", path, "choose a folder that you may write to",
                         0};
        std::printf("%s\n", path.c_str());
        window.feed().endLive();
        return {};
    }

    FileOps& m_files;
    Clock& m_clock;
    std::string m_session;
    std::string m_to;
    Services m_services;
    std::vector<JournalLine> m_lines;
    RecordStore m_store;
};

} // namespace

Status drawGallery(const std::string& session, const std::string& to) {
    SystemFileOps files;
    SystemClock clock;
    return Gallery(files, clock, session, to).draw();
}

} // namespace looptax
