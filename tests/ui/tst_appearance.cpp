// Light, dark and the desktop's wish: every text can be read and every control seen in both, and the program
// follows when it was asked to.
#include "support/test_registry.h"
#include "ui/style/appearance.h"
#include "ui/style/theme.h"

#include <QApplication>
#include <QCheckBox>
#include <QImage>
#include <QLineEdit>
#include <QPainter>
#include <QRadioButton>
#include <QStyle>
#include <QTest>
#include <QWindow>

#include <algorithm>

using namespace looptax;

class tst_appearance : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cleanup() { applyAppearance(*qApp, Appearance::Light); }
    void textsCanBeRead_data() { kinds(); }
    void textsCanBeRead();
    void disabledIsDimmerAndStillThere_data() { kinds(); }
    void disabledIsDimmerAndStillThere();
    void everyRoleIsOurs_data() { kinds(); }
    void everyRoleIsOurs();
    void outlinesCanBeSeen_data() { kinds(); }
    void outlinesCanBeSeen();
    void checkedAndUncheckedDiffer_data() { kinds(); }
    void checkedAndUncheckedDiffer();
    void curvesStandOnTheBaseOfTheWindow_data() { kinds(); }
    void curvesStandOnTheBaseOfTheWindow();
    void lightAndDarkByChoice();
    void theDesktopIsFollowedWhereAsked();
    void namesGoThereAndBack();

private:
    static void kinds() {
        QTest::addColumn<int>("kind");
        QTest::newRow("light") << int(ThemeKind::Light);
        QTest::newRow("dark") << int(ThemeKind::Dark);
    }
};

namespace {

QImage pictureOf(QWidget& widget) {
    widget.resize(widget.sizeHint().expandedTo(QSize(120, 28)));
    widget.ensurePolished();
    return widget.grab().toImage();
}

// The highest contrast to the background that at least so many pixels have.
double contrastIn(const QImage& image, const QRect& region, const QColor& background, int pixels) {
    std::vector<double> found;
    for (int y = region.top(); y <= region.bottom(); ++y)
        for (int x = region.left(); x <= region.right(); ++x) found.push_back(contrast(image.pixelColor(x, y), background));
    std::sort(found.begin(), found.end(), std::greater<>());
    return int(found.size()) > pixels ? found[std::size_t(pixels)] : 0;
}

QByteArray at(double value) { return QByteArray::number(value, 'f', 2); }

} // namespace

void tst_appearance::textsCanBeRead() {
    QFETCH(int, kind);
    const QPalette p = paletteOf(ThemeKind(kind));
    using Role = QPalette::ColorRole;
    const std::pair<Role, Role> pairs[] = {{QPalette::WindowText, QPalette::Window},
                                           {QPalette::Text, QPalette::Base},
                                           {QPalette::Text, QPalette::AlternateBase},
                                           {QPalette::ButtonText, QPalette::Button},
                                           {QPalette::ToolTipText, QPalette::ToolTipBase},
                                           {QPalette::HighlightedText, QPalette::Highlight},
                                           {QPalette::Link, QPalette::Base},
                                           {QPalette::Link, QPalette::Window},
                                           {QPalette::LinkVisited, QPalette::Base},
                                           {QPalette::PlaceholderText, QPalette::Base},
                                           {QPalette::PlaceholderText, QPalette::Window},
                                           {QPalette::BrightText, QPalette::Window}};
    for (const QPalette::ColorGroup group : {QPalette::Active, QPalette::Inactive})
        for (const auto& [text, ground] : pairs) {
            const double ratio = contrast(p.color(group, text), p.color(group, ground));
            QVERIFY2(ratio >= 4.5,
                     at(ratio) + " for role " + QByteArray::number(int(text)) + " on " + QByteArray::number(int(ground)));
        }
    const Theme t = theme(ThemeKind(kind));
    for (const Role ground : {QPalette::Base, QPalette::Window})
        for (const QColor& colour : {t.text, t.faint_text, t.trouble, t.caution})
            QVERIFY2(contrast(colour, p.color(ground)) >= 4.5, at(contrast(colour, p.color(ground))));
}

void tst_appearance::disabledIsDimmerAndStillThere() {
    QFETCH(int, kind);
    const QPalette p = paletteOf(ThemeKind(kind));
    for (const auto& [text, ground] : {std::pair{QPalette::WindowText, QPalette::Window},
                                       {QPalette::Text, QPalette::Base},
                                       {QPalette::ButtonText, QPalette::Button}}) {
        const double off = contrast(p.color(QPalette::Disabled, text), p.color(QPalette::Disabled, ground));
        const double on = contrast(p.color(QPalette::Active, text), p.color(QPalette::Active, ground));
        QVERIFY2(off >= 3 && off < on / 1.5, at(off));
    }
}

void tst_appearance::everyRoleIsOurs() {
    QFETCH(int, kind);
    const QPalette p = paletteOf(ThemeKind(kind));
    for (int role = 0; role < QPalette::NColorRoles; ++role) {
        if (role == QPalette::NoRole) continue;
        for (const QPalette::ColorGroup group : {QPalette::Active, QPalette::Inactive, QPalette::Disabled})
            QVERIFY2(p.isBrushSet(group, QPalette::ColorRole(role)), QByteArray::number(role));
    }
}

void tst_appearance::outlinesCanBeSeen() {
    QFETCH(int, kind);
    applyAppearance(*qApp, ThemeKind(kind) == ThemeKind::Dark ? Appearance::Dark : Appearance::Light);
    const QColor window = qApp->palette().color(QPalette::Window);
    QCheckBox check;
    QRadioButton radio;
    QLineEdit edit;
    for (QWidget* widget : std::initializer_list<QWidget*>{&check, &radio}) {
        const QImage image = pictureOf(*widget);
        const double ratio = contrastIn(image, QRect(0, 0, 20, image.height()), window, 24);
        QVERIFY2(ratio >= 3, at(ratio) + " " + widget->metaObject()->className());
    }
    const QImage image = pictureOf(edit);
    const double ratio = contrastIn(image, image.rect(), window, 200);
    QVERIFY2(ratio >= 3, at(ratio) + " QLineEdit");
}

void tst_appearance::checkedAndUncheckedDiffer() {
    QFETCH(int, kind);
    applyAppearance(*qApp, ThemeKind(kind) == ThemeKind::Dark ? Appearance::Dark : Appearance::Light);
    QCheckBox check;
    check.setTristate(true);
    QRadioButton radio;
    radio.setAutoExclusive(false);
    const QImage off = pictureOf(check), radioOff = pictureOf(radio);
    check.setCheckState(Qt::PartiallyChecked);
    const QImage partly = pictureOf(check);
    check.setCheckState(Qt::Checked);
    radio.setChecked(true);
    QVERIFY(pictureOf(check) != off && partly != off && pictureOf(check) != partly);
    QVERIFY(pictureOf(radio) != radioOff);
    check.setEnabled(false);
    QVERIFY(pictureOf(check) != partly);
}

void tst_appearance::curvesStandOnTheBaseOfTheWindow() {
    QFETCH(int, kind);
    QCOMPARE(theme(ThemeKind(kind)).background, paletteOf(ThemeKind(kind)).color(QPalette::Base));
    QCOMPARE(themeKindOf(paletteOf(ThemeKind(kind))), ThemeKind(kind));
}

void tst_appearance::lightAndDarkByChoice() {
    applyAppearance(*qApp, Appearance::Dark);
    QCOMPARE(themeKindOf(qApp->palette()), ThemeKind::Dark);
    QCheckBox seen;
    seen.show();
    QCOMPARE(themeKindOf(seen.palette()), ThemeKind::Dark);
    applyAppearance(QStringLiteral("light"));
    QTRY_COMPARE(themeKindOf(seen.palette()), ThemeKind::Light);
    applyAppearance(QStringLiteral("no such thing")); // System: whatever the desktop says, but ours
    QVERIFY(qApp->palette() == paletteOf(themeKindOf(qApp->palette())));
}

void tst_appearance::theDesktopIsFollowedWhereAsked() {
    bool dark = false;
    applyAppearance(*qApp, Appearance::System, [&] { return dark; });
    QCOMPARE(themeKindOf(qApp->palette()), ThemeKind::Light);
    QWidget window;
    window.winId(); // the desktop speaks to windows
    const auto desktopSpeaks = [&] {
        QEvent change(QEvent::ThemeChange);
        QCoreApplication::sendEvent(window.windowHandle(), &change);
    };
    dark = true;
    desktopSpeaks();
    QCOMPARE(themeKindOf(qApp->palette()), ThemeKind::Dark);
    dark = false;
    desktopSpeaks();
    QCOMPARE(themeKindOf(qApp->palette()), ThemeKind::Light);
    applyAppearance(*qApp, Appearance::Light);
    dark = true;
    desktopSpeaks();
    QCOMPARE(themeKindOf(qApp->palette()), ThemeKind::Light); // light was chosen, light it stays
}

void tst_appearance::namesGoThereAndBack() {
    for (const Appearance one : {Appearance::System, Appearance::Light, Appearance::Dark})
        QCOMPARE(appearanceFromName(name(one)), std::optional(one));
    QVERIFY(!appearanceFromName("neon"));
}

LOOPTAX_TEST(tst_appearance)
#include "tst_appearance.moc"
