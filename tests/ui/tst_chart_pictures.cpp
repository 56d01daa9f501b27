// The files people put into a write-up: real text, true vectors, numbers of provenance, the same bytes each
// time.
#include "chart_fixture.h"
#include "support/test_registry.h"
#include "ui/charts/chart_exporter.h"

#include <QDir>
#include <QFile>
#include <QImage>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

#include <thread>

using namespace looptax;

class tst_chart_pictures : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void svgHasRealTextWithUnitsLegendAndN();
    void svgIsVectorClippedAndSmall();
    void svgOfPanelsClipsEachToItsOwn();
    void hostileNamesStayText();
    void pdfHasTextAndNoPictures();
    void pngHasSizeTextAndInk();
    void provenanceIsInEveryFile();
    void bytesAreTheSameTwice();
    void exportWritesEveryChartThreeTimes();
    void nothingToDrawIsSaidAndNothingWritten();
    void aFolderThatCannotBeMadeIsAnError();
    void aPictureIsEncodedOnAnotherThread();
};

namespace {

struct Picture {
    explicit Picture(const ChartSource& from, std::size_t at = 0, ThemeKind kind = ThemeKind::Light)
        : source(from)
        , chart(chartsOf(from).at(at))
        , sheet(chart, theme(kind), QSizeF(960, 600))
        , facts(factsOf(source, chart)) {}
    ChartSource source;
    Chart chart;
    ChartSheet sheet;
    PictureFacts facts;
};

// All <text> of an SVG; empty when it is not well-formed XML.
QStringList textsOf(const QByteArray& svg) {
    QXmlStreamReader xml(svg);
    QStringList texts;
    while (!xml.atEnd()) {
        xml.readNext();
        if (xml.isStartElement() && xml.name() == QLatin1String("text")) texts << xml.readElementText().simplified();
    }
    return xml.hasError() ? QStringList() : texts;
}

// A tool that packaging/test.sh installs: a test that needs it must not pass without it.
QString runTool(const QString& tool, const QStringList& arguments) {
    QProcess process;
    process.start(tool, arguments);
    if (!process.waitForFinished(30'000) || process.exitCode() != 0)
        return QStringLiteral("%1 could not be run (poppler-utils installed?)").arg(tool);
    return QString::fromUtf8(process.readAllStandardOutput());
}

QString saved(const QTemporaryDir& folder, const char* name, const QByteArray& bytes) {
    const QString path = folder.filePath(QLatin1String(name));
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() ? path : QString();
}

} // namespace

void tst_chart_pictures::svgHasRealTextWithUnitsLegendAndN() {
    Picture picture(fixture::study());
    const QStringList texts = textsOf(svgBytes(picture.sheet, picture.facts));
    for (const char* words :
         {"Time to first token by turn", "TTFT (ms)", "turn", "A full context (n=5)", "C capped state, cap 3 (n=5)",
          "D padded state, padding 9 (n=5)", "published study (M2 Max, llama.cpp)", "12", "1000", "D p9"})
        QVERIFY2(texts.contains(QLatin1String(words)), words);
}

void tst_chart_pictures::svgIsVectorClippedAndSmall() {
    Picture picture(fixture::study());
    const QByteArray svg = svgBytes(picture.sheet, picture.facts);
    QVERIFY(!svg.contains("<image"));
    QCOMPARE(svg.count("<clipPath id=\"plot0\">"), 1);
    QCOMPARE(svg.count("clip-path=\"url(#plot0)\""), 1);
    const QRectF plot = picture.sheet.clip(0);
    QVERIFY(svg.contains("<rect x=\"" + QByteArray::number(plot.x(), 'f', 2) + "\""));
    QVERIFY(svg.contains("viewBox=\"0 0 960 600\""));
    QVERIFY(svg.contains("font-family=\"DejaVu Sans, Verdana, sans-serif\" font-size=\"13\""));
    QVERIFY2(svg.size() < 120'000, qPrintable(QString::number(svg.size())));
    // The curves are in the clipped group and nowhere else.
    const qsizetype from = svg.indexOf("clip-path=\"url(#plot0)\"");
    QCOMPARE(svg.left(from).count("stroke-dasharray"), 1); // the sample in the legend
    QVERIFY(svg.mid(from).count("<path") + svg.mid(from).count("<polyline") > 7);
}

void tst_chart_pictures::svgOfPanelsClipsEachToItsOwn() {
    Picture picture(fixture::study(true));
    const QByteArray svg = svgBytes(picture.sheet, picture.facts);
    QVERIFY(!textsOf(svg).isEmpty());
    QVERIFY(svg.contains("url(#plot0)") && svg.contains("url(#plot1)"));
}

void tst_chart_pictures::hostileNamesStayText() {
    ChartSource source = fixture::only("A");
    source.targets[0].model = "<script>alert(1)</script> & \"m\"";
    Picture picture(source);
    const QByteArray svg = svgBytes(picture.sheet, picture.facts);
    QVERIFY(!svg.contains("<script"));
    const QStringList texts = textsOf(svg);
    QVERIFY(!texts.isEmpty());
    QVERIFY(texts.filter(QStringLiteral("<script>alert(1)</script> & \"m\"")).size() == 1);
}

void tst_chart_pictures::pdfHasTextAndNoPictures() {
    QTemporaryDir folder;
    Picture picture(fixture::study());
    const QString path = saved(folder, "a.pdf", pdfBytes(picture.sheet, picture.facts));
    const QString text = runTool(QStringLiteral("pdftotext"), {QStringLiteral("-layout"), path, QStringLiteral("-")});
    for (const char* words : {"Time to first token by turn", "A full context (n=5)", "published study", "1000"})

        QVERIFY2(text.contains(QLatin1String(words)), qPrintable(text.left(2000)));
    const QString images = runTool(QStringLiteral("pdfimages"), {QStringLiteral("-list"), path});
    QVERIFY2(images.contains(QLatin1String("page")) && !images.contains(QLatin1String("image ")), qPrintable(images));
    const QString info = runTool(QStringLiteral("pdfinfo"), {path});
    QVERIFY2(info.contains(QLatin1String("720 x 450 pts")), qPrintable(info)); // 960 x 600 px at 96 an inch
    QVERIFY(info.contains(QRegularExpression(QStringLiteral("Pages:\\s+1\\b"))));
}

void tst_chart_pictures::pngHasSizeTextAndInk() {
    Picture picture(fixture::study(), 0, ThemeKind::Print);
    for (const double scale : {1.0, 2.0, 3.0}) {
        const QImage image = QImage::fromData(pngBytes(picture.sheet, picture.facts, scale), "PNG");
        QCOMPARE(image.size(), (QSizeF(960, 600) * scale).toSize());
        QCOMPARE(image.text(QStringLiteral("Title")), QStringLiteral("Time to first token by turn"));
        QVERIFY(image.text(QStringLiteral("Description")).contains(QLatin1String("A full context (n=5)")));
        const QRectF plot = picture.sheet.clip(0);
        int coloured = 0;
        for (int y = int(plot.top() * scale); y < int(plot.bottom() * scale); ++y)
            for (int x = int(plot.left() * scale); x < int(plot.right() * scale); ++x)
                coloured += image.pixelColor(x, y).hsvSaturation() > 100;
        QVERIFY2(coloured > 2'000 * scale * scale, qPrintable(QString::number(coloured)));
    }
}

void tst_chart_pictures::provenanceIsInEveryFile() {
    Picture picture(fixture::study());
    const QByteArray svg = svgBytes(picture.sheet, picture.facts);
    const QByteArray png = pngBytes(picture.sheet, picture.facts, 1);
    QTemporaryDir folder;
    const QString pdf = runTool(QStringLiteral("pdfinfo"), {saved(folder, "a.pdf", pdfBytes(picture.sheet, picture.facts))});
    for (const char* fact : {"20261124-010203-a1b2c3d4", "Qwen2.5-Coder-0.5B-Instruct Q4_K_M", "llama-server", "0123456789ab"}) {
        QVERIFY2(svg.contains(fact), fact);
        QVERIFY2(pdf.contains(QLatin1String(fact)), qPrintable(pdf));
        const QImage image = QImage::fromData(png, "PNG");
        bool found = false;
        for (const QString& key : image.textKeys()) found = found || image.text(key).contains(QLatin1String(fact));
        QVERIFY2(found, fact);
    }
}

void tst_chart_pictures::bytesAreTheSameTwice() {
    const auto all = [](std::size_t at) {
        Picture picture(fixture::study(true), at);
        return QList<QByteArray>{svgBytes(picture.sheet, picture.facts), pdfBytes(picture.sheet, picture.facts),
                                 pngBytes(picture.sheet, picture.facts, 1)};
    };
    for (std::size_t at = 0; at < chartsOf(fixture::study(true)).size(); ++at) {
        const QList<QByteArray> first = all(at);
        // The clock of a PDF counts seconds: written within one, a date would go unnoticed.
        QVERIFY(first[1].contains("/CreationDate (D:20000101000000"));
        const QList<QByteArray> second = all(at);
        for (int format = 0; format < 3; ++format) QVERIFY2(first[format] == second[format], qPrintable(QString::number(format)));
    }
}

void tst_chart_pictures::exportWritesEveryChartThreeTimes() {
    QTemporaryDir folder;
    SystemFileOps files;
    const std::string target = folder.filePath(QStringLiteral("new/charts")).toStdString();
    std::vector<std::string> heard;
    const auto written =
        exportCharts(fixture::study(), {}, files, target, [&](const std::string& path) { heard.push_back(path); });
    QVERIFY2(written.ok(), written ? "" : written.error().text().c_str());
    QCOMPARE(int(written->size()), 15);
    QVERIFY(heard == *written);
    QStringList names = QDir(QString::fromStdString(target)).entryList(QDir::Files, QDir::Name);
    QCOMPARE(names.size(), 15); // and no temporary file
    for (const char* name : {"ttft_by_turn.svg", "ttft_by_turn.pdf", "ttft_by_turn.png", "context_by_turn.svg",
                             "ttft_by_padding.pdf", "cached_processed_by_turn.png"})
        QVERIFY2(names.contains(QLatin1String(name)), name);
    QImage png(QString::fromStdString(joinPath(target, "ttft_by_turn.png")));
    QCOMPARE(png.size(), QSize(1920, 1200));
}

void tst_chart_pictures::nothingToDrawIsSaidAndNothingWritten() {
    QTemporaryDir folder;
    SystemFileOps files;
    ChartSource source = fixture::study();
    source.curves.clear();
    const auto written = exportCharts(source, {}, files, folder.filePath(QStringLiteral("charts")).toStdString());
    QVERIFY(!written.ok());
    QVERIFY(written.error().kind == ErrorKind::Plan);
    QVERIFY(written.error().text().find("no run of this session is complete") != std::string::npos);
    QVERIFY(!QFile::exists(folder.filePath(QStringLiteral("charts"))));
}

void tst_chart_pictures::aFolderThatCannotBeMadeIsAnError() {
    QTemporaryDir folder;
    SystemFileOps files;
    const QString file = saved(folder, "file", "in the way");
    const auto written = exportCharts(fixture::only("A"), {}, files, (file + QStringLiteral("/charts")).toStdString());
    QVERIFY(!written.ok());
    QVERIFY(written.error().kind == ErrorKind::Storage);
    QVERIFY2(written.error().text().find("file") != std::string::npos, written.error().text().c_str());
}

void tst_chart_pictures::aPictureIsEncodedOnAnotherThread() {
    const ChartSource source = fixture::study();
    const DrawnPicture picture = drawPicture(source, chartOf(source, {}), PictureFormat::Png, {});
    QByteArray elsewhere;
    std::thread([&] { elsewhere = picture.bytes(); }).join();
    QVERIFY(!elsewhere.isEmpty() && elsewhere == picture.bytes());
}

LOOPTAX_TEST(tst_chart_pictures)
#include "tst_chart_pictures.moc"
