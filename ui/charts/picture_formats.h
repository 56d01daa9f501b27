// A sheet as the bytes of a file. The same sheet gives the same bytes on the same libraries: nothing here
// writes the time or a random number.
#pragma once

#include "ui/charts/chart_sheet.h"

#include <QByteArray>
#include <QImage>

#include <string>
#include <utility>
#include <vector>

namespace looptax {

// Where the numbers come from: written into each file so that it can be read alone.
struct PictureFacts {
    std::string title;
    std::string description;                                // the chart in words
    std::vector<std::pair<std::string, std::string>> facts; // "session", "model", "commit", ...

    std::string allText() const; // one fact a line, then the description
};

// Vector with real text. Data outside the axes is cut by a clip path, which Qt 6.4 cannot write itself.
QByteArray svgBytes(ChartSheet& sheet, const PictureFacts& facts);
// Vector, one page of the sheet's size at 96 px an inch, font embedded.
QByteArray pdfBytes(ChartSheet& sheet, const PictureFacts& facts);
// scale: pixels a px of the sheet. In two steps: the image is drawn on the thread of the window, its encoding
// takes longer and may happen on any other. A null image gives no bytes.
QImage pngImage(ChartSheet& sheet, const PictureFacts& facts, double scale);
QByteArray pngBytes(const QImage& image);
QByteArray pngBytes(ChartSheet& sheet, const PictureFacts& facts, double scale);

} // namespace looptax
