#include "ui/charts/picture_formats.h"

#include <QBuffer>
#include <QImage>
#include <QPageLayout>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>
#include <QRegularExpression>
#include <QSvgGenerator>

#include <functional>

namespace looptax {

namespace {

using Paint = std::function<void(QPainter&)>;

QByteArray svgOf(QSizeF size, const PictureFacts* facts, const Paint& paint) {
    QByteArray bytes;
    QBuffer device(&bytes);
    device.open(QIODevice::WriteOnly);
    QSvgGenerator generator;
    generator.setOutputDevice(&device);
    generator.setResolution(96); // at its own 72 a viewer would show the picture a third larger
    generator.setSize(size.toSize());
    generator.setViewBox(QRectF(QPointF(0, 0), size));
    if (facts) {
        generator.setTitle(QString::fromStdString(facts->title).toHtmlEscaped());
        generator.setDescription(QString::fromStdString(facts->allText()).toHtmlEscaped());
    }
    QPainter painter(&generator);
    paint(painter);
    painter.end();
    return bytes;
}

// What an SVG document draws: between the end of <defs> and the end of the document.
QByteArray drawing(const QByteArray& svg) {
    const qsizetype from = svg.indexOf("</defs>");
    const qsizetype to = svg.lastIndexOf("</svg>");
    if (from < 0 || to < from) return {};
    return svg.mid(from + 7, to - from - 7).trimmed();
}

// The generator opens a group for every change of the painter's state, drawn in or not: nine tenths of the
// file.
QByteArray withoutEmptyGroups(const QByteArray& svg) {
    static const QRegularExpression empty(QStringLiteral("<g [^>]*>\\s*</g>\\s*"));
    QString text = QString::fromUtf8(svg);
    for (qsizetype before = -1; before != text.size();) {
        before = text.size();
        text.remove(empty);
    }
    return text.toUtf8();
}

QByteArray number(double value) { return QByteArray::number(value, 'f', 2); }

// The date of a PDF is overwritten in place: cutting it out would move every offset of the file's table.
void blankDate(QByteArray& pdf) {
    const QByteArray key = "/CreationDate (";
    const qsizetype at = pdf.indexOf(key);
    if (at < 0) return;
    const qsizetype from = at + key.size();
    const qsizetype end = pdf.indexOf(')', from);
    static const QByteArray fixed = "D:20000101000000+00'00'";
    for (qsizetype i = from; i < end; ++i) pdf[i] = i - from < fixed.size() ? fixed[i - from] : ' ';
}

} // namespace

std::string PictureFacts::allText() const {
    std::string text;
    for (const auto& [name, value] : facts) text += name + ": " + value + "\n";
    return text + description;
}

QByteArray svgBytes(ChartSheet& sheet, const PictureFacts& facts) {
    const QSizeF size = sheet.size();
    QByteArray svg = svgOf(size, &facts, [&](QPainter& p) { sheet.paintUnder(p); });
    svg.truncate(svg.lastIndexOf("</svg>"));
    for (std::size_t i = 0; i < sheet.panels(); ++i) {
        const QRectF clip = sheet.clip(i);
        const QByteArray id = "plot" + QByteArray::number(qulonglong(i));
        svg += "<clipPath id=\"" + id + "\"><rect x=\"" + number(clip.x()) + "\" y=\"" + number(clip.y()) + "\" width=\"" +
               number(clip.width()) + "\" height=\"" + number(clip.height()) + "\"/></clipPath>\n";
        svg += "<g clip-path=\"url(#" + id + ")\">\n";
        svg += drawing(svgOf(size, nullptr, [&](QPainter& p) { sheet.paintData(p, i); }));
        svg += "\n</g>\n";
    }
    svg += drawing(svgOf(size, nullptr, [&](QPainter& p) { sheet.paintOver(p); })) + "\n</svg>\n";
    // Clip paths are not in the Tiny profile that the generator claims.
    svg.replace(" version=\"1.2\" baseProfile=\"tiny\"", " version=\"1.1\"");
    // A viewer without the font takes the nearest in width instead of whatever it likes.
    svg.replace("font-family=\"DejaVu Sans\"", "font-family=\"DejaVu Sans, Verdana, sans-serif\"");
    return withoutEmptyGroups(svg);
}

QByteArray pdfBytes(ChartSheet& sheet, const PictureFacts& facts) {
    constexpr double kSheetDpi = 96;
    constexpr int kDpi = 1200; // coordinates are written as whole numbers of these
    QByteArray bytes;
    QBuffer device(&bytes);
    device.open(QIODevice::WriteOnly);
    {
        QPdfWriter writer(&device);
        writer.setResolution(kDpi);
        writer.setPageLayout(
            QPageLayout(QPageSize(sheet.size() * 72 / kSheetDpi, QPageSize::Point, QString(), QPageSize::ExactMatch),
                        QPageLayout::Portrait, QMarginsF(0, 0, 0, 0)));
        std::string title = facts.title;
        for (const auto& [name, value] : facts.facts) title += " | " + name + ": " + value;
        writer.setTitle(QString::fromStdString(title));
        writer.setCreator(QStringLiteral("looptax"));
        QPainter painter(&writer);
        painter.scale(kDpi / kSheetDpi, kDpi / kSheetDpi);
        sheet.paint(painter);
    }
    blankDate(bytes);
    return bytes;
}

QImage pngImage(ChartSheet& sheet, const PictureFacts& facts, double scale) {
    QImage image((sheet.size() * scale).toSize(), QImage::Format_RGB32);
    image.fill(Qt::white);
    image.setDotsPerMeterX(int(96 * scale / 0.0254));
    image.setDotsPerMeterY(int(96 * scale / 0.0254));
    image.setText(QStringLiteral("Title"), QString::fromStdString(facts.title));
    image.setText(QStringLiteral("Description"), QString::fromStdString(facts.description));
    for (const auto& [name, value] : facts.facts) image.setText(QString::fromStdString(name), QString::fromStdString(value));
    {
        QPainter painter(&image);
        painter.scale(scale, scale);
        sheet.paint(painter);
    }
    return image;
}

QByteArray pngBytes(const QImage& image) {
    QByteArray bytes;
    if (image.isNull()) return bytes;
    QBuffer device(&bytes);
    device.open(QIODevice::WriteOnly);
    image.save(&device, "PNG");
    return bytes;
}

QByteArray pngBytes(ChartSheet& sheet, const PictureFacts& facts, double scale) {
    return pngBytes(pngImage(sheet, facts, scale));
}

} // namespace looptax
