// The parts of the window alone: words, trouble and its buttons, settings, the bar's states.
#include "support/test_registry.h"
#include "ui/window/control_bar.h"
#include "ui/window/export_dialog.h"
#include "ui/window/sweep_words.h"
#include "ui/window/trouble_line.h"
#include "ui/window/window_settings.h"

#include <QAction>
#include <QCheckBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace looptax;

class tst_window_parts : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void timeIsSaidAsRoughlyAsItIsKnown_data();
    void timeIsSaidAsRoughlyAsItIsKnown();
    void whatRunsIsSaid();
    void everyStateEnablesWhatMakesSense_data();
    void everyStateEnablesWhatMakesSense();
    void troubleSaysWhatToDo_data();
    void troubleSaysWhatToDo();
    void anotherBuildIsAQuestion();
    void aCancelledSweepIsNoTrouble();
    void aModelsMarkupStaysText();
    void anUnchangedLineKeepsItsButtons();
    void settingsComeBackAsTheyWere();
    void unreadableSettingsAreDefaults();
    void recentSessionsAreFewAndUnique();
    void anExportNeedsAFormat();
};

Q_DECLARE_METATYPE(looptax::SweepState)

namespace {

SweepProgress progress(std::optional<double> left, std::optional<double> high = {}) {
    SweepProgress p;
    p.phase = SweepPhase::Running;
    p.turns_done = 12;
    p.turns_left = 12;
    p.seconds_left = left;
    p.seconds_high = high;
    return p;
}

} // namespace

void tst_window_parts::timeIsSaidAsRoughlyAsItIsKnown_data() {
    QTest::addColumn<double>("left");
    QTest::addColumn<double>("high");
    QTest::addColumn<QString>("said");
    QTest::newRow("nothing measured yet") << -1.0 << -1.0 << "12 of 24 turns";
    QTest::newRow("seconds") << 42.4 << -1.0 << "12 of 24 turns, about 42 s left";
    QTest::newRow("minutes") << 200.0 << -1.0 << "12 of 24 turns, about 3.3 min left";
    QTest::newRow("hours") << 9000.0 << -1.0 << "12 of 24 turns, about 2.5 h left";
    QTest::newRow("from the warm-up alone") << 60.0 << 120.0 << "12 of 24 turns, roughly 60 s to 2 min left";
}

void tst_window_parts::timeIsSaidAsRoughlyAsItIsKnown() {
    QFETCH(double, left);
    QFETCH(double, high);
    QFETCH(QString, said);
    SweepView view;
    view.state = SweepState::Running;
    const auto given = [](double value) { return value < 0 ? std::nullopt : std::optional<double>(value); };
    view.progress = progress(given(left), given(high));
    QCOMPARE(progressWords(view), said);
}

void tst_window_parts::whatRunsIsSaid() {
    SweepView view;
    view.state = SweepState::Running;
    view.progress = progress(1.0);
    RunningTurn turn;
    turn.design = "C";
    turn.target = "ollama";
    turn.turn = 3;
    turn.n = 6;
    turn.cap = 3;
    turn.repeat = 2;
    view.running = turn;
    QCOMPARE(phaseWords(view), QStringLiteral("C, turn 3 of 6, cap 3, repeat 2"));
    QCOMPARE(targetWords(view), QStringLiteral("ollama: asked"));
    view.running->sent_ns = 1'000'000'000;
    view.now_ns = 13'000'000'000;
    QCOMPARE(targetWords(view), QStringLiteral("ollama: reading the prompt for 12 s"));
    view.running->deltas = 5;
    QCOMPARE(targetWords(view), QStringLiteral("ollama: receiving, 5 deltas"));
    view.state = SweepState::Idle;
    view.cannot_start = QStringLiteral("the plan has 2 mistakes");
    QCOMPARE(phaseWords(view), view.cannot_start);
}

void tst_window_parts::everyStateEnablesWhatMakesSense_data() {
    QTest::addColumn<SweepState>("state");
    QTest::addColumn<QString>("enabled"); // start, pause, skip, finish, cut
    QTest::newRow("idle") << SweepState::Idle << "start";
    QTest::newRow("starting") << SweepState::Starting << "pause finish cut";
    QTest::newRow("running") << SweepState::Running << "pause skip finish cut";
    QTest::newRow("pausing") << SweepState::Pausing << "pause skip finish cut";
    QTest::newRow("paused") << SweepState::Paused << "pause skip finish cut";
    QTest::newRow("lost") << SweepState::Lost << "finish cut";
    QTest::newRow("stopping") << SweepState::Stopping << "cut";
}

void tst_window_parts::everyStateEnablesWhatMakesSense() {
    QFETCH(SweepState, state);
    QFETCH(QString, enabled);
    ControlBar bar;
    SweepView view;
    view.state = state;
    bar.show(view);
    const ControlBar::Actions& actions = bar.actions();
    QStringList on;
    for (const auto& [action, name] : {std::pair{actions.start, "start"},
                                       {actions.pause, "pause"},
                                       {actions.skip, "skip"},
                                       {actions.finish, "finish"},
                                       {actions.cut, "cut"}})
        if (action->isEnabled()) on << QLatin1String(name);
    QCOMPARE(on.join(QLatin1Char(' ')), enabled);
    const bool resting = state == SweepState::Paused || state == SweepState::Pausing;
    QCOMPARE(actions.pause->text(), resting ? QStringLiteral("Go on") : QStringLiteral("Pause"));
    QSignalSpy pause(&bar, &ControlBar::pause), proceed(&bar, &ControlBar::proceed);
    actions.pause->trigger();
    QCOMPARE(proceed.count(), resting ? 1 : 0);
    QCOMPARE(pause.count(), !resting && actions.pause->isEnabled() ? 1 : 0);
    view.cannot_start = QStringLiteral("no target");
    bar.show(view);
    QVERIFY(!actions.start->isEnabled());
}

void tst_window_parts::troubleSaysWhatToDo_data() {
    QTest::addColumn<int>("kind");
    QTest::addColumn<bool>("hasFolder");
    QTest::addColumn<bool>("resumed");
    QTest::addColumn<QString>("buttons");
    const auto kind = [](ErrorKind k) { return int(k); };
    QTest::newRow("nothing answers at the start") << kind(ErrorKind::Unreachable) << false << false << "Look again";
    QTest::newRow("it never came back") << kind(ErrorKind::Unreachable) << true << false << "Look again, Resume";
    QTest::newRow("the folder is read-only") << kind(ErrorKind::Storage) << false << false << "Choose another folder…";
    QTest::newRow("the disk filled up") << kind(ErrorKind::Storage) << true << false << "Choose another folder…, Resume";
    QTest::newRow("another process has it") << kind(ErrorKind::Storage) << false << true << "Resume";
    QTest::newRow("a damaged journal") << kind(ErrorKind::Corrupt) << false << true << "";
    QTest::newRow("a newer one") << kind(ErrorKind::Newer) << false << true << "";
}

void tst_window_parts::troubleSaysWhatToDo() {
    QFETCH(int, kind);
    QFETCH(bool, hasFolder);
    QFETCH(bool, resumed);
    QFETCH(QString, buttons);
    SweepResult result;
    if (hasFolder) result.folder = "/data/s";
    result.error = Error{ErrorKind(kind), "what happened", "where", "what to try", 0};
    const auto trouble = troubleOf(result, resumed);
    QVERIFY(trouble);
    QCOMPARE(trouble->sentences.mid(0, 2),
             (QStringList{QStringLiteral("What happened: where."), QStringLiteral("What to try.")}));
    WindowMessages messages;
    TroubleLine line(messages);
    messages.tell(MessageSource::Sweep, *trouble);
    QStringList shown;
    for (const QPushButton* button : line.findChildren<QPushButton*>())
        if (button->text() != QLatin1String("Dismiss")) shown << button->text();
    QCOMPARE(shown.join(QStringLiteral(", ")), buttons);
    QSignalSpy mend(&messages, &WindowMessages::mend);
    for (const Mend how : trouble->mends) line.button(words(how))->click();
    QCOMPARE(mend.count(), int(trouble->mends.size()));
    line.button(QStringLiteral("Dismiss"))->click();
    QVERIFY(line.isHidden() && line.text().isEmpty());
}

void tst_window_parts::anotherBuildIsAQuestion() {
    SweepResult result;
    result.folder = "/data/s";
    result.changed_runtime = true;
    result.error = Error{ErrorKind::Plan, "target t is build b2 now", "http://127.0.0.1:1", "--allow-changed-runtime goes on", 0};
    const auto trouble = troubleOf(result, true);
    QVERIFY(trouble);
    QCOMPARE(trouble->sentences, QStringList{QStringLiteral("Target t is build b2 now: http://127.0.0.1:1.")});
    QVERIFY(trouble->mends == (std::vector<Mend>{Mend::ResumeOnChanged, Mend::Resume}));
    QCOMPARE(words(Mend::ResumeOnChanged), QStringLiteral("Resume on the other build"));
}

void tst_window_parts::aCancelledSweepIsNoTrouble() {
    SweepResult result;
    result.cancelled = true;
    result.error = Error{ErrorKind::Cancelled, "stopped", {}, {}, 0};
    QVERIFY(!troubleOf(result, false));
    QVERIFY(!troubleOf(SweepResult{}, false));
}

void tst_window_parts::aModelsMarkupStaysText() {
    WindowMessages messages;
    TroubleLine line(messages);
    messages.tell(MessageSource::Sweep, Trouble{{QStringLiteral("<b>bold</b> <img src='file:///etc/passwd'>")}, {}});
    QCOMPARE(line.text(), QStringLiteral("<b>bold</b> <img src='file:///etc/passwd'>"));
    ControlBar bar;
    SweepView view;
    view.folder = "/tmp/<b>x</b>";
    bar.show(view);
    for (const QWidget* widget : bar.findChildren<QWidget*>())
        QVERIFY2(!widget->toolTip().contains(QLatin1String("<b>x</b>")), qPrintable(widget->toolTip()));
}

void tst_window_parts::anUnchangedLineKeepsItsButtons() {
    // A lost target's line counts down every two seconds: whoever has the mouse on a button must not lose it.
    WindowMessages messages;
    TroubleLine line(messages);
    messages.tell(MessageSource::Sweep, Trouble{{QStringLiteral("lost, 10 s")}, {Mend::AskAgain, Mend::Stop}, true});
    const QPushButton* before = line.button(words(Mend::AskAgain));
    messages.tell(MessageSource::Sweep, Trouble{{QStringLiteral("lost, 8 s")}, {Mend::AskAgain, Mend::Stop}, true});
    QCOMPARE(line.button(words(Mend::AskAgain)), before);
    QCOMPARE(line.text(), QStringLiteral("lost, 8 s"));
    QVERIFY(line.button(QStringLiteral("Dismiss")) == nullptr); // it is not over yet
}

void tst_window_parts::settingsComeBackAsTheyWere() {
    QTemporaryDir dir;
    const QString file = dir.filePath(QStringLiteral("deep/down/window.ini"));
    WindowSettings settings;
    settings.geometry = QByteArray("\x01\xFF\x00geo", 6);
    settings.layout = "layout";
    settings.splitter = "split";
    settings.appearance = QStringLiteral("dark");
    settings.columns = {QStringLiteral("TTFT ms"), QStringLiteral("Turn")};
    settings.recent = {QStringLiteral("/a, with comma"), QStringLiteral("/tmp/ünïcode \"q\"")};
    settings.sessions_folder = QStringLiteral("/data;x=%1");
    settings.export_svg = settings.export_png = false;
    settings.export_width = 1200;
    settings.export_height = 700;
    settings.export_print = true;
    // Each member is away from its default, so that a forgotten one shows.
    WindowSettings defaults;
    visitSettings(settings, [&](const char* key, const auto& value) {
        visitSettings(defaults, [&](const char* other, const auto& standard) {
            if constexpr (std::is_same_v<decltype(value), decltype(standard)>)
                if (QLatin1String(key) == QLatin1String(other) && QLatin1String(key) != QLatin1String("export/pdf"))
                    QVERIFY2(value != standard, key);
        });
    });
    QVERIFY(writeWindowSettings(file, settings, {}));
    QVERIFY(readWindowSettings(file) == settings);
    settings.recent = {QStringLiteral("/only one")}; // an ini file holds a list of one as a plain word
    QVERIFY(writeWindowSettings(file, settings, {}));
    QVERIFY(readWindowSettings(file) == settings);
}

void tst_window_parts::unreadableSettingsAreDefaults() {
    QTemporaryDir dir;
    const QString file = dir.filePath(QStringLiteral("window.ini"));
    QVERIFY(readWindowSettings(file) == WindowSettings{});
    QVERIFY(readWindowSettings({}) == WindowSettings{});
    QFile ini(file);
    QVERIFY(ini.open(QIODevice::WriteOnly));
    ini.write("[export]\nwidth=wide\nheight=-5\nsvg=perhaps\n[window]\nappearance=neon\n");
    ini.close();
    WindowSettings expected;
    expected.export_height = 320;
    QVERIFY(readWindowSettings(file) == expected);
}

void tst_window_parts::recentSessionsAreFewAndUnique() {
    WindowSettings settings;
    for (int i = 0; i < 20; ++i) noteRecent(settings, QStringLiteral("/s%1").arg(i));
    noteRecent(settings, QStringLiteral("/s15"));
    QCOMPARE(settings.recent.size(), kMostRecent);
    QCOMPARE(settings.recent[0], QStringLiteral("/s15"));
    QCOMPARE(settings.recent.count(QStringLiteral("/s15")), 1);
}

void tst_window_parts::anExportNeedsAFormat() {
    ExportDialog dialog(WindowSettings{}, QStringLiteral("/tmp"));
    QPushButton* go = nullptr;
    for (QPushButton* button : dialog.findChildren<QPushButton*>())
        if (button->text() == QLatin1String("&Export")) go = button;
    QVERIFY(go != nullptr && go->isEnabled());
    for (QCheckBox* box : dialog.findChildren<QCheckBox*>()) box->click();
    QVERIFY(!go->isEnabled());
    dialog.findChildren<QCheckBox*>().front()->click();
    QSignalSpy wanted(&dialog, &ExportDialog::wanted);
    go->click();
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(exportSettings(dialog.settings()).formats, std::vector<PictureFormat>{PictureFormat::Svg});
}

LOOPTAX_TEST(tst_window_parts)
#include "tst_window_parts.moc"
