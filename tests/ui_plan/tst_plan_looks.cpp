// What the panel looks like and how it is reached: nothing cut, a name for every control, contrast, keyboard.
// With LOOPTAX_PICTURES=DIR it also writes what it looked at as PNG files.
#include "person.h"
#include "plan_lab.h"
#include "support/test_registry.h"
#include "ui/style/appearance.h"

#include <QAccessible>
#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QProcess>
#include <QPushButton>
#include <QStyleOptionComboBox>
#include <QTest>

#include <map>

using namespace looptax;

namespace {

QString q(const char* words) { return QString::fromUtf8(words); }

QApplication& app() { return *qobject_cast<QApplication*>(QCoreApplication::instance()); }

// The whole page, however long.
void picture(PlanPanel& panel, const QString& name) {
    const QString folder = qEnvironmentVariable("LOOPTAX_PICTURES");
    if (folder.isEmpty()) return;
    const auto* area = panel.findChild<QScrollArea*>();
    const QSize before = panel.size();
    settle();
    panel.resize(before.width(), before.height() + area->widget()->height() - area->viewport()->height());
    settle();
    QVERIFY(panel.grab().save(folder + QLatin1Char('/') + name + QStringLiteral(".png")));
    panel.resize(before);
    settle();
}

// Every state worth looking at, one after the other.
void throughItsStates(PlanLab& lab, int width, int height, const std::function<void(PlanPanel&, const QString&)>& look) {
    lab.found = {foundOllama(), foundLlama(), silent("http://127.0.0.1:1234")};
    lab.installer("echo 'A long line of progress that wraps: getting "
                  "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf, 12 of 400 MB'\n"
                  "sleep 600\n");
    auto panel = shown(lab.services, width, height);
    look(*panel, q("1-start"));
    QVERIFY(QTest::qWaitFor([&] { return !panel->plan().targets.empty(); }));
    settle();
    look(*panel, q("2-found"));
    panel->usePreset("study");
    openFold(*panel, q("Add a target"));
    click(find<QAbstractButton>(*panel, q("Add llama-server at 127.0.0.1:8080")));
    look(*panel, q("3-study"));
    click(find<QAbstractButton>(*panel, q("Fetch and use embedded llama.cpp")));
    QVERIFY(QTest::qWaitFor([&] {
        for (const auto* label : panel->findChildren<QLabel*>())
            if (label->text().contains(q("12 of 400 MB"))) return true;
        return false;
    }));
    settle();
    look(*panel, q("4-fetching"));
    click(find<QAbstractButton>(*panel, q("Cancel fetching the embedded runtime")));
    panel->setPlan(fullPlan());
    openFold(*panel, q("Verdicts"));
    openFold(*panel, q("Advanced"));
    openFold(*panel, q("Details"));
    openFold(*panel, q("Details"), 1);
    look(*panel, q("5-full"));
    panel->loadFile(QString::fromStdString(
        lab.planFile("{'schema':'looptax.plan/1','repaets':3,'targets':[{'id':'a b','kind':'olama','url':'127.0.0.1'},"
                     "{'id':'x','kind':'llama-server','url':'http://10.0.0.7:8080','api_key_env':'NOT_SET_ANYWHERE'}],"
                     "'cells':[{'design':'E','turns':[0]},{'design':'A','turns':[1,'x'],'cap':[3]}],'order':'blokced'}")));
    settle();
    look(*panel, q("6-mistakes"));
    panel->setPlan(fullPlan());
    panel->setEditable(false);
    settle();
    look(*panel, q("7-locked"));
}

// What of a widget's own words does not fit into it; empty: all fits.
QString cutWords(const QWidget* widget) {
    if (const auto* label = qobject_cast<const QLabel*>(widget)) {
        if (label->text().isEmpty()) return {};
        const bool fits =
            label->wordWrap()
                ? label->heightForWidth(label->width()) <= label->height() && label->minimumSizeHint().width() <= label->width()
                : label->sizeHint().width() <= label->width() && label->sizeHint().height() <= label->height();
        // A title gives way and is whole in its tool tip.
        const bool yields = label->sizePolicy().horizontalPolicy() == QSizePolicy::Ignored && !label->toolTip().isEmpty();
        return fits || yields ? QString() : label->text();
    }
    if (const auto* button = qobject_cast<const QAbstractButton*>(widget))
        return button->sizeHint().width() <= button->width() && button->minimumSizeHint().height() <= button->height()
                   ? QString()
                   : q("button ") + button->text();
    if (const auto* combo = qobject_cast<const QComboBox*>(widget)) {
        if (combo->isEditable()) return combo->minimumSizeHint().height() <= combo->height() ? QString() : combo->currentText();
        QStyleOptionComboBox option;
        option.initFrom(combo);
        const QRect room = combo->style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, combo);
        for (int i = 0; i < combo->count(); ++i) // any of them may be chosen
            if (combo->fontMetrics().horizontalAdvance(combo->itemText(i)) > room.width())
                return q("choice ") + combo->itemText(i);
        return {};
    }
    if (const auto* spin = qobject_cast<const QAbstractSpinBox*>(widget))
        return spin->fontMetrics().horizontalAdvance(spin->text()) + 30 <= spin->width() &&
                       spin->minimumSizeHint().height() <= spin->height()
                   ? QString()
                   : q("number ") + spin->text();
    if (qobject_cast<const QComboBox*>(widget->parentWidget()) || qobject_cast<const QAbstractSpinBox*>(widget->parentWidget()))
        return widget->fontMetrics().height() <= widget->height() ? QString() : q("line inside a control");
    if (const auto* line = qobject_cast<const QLineEdit*>(widget))
        return line->minimumSizeHint().height() <= line->height() ? QString() : q("line ") + line->text();
    return {};
}

} // namespace

class tst_plan_looks : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cleanup() { applyAppearance(app(), Appearance::Light); }
    void nothingIsCut_data();
    void nothingIsCut();
    void nothingIsCutAtTwiceTheSize();
    void everyControlHasAName();
    void textsKeepTheirContrast_data();
    void textsKeepTheirContrast();
    void lightToDarkWhileOpen();
    void tabGoesByWhatIsSeen();
    void mnemonicsLeadToTheirField();
    void aSpinBoxAnswersTheKeys();
};

void tst_plan_looks::nothingIsCut_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<bool>("dark");
    QTest::addRow("dock of 380") << 380 << false;
    QTest::addRow("dock of 420") << 420 << false;
    QTest::addRow("dark, 440") << 440 << true;
}

void tst_plan_looks::nothingIsCut() {
    QFETCH(int, width);
    QFETCH(bool, dark);
    applyAppearance(app(), dark ? Appearance::Dark : Appearance::Light);
    PlanLab lab;
    QStringList cut;
    // What 1280x720 leaves under title, menus and tool bar.
    throughItsStates(lab, width, 600, [&](PlanPanel& panel, const QString& state) {
        picture(panel, (dark ? q("dark-") : q("light-")) + QString::number(width) + QLatin1Char('-') + state);
        QCOMPARE(panel.size(), QSize(width, 600)); // nothing pushes it wider
        const auto* area = panel.findChild<QScrollArea*>();
        QVERIFY2(area->widget()->width() <= area->viewport()->width(), qPrintable(state));
        for (const QWidget* widget : panel.findChildren<QWidget*>()) {
            if (!widget->isVisibleTo(&panel)) continue;
            const QString words = cutWords(widget);
            if (!words.isEmpty()) cut << state + q(": ") + words + q(" in %1x%2").arg(widget->width()).arg(widget->height());
            const QWidget* home = widget->parentWidget();
            if (!home->rect().contains(widget->geometry()) && home != area->viewport())
                cut << state + q(": %1 beyond its place: ").arg(q(widget->metaObject()->className())) + widget->accessibleName();
        }
    });
    QVERIFY2(cut.isEmpty(), qPrintable(cut.mid(0, 12).join(QLatin1Char('\n'))));
}

void tst_plan_looks::nothingIsCutAtTwiceTheSize() {
    if (qFuzzyCompare(app().devicePixelRatio(), 2.0)) return; // this is that process
    QProcess process;
    QProcessEnvironment surroundings = QProcessEnvironment::systemEnvironment();
    surroundings.insert(q("QT_SCALE_FACTOR"), q("2"));
    if (surroundings.contains(q("LOOPTAX_PICTURES")))
        surroundings.insert(q("LOOPTAX_PICTURES"), surroundings.value(q("LOOPTAX_PICTURES")) + q("/2x"));
    process.setProcessEnvironment(surroundings);
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QCoreApplication::applicationFilePath(), {q("--only"), q("tst_plan_looks"), q("nothingIsCut")});
    QVERIFY(process.waitForFinished(90'000));
    const QByteArray said = process.readAll();
    QVERIFY2(process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0, said.constData());
    QVERIFY2(said.contains("Totals: 5 passed"), said.constData());
}

void tst_plan_looks::everyControlHasAName() {
    PlanLab lab;
    throughItsStates(lab, 420, 600, [&](PlanPanel& panel, const QString& state) {
        int seen = 0;
        for (QWidget* widget : panel.findChildren<QWidget*>()) {
            if (!widget->isVisibleTo(&panel) || widget->focusPolicy() == Qt::NoFocus) continue;
            QAccessibleInterface* spoken = QAccessible::queryAccessibleInterface(widget);
            QVERIFY2(spoken != nullptr && !spoken->text(QAccessible::Name).isEmpty(),
                     qPrintable(state + q(": ") + q(widget->metaObject()->className())));
            ++seen;
        }
        QVERIFY(seen > 20);
    });
}

void tst_plan_looks::textsKeepTheirContrast_data() {
    QTest::addColumn<bool>("dark");
    QTest::addRow("light") << false;
    QTest::addRow("dark") << true;
}

void tst_plan_looks::textsKeepTheirContrast() {
    QFETCH(bool, dark);
    applyAppearance(app(), dark ? Appearance::Dark : Appearance::Light);
    PlanLab lab;
    throughItsStates(lab, 420, 600, [&](PlanPanel& panel, const QString& state) {
        for (const auto* label : panel.findChildren<QLabel*>()) {
            if (!label->isVisibleTo(&panel) || label->text().isEmpty() || !label->isEnabled()) continue;
            const double ratio = contrast(label->palette().color(QPalette::WindowText), panel.palette().color(QPalette::Window));
            QVERIFY2(ratio >= 4.5, qPrintable(q("%1: %2 has %3").arg(state, label->text()).arg(ratio)));
        }
    });
    // Signs: shapes of 3:1 and more, and a warning is no mistake in another colour only.
    const QPalette palette = app().palette();
    const QImage mistake = problemSign(false, palette, 14, 1).toImage();
    const QImage warning = problemSign(true, palette, 14, 1).toImage();
    int differ = 0;
    for (int y = 0; y < mistake.height(); ++y)
        for (int x = 0; x < mistake.width(); ++x)
            differ += (qAlpha(mistake.pixel(x, y)) > 128) != (qAlpha(warning.pixel(x, y)) > 128) ? 1 : 0;
    QVERIFY(differ > 30);
    QVERIFY(contrast(theme(themeKindOf(palette)).caution, palette.color(QPalette::Window)) >= 4.5);
    QVERIFY(contrast(theme(themeKindOf(palette)).trouble, palette.color(QPalette::Window)) >= 4.5);
}

void tst_plan_looks::lightToDarkWhileOpen() {
    PlanLab lab;
    applyAppearance(app(), Appearance::Light);
    throughItsStates(lab, 420, 600, [&](PlanPanel& panel, const QString& state) {
        for (const Appearance appearance : {Appearance::Dark, Appearance::Light}) {
            applyAppearance(app(), appearance);
            settle();
            for (const auto* label : panel.findChildren<QLabel*>()) {
                if (!label->isVisibleTo(&panel) || label->text().isEmpty()) continue;
                const double ratio =
                    contrast(label->palette().color(QPalette::WindowText), panel.palette().color(QPalette::Window));
                QVERIFY2(ratio >= 4.5, qPrintable(q("%1: %2 has %3").arg(state, label->text()).arg(ratio)));
            }
        }
    });
}

void tst_plan_looks::tabGoesByWhatIsSeen() {
    PlanLab lab;
    lab.found = {foundOllama(), foundLlama()};
    auto panel = shown(lab.services);
    panel->setPlan(fullPlan());
    openFold(*panel, q("Details"), 1);
    openFold(*panel, q("Verdicts"));
    openFold(*panel, q("Advanced"));
    auto* first = find<QAbstractButton>(*panel, q("Preset Quick"));
    first->setFocus();
    int last = -1;
    int seen = 0;
    QWidget* before = nullptr;
    for (int i = 0; i < 200; ++i) {
        QWidget* now = QApplication::focusWidget();
        QVERIFY(now != nullptr && now != before);
        if (now == first && i > 0) break;
        // Never upwards by more than the height of a row.
        const int y =
            now->mapTo(panel->findChild<QScrollArea*>()->widget()->isAncestorOf(now) ? panel->findChild<QScrollArea*>()->widget()
                                                                                     : panel.get(),
                       QPoint())
                .y();
        const bool inPage = panel->findChild<QScrollArea*>()->widget()->isAncestorOf(now);
        if (inPage) {
            QVERIFY2(y > last - 20, qPrintable(now->accessibleName()));
            last = std::max(last, y);
        }
        ++seen;
        before = now;
        QTest::keyClick(now, Qt::Key_Tab);
    }
    QVERIFY2(seen > 45, qPrintable(QString::number(seen)));
}

void tst_plan_looks::mnemonicsLeadToTheirField() {
    PlanLab lab;
    auto panel = shown(lab.services);
    panel->setPlan(fullPlan());
    settle();
    std::map<QChar, int> used;
    for (const auto* widget : panel->findChildren<QWidget*>()) {
        if (!widget->isVisibleTo(panel.get())) continue;
        const auto* label = qobject_cast<const QLabel*>(widget);
        const auto* button = qobject_cast<const QAbstractButton*>(widget);
        const QString words = label != nullptr && label->buddy() != nullptr ? label->text()
                              : button != nullptr                           ? button->text()
                                                                            : QString();
        const auto at = words.indexOf(QLatin1Char('&'));
        if (at >= 0) ++used[words[at + 1].toLower()];
    }
    QVERIFY(used.size() >= 7);
    // The window's menus and charts have these: pressed twice, neither would answer.
    for (const QChar taken : q("fsvhelb")) QVERIFY2(used.count(taken) == 0, qPrintable(QString(taken)));
    for (const auto& [letter, times] : used)
        QVERIFY2(times == 1 || letter == QLatin1Char('m'),
                 qPrintable(QString(letter))); // every target has a model
    QTest::keyClick(panel.get(), Qt::Key_R, Qt::AltModifier);
    QTRY_COMPARE(QApplication::focusWidget(), find<QAbstractSpinBox>(*panel, q("Repeats")));
}

void tst_plan_looks::aSpinBoxAnswersTheKeys() {
    PlanLab lab;
    auto panel = shown(lab.services);
    panel->setPlan(fullPlan());
    auto* repeats = find<QAbstractSpinBox>(*panel, q("Repeats"));
    bringIntoView(repeats);
    QTest::keyClick(repeats, Qt::Key_Up);
    QCOMPARE(panel->plan().repeats, 10);
    QTest::keyClick(repeats, Qt::Key_PageDown);
    QCOMPARE(panel->plan().repeats, 1); // not below what may be
    QTest::keyClick(repeats, Qt::Key_Down);
    QCOMPARE(panel->plan().repeats, 1);
    QVERIFY(panel->runnable());
}

LOOPTAX_TEST(tst_plan_looks)
#include "tst_plan_looks.moc"
