// The one place of colours, pens and sizes. Okabe-Ito hues: told apart by the colour-blind, at least 3:1
// against their background; the print theme leans on markers, dashes and labels because the hues are close in
// grey.
#pragma once

#include <QColor>
#include <QFont>
#include <QList>

#include <string_view>

class QPalette;

namespace looptax {

struct CurveLook;
enum class BarTone;

enum class ThemeKind { Light, Dark, Print };
enum class Marker { Circle, Square, Triangle, Diamond, Pentagon, Star };

struct Theme {
    ThemeKind kind = ThemeKind::Light;
    QColor background;
    QColor text;
    QColor faint_text; // notes and ticks
    QColor axis;
    QColor grid;
    QColor trouble;          // words and signs of a mistake: 4.5:1 against windows and fields
    QColor caution;          // of a warning: the same
    double line_width = 2.0; // px at 1x
    double marker_size = 8.0;
    double band_alpha = 0.18;
};

Theme theme(ThemeKind kind);
// Light or Dark, after the windows of the palette.
ThemeKind themeKindOf(const QPalette& palette);

// How one curve is drawn.
struct CurveStyle {
    QColor colour;
    QList<qreal> dashes; // in line widths; empty: solid
    double width = 2.0;
    double marker_size = 8.0;
    Marker marker = Marker::Circle;
    bool hollow = false;
    QColor core = Qt::transparent; // inside of a hollow marker
    double band_alpha = 0.0;       // 0: no band
    bool joined = true;            // false: markers alone
    bool operator==(const CurveStyle&) const = default;
};

CurveStyle curveStyle(const Theme& theme, const CurveLook& look);

QColor designColour(const Theme& theme, std::string_view design);
// The reused part of a stacked bar: the design's hue, lighter, still 3:1 against nothing but its darker
// neighbour.
QColor cachedColour(const Theme& theme, const QColor& design);

// The parts of a stacked bar. Those of a split time are dark and light in turn, so that their order can be
// seen without colour; neighbours differ by 1.7:1 and more.
QColor toneColour(const Theme& theme, BarTone tone, const QColor& design);

// WCAG 2 contrast ratio of two opaque colours, 1 to 21.
double contrast(const QColor& a, const QColor& b);

// The family carried inside the program; installed into the font database on first use. Pixel sizes only: the
// SVG writer of Qt 6.4 writes point sizes unconverted.
QFont uiFont(double pixels);

} // namespace looptax
