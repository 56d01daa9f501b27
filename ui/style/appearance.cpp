#include "ui/style/appearance.h"

#include "ui/style/workbench_style.h"

#include <QApplication>
#include <QEvent>

#include <utility>

namespace looptax {

namespace {

struct Shades {
    QRgb window, base, alternate, button, text, faint, disabled;
    QRgb highlight, onHighlight, dimHighlight, link, visited, tip, onTip, bright;
    QRgb light, midlight, mid, dark, shadow;
};

constexpr Shades kLight{0xfff3f3f3, 0xffffffff, 0xfff5f7fa, 0xffececec, 0xff1f1f1f, 0xff636363, 0xff7d7d7d,
                        0xff0a64ad, 0xffffffff, 0xffb9c9d8, 0xff0a5ea8, 0xff6b3fa0, 0xffffffff, 0xff1f1f1f,
                        0xffb00020, 0xffffffff, 0xfff0f0f0, 0xffb4b4b4, 0xff757575, 0xff6a6a6a};
constexpr Shades kDark{0xff2b2b2b, 0xff1e1e1e, 0xff262626, 0xff3a3a3a, 0xffededed, 0xffb0b0b0, 0xff909090,
                       0xff2c6cae, 0xffffffff, 0xff3c4c5c, 0xff7ab8f5, 0xffc3a6f0, 0xff383838, 0xffededed,
                       0xffff8a80, 0xff5a5a5a, 0xff484848, 0xff6e6e6e, 0xff999999, 0xff000000};

// Asks the desktop by taking our own palette away for a moment.
bool desktopIsDark() {
    QApplication::setPalette(QPalette());
    return themeKindOf(QApplication::palette()) == ThemeKind::Dark;
}

// Hears when the desktop changes its mind. One for the program, in its hands.
class SystemFollower : public QObject {
public:
    SystemFollower(QApplication& app, std::function<bool()> isDark) : QObject(&app), m_isDark(std::move(isDark)) {
        setObjectName(QStringLiteral("looptax-system-follower"));
        app.installEventFilter(this);
    }
    bool eventFilter(QObject*, QEvent* event) override {
        // Every window hears it; the first is enough and the others find nothing to do.
        if (event->type() == QEvent::ThemeChange && !m_asking) apply();
        return false;
    }
    void apply() {
        m_asking = true;
        const bool dark = m_isDark();
        QApplication::setPalette(paletteOf(dark ? ThemeKind::Dark : ThemeKind::Light));
        m_asking = false;
    }

private:
    std::function<bool()> m_isDark;
    bool m_asking = false;
};

} // namespace

std::string_view name(Appearance appearance) {
    switch (appearance) {
    case Appearance::Light: return "light";
    case Appearance::Dark: return "dark";
    case Appearance::System: break;
    }
    return "system";
}

std::optional<Appearance> appearanceFromName(std::string_view text) {
    for (const Appearance one : {Appearance::System, Appearance::Light, Appearance::Dark})
        if (name(one) == text) return one;
    return std::nullopt;
}

QPalette paletteOf(ThemeKind kind) {
    const Shades& s = kind == ThemeKind::Dark ? kDark : kLight;
    QPalette palette;
    const auto set = [&](QPalette::ColorRole role, QRgb colour) { palette.setColor(QPalette::All, role, QColor(colour)); };
    set(QPalette::Window, s.window);
    set(QPalette::WindowText, s.text);
    set(QPalette::Base, s.base);
    set(QPalette::AlternateBase, s.alternate);
    set(QPalette::Text, s.text);
    set(QPalette::Button, s.button);
    set(QPalette::ButtonText, s.text);
    set(QPalette::BrightText, s.bright);
    set(QPalette::Highlight, s.highlight);
    set(QPalette::HighlightedText, s.onHighlight);
    set(QPalette::Link, s.link);
    set(QPalette::LinkVisited, s.visited);
    set(QPalette::ToolTipBase, s.tip);
    set(QPalette::ToolTipText, s.onTip);
    set(QPalette::PlaceholderText, s.faint);
    set(QPalette::Light, s.light);
    set(QPalette::Midlight, s.midlight);
    set(QPalette::Mid, s.mid);
    set(QPalette::Dark, s.dark);
    set(QPalette::Shadow, s.shadow);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::Link, QPalette::LinkVisited,
                            QPalette::PlaceholderText, QPalette::HighlightedText})
        palette.setColor(QPalette::Disabled, role, QColor(s.disabled));
    palette.setColor(QPalette::Disabled, QPalette::Highlight, QColor(s.dimHighlight));
    palette.setColor(QPalette::Disabled, QPalette::HighlightedText, QColor(s.text));
    palette.setColor(QPalette::Disabled, QPalette::Base, QColor(s.window));
    return palette;
}

void applyAppearance(QApplication& app, Appearance appearance, std::function<bool()> systemIsDark) {
    delete app.findChild<QObject*>(QStringLiteral("looptax-system-follower"), Qt::FindDirectChildrenOnly);
    if (app.style()->objectName() != QLatin1String(WorkbenchStyle::kName)) QApplication::setStyle(new WorkbenchStyle);
    app.setFont(uiFont(13));
    if (appearance == Appearance::System)
        (new SystemFollower(app, systemIsDark ? std::move(systemIsDark) : desktopIsDark))->apply();
    else QApplication::setPalette(paletteOf(appearance == Appearance::Dark ? ThemeKind::Dark : ThemeKind::Light));
}

void applyAppearance(const QString& wanted) {
    applyAppearance(*qApp, appearanceFromName(wanted.toStdString()).value_or(Appearance::System));
}

} // namespace looptax
