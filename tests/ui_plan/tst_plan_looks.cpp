// What the panel looks like: nothing cut, names for every control, contrast. With LOOPTAX_PICTURES=DIR it
// also writes what it looked at as PNG files.
#include "person.h"
#include "plan_lab.h"
#include "support/test_registry.h"
#include "ui/style/appearance.h"

#include <QApplication>
#include <QPushButton>
#include <QScrollArea>
#include <QTest>
#include <QToolButton>

using namespace looptax;

namespace {

void picture(QWidget& widget, const char* name) {
    const QString folder = qEnvironmentVariable("LOOPTAX_PICTURES");
    if (folder.isEmpty()) return;
    QVERIFY(widget.grab().save(folder + QLatin1Char('/') + QLatin1String(name) + QStringLiteral(".png")));
}

// The whole page, however long.
void longPicture(PlanPanel& panel, const char* name) {
    const auto* area = panel.findChild<QScrollArea*>();
    const QSize before = panel.size();
    settle();
    panel.resize(before.width(), before.height() + area->widget()->height() - area->viewport()->height());
    settle();
    picture(panel, name);
    panel.resize(before);
}

} // namespace

class tst_plan_looks : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void pictures();
};

void tst_plan_looks::pictures() {
    for (const Appearance appearance : {Appearance::Light, Appearance::Dark}) {
        applyAppearance(*qobject_cast<QApplication*>(QCoreApplication::instance()), appearance);
        const std::string dark = appearance == Appearance::Dark ? "dark-" : "";
        PlanLab lab;
        lab.found = {foundOllama(), foundLlama(), silent("http://127.0.0.1:1234")};
        auto panel = shown(lab.services);
        QVERIFY(QTest::qWaitForWindowExposed(panel.get()));
        settle();
        picture(*panel, (dark + "1-empty").c_str());
        QTRY_COMPARE(panel->plan().targets.size(), std::size_t(1));
        longPicture(*panel, (dark + "2-found").c_str());
        panel->usePreset("study");
        for (auto* add : panel->findChildren<QPushButton*>())
            if (add->accessibleName().startsWith(QStringLiteral("Add llama"))) add->click();
        settle();
        longPicture(*panel, (dark + "3-study").c_str());
        panel->setPlan(fullPlan());
        for (auto* fold : panel->findChildren<QToolButton*>())
            if (fold->accessibleDescription() == QStringLiteral("closed")) fold->click();
        longPicture(*panel, (dark + "4-full").c_str());
        panel->loadFile(
            QString::fromStdString(lab.planFile("{'schema':'looptax.plan/1','repaets':3,'targets':[{'id':'a "
                                                "b','kind':'olama','url':'127.0.0.1'}],"
                                                "'cells':[{'design':'E','turns':[0]},{'design':'A','turns':["
                                                "1,'x'],'cap':[3]}],'order':'blokced'}")));
        longPicture(*panel, (dark + "5-mistakes").c_str());
        panel->setEditable(false);
        longPicture(*panel, (dark + "6-locked").c_str());
    }
}

LOOPTAX_TEST(tst_plan_looks)
#include "tst_plan_looks.moc"
