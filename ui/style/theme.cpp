#include "ui/style/theme.h"

#include "chart/chart_data.h"

#include <QFontDatabase>
#include <QPalette>

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

struct Hue {
    std::string_view design;
    QRgb on_white;
    QRgb on_dark;
    Marker marker;
};

constexpr Hue kHues[] = {
    {"A", 0xff0072B2, 0xff4FA3D9, Marker::Circle},
    {"B", 0xffD55E00, 0xffF08A3C, Marker::Square},
    {"C", 0xff009E73, 0xff33C29A, Marker::Triangle},
    {"D", 0xffCC79A7, 0xffDE9CC3, Marker::Diamond},
    // Okabe-Ito's black, a shade off: of the hues that are left none reaches 3:1 on white.
    {"B-tail", 0xff2B2B2B, 0xffE6E6E6, Marker::Star},
};

const Hue* hueOf(std::string_view design) {
    const auto* found = std::find_if(std::begin(kHues), std::end(kHues), [&](const Hue& h) { return h.design == design; });
    return found == std::end(kHues) ? nullptr : found;
}

QColor mixed(const QColor& from, const QColor& to, double share) {
    const auto part = [&](int a, int b) { return int(std::lround(a + (b - a) * share)); };
    return QColor(part(from.red(), to.red()), part(from.green(), to.green()), part(from.blue(), to.blue()));
}

double luminance(const QColor& colour) {
    const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

} // namespace

Theme theme(ThemeKind kind) {
    Theme t;
    t.kind = kind;
    switch (kind) {
    case ThemeKind::Light:
        t.background = QColor(0xffffffff);
        t.text = QColor(0xff1f1f1f);
        t.faint_text = QColor(0xff595959);
        t.axis = QColor(0xff7a7a7a);
        t.grid = QColor(0xffe4e4e4);
        t.trouble = QColor(0xffb3261e);
        t.caution = QColor(0xff7a4b00);
        break;
    case ThemeKind::Dark:
        t.background = QColor(0xff1e1e1e);
        t.text = QColor(0xffededed);
        t.faint_text = QColor(0xffb4b4b4);
        t.axis = QColor(0xff8c8c8c);
        t.grid = QColor(0xff3a3a3a);
        t.trouble = QColor(0xffff9a90);
        t.caution = QColor(0xffeec25a);
        t.band_alpha = 0.24;
        break;
    case ThemeKind::Print:
        t.background = QColor(0xffffffff);
        t.text = QColor(0xff000000);
        t.faint_text = QColor(0xff333333);
        t.axis = QColor(0xff000000);
        t.grid = QColor(0xffd4d4d4);
        t.trouble = QColor(0xff000000);
        t.caution = QColor(0xff000000);
        t.line_width = 2.2;
        t.marker_size = 9.0;
        t.band_alpha = 0.14;
        break;
    }
    return t;
}

QColor designColour(const Theme& theme, std::string_view design) {
    const Hue* hue = hueOf(design);
    if (!hue) return theme.faint_text; // a design this table does not know yet is grey, not invisible
    return QColor(theme.kind == ThemeKind::Dark ? hue->on_dark : hue->on_white);
}

QColor cachedColour(const Theme& theme, const QColor& design) {
    return mixed(design, theme.background, theme.kind == ThemeKind::Dark ? 0.55 : 0.6);
}

QColor toneColour(const Theme& theme, BarTone tone, const QColor& design) {
    const auto ink = [&](QRgb onWhite, QRgb onDark) { return QColor(theme.kind == ThemeKind::Dark ? onDark : onWhite); };
    switch (tone) {
    case BarTone::Design: return design;
    case BarTone::DesignLight: return cachedColour(theme, design);
    case BarTone::Outside: return ink(0xff4d4d4d, 0xffc8c8c8);
    case BarTone::Fixed: return ink(0xffb0b0b0, 0xff606060);
    case BarTone::NewMessage: return ink(0xff0072B2, 0xff4FA3D9);
    case BarTone::Attention: return ink(0xff7CC0EA, 0xff2B6A94);
    case BarTone::Reread: return ink(0xffC24E00, 0xffF08A3C);
    }
    return design;
}

ThemeKind themeKindOf(const QPalette& palette) {
    return palette.color(QPalette::Window).lightness() < 128 ? ThemeKind::Dark : ThemeKind::Light;
}

CurveStyle curveStyle(const Theme& theme, const CurveLook& look) {
    static const QList<qreal> kDashes[] = {{}, {5, 2.5}, {6, 2, 1, 2}, {9, 2.5}, {6, 2, 1, 2, 1, 2}};
    CurveStyle style;
    const Hue* hue = hueOf(look.design);
    style.marker = hue ? hue->marker : Marker::Pentagon;
    const QColor base = designColour(theme, look.design);
    // More of the text colour keeps the contrast of every variant above that of the base.
    const double share = look.variants > 1 ? 0.6 * look.variant / (look.variants - 1) : 0.0;
    const QColor shade = mixed(base, theme.text, share);
    if (look.published) {
        style.colour = mixed(shade, theme.background, 0.45);
        style.dashes = {1, 2};
        style.width = theme.line_width * 0.75;
        style.marker_size = theme.marker_size * 1.5; // a ring around what was measured, where both meet
        style.hollow = true;
        return style;
    }
    if (look.disturbed) { // no design has a hollow star, and no curve this colour
        style.colour = theme.trouble;
        style.core = theme.background;
        style.width = theme.line_width * 0.8;
        style.marker = Marker::Star;
        style.marker_size = theme.marker_size * 1.5;
        style.hollow = true;
        return style;
    }
    style.colour = shade;
    if (look.over_bars) {
        style.colour = theme.text;
        style.core = theme.background;
        style.width = theme.line_width * 0.8;
        style.marker = Marker::Diamond;
        style.marker_size = theme.marker_size * 0.9;
        style.hollow = true;
        style.band_alpha = theme.band_alpha;
        return style;
    }
    if (look.running) { // a dark mark with a light core stands out from its own line
        style.colour = mixed(shade, theme.text, 0.55);
        style.core = theme.background;
        style.width = theme.line_width * 0.8;
        style.marker_size = theme.marker_size * 0.85;
        style.hollow = true;
        return style;
    }
    style.dashes = kDashes[std::min<std::size_t>(std::size_t(std::max(look.dash, 0)), std::size(kDashes) - 1)];
    style.width = theme.line_width;
    style.marker_size = theme.marker_size;
    style.band_alpha = theme.band_alpha;
    return style;
}

double contrast(const QColor& a, const QColor& b) {
    const double la = luminance(a);
    const double lb = luminance(b);
    return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

QFont uiFont(double pixels) {
    static const QString family = [] {
        const int id = QFontDatabase::addApplicationFont(QStringLiteral(":/looptax/fonts/DejaVuSans.ttf"));
        const QStringList names = QFontDatabase::applicationFontFamilies(id);
        return names.isEmpty() ? QStringLiteral("DejaVu Sans") : names.first();
    }();
    QFont font(family);
    font.setPixelSize(std::max(1, int(std::lround(pixels))));
    font.setLetterSpacing(QFont::AbsoluteSpacing,
                          0.02);                       // any spacing turns the ligature off: "first" must be found
    font.setHintingPreference(QFont::PreferNoHinting); // one picture at 1x and at 3x
    return font;
}

} // namespace looptax
