// What a plan file would do unasked stays forbidden until its own button is pressed or its own field is typed anew.
#include "person.h"
#include "plan_lab.h"
#include "support/test_registry.h"

#include "domain/trust.h"
#include "ui/plan/plan_notice.h"

#include <QTest>

using namespace looptax;

namespace {

QString q(const char* words) { return QString::fromUtf8(words); }

struct Lab : PlanLab {
    std::set<std::string> allowed;
    std::unique_ptr<PlanPanel> panel;

    Lab() {
        services.allowed = [this] { return allowed; };
        services.allow = [this](const std::vector<TrustNeed>& needs) {
            for (const TrustNeed& need : needs) allowed.insert(need.hash);
        };
        panel = shown(services);
    }
    bool load(const char* more, const char* command = "/tmp/evil", const char* args = "'-t','4'") {
        const std::string text = std::string("{'schema':'looptax.plan/1',") + more +
                                 "'targets':[{'id':'a','kind':'llama-server','managed':{'command':'" + command +
                                 "','model_file':'m.gguf','args':[" + args +
                                 "]}}],'cells':[{'design':'A','turns':[6]}],'repeats':8}";
        const bool loaded = panel->loadFile(QString::fromStdString(planFile(text)));
        settle();
        return loaded;
    }
    QAbstractButton* button(const char* words) {
        settle();
        for (auto* one : panel->findChildren<QAbstractButton*>())
            if (one->isVisibleTo(panel.get()) && one->text() == q(words)) return one;
        return nullptr;
    }
};

} // namespace

class tst_plan_permission : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void acceptingValuesAllowsNothing() {
        Lab lab;
        QVERIFY(lab.load("'order':'x','nonsense':1,"));
        QVERIFY(!lab.panel->runnable());
        auto* notice = lab.panel->findChild<PlanNotice*>();
        click(find<QAbstractButton>(*notice, q("Use what is shown")));
        QVERIFY(!lab.panel->runnable());
        QCOMPARE(lab.panel->problems().size(), std::size_t(1));
        QCOMPARE(lab.panel->problems()[0].path, "$.targets[0].managed.command");
        QVERIFY(lab.allowed.empty());
        click(lab.button("Allow it"));
        QVERIFY(lab.panel->runnable());
        QCOMPARE(lab.allowed.size(), std::size_t(1));
    }
    void aPlanThatIsFineButForPermissionOffersNoOtherButton() {
        Lab lab;
        QVERIFY(lab.load(""));
        QVERIFY(lab.button("Allow it") != nullptr);
        QVERIFY(lab.button("Use what is shown") == nullptr);
    }
    void eachNeedHasItsOwnYes() {
        Lab lab;
        QVERIFY(lab.load("", "/tmp/evil", "'--log-file','x'"));
        click(lab.button("Allow it"));
        QVERIFY(!lab.panel->runnable());
        click(lab.button("Allow it"));
        QVERIFY(lab.panel->runnable());
    }
    void whatWasAllowedIsNotAskedAgainAndNothingElseIs() {
        Lab lab;
        QVERIFY(lab.load(""));
        click(lab.button("Allow it"));
        QVERIFY(lab.load(""));
        QVERIFY(lab.panel->runnable());
        QVERIFY(lab.load("", "/tmp/evil", "'-t','5'"));
        QVERIFY(!lab.panel->runnable());
    }
    void whatIsTypedIsMeantAndTheRestIsNot() {
        Lab lab;
        QVERIFY(lab.load("", "/tmp/evil", "'--log-file','x'"));
        type(find<QLineEdit>(*lab.panel, q("Command")), q("/opt/mine"));
        settle();
        QVERIFY(!lab.panel->runnable()); // its arguments are still the stranger's
        QCOMPARE(lab.panel->problems()[0].path, "$.targets[0].managed.args");
        type(find<QLineEdit>(*lab.panel, q("Arguments")), q("-t 8"));
        settle();
        QVERIFY2(lab.panel->runnable(), qPrintable(lab.panel->blocked()));
        QVERIFY(lab.allowed.empty());
    }
    // What a file brought is remembered by the card: it must not come back as if it had been typed.
    void changingTheWayThereAndBackAllowsNothing() {
        Lab lab;
        QVERIFY(lab.load("", "/tmp/evil", "'--log-file','x'"));
        auto* way = find<QComboBox>(*lab.panel, q("The server"));
        QVERIFY(way != nullptr);
        const auto choose = [&](int at) {
            way->setCurrentIndex(at);
            Q_EMIT way->activated(at);
            settle();
        };
        choose(0);
        QVERIFY(!lab.panel->plan().targets[0].managed);
        QVERIFY(lab.button("Allow it") == nullptr); // the plan starts nothing now
        choose(1);
        QCOMPARE(lab.panel->plan().targets[0].managed->command, "/tmp/evil");
        QVERIFY(!lab.panel->runnable());
        click(lab.button("Allow it"));
        click(lab.button("Allow it"));
        QVERIFY2(lab.panel->runnable(), qPrintable(lab.panel->blocked()));
    }
    void allowingAFieldDoesNotAcceptItsOtherMistakes() {
        Lab lab;
        QVERIFY(lab.load("", "llama-server", "'--log-file','x',5"));
        QCOMPARE(lab.panel->problems().size(), std::size_t(2));
        click(lab.button("Allow it"));
        QVERIFY(!lab.panel->runnable());
        QCOMPARE(lab.panel->problems().size(), std::size_t(1));
    }
    void undoBringsTheQuestionBackAndNoNewOne() {
        Lab lab;
        QVERIFY(lab.load(""));
        type(find<QAbstractSpinBox>(*lab.panel, q("Repeats")), q("9"));
        click(find<QAbstractButton>(*lab.panel, q("Preset Publication")));
        QVERIFY(!lab.panel->runnable()); // the targets are the same
        click(lab.button("Undo"));
        QVERIFY(!lab.panel->runnable());
        QVERIFY(lab.button("Allow it") != nullptr);
        // Of one's own nothing is asked, before or after.
        Target own = plainTarget();
        own.url = "http://192.0.2.9:8080";
        Plan typed = lab.panel->plan();
        typed.targets = {own};
        lab.panel->setPlan(typed);
        type(find<QAbstractSpinBox>(*lab.panel, q("Repeats")), q("10"));
        click(find<QAbstractButton>(*lab.panel, q("Preset Publication")));
        click(lab.button("Undo"));
        QVERIFY2(lab.panel->runnable(), qPrintable(lab.panel->blocked()));
    }
    void aKeyInAFileIsNotShown() {
        Lab lab;
        const std::string text =
            "{'schema':'looptax.plan/1','targets':[{'id':'a','kind':'llama-server','url':'http://localhost:9',"
            "'api_key_env':'sk-EXAMPLE-0123456789'}],'cells':[{'design':'A','turns':[6]}],'repeats':8}";
        QVERIFY(lab.panel->loadFile(QString::fromStdString(lab.planFile(text))));
        settle();
        QVERIFY(!lab.panel->runnable());
        for (auto* line : lab.panel->findChildren<QLineEdit*>()) QVERIFY(!line->text().contains(q("sk-EXAMPLE")));
        QVERIFY(!allMarks(*lab.panel).join(QString()).contains(q("sk-EXAMPLE")));
        QVERIFY(allMarks(*lab.panel).join(QString()).contains(q("must be the name of an environment variable")));
    }
};

LOOPTAX_TEST(tst_plan_permission)
#include "tst_plan_permission.moc"
