// The house keeps to its plan: rooms without Qt have none, includes follow the arrows, core opens no window.
#include "house_rules.h"
#include "support/places.h"
#include "support/test_registry.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QMap>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace looptax;

class tst_house : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theSourcesKeepToTheArrows();
    void everyKindOfViolationIsFound_data();
    void everyKindOfViolationIsFound();
    void whatIsAllowedPasses_data();
    void whatIsAllowedPasses();
    void aRoomNobodyPlacedIsFound();
    void noTwoHeadersDefineOneName();
    void theCommandLineNeedsNoWindow();
    void everyFileThatContributingNamesIsThere();
};

namespace {

house::Inspection inspectOne(const QString& file, const QByteArray& content) {
    QTemporaryDir folder;
    const QString path = folder.filePath(file);
    QDir().mkpath(QFileInfo(path).path());
    QFile out(path);
    if (!out.open(QIODevice::WriteOnly) || out.write(content) != content.size()) return {};
    out.close();
    return house::inspect(folder.path().toStdString());
}

} // namespace

void tst_house::theSourcesKeepToTheArrows() {
    const house::Inspection found = house::inspect(LOOPTAX_SOURCE_DIR);
    QVERIFY2(found.files > 50, "the sources were not found, so nothing was checked");
    for (const std::string& violation : found.violations) qWarning("%s", violation.c_str());
    QVERIFY2(found.violations.empty(), "the includes above go against the house");
}

void tst_house::everyKindOfViolationIsFound_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("said");
    const auto row = [](const char* name, const char* file, const char* content, const char* said) {
        QTest::newRow(name) << QString::fromLatin1(file) << QByteArray(content) << QString::fromLatin1(said);
    };
    row("Qt in a room without", "core/wire/a.h", "#include <QString>\n", "core/wire/a.h:1: a Qt header <QString>");
    row("Qt by its lower-case header", "core/stats/a.cpp", "\n#include <qglobal.h>\n", "core/stats/a.cpp:2: a Qt header");
    row("Qt by its module path", "core/store/a.cpp", "  #  include <QtCore/QFile>\n", "a Qt header <QtCore/QFile>");
    row("base knows nobody", "core/base/a.h", "#include \"domain/plan.h\"\n", "no arrow base -> domain");
    row("wire knows not even base", "core/wire/a.h", "#include \"base/text.h\"\n", "no arrow wire -> base");
    row("stats do not read the store", "core/stats/a.cpp", "#include \"store/journal.h\"\n", "no arrow stats -> store");
    row("the runtime does not know the engine", "core/runtime/a.cpp", "#include \"engine/sweep.h\"\n",
        "no arrow runtime -> engine");
    row("distributions in one place", "core/stats/a.cpp", "#include <boost/math/distributions/normal.hpp>\n",
        "outside core/stats/quantiles.cpp");
    row("stats are mathematics alone", "core/stats/a.cpp", "#include \"domain/plan.h\"\n", "no arrow stats -> domain");
    row("a record is read from lines, not from files", "core/record/a.cpp", "#include \"store/journal.h\"\n",
        "no arrow record -> store");
    row("the analysis makes no sentences", "core/analysis/a.cpp", "#include \"report/report.h\"\n",
        "no arrow analysis -> report");
    row("the loop does not know who runs it", "core/loop/a.h", "#include \"engine/sweep.h\"\n", "no arrow loop -> engine");
    row("a replay asks no runtime", "core/replay/a.h", "#include \"runtime/runtime_client.h\"\n", "no arrow replay -> runtime");
    row("a chart is numbers", "core/chart/a.h", "#include \"report/report.h\"\n", "no arrow chart -> report");
    row("the style knows no view", "ui/style/a.cpp", "#include \"ui/charts/chart_legend.h\"\n", "no arrow ui/style -> ui/charts");
    row("a widget knows no view", "ui/widgets/a.h", "#include \"ui/plan/plan_panel.h\"\n", "no arrow ui/widgets -> ui/plan");
    row("views do not know each other", "ui/plan/a.cpp", "#include \"ui/verdicts/verdict_board.h\"\n",
        "no arrow ui/plan -> ui/verdicts");
    row("a view does not know the window", "ui/turns/a.cpp", "#include \"ui/window/main_window.h\"\n",
        "no arrow ui/turns -> ui/window");
    row("core does not know the window", "core/engine/a.cpp", "#include \"ui/style/theme.h\"\n", "no arrow engine -> ui");
    row("core does not know the programs", "core/store/a.cpp", "#include \"app/commands.h\"\n", "no arrow store -> app");
    row("the window does not know the programs", "ui/window/a.cpp", "#include \"app/commands.h\"\n", "no arrow ui -> app");
    row("an include without its room", "core/loop/a.cpp", "#include \"fence.h\"\n", "without its room");
    row("a way around by dots", "app/a.cpp", "#include \"core/../ui/style/theme.h\"\n", "climbs out");
    row("json.hpp in a header", "core/domain/a.h", "#include <nlohmann/json.hpp>\n", "json.hpp");
    row("an umbrella header", "ui/window/a.h", "#include <QtWidgets>\n", "umbrella header <QtWidgets>");
    row("an umbrella header by its module", "ui/window/a.cpp", "#include <QtCharts/QtCharts>\n", "umbrella header");
    row("charts outside the adapter", "ui/charts/chart_sheet.cpp", "#include <QLineSeries>\n",
        "outside ui/charts/chart_adapter.cpp");
}

void tst_house::everyKindOfViolationIsFound() {
    QFETCH(QString, file);
    QFETCH(QByteArray, content);
    QFETCH(QString, said);
    const house::Inspection found = inspectOne(file, content);
    QCOMPARE(found.files, 1);
    QCOMPARE(int(found.violations.size()), 1);
    QVERIFY2(QString::fromStdString(found.violations.front()).contains(said), found.violations.front().c_str());
}

void tst_house::whatIsAllowedPasses_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("content");
    const auto row = [](const char* name, const char* file, const char* content) {
        QTest::newRow(name) << QString::fromLatin1(file) << QByteArray(content);
    };
    row("own room, lower room, standard library", "core/analysis/a.cpp",
        "#include \"analysis/a.h\"\n#include \"domain/plan.h\"\n#include <queue>\n#include <vector>\n");
    row("the place of the distributions", "core/stats/quantiles.cpp", "#include <boost/math/distributions/normal.hpp>\n");
    row("Qt in the runtime", "core/runtime/a.cpp", "#include <QTcpSocket>\n");
    row("json.hpp in a source file", "core/store/a.cpp", "#include <nlohmann/json.hpp>\n");
    row("json_fwd in a header", "core/store/a.h", "#include <nlohmann/json_fwd.hpp>\n");
    row("the window over every room", "ui/window/a.cpp",
        "#include \"ui/style/theme.h\"\n#include \"store/session.h\"\n#include <QWidget>\n");
    row("a program over the window", "app/a.cpp", "#include \"options.h\"\n#include \"ui/style/theme.h\"\n");
    row("the adapter and its library", "ui/charts/chart_adapter.cpp", "#include <QLineSeries>\n#include <QChart>\n");
}

void tst_house::whatIsAllowedPasses() {
    QFETCH(QString, file);
    QFETCH(QByteArray, content);
    const house::Inspection found = inspectOne(file, content);
    QCOMPARE(found.files, 1);
    QVERIFY2(found.violations.empty(), found.violations.empty() ? "" : found.violations.front().c_str());
}

void tst_house::aRoomNobodyPlacedIsFound() {
    for (const char* file : {"core/attic/a.cpp", "ui/attic/a.cpp", "ui/a.cpp"}) {
        const house::Inspection found = inspectOne(QString::fromLatin1(file), "#include <vector>\n");
        QCOMPARE(int(found.violations.size()), 1);
    }
}

void tst_house::noTwoHeadersDefineOneName() {
    // All are of one namespace: two types of one name are one to the linker, and each half of the program
    // takes the other's templates of it.
    const QRegularExpression definition(QStringLiteral("^(?:struct|class) (\\w+)[^;{]*\\{"), QRegularExpression::MultilineOption);
    QMap<QString, QString> places;
    for (const char* top : {"core", "ui", "app"}) {
        QDirIterator files(QStringLiteral(LOOPTAX_SOURCE_DIR "/") + QLatin1String(top), {QStringLiteral("*.h")}, QDir::Files,
                           QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile file(files.next());
            QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(file.fileName()));
            auto found = definition.globalMatch(QString::fromUtf8(file.readAll()));
            while (found.hasNext()) {
                const QString name = found.next().captured(1);
                QVERIFY2(!places.contains(name),
                         qPrintable(QStringLiteral("%1 is defined in %2 and in %3").arg(name, places[name], file.fileName())));
                places[name] = file.fileName();
            }
        }
    }
    QVERIFY(places.size() > 100); // the sources were there
}

namespace {

// Every library the program is loaded with, those of its libraries too.
[[maybe_unused]] QString librariesOf(const char* program) {
    QProcess ldd;
    ldd.start(QStringLiteral("ldd"), {QStringLiteral(LOOPTAX_BINARY_DIR "/") + QLatin1String(program)});
    if (!ldd.waitForFinished(30'000) || ldd.exitCode() != 0) return {};
    return QString::fromLocal8Bit(ldd.readAllStandardOutput());
}

} // namespace

void tst_house::theCommandLineNeedsNoWindow() {
#ifdef LOOPTAX_HAS_PROGRAMS // the build has both programs
    const QString core = librariesOf("looptax");
    QVERIFY2(core.contains(QLatin1String("libQt6Core")), "ldd said nothing of looptax, so nothing was checked");
    for (const char* library : {"libQt6Gui", "libQt6Widgets", "libQt6Charts", "libQt6Svg"})
        QVERIFY2(!core.contains(QLatin1String(library)), library);
    // The same look at the program with a window must find them, or it would find nothing anywhere.
    QVERIFY(librariesOf("looptax-workbench").contains(QLatin1String("libQt6Widgets")));
#endif
}

void tst_house::everyFileThatContributingNamesIsThere() {
    QFile page(QStringLiteral(LOOPTAX_SOURCE_DIR "/CONTRIBUTING.md"));
    QVERIFY(page.open(QIODevice::ReadOnly));
    const QRegularExpression path(QStringLiteral("`((?:core|ui|app|tests|packaging|resources)/[\\w./-]+\\.\\w+)`"));
    auto found = path.globalMatch(QString::fromUtf8(page.readAll()));
    int named = 0;
    for (; found.hasNext(); ++named) {
        const QString file = found.next().captured(1);
        QVERIFY2(QFile::exists(QStringLiteral(LOOPTAX_SOURCE_DIR "/") + file), qPrintable(file));
    }
    QVERIFY(named > 40); // the page was read
}

LOOPTAX_TEST(tst_house)
#include "tst_house.moc"
