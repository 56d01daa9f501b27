// What may be done while the window does something: every action in every activity, as a table of its own words, and the
// guard that every entry point asks.
#include "support/session_builder.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"
#include "ui/model/activity.h"
#include "ui/model/session_feed.h"

#include <QHash>
#include <QSignalSpy>
#include <QTest>

using namespace looptax;

namespace {

const QStringList kActivityNames{QStringLiteral("none"),       QStringLiteral("reading"), QStringLiteral("starting"),
                                 QStringLiteral("sweeping"),   QStringLiteral("writing"), QStringLiteral("exporting"),
                                 QStringLiteral("calibrating")};
const QStringList kActionNames{
    QStringLiteral("start"),         QStringLiteral("resume"),      QStringLiteral("retry failed"),
    QStringLiteral("resume again"),  QStringLiteral("add repeats"), QStringLiteral("open session"),
    QStringLiteral("close session"), QStringLiteral("export into"), QStringLiteral("export elsewhere"),
    QStringLiteral("calibrate"),     QStringLiteral("compare"),     QStringLiteral("choose output folder"),
    QStringLiteral("edit plan"),     QStringLiteral("close window")};

SessionFacts everything() {
    SessionFacts facts;
    facts.open = facts.turns = facts.open_runs = facts.failed_runs = true;
    return facts;
}

SessionFacts nothing() { return {}; }

} // namespace

class tst_activity : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyActionInEveryActivity_data() {
        QTest::addColumn<int>("activity");
        QTest::addColumn<int>("action");
        QTest::addColumn<bool>("allowed");
        // Of a session that lacks nothing.
        const QHash<QString, QStringList> during{
            {QStringLiteral("none"), kActionNames},
            {QStringLiteral("reading"),
             {QStringLiteral("open session"), QStringLiteral("choose output folder"), QStringLiteral("edit plan"),
              QStringLiteral("close window")}},
            {QStringLiteral("starting"), {}},
            {QStringLiteral("sweeping"), {}},
            {QStringLiteral("writing"), {QStringLiteral("choose output folder"), QStringLiteral("edit plan")}},
            {QStringLiteral("exporting"), {QStringLiteral("choose output folder"), QStringLiteral("edit plan")}},
            {QStringLiteral("calibrating"), {QStringLiteral("close window")}}};
        for (const Activity activity : kActivities)
            for (const Action action : kActions) {
                const QString doing = kActivityNames.at(int(activity)), wanted = kActionNames.at(int(action));
                QTest::addRow("%s while %s", qPrintable(wanted), qPrintable(doing))
                    << int(activity) << int(action) << during[doing].contains(wanted);
            }
    }
    void everyActionInEveryActivity() {
        QFETCH(int, activity);
        QFETCH(int, action);
        QFETCH(bool, allowed);
        const Allowance found = allowance(Action(action), Activity(activity), everything());
        QCOMPARE(found, allowed ? Allowance::Now : Allowance::NotNow);
        const QString why = whyNot(Action(action), Activity(activity), everything());
        QCOMPARE(why.isEmpty(), allowed);
        QVERIFY2(allowed || why.endsWith(QLatin1Char('.')), qPrintable(why));
    }

    void whatASessionLacksForbids_data() {
        QTest::addColumn<QString>("lacking");
        QTest::addColumn<QStringList>("forbidden");
        const QStringList ofSession{QStringLiteral("resume"), QStringLiteral("retry failed"), QStringLiteral("resume again"),
                                    QStringLiteral("add repeats"), QStringLiteral("close session")};
        const QStringList ofTurns{QStringLiteral("export into"), QStringLiteral("export elsewhere"), QStringLiteral("compare")};
        QTest::newRow("no session") << "session" << ofSession + ofTurns;
        QTest::newRow("no turns") << "turns" << ofTurns;
        QTest::newRow("no open runs") << "open runs" << QStringList{QStringLiteral("resume")};
        QTest::newRow("no failed runs") << "failed runs" << QStringList{QStringLiteral("retry failed")};
        QTest::newRow("read-only") << "right to write"
                                   << QStringList{QStringLiteral("resume"), QStringLiteral("retry failed"),
                                                  QStringLiteral("resume again"), QStringLiteral("add repeats"),
                                                  QStringLiteral("export into")};
    }
    void whatASessionLacksForbids() {
        QFETCH(QString, lacking);
        QFETCH(QStringList, forbidden);
        SessionFacts facts = lacking == QLatin1String("session") ? nothing() : everything();
        if (lacking == QLatin1String("turns")) facts.turns = false;
        if (lacking == QLatin1String("open runs")) facts.open_runs = false;
        if (lacking == QLatin1String("failed runs")) facts.failed_runs = false;
        if (lacking == QLatin1String("right to write")) facts.read_only = QStringLiteral("in use by process 71");
        for (const Action action : kActions) {
            const bool never = forbidden.contains(kActionNames.at(int(action)));
            QVERIFY2((allowance(action, Activity::None, facts) == Allowance::Never) == never,
                     qPrintable(kActionNames.at(int(action))));
            if (never && !facts.read_only.isEmpty())
                QVERIFY(whyNot(action, Activity::None, facts).contains(QLatin1String("process 71")));
        }
    }

    void aSecondThingIsRefusedWithWords_data() {
        QTest::addColumn<int>("first");
        QTest::addColumn<int>("second");
        QTest::newRow("a sweep while a session is read") << int(Action::OpenSession) << int(Action::Start);
        QTest::newRow("a session while a sweep starts") << int(Action::Start) << int(Action::OpenSession);
        QTest::newRow("a sweep while it calibrates") << int(Action::Calibrate) << int(Action::Start);
        QTest::newRow("a calibration while a sweep runs") << int(Action::Start) << int(Action::Calibrate);
        QTest::newRow("a second sweep") << int(Action::Start) << int(Action::Start);
        QTest::newRow("a plan edited while a sweep starts") << int(Action::Start) << int(Action::EditPlan);
    }
    void aSecondThingIsRefusedWithWords() {
        QFETCH(int, first);
        QFETCH(int, second);
        TempFolder folder;
        SystemFileOps files;
        SessionFeed feed(files);
        CurrentActivity activity(feed);
        QSignalSpy changed(&activity, &CurrentActivity::changed), refused(&activity, &CurrentActivity::refused);
        QVERIFY(activity.enter(Action(first)));
        const Activity entered = activity.now();
        QVERIFY(entered != Activity::None);
        QVERIFY(!activity.enter(Action(second)));
        QVERIFY(!activity.permit(Action(second)));
        QCOMPARE(activity.now(), entered);
        QCOMPARE(refused.count(), 2);
        QVERIFY(!refused[0][0].toString().isEmpty());
        activity.end();
        QCOMPARE(changed.count(), 2);
        QVERIFY(activity.enter(Action(second)));
    }

    void aWindowThatIsClosingBeginsNothing() {
        SystemFileOps files;
        SessionFeed feed(files);
        CurrentActivity activity(feed);
        QVERIFY(activity.enter(Action::Start));
        activity.beginNothingMore();
        activity.end();
        for (const Action action : kActions) QCOMPARE(activity.allows(action), action == Action::CloseWindow);
        QVERIFY(!activity.enter(Action::Start));
        QVERIFY(!activity.whyNot(Action::Start).isEmpty());
    }

    void factsAreThoseOfTheSessionOnScreen_data() {
        QTest::addColumn<QString>("what");
        QTest::addColumn<bool>("writable");
        for (const auto& [what, writable] : {std::pair{"whole", true}, {"damaged", false}, {"newer", false}, {"live", false}})
            QTest::newRow(what) << QString::fromLatin1(what) << writable;
    }
    void factsAreThoseOfTheSessionOnScreen() {
        QFETCH(QString, what);
        QFETCH(bool, writable);
        TempFolder folder;
        SystemFileOps files;
        SessionFeed feed(files);
        QVERIFY(!factsOf(feed).open);
        SessionBuilder builder(testPlan({{"A", {3}, {}, {}}}, 2));
        builder.completeRun(1);
        builder.writeTo(folder.file("s"));
        const std::string journal = SessionPaths(folder.file("s")).journal();
        std::string bytes = slurp(journal);
        // Not in the last line, which may be what a power cut left.
        const std::size_t at = bytes.rfind('\n', bytes.size() - 2) - 20;
        if (what == QLatin1String("damaged")) bytes[at] = char(bytes[at] ^ 1);
        if (what == QLatin1String("newer")) {
            ReadSession session;
            session.folder = folder.file("s");
            session.loaded.read.newer = true;
            feed.show(std::move(session));
        } else if (what == QLatin1String("live")) {
            feed.beginLive(folder.file("s"));
        } else {
            spit(journal, bytes);
            QVERIFY(feed.open(folder.file("s")));
            QVERIFY(factsOf(feed).turns);
            QVERIFY(factsOf(feed).open_runs || !writable);
        }
        QVERIFY(factsOf(feed).open);
        QCOMPARE(factsOf(feed).read_only.isEmpty(), writable);
    }
};

LOOPTAX_TEST(tst_activity)
#include "tst_activity.moc"
