// What the window remembers reaches the disk while the window is open: a program that is killed has no close event.
#include "hand.h"
#include "support/session_builder.h"
#include "support/test_registry.h"
#include "ui/plan/plan_panel.h"
#include "ui/plan/size_line.h"
#include "ui/style/appearance.h"
#include "ui/turns/turn_table.h"
#include "ui/window/export_dialog.h"
#include "ui/window/settings_store.h"
#include "ui/window/trouble_line.h"
#include "ui/window/work_area.h"
#include "window_lab.h"

#include <QDir>
#include <QDockWidget>
#include <QFileDialog>
#include <QLineEdit>
#include <QSignalSpy>
#include <QSpinBox>
#include <QSplitter>
#include <QTest>

using namespace looptax;

namespace {

void chooseInDialog(QFileDialog* dialog, const QString& path) {
    auto* line = dialog->findChild<QLineEdit*>();
    line->setText(path);
    QTest::keyClick(line, Qt::Key_Return);
}

// A target that two folders of sessions tell of, or only one.
void measureInto(const std::string& out) {
    SessionBuilder builder(testPlan({{"A", {3}, {}, {}}}, 4));
    for (const ScheduledRun& run : builder.schedule()) builder.completeRun(run.run);
    builder.writeTo(joinPath(out, "20261124-010203-abcdefgh"));
}

struct Desk {
    Desk() : session(lab.folder.file("20261124-010203-0a1b2c3d")), window(lab.services), hand(window) {
        SessionBuilder builder(testPlan({{"A", {3}, {}, {}}}, 2));
        builder.completeRun(1);
        builder.writeTo(session);
        window.resize(1280, 800);
        window.show();
    }
    WindowSettings kept() const { return readWindowSettings(lab.services.settings_file); }
    bool open() {
        window.openSession(QString::fromStdString(session));
        return QTest::qWaitFor([&] { return window.feed().folder() == session; }, 10'000);
    }
    bool chooseOutputFolder(const QString& folder) {
        if (!QDir().mkpath(folder)) return false;
        if (!hand.menu({QStringLiteral("Sweep"), QStringLiteral("Choose where new sessions go…")})) return false;
        auto* dialog = hand.dialog<QFileDialog>();
        if (dialog == nullptr) return false;
        dialog->setDirectory(folder);
        chooseInDialog(dialog, folder);
        return QTest::qWaitFor([&] { return window.sweep().out() == folder.toStdString(); }, 5'000);
    }

    WindowLab lab;
    std::string session;
    MainWindow window;
    Hand hand;
};

} // namespace

class tst_settings : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyAppearance(QStringLiteral("light")); }
    void cleanup() { applyAppearance(QStringLiteral("light")); }

    void aChangeIsOnDiskWhileTheWindowIsOpen_data() {
        QTest::addColumn<QString>("what");
        for (const char* what : {"appearance", "session opened", "sweep begun", "output folder", "export settings", "columns",
                                 "size of the window", "height of the charts", "a dock hidden", "width of the docks"})
            QTest::newRow(what) << QString::fromLatin1(what);
    }
    void aChangeIsOnDiskWhileTheWindowIsOpen() {
        QFETCH(QString, what);
        Desk desk;
        QVERIFY(QTest::qWaitForWindowExposed(&desk.window));
        QVERIFY(QTest::qWaitFor([&] { return !desk.kept().geometry.isEmpty(); }, 5'000)); // how it came up
        const WindowSettings before = desk.kept();
        const auto becomes = [&](auto member, const auto& value) {
            return QTest::qWaitFor([&] { return desk.kept().*member == value; }, 5'000);
        };
        const auto changes = [&](auto member) {
            return QTest::qWaitFor([&] { return desk.kept().*member != before.*member; }, 5'000);
        };
        if (what == QLatin1String("appearance")) {
            desk.window.setAppearance(QStringLiteral("dark"));
            QVERIFY(becomes(&WindowSettings::appearance, QStringLiteral("dark")));
        } else if (what == QLatin1String("session opened")) {
            QVERIFY(desk.open());
            QVERIFY(becomes(&WindowSettings::recent, QStringList{QString::fromStdString(desk.session)}));
        } else if (what == QLatin1String("sweep begun")) {
            desk.window.plan().setPlan(desk.lab.plan({{"A", {12}, {}, {}}}, 9));
            QVERIFY(desk.hand.click(QStringLiteral("Start")));
            QVERIFY(changes(&WindowSettings::recent));
            desk.window.sweep().controller().cut();
            QVERIFY(QTest::qWaitFor([&] { return !desk.window.sweep().busy(); }, 20'000));
        } else if (what == QLatin1String("output folder")) {
            const QString folder = QString::fromStdString(desk.lab.folder.file("other"));
            QVERIFY(desk.chooseOutputFolder(folder));
            QVERIFY(becomes(&WindowSettings::sessions_folder, folder));
        } else if (what == QLatin1String("export settings")) {
            QVERIFY(desk.open());
            QVERIFY(desk.hand.menu({QStringLiteral("Export"), QStringLiteral("Charts…")}));
            auto* dialog = desk.hand.dialog<ExportDialog>();
            QVERIFY(dialog != nullptr);
            dialog->findChild<QSpinBox*>()->setValue(1200);
            desk.hand.press(*Hand::find(*dialog, QStringLiteral("Export")));
            QVERIFY(becomes(&WindowSettings::export_width, 1200));
        } else if (what == QLatin1String("columns")) {
            QStringList columns = desk.window.table().shownColumns();
            QVERIFY(columns.size() > 2);
            QMenu* menu = nullptr;
            for (QMenu* each : desk.window.table().findChildren<QMenu*>())
                for (QAction* action : each->actions())
                    if (action->isCheckable() && action->isChecked() && plain(action->text()) == columns.last()) menu = each;
            QVERIFY(menu != nullptr);
            for (QAction* action : menu->actions())
                if (plain(action->text()) == columns.last()) action->trigger();
            columns.removeLast();
            QVERIFY(becomes(&WindowSettings::columns, columns));
        } else if (what == QLatin1String("size of the window")) {
            desk.window.resize(1111, 755);
            QVERIFY(changes(&WindowSettings::geometry));
        } else if (what == QLatin1String("height of the charts")) {
            QSplitter& splitter = desk.window.pages().splitter();
            auto* handle = splitter.handle(1);
            QTest::mousePress(handle, Qt::LeftButton, {}, handle->rect().center());
            QTest::mouseMove(handle, handle->rect().center() - QPoint(0, 40));
            QTest::mouseRelease(handle, Qt::LeftButton, {}, handle->rect().center() - QPoint(0, 40));
            QVERIFY(changes(&WindowSettings::splitter));
        } else if (what == QLatin1String("a dock hidden")) {
            desk.window.findChild<QDockWidget*>(QStringLiteral("plan"))->toggleViewAction()->trigger();
            QVERIFY(changes(&WindowSettings::layout));
        } else {
            desk.window.resizeDocks({desk.window.findChild<QDockWidget*>(QStringLiteral("plan"))}, {500}, Qt::Horizontal);
            QVERIFY(changes(&WindowSettings::layout));
        }
    }

    void aHundredMovesAreOneWrite() {
        TempFolder folder;
        SettingsStore store(QString::fromStdString(folder.file("w.ini")));
        int collected = 0;
        store.setCollect([&](WindowSettings& settings) { settings.splitter = QByteArray::number(++collected); });
        for (int i = 0; i < 100; ++i) store.touch();
        QCOMPARE(collected, 0);
        QVERIFY(QTest::qWaitFor([&] { return collected > 0; }, 5'000));
        QCOMPARE(collected, 1);
        // Whoever never stops moving does not put it off.
        QVERIFY(QTest::qWaitFor(
            [&] {
                store.touch();
                return collected > 1;
            },
            5'000));
        QCOMPARE(readWindowSettings(QString::fromStdString(folder.file("w.ini"))).splitter, QByteArray("2"));
    }

    void whatIsLeftIsWrittenAtTheEnd() {
        TempFolder folder;
        const QString file = QString::fromStdString(folder.file("w.ini"));
        {
            SettingsStore store(file);
            store.edit([](WindowSettings& settings) { settings.appearance = QStringLiteral("dark"); });
        }
        QCOMPARE(readWindowSettings(file).appearance, QStringLiteral("dark"));
        SettingsStore store(file);
        store.edit([](WindowSettings& settings) { settings.appearance = QStringLiteral("light"); });
        store.flush();
        QCOMPARE(readWindowSettings(file).appearance, QStringLiteral("light"));
    }

    // At once, not when the turn that is measured has ended: a second signal ends the program where it stands.
    void aSignalWritesBeforeTheSweepHasEnded() {
        Desk desk;
        desk.window.plan().setPlan(desk.lab.plan({{"A", {12}, {}, {}}}, 9));
        QVERIFY(desk.hand.click(QStringLiteral("Start")));
        QVERIFY(QTest::qWaitFor([&] { return desk.window.feed().live(); }, 10'000));
        desk.window.setAppearance(QStringLiteral("dark"));
        desk.window.endNow();
        QCOMPARE(desk.kept().appearance, QStringLiteral("dark"));
        QVERIFY(QTest::qWaitFor([&] { return !desk.window.isVisible(); }, 20'000));
    }

    void twoWindowsDoNotUndoEachOthersChanges() {
        TempFolder folder;
        const QString file = QString::fromStdString(folder.file("w.ini"));
        SettingsStore first(file), second(file);
        first.edit([](WindowSettings& settings) { settings.appearance = QStringLiteral("dark"); });
        first.flush();
        second.edit([](WindowSettings& settings) { settings.export_width = 1200; });
        second.flush();
        const WindowSettings kept = readWindowSettings(file);
        QCOMPARE(kept.appearance, QStringLiteral("dark"));
        QCOMPARE(kept.export_width, 1200);
    }

    void aFileThatCannotBeWrittenIsToldOnce() {
        WindowLab lab;
        const std::string place = lab.folder.file("config");
        spit(place, "a file where the folder should be");
        lab.services.settings_file = QString::fromStdString(place + "/workbench.ini");
        MainWindow window(lab.services);
        window.show();
        const auto told = [&] { return window.trouble().text(); };
        QVERIFY(QTest::qWaitFor([&] { return !told().isEmpty(); }, 5'000));
        QVERIFY2(told().contains(lab.services.settings_file), qPrintable(told()));
        QSignalSpy changed(&window.messages(), &WindowMessages::changed);
        window.trouble().button(QStringLiteral("Dismiss"))->click();
        window.setAppearance(QStringLiteral("dark"));
        window.resize(1100, 700);
        window.close();               // tries once more
        QCOMPARE(changed.count(), 1); // dismissed, and nothing since
        QVERIFY(told().isEmpty());
    }

    void thatItCanBeWrittenAgainTakesTheMessageAway() {
        TempFolder folder;
        const std::string place = folder.file("config");
        spit(place, "a file where the folder should be");
        SettingsStore store(QString::fromStdString(place + "/w.ini"));
        QSignalSpy failed(&store, &SettingsStore::failed), written(&store, &SettingsStore::written);
        const auto change = [&](int width) {
            store.edit([&](WindowSettings& settings) { settings.export_width = width; });
            store.flush();
        };
        change(700);
        change(800);
        QCOMPARE(failed.count(), 1);
        QVERIFY(QFile::remove(QString::fromStdString(place)));
        change(900);
        QCOMPARE(written.count(), 1);
        QCOMPARE(readWindowSettings(QString::fromStdString(place + "/w.ini")).export_width, 900);
    }

    void theEstimateGoesByTheFolderThatWasChosen() {
        Desk desk;
        const std::string other = desk.lab.folder.file("other");
        measureInto(other);
        desk.window.plan().setPlan(testPlan({{"A", {3}, {}, {}}}, 8));
        const SizeLine* line = desk.window.plan().findChild<SizeLine*>();
        QTRY_VERIFY2(line->cost().contains(QLatin1String("nothing was measured on this target")), qPrintable(line->cost()));
        QVERIFY(desk.chooseOutputFolder(QString::fromStdString(other)));
        QTRY_VERIFY2(line->cost().contains(QLatin1String("from earlier sessions on this target")), qPrintable(line->cost()));
        // The next window starts with it.
        desk.window.close();
        MainWindow again(desk.lab.services);
        again.show();
        again.plan().setPlan(testPlan({{"A", {3}, {}, {}}}, 8));
        line = again.plan().findChild<SizeLine*>();
        QTRY_VERIFY2(line->cost().contains(QLatin1String("from earlier sessions on this target")), qPrintable(line->cost()));
        // One named on the command line goes before it.
        again.sweep().setOut(desk.lab.out());
        QTRY_VERIFY2(line->cost().contains(QLatin1String("nothing was measured on this target")), qPrintable(line->cost()));
    }
};

LOOPTAX_TEST(tst_settings)
#include "tst_settings.moc"
