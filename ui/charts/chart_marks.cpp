#include "ui/charts/chart_marks.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace looptax {

double lineHeight(double pixels) { return std::ceil(pixels * 1.35); }

void paintSample(QPainter& painter, const QRectF& place, const CurveStyle& style, bool bar) {
    const double middle = place.center().y();
    if (bar) {
        const double width = std::min(20.0, place.width());
        painter.fillRect(QRectF(place.center().x() - width / 2, middle - 6, width, 12), style.colour);
        return;
    }
    if (style.band_alpha > 0) {
        QColor band = style.colour;
        band.setAlphaF(float(style.band_alpha));
        painter.fillRect(QRectF(place.left(), middle - 6, place.width(), 12), band);
    }
    QPen pen(style.colour, style.width);
    pen.setCapStyle(Qt::FlatCap);
    if (!style.dashes.isEmpty()) pen.setDashPattern(style.dashes);
    painter.setPen(pen);
    if (style.joined) painter.drawLine(QPointF(place.left(), middle), QPointF(place.right(), middle));
    painter.setPen(style.hollow ? QPen(style.colour, style.width) : QPen(Qt::NoPen));
    painter.setBrush(style.hollow ? style.core : style.colour);
    painter.drawPath(markerPath(style.marker, place.center(), style.marker_size));
    painter.setBrush(Qt::NoBrush);
}

void drawLineOfText(QPainter& painter, const QRectF& place, int flags, double pixels, const QColor& colour,
                    const QString& words) {
    painter.setFont(uiFont(pixels));
    painter.setPen(colour);
    painter.drawText(place, flags | Qt::TextDontClip | Qt::TextSingleLine, words);
}

QPainterPath markerPath(Marker marker, QPointF at, double size) {
    const double r = size / 2;
    QPainterPath path;
    switch (marker) {
    case Marker::Circle: path.addEllipse(at, r, r); return path;
    case Marker::Square: path.addRect(QRectF(at.x() - r, at.y() - r, size, size)); return path;
    case Marker::Triangle:
        path.addPolygon(QPolygonF{{at.x(), at.y() - r}, {at.x() + r, at.y() + r}, {at.x() - r, at.y() + r}});
        break;
    case Marker::Diamond:
        path.addPolygon(QPolygonF{{at.x(), at.y() - r}, {at.x() + r, at.y()}, {at.x(), at.y() + r}, {at.x() - r, at.y()}});
        break;
    case Marker::Star: {
        QPolygonF points;
        for (int i = 0; i < 10; ++i) {
            const double reach = (i % 2 == 0 ? 1.25 : 0.55) * r; // longer rays: a star has less area than its ring
            points << at + QPointF(reach * std::sin(i * 0.628318), -reach * std::cos(i * 0.628318));
        }
        path.addPolygon(points);
        break;
    }
    case Marker::Pentagon: {
        QPolygonF five;
        for (int i = 0; i < 5; ++i) five << at + QPointF(r * std::sin(i * 1.256637), -r * std::cos(i * 1.256637));
        path.addPolygon(five);
    }
    }
    path.closeSubpath();
    return path;
}

void spreadTags(std::vector<Tag>& tags, double top, double bottom) {
    std::stable_sort(tags.begin(), tags.end(),
                     [](const Tag& a, const Tag& b) { return a.at.x() != b.at.x() ? a.at.x() < b.at.x() : a.at.y() < b.at.y(); });
    struct Pile { // labels that touch; middle is where their middle wants to be
        std::size_t first, count;
        double middle;
        double top() const { return middle - double(count) * kTagHeight / 2; }
        double bottom() const { return middle + double(count) * kTagHeight / 2; }
    };
    for (std::size_t begin = 0; begin < tags.size();) {
        std::size_t end = begin;
        while (end < tags.size() && tags[end].at.x() == tags[begin].at.x()) ++end;
        std::vector<Pile> piles;
        const auto kept = [&](Pile pile) {
            const double half = double(pile.count) * kTagHeight / 2;
            pile.middle = std::max(std::min(pile.middle, bottom - half), top + half);
            return pile;
        };
        for (std::size_t i = begin; i < end; ++i) {
            Pile pile = kept({i, 1, tags[i].at.y()});
            while (!piles.empty() && piles.back().bottom() > pile.top()) {
                const Pile& below = piles.back();
                const double sum = below.middle * double(below.count) + pile.middle * double(pile.count);
                pile = kept({below.first, below.count + pile.count, sum / double(below.count + pile.count)});
                piles.pop_back();
            }
            piles.push_back(pile);
        }
        for (const Pile& pile : piles)
            for (std::size_t i = 0; i < pile.count; ++i)
                tags[pile.first + i].at.setY(pile.top() + (double(i) + 0.5) * kTagHeight);
        begin = end;
    }
}

QStringList wrapped(const QString& words, const QFont& font, double width) {
    const QFontMetricsF metrics(font);
    QStringList lines;
    QString line;
    for (const QString& word : words.split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
        const QString longer = line.isEmpty() ? word : line + QLatin1Char(' ') + word;
        if (!line.isEmpty() && metrics.horizontalAdvance(longer) > width) {
            lines << line;
            line = word;
        } else {
            line = longer;
        }
    }
    if (!line.isEmpty()) lines << line;
    return lines;
}

} // namespace looptax
