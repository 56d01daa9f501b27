// Exports out of the window: the same bytes as `looptax-workbench --export` and `looptax report`, a window
// that stays awake, and places that cannot be written to.
#include "support/faulty_file_ops.h"
#include "support/places.h"
#include "support/session_builder.h"
#include "support/test_registry.h"
#include "ui/style/appearance.h"
#include "ui/window/session_exports.h"
#include "ui_window/window_lab.h"

#include "base/base64.h"

#include <QDir>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>

#include <algorithm>
#include <map>

using namespace looptax;

class tst_exports : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void picturesAreThoseOfTheCommandLine();
    void everythingGoesIntoTheSession();
    void everythingGoesElsewhereToo();
    void oneFileIsTheReport();
    void rawRecordsAreCounted();
    void onlyWhatWasAskedFor();
    void nothingToDrawIsSaidAndTheTableIsWritten();
    void nothingToDrawAloneIsAnError();
    void aPlaceThatCannotBeWritten();
    void theWindowStaysAwake();
    void aReportHoldsItsChartsWhereverItGoes_data();
    void aReportHoldsItsChartsWhereverItGoes();
    void theReportIsThatOfTheCommandLine();
    void everyPictureThatMarkdownLinksToIsThere_data();
    void everyPictureThatMarkdownLinksToIsThere();
};

namespace {

SessionBuilder quick() {
    SessionBuilder builder(testPlan({{"A", {6}, {}, {}}, {"C", {6}, {3}, {}}}, 2));
    for (const ScheduledRun& run : builder.schedule()) builder.completeRun(run.run);
    return builder;
}

struct Bench {
    explicit Bench(const SessionBuilder& builder = quick(), FileOps* files = nullptr)
        : lab({}, files)
        , exports(lab.services)
        , done(&exports, &SessionExports::done)
        , failed(&exports, &SessionExports::failed)
        , session(lab.folder.file("s")) {
        builder.writeTo(session);
    }
    bool wait() {
        return QTest::qWaitFor([&] { return !done.isEmpty() || !failed.isEmpty(); }, 30'000) && !exports.busy();
    }
    QStringList files() const { return done.isEmpty() ? QStringList() : done[0][2].toStringList(); }
    QStringList in(const std::string& folder) const {
        return QDir(QString::fromStdString(folder)).entryList(QDir::Files, QDir::Name);
    }

    WindowLab lab;
    SessionExports exports;
    QSignalSpy done;
    QSignalSpy failed;
    std::string session;
};

} // namespace

void tst_exports::initTestCase() {
    applyAppearance(QStringLiteral("light")); // with the font that the program always has
}

void tst_exports::picturesAreThoseOfTheCommandLine() {
    Bench bench;
    bench.exports.exportCharts(bench.session, bench.lab.folder.file("window"), {});
    QVERIFY(bench.wait());
    QProcess process;
    process.start(QStringLiteral(LOOPTAX_BINARY_DIR "/looptax-workbench"),
                  {QStringLiteral("--export"), QString::fromStdString(bench.session), QStringLiteral("--to"),
                   QString::fromStdString(bench.lab.folder.file("line"))});
    QVERIFY(process.waitForFinished(60'000));
    QCOMPARE(process.exitCode(), 0);
    const QStringList names = bench.in(bench.lab.folder.file("line"));
    QCOMPARE(bench.in(bench.lab.folder.file("window")), names);
    QVERIFY(names.size() >= 9);
    for (const QString& name : names) {
        const std::string ours = slurp(bench.lab.folder.file("window/") + name.toStdString());
        const std::string theirs = slurp(bench.lab.folder.file("line/") + name.toStdString());
        const auto at = std::size_t(std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end()).first - ours.begin());
        QVERIFY2(ours == theirs, (name.toStdString() + " differs: " + ours.substr(at > 40 ? at - 40 : 0, 80) + " / " +
                                  theirs.substr(at > 40 ? at - 40 : 0, 80))
                                     .c_str());
    }
}

void tst_exports::everythingGoesIntoTheSession() {
    Bench bench;
    bench.exports.exportAll(bench.session, bench.session, {});
    QVERIFY(bench.wait());
    QVERIFY(bench.failed.isEmpty());
    for (const char* name : {"turns.csv", "summary.json", "report.md"}) {
        QVERIFY2(QFile::exists(QString::fromStdString(joinPath(bench.session, name))), name);
        QVERIFY(bench.files().contains(QString::fromStdString(joinPath(bench.session, name))));
    }
    QVERIFY(bench.in(SessionPaths(bench.session).chartsDir()).contains(QStringLiteral("ttft_by_turn.svg")));
    for (const QString& file : bench.files()) QVERIFY2(QFile::exists(file), qPrintable(file));
}

void tst_exports::everythingGoesElsewhereToo() {
    Bench bench;
    const std::string to = bench.lab.folder.file("elsewhere");
    QVERIFY(bench.lab.files().makeDirs(to));
    bench.exports.exportAll(bench.session, to, {});
    QVERIFY(bench.wait());
    QVERIFY2(bench.failed.isEmpty(), "");
    QVERIFY(bench.in(to).contains(QStringLiteral("turns.csv")));
    QVERIFY(!bench.in(to + "/charts").isEmpty());
    QVERIFY(!QFile::exists(QString::fromStdString(joinPath(bench.session, "turns.csv"))));
}

void tst_exports::oneFileIsTheReport() {
    Bench bench;
    const std::string path = bench.lab.folder.file("my turns.csv");
    bench.exports.exportFile(bench.session, SessionFile::Csv, path);
    QVERIFY(bench.wait());
    QCOMPARE(bench.files(), QStringList{QString::fromStdString(path)});
    QCOMPARE(slurp(path), *renderSession(bench.lab.files(), bench.session, ReportFormat::Csv));
    QVERIFY(slurp(path).find("\r\n") != std::string::npos);
}

void tst_exports::rawRecordsAreCounted() {
    Bench bench;
    std::string asked;
    bench.lab.services.writeRuns = [&](const std::string& session, const std::string& to) -> Result<int> {
        asked = session + " " + to;
        return 4;
    };
    bench.exports.exportRuns(bench.session, bench.lab.folder.file("w"));
    QVERIFY(bench.wait());
    QCOMPARE(asked, bench.session + " " + bench.lab.folder.file("w/runs"));
    QCOMPARE(bench.done[0][1].toInt(), 4);
    bench.done.clear();
    bench.exports.exportFile(bench.session, SessionFile::Csv, bench.lab.folder.file("t.csv"));
    QVERIFY(bench.wait());
    QCOMPARE(bench.done[0][1].toInt(), 1); // those of before are not counted again
}

void tst_exports::onlyWhatWasAskedFor() {
    Bench bench;
    ExportSettings settings;
    settings.formats = {PictureFormat::Pdf};
    bench.exports.exportCharts(bench.session, bench.lab.folder.file("p"), settings);
    bench.exports.exportCharts(bench.session, bench.lab.folder.file("second"), settings); // busy: not begun
    QVERIFY(bench.wait());
    for (const QString& name : bench.in(bench.lab.folder.file("p")))
        QVERIFY2(name.endsWith(QLatin1String(".pdf")), qPrintable(name));
    QVERIFY(!QFile::exists(QString::fromStdString(bench.lab.folder.file("second"))));
}

void tst_exports::nothingToDrawIsSaidAndTheTableIsWritten() {
    SessionBuilder builder(testPlan());
    builder.runStart(1);
    builder.turn(builder.goodTurn(1, 1), "{}");
    Bench bench(builder);
    bench.exports.exportAll(bench.session, bench.session, {});
    QVERIFY(bench.wait());
    QCOMPARE(bench.done.count(), 1);
    QVERIFY(bench.done[0][3].toString().contains(QLatin1String("no run of this session is complete")));
    QVERIFY(QFile::exists(QString::fromStdString(joinPath(bench.session, "turns.csv"))));
}

void tst_exports::nothingToDrawAloneIsAnError() {
    Bench bench{SessionBuilder(testPlan())};
    bench.exports.exportCharts(bench.session, bench.lab.folder.file("p"), {});
    QVERIFY(bench.wait());
    QCOMPARE(bench.failed.count(), 1);
    QVERIFY(!QFile::exists(QString::fromStdString(bench.lab.folder.file("p"))));
}

void tst_exports::aPlaceThatCannotBeWritten() {
    Bench bench;
    spit(bench.lab.folder.file("in the way"), "x");
    bench.exports.exportAll(bench.session, bench.lab.folder.file("in the way"), {});
    QVERIFY(bench.wait());
    QCOMPARE(bench.failed.count(), 1);
    const auto error = bench.failed[0][0].value<Error>();
    QCOMPARE(error.kind, ErrorKind::Storage);
    QVERIFY2(error.text().find("in the way") != std::string::npos, error.text().c_str());
}

void tst_exports::theWindowStaysAwake() {
    Bench bench;
    int ticks = 0;
    QTimer timer;
    connect(&timer, &QTimer::timeout, this, [&] { ++ticks; });
    timer.start(0);
    bench.exports.exportAll(bench.session, bench.session, {});
    QVERIFY(bench.wait());
    QVERIFY2(ticks >= bench.files().size(), qPrintable(QString::number(ticks))); // between any two pictures
}

namespace {

int chartsIn(const std::string& html) {
    return int(QString::fromStdString(html).count(QLatin1String("src=\"data:image/svg+xml;base64,")));
}

const char* kOtherPicture = "<svg xmlns='http://www.w3.org/2000/svg'><text>somebody else's</text></svg>";

// What lies in the session's charts/ before the export.
void lieAbout(Bench& bench, const QString& before) {
    const std::string charts = SessionPaths(bench.session).chartsDir();
    if (before == QLatin1String("no charts")) return;
    QVERIFY(bench.lab.files().makeDirs(charts));
    if (before == QLatin1String("empty folder")) return;
    if (before == QLatin1String("charts of half of it")) {
        SessionBuilder half(testPlan({{"A", {6}, {}, {}}, {"C", {6}, {3}, {}}}, 2));
        half.completeRun(1);
        const std::string other = bench.lab.folder.file("half/s");
        half.writeTo(other);
        SessionExports exports(bench.lab.services);
        QSignalSpy done(&exports, &SessionExports::done);
        exports.exportCharts(other, charts, {});
        QVERIFY(done.wait(30'000));
        return;
    }
    spit(charts + "/ttft_by_turn.svg", kOtherPicture);
    spit(charts + "/made_up.svg", kOtherPicture);
}

std::map<QString, QByteArray> contentsOf(const std::string& folder) {
    std::map<QString, QByteArray> out;
    QDirIterator all(QString::fromStdString(folder), QDir::Files, QDirIterator::Subdirectories);
    while (all.hasNext()) {
        QFile file(all.next());
        if (file.open(QIODevice::ReadOnly)) out[file.fileName()] = file.readAll();
    }
    return out;
}

} // namespace

void tst_exports::aReportHoldsItsChartsWhereverItGoes_data() {
    QTest::addColumn<QString>("way");
    QTest::addColumn<QString>("before");
    QTest::addColumn<bool>("png");
    for (const char* way : {"all elsewhere", "one file elsewhere", "all into the session", "one file into the session"})
        for (const char* before : {"no charts", "empty folder", "charts of half of it", "other pictures"})
            for (const bool png : {false, true})
                if (!png || QLatin1String(way).startsWith(QLatin1String("all")))
                    QTest::addRow("%s, %s%s", way, before, png ? ", PNG only" : "")
                        << QString::fromLatin1(way) << QString::fromLatin1(before) << png;
}

void tst_exports::aReportHoldsItsChartsWhereverItGoes() {
    QFETCH(QString, way);
    QFETCH(QString, before);
    QFETCH(bool, png);
    Bench bench;
    lieAbout(bench, before);
    const auto files = contentsOf(bench.session);
    const bool into = way.endsWith(QLatin1String("into the session"));
    const std::string to = into ? bench.session : bench.lab.folder.file("elsewhere");
    QVERIFY(bench.lab.files().makeDirs(to));
    const std::string html = joinPath(to, "report.html");
    ExportSettings settings;
    if (png) settings.formats = {PictureFormat::Png};
    if (way.startsWith(QLatin1String("all"))) bench.exports.exportAll(bench.session, to, settings);
    else bench.exports.exportFile(bench.session, SessionFile::Html, html);
    QVERIFY(bench.wait());
    QVERIFY(bench.failed.isEmpty());
    const QString said = QString::fromStdString(slurp(html));
    QCOMPARE(chartsIn(said.toStdString()), 3);
    QVERIFY(!said.contains(QString::fromStdString(toBase64(kOtherPicture))));
    QVERIFY(!said.contains(QLatin1String("Drawn when"))); // it is of all turns
    if (!into) QVERIFY(contentsOf(bench.session) == files);
    for (const QString& file : bench.files()) QVERIFY2(QFile::exists(file), qPrintable(file));
}

void tst_exports::theReportIsThatOfTheCommandLine() {
    Bench bench;
    const std::string ours = bench.lab.folder.file("ours.html"), theirs = bench.lab.folder.file("theirs.html");
    bench.exports.exportFile(bench.session, SessionFile::Html, ours);
    QVERIFY(bench.wait());
    QProcess process;
    process.start(QStringLiteral(LOOPTAX_BINARY_DIR "/looptax"),
                  {QStringLiteral("report"), QString::fromStdString(bench.session), QStringLiteral("--format"),
                   QStringLiteral("html"), QStringLiteral("-o"), QString::fromStdString(theirs)});
    QVERIFY(process.waitForFinished(60'000));
    QCOMPARE(process.exitCode(), 0);
    QVERIFY(chartsIn(slurp(theirs)) > 0);
    QVERIFY(slurp(ours) == slurp(theirs));
}

void tst_exports::everyPictureThatMarkdownLinksToIsThere_data() {
    QTest::addColumn<QString>("way");
    for (const char* way : {"all elsewhere", "all elsewhere, PNG only", "one file elsewhere"})
        QTest::newRow(way) << QString::fromLatin1(way);
}

void tst_exports::everyPictureThatMarkdownLinksToIsThere() {
    QFETCH(QString, way);
    Bench bench;
    lieAbout(bench, QStringLiteral("charts of half of it"));
    const std::string to = bench.lab.folder.file("elsewhere");
    QVERIFY(bench.lab.files().makeDirs(to));
    ExportSettings settings;
    if (way.contains(QLatin1String("PNG"))) settings.formats = {PictureFormat::Png};
    if (way.startsWith(QLatin1String("all"))) bench.exports.exportAll(bench.session, to, settings);
    else bench.exports.exportFile(bench.session, SessionFile::Markdown, joinPath(to, "report.md"));
    QVERIFY(bench.wait());
    const QString text = QString::fromStdString(slurp(joinPath(to, "report.md")));
    QVERIFY(text.size() > 500);
    static const QRegularExpression kLink(QStringLiteral("\\]\\((charts/[^)]+)\\)"));
    int links = 0;
    for (auto each = kLink.globalMatch(text); each.hasNext(); ++links) {
        const QString file = QString::fromStdString(to) + QLatin1Char('/') + each.next().captured(1);
        QVERIFY2(QFile::exists(file), qPrintable(file));
    }
    QCOMPARE(links, way.startsWith(QLatin1String("all")) ? 3 : 0);
}

LOOPTAX_TEST(tst_exports)
#include "tst_exports.moc"
