// The panel as a person uses it: presets, typing, wrong values and what stands beside them, locking.
#include "person.h"
#include "plan_lab.h"
#include "support/session_builder.h"
#include "support/test_registry.h"

#include "domain/plan_check.h"
#include "domain/presets.h"

#include <QLabel>
#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>
#include <nlohmann/json.hpp>

using namespace looptax;

namespace {

QString q(const char* words) { return QString::fromUtf8(words); }

Json json(const Plan& plan) { return Json::parse(writePlan(plan)); }

Plan ready(const char* preset = "quick") { return presetPlan(preset, {plainTarget()}).take(); }

} // namespace

class tst_plan_panel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void presetsByOneClick_data();
    void presetsByOneClick();
    void whatIsSetIsGivenBackUntouched();
    void everyValueCanBeTyped_data();
    void everyValueCanBeTyped();
    void everyChoiceCanBeChosen_data();
    void everyChoiceCanBeChosen();
    void cacheModesAreTicked();
    void aWrongLengthIsSaidBesideItsField_data();
    void aWrongLengthIsSaidBesideItsField();
    void wrongNumbersAreSaidBesideTheirField_data();
    void wrongNumbersAreSaidBesideTheirField();
    void theRulesOfTheVerdictsAreSeenBeforeStart();
    void designsAreTickedAndKeepTheirText();
    void anotherSetOfADesign();
    void aFifthDesignAppearsByItself();
    void aPresetCanBeTakenBack();
    void aLockedPanelChangesNothing();
    void showLeadsThroughTheMistakes();
    void theWheelChangesNoValue();
    void theLiveLineCountsWhatWillBeSent();
    void earlierSessionsTellTheTime();
};

void tst_plan_panel::presetsByOneClick_data() {
    QTest::addColumn<QString>("preset");
    for (std::string_view preset : presetNames())
        QTest::newRow(std::string(preset).c_str()) << QString::fromStdString(std::string(preset));
}

void tst_plan_panel::presetsByOneClick() {
    QFETCH(QString, preset);
    PlanLab lab;
    auto panel = shown(lab.services);
    Plan before = ready();
    before.repeats = 77;
    panel->setPlan(before);
    QSignalSpy changed(panel.get(), &PlanPanel::planChanged);
    auto* button = find<QAbstractButton>(*panel, q("Preset ") + preset.left(1).toUpper() + preset.mid(1));
    QVERIFY(button != nullptr);
    QVERIFY(!button->isChecked());
    click(button);
    const Plan wanted = presetPlan(preset.toStdString(), {plainTarget()}).take();
    QCOMPARE(panel->plan(), wanted);
    QVERIFY(button->isChecked());
    QVERIFY(panel->runnable());
    QVERIFY(changed.count() > 0);
    // The words on screen are those of the preset, too.
    QCOMPARE(find<QAbstractSpinBox>(*panel, q("Repeats"))->text(), QString::number(wanted.repeats));
    QVERIFY(find<QLineEdit>(*panel, q("Lengths of design A"))->text().startsWith(QString::number(wanted.cells[0].turns[0])));
}

void tst_plan_panel::whatIsSetIsGivenBackUntouched() {
    PlanLab lab;
    auto panel = shown(lab.services);
    std::vector<Plan> plans{fullPlan(), Plan{}};
    for (std::string_view preset : presetNames()) plans.push_back(presetPlan(preset, {plainTarget()}).take());
    Plan odd = fullPlan(); // what no field would let through, yet a file may hold
    odd.name = "two\nlines";
    odd.targets[0].api_key_env = "";
    odd.cache_modes = {CacheMode::Cold, CacheMode::Cold};
    odd.cells.push_back({"Z", {1}, {2}, {3}});
    odd.analysis.primary = "nothing known";
    odd.task.pack = "poems";
    plans.push_back(odd);
    for (const Plan& plan : plans) {
        panel->setPlan(plan);
        openFold(*panel, q("Advanced"));
        panel->setEditable(false);
        panel->setEditable(true);
        panel->offer({foundLlama(), foundOllama()});
        settle();
        QCOMPARE(writePlan(panel->plan()), writePlan(plan));
        QCOMPARE(panel->plan(), plan);
        // Another value changed leaves all the others as they were.
        type(find<QAbstractSpinBox>(*panel, q("Repeats")), q("31"));
        Plan wanted = plan;
        wanted.repeats = 31;
        QCOMPARE(panel->plan(), wanted);
    }
}

void tst_plan_panel::everyValueCanBeTyped_data() {
    QTest::addColumn<QString>("control");
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("value"); // as JSON
    const auto row = [](const char* control, const char* typed, const char* path, const char* value) {
        QTest::addRow("%s: %s", control, typed) << q(control) << q(typed) << q(path) << q(value);
    };
    row("Repeats", "12", "/repeats", "12");
    row("Lengths of design A", "1-4", "/cells/0/turns", "[1,2,3,4]");
    row("Lengths of design A", "[2; 5  7]", "/cells/0/turns", "[2,5,7]");
    row("Cap of design C", "2, 4", "/cells/1/cap", "[2,4]");
    row("Cap of design C", "", "/cells/1/cap", "null");
    row("Name", "other", "/targets/0/id", "\"other\"");
    row("Model", "m:1", "/targets/0/model", "\"m:1\"");
    row("Address", "http://127.0.0.1:9", "/targets/0/url", "\"http://127.0.0.1:9\"");
    row("Key variable", "PATH", "/targets/0/api_key_env", "\"PATH\"");
    row("Name of the plan", "café", "/name", "\"café\"");
    row("Context", "8'192", "/context_tokens", "8192");
    row("Seed of the order", "9007199254740992", "/order_seed", "9007199254740992");
    row("Warm-ups", "0", "/warmup_requests", "0");
    row("Pause before runs", "1500", "/cooldown_ms", "1500");
    row("Temperature", "0.7", "/sampling/temperature", "0.7");
    row("Temperature", "0,7", "/sampling/temperature", "0.7");
    row("Temperature", "", "/sampling/temperature", "null");
    row("Top k", "not sent", "/sampling/top_k", "null");
    row("Seed", "", "/sampling/seed", "null");
    row("Top p", "1", "/sampling/top_p", "1.0");
    row("Top k", "0", "/sampling/top_k", "0");
    row("Min p", "0.05", "/sampling/min_p", "0.05");
    row("Repeat penalty", "1.1", "/sampling/repeat_penalty", "1.1");
    row("Seed", "7", "/sampling/seed", "7");
    row("Longest reply", "512", "/reply/max_tokens", "512");
    row("Longest reply", "", "/reply/max_tokens", "\"auto\"");
    row("To connect", "100", "/deadlines_ms/connect", "100");
    row("For output", "1 000 000", "/deadlines_ms/first_output", "1000000");
    row("Between output", "5", "/deadlines_ms/idle", "5");
    row("In all", "6", "/deadlines_ms/total", "6");
    row("Seed of the task", "3", "/task/seed", "3");
    row("Alpha", "0.01", "/analysis/alpha", "0.01");
    row("Hypotheses", "H2 H4", "/analysis/family", "[\"H2\",\"H4\"]");
    row("Own hypotheses", "Q1", "/analysis/own_family", "[\"Q1\"]");
    row("Quality margin", "0.2", "/analysis/delta_q", "0.2");
    row("Time margin", "1.5", "/analysis/delta_t", "1.5");
}

void tst_plan_panel::everyValueCanBeTyped() {
    QFETCH(QString, control);
    QFETCH(QString, typed);
    QFETCH(QString, path);
    QFETCH(QString, value);
    PlanLab lab;
    auto panel = shown(lab.services);
    panel->setPlan(ready());
    openFold(*panel, q("Verdicts"));
    openFold(*panel, q("Advanced"));
    openFold(*panel, q("Details"));
    QWidget* field = find<QAbstractSpinBox>(*panel, control);
    if (field == nullptr) field = find<QComboBox>(*panel, control);
    if (field == nullptr) field = find<QLineEdit>(*panel, control);
    QVERIFY2(field != nullptr, qPrintable(control));
    const Json before = json(panel->plan());
    type(field, typed);
    QVERIFY2(panel->runnable(), qPrintable(panel->blocked() + allMarks(*panel).join(QLatin1Char('\n'))));
    Json after = json(panel->plan());
    const Json::json_pointer at(path.toStdString());
    const Json wanted = Json::parse(value.toStdString());
    // What is left out of a list of cells is in no plan; a sampling field that is left out is null there.
    if (wanted.is_null() && !path.startsWith(q("/sampling/"))) QVERIFY(!after.contains(at));
    else QCOMPARE(after[at].dump(), wanted.dump());
    // Nothing else moved.
    Json back = after;
    if (before.contains(at)) back[at] = before[at];
    QCOMPARE(back.dump(), before.dump());
}

void tst_plan_panel::everyChoiceCanBeChosen_data() {
    QTest::addColumn<QString>("control");
    QTest::addColumn<QString>("words");
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("value");
    const auto row = [](const char* control, const char* words, const char* path, const char* value) {
        QTest::addRow("%s: %s", control, words) << q(control) << q(words) << q(path) << q(value);
    };
    row("After a bad turn", "put the right state back", "/on_bad_turn", "oracle");
    row("After a bad turn", "end the run", "/on_bad_turn", "stop");
    row("Order of runs", "as written", "/order", "listed");
    row("Seed of repeats", "one more each", "/sampling/seed_policy", "per-run");
    row("Format", "any JSON, forced", "/reply/format", "json");
    row("Format", "JSON of the schema, forced", "/reply/format", "json_schema");
    row("Main measure", "last turn to first", "/analysis/primary", "ratio");
    row("Kind", "Ollama", "/targets/0/kind", "ollama");
    row("Kind", "OpenAI-compatible", "/targets/0/kind", "openai");
}

void tst_plan_panel::everyChoiceCanBeChosen() {
    QFETCH(QString, control);
    QFETCH(QString, words);
    QFETCH(QString, path);
    QFETCH(QString, value);
    PlanLab lab;
    auto panel = shown(lab.services);
    panel->setPlan(ready());
    openFold(*panel, q("Verdicts"));
    openFold(*panel, q("Advanced"));
    openFold(*panel, q("Details"));
    auto* combo = find<QComboBox>(*panel, control);
    QVERIFY(combo != nullptr);
    QVERIFY(choose(combo, words));
    const Json after = json(panel->plan());
    QCOMPARE(after[Json::json_pointer(path.toStdString())].get<std::string>(), value.toStdString());
}

void tst_plan_panel::cacheModesAreTicked() {
    PlanLab lab;
    auto panel = shown(lab.services);
    panel->setPlan(ready());
    click(find<QCheckBox>(*panel, q("Prompt cache: never used")));
    click(find<QCheckBox>(*panel, q("Prompt cache: left alone")));
    QCOMPARE(panel->plan().cache_modes, (std::vector<CacheMode>{CacheMode::RunIsolated, CacheMode::Natural, CacheMode::Cold}));
    for (const char* mode : {"kept within a run", "left alone", "never used"})
        click(find<QCheckBox>(*panel, q("Prompt cache: ") + q(mode)));
    QVERIFY(panel->plan().cache_modes.empty());
    QVERIFY(!panel->runnable());
    QVERIFY(allMarks(*panel).join(QLatin1Char('|')).contains(q("The list of cache modes is empty")));
}

void tst_plan_panel::aWrongLengthIsSaidBesideItsField_data() {
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QString>("said");
    QTest::addRow("a letter") << q("1, x, 3") << q("“x”");
    QTest::addRow("a fraction") << q("1.5") << q("“1.5”");
    QTest::addRow("zero") << q("1, 0") << q("Value 2 is 0");
    QTest::addRow("too long") << q("1001") << q("from 1 to 1000");
    QTest::addRow("twice") << q("3, 3") << q("named twice");
    QTest::addRow("nothing") << q("") << q("is empty");
    QTest::addRow("a range backwards") << q("9-1") << q("“9-1”");
    QTest::addRow("beyond an int") << q("99999999999") << q("“99999999999”");
}

void tst_plan_panel::aWrongLengthIsSaidBesideItsField() {
    QFETCH(QString, typed);
    QFETCH(QString, said);
    PlanLab lab;
    auto panel = shown(lab.services);
    panel->setPlan(ready());
    QSignalSpy runnable(panel.get(), &PlanPanel::runnableChanged);
    auto* field = find<QLineEdit>(*panel, q("Lengths of design A"));
    type(field, typed);
    QVERIFY2(wordsBeside(*panel, field).contains(said), qPrintable(wordsBeside(*panel, field)));
    QVERIFY(!panel->runnable());
    QVERIFY(!panel->blocked().isEmpty());
    QVERIFY(field->accessibleDescription().contains(said));
    QVERIFY(hasErrors(panel->problems()));
    // Right under the field, not somewhere.
    const FieldMark* mark = nullptr;
    for (const auto* each : panel->findChildren<FieldMark*>())
        if (each->field() == field) mark = each;
    settle();
    const int gap = mark->mapTo(panel.get(), QPoint()).y() - field->mapTo(panel.get(), QPoint(0, field->height())).y();
    QVERIFY2(gap >= 0 && gap < 12, qPrintable(QString::number(gap)));
    type(field, q("1, 3"));
    QCOMPARE(wordsBeside(*panel, field), QString());
    QVERIFY(panel->runnable());
    QCOMPARE(panel->plan().cells[0].turns, (std::vector<int>{1, 3}));
    QVERIFY(runnable.count() >= 2);
    QCOMPARE(runnable.last().at(0).toBool(), true);
}

void tst_plan_panel::wrongNumbersAreSaidBesideTheirField_data() {
    QTest::addColumn<QString>("control");
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QString>("said");
    QTest::addRow("repeats 0") << q("Repeats") << q("0") << q("is 0");
    QTest::addRow("repeats, a word") << q("Repeats") << q("many") << q("“many”");
    QTest::addRow("repeats blank") << q("Repeats") << q("") << q("is blank");
    QTest::addRow("repeats of 4e9") << q("Repeats") << q("4000000000") << q("too large");
    QTest::addRow("temperature 11") << q("Temperature") << q("11") << q("from 0 to 10");
    QTest::addRow("temperature, a word") << q("Temperature") << q("hot") << q("must be a number");
    QTest::addRow("top k 1.5") << q("Top k") << q("1.5") << q("must be a whole number");
    QTest::addRow("an unknown hypothesis") << q("Hypotheses") << q("H1, H9") << q("Value 2: unknown hypothesis");
    QTest::addRow("alpha 0.9") << q("Alpha") << q("0.9") << q("Alpha is 0.9 – from 0.0001 to 0.5");
    QTest::addRow("a margin of nothing") << q("Quality margin") << q("0") << q("The quality margin is 0");
    QTest::addRow("a time margin, a word") << q("Time margin") << q("some") << q("must be a number");
    QTest::addRow("a wait of nothing") << q("To connect") << q("0") << q("The wait for a connection is 0");
    QTest::addRow("a reply of -1") << q("Longest reply") << q("-1") << q("is -1");
    QTest::addRow("a seed too large") << q("Seed") << q("3000000000") << q("from 0 to");
}

void tst_plan_panel::wrongNumbersAreSaidBesideTheirField() {
    QFETCH(QString, control);
    QFETCH(QString, typed);
    QFETCH(QString, said);
    PlanLab lab;
    auto panel = shown(lab.services);
    panel->setPlan(ready());
    openFold(*panel, q("Verdicts"));
    openFold(*panel, q("Advanced"));
    QWidget* field = find<QAbstractSpinBox>(*panel, control);
    if (field == nullptr) field = find<QLineEdit>(*panel, control);
    QVERIFY(field != nullptr);
    const Plan before = panel->plan();
    type(field, typed);
    QVERIFY2(wordsBeside(*panel, field).contains(said), qPrintable(wordsBeside(*panel, field)));
    QVERIFY(!panel->runnable());
    // A closed fold still says that something is wrong inside.
    for (auto* fold : panel->findChildren<Fold*>()) {
        auto* head = fold->findChild<QToolButton*>();
        if (fold->isAncestorOf(field)) QVERIFY(head->accessibleName().contains(q("1 mistake")));
    }
}

// What the verdicts will be held to stands on the closed fold, follows what is typed, and gives way to mistakes.
void tst_plan_panel::theRulesOfTheVerdictsAreSeenBeforeStart() {
    PlanLab lab;
    auto panel = shown(lab.services);
    panel->setPlan(ready());
    const auto said = [&](const QString& words) {
        for (const auto* label : panel->findChildren<QLabel*>())
            if (label->isVisibleTo(panel.get()) && label->text() == words) return true;
        return false;
    };
    QVERIFY(find<QAbstractSpinBox>(*panel, q("Alpha")) == nullptr); // folded
    QVERIFY(said(q("alpha 0.05, margins 0.1 and 1.25×")));
    openFold(*panel, q("Verdicts"));
    QVERIFY(find<QAbstractSpinBox>(*panel, q("Temperature")) == nullptr); // a section of its own
    auto* alpha = find<QAbstractSpinBox>(*panel, q("Alpha"));
    type(alpha, q("0.01"));
    QVERIFY(said(q("alpha 0.01, margins 0.1 and 1.25×")));
    type(alpha, q("7"));
    QVERIFY(said(q("1 mistake")));
    QVERIFY(!panel->runnable());
    type(alpha, q("0.02"));
    QVERIFY(said(q("alpha 0.02, margins 0.1 and 1.25×")));
    QVERIFY(panel->runnable());
}

void tst_plan_panel::designsAreTickedAndKeepTheirText() {
    PlanLab lab;
    auto panel = shown(lab.services);
    panel->setPlan(ready());
    auto* b = find<QCheckBox>(*panel, q("Design B, batch + state file"));
    auto* lengths = find<QLineEdit>(*panel, q("Lengths of design B"));
    QVERIFY(!lengths->isEnabled());
    click(b);
    QVERIFY(lengths->isEnabled());
    QCOMPARE(panel->plan().cells.size(), std::size_t(3));
    QCOMPARE(panel->plan().cells[1], (CellGroup{"B", {1, 3, 6, 9, 12}, {}, {}}));
    type(lengths, q("4"));
    click(b);
    QCOMPARE(panel->plan(), ready());
    click(b);
    QCOMPARE(panel->plan().cells[1].turns, std::vector<int>{4});
    click(find<QCheckBox>(*panel, q("Design D, padded state")));
    QCOMPARE(panel->plan().cells.back(), (CellGroup{"D", {3}, {}, {1, 3, 6, 9}}));
    auto* padding = find<QLineEdit>(*panel, q("Padding of design D"));
    type(padding, {});
    QVERIFY2(wordsBeside(*panel, padding).contains(q("must be given")), qPrintable(wordsBeside(*panel, padding)));
    for (const char* name :
         {"Design A, full context", "Design B, batch + state file", "Design C, capped state", "Design D, padded state"})
        click(find<QCheckBox>(*panel, q(name)));
    QVERIFY(panel->plan().cells.empty());
    QVERIFY(allMarks(*panel).join(QLatin1Char('|')).contains(q("The list of designs is empty")));
}

void tst_plan_panel::anotherSetOfADesign() {
    PlanLab lab;
    auto panel = shown(lab.services);
    panel->setPlan(ready());
    click(find<QToolButton>(*panel, q("Another set of lengths of design C")));
    auto* lengths = find<QLineEdit>(*panel, q("Lengths of design C"), 1);
    QVERIFY(lengths != nullptr);
    QVERIFY(!panel->runnable());
    type(lengths, q("6"));
    QVERIFY(allMarks(*panel).join(QLatin1Char('|')).contains(q("stands above already")));
    type(lengths, q("9"));
    type(find<QLineEdit>(*panel, q("Cap of design C"), 1), q("5"));
    QVERIFY(panel->runnable());
    QCOMPARE(panel->plan().cells.back(), (CellGroup{"C", {9}, {5}, {}}));
    click(find<QToolButton>(*panel, q("Take away this set of design C")));
    QCOMPARE(panel->plan(), ready());
}

void tst_plan_panel::aFifthDesignAppearsByItself() {
    PlanLab lab;
    std::vector<DesignFacts> designs(lab.services.catalogue.designs.begin(), lab.services.catalogue.designs.end());
    designs.push_back({.id = "E",
                       .name = "summed state",
                       .prompt = "state_file",
                       .keeps_state = true,
                       .takes_cap = true,
                       .takes_padding = true});
    Services services = lab.services;
    services.catalogue.designs = designs;
    auto panel = shown(services);
    panel->setPlan(ready());
    auto* e = find<QCheckBox>(*panel, q("Design E, summed state"));
    QVERIFY(e != nullptr);
    click(e);
    QCOMPARE(panel->plan().cells.back(), (CellGroup{"E", {1, 3, 6, 9, 12}, {3}, {1, 3, 6, 9}}));
    QVERIFY(panel->runnable());
}

void tst_plan_panel::aPresetCanBeTakenBack() {
    PlanLab lab;
    auto panel = shown(lab.services);
    panel->setPlan(ready());
    click(find<QAbstractButton>(*panel, q("Preset Study")));
    QVERIFY(find<QAbstractButton>(*panel, q("Undo")) == nullptr); // nobody's work was lost
    type(find<QAbstractSpinBox>(*panel, q("Repeats")), q("9"));
    const Plan mine = panel->plan();
    click(find<QAbstractButton>(*panel, q("Preset Quick")));
    QVERIFY(panel->plan() != mine);
    click(find<QAbstractButton>(*panel, q("Undo")));
    QCOMPARE(panel->plan(), mine);
    QVERIFY(find<QAbstractButton>(*panel, q("Undo")) == nullptr);
}

void tst_plan_panel::aLockedPanelChangesNothing() {
    PlanLab lab;
    lab.installed = true;
    auto panel = shown(lab.services);
    panel->setPlan(fullPlan());
    panel->offer({foundOllama(), foundLlama()});
    panel->setEditable(false);
    settle();
    QSignalSpy changed(panel.get(), &PlanPanel::planChanged);
    const int probes = lab.probes;
    openFold(*panel, q("Verdicts")); // they can be read
    openFold(*panel, q("Advanced"));
    openFold(*panel, q("Details"));
    QVERIFY(find<QAbstractSpinBox>(*panel, q("Temperature")) != nullptr);
    for (auto* line : panel->findChildren<QLineEdit*>()) {
        if (!line->isVisibleTo(panel.get())) continue;
        QTest::keyClicks(line, q("7"));
    }
    for (auto* spin : panel->findChildren<QAbstractSpinBox*>()) {
        QTest::keyClick(spin, Qt::Key_Up);
        spin->stepUp();
    }
    for (auto* combo : panel->findChildren<QComboBox*>()) QTest::keyClick(combo, Qt::Key_Down);
    for (auto* button : panel->findChildren<QAbstractButton*>())
        if (button->isVisibleTo(panel.get()) && !button->text().contains(q("Save"))) QTest::mouseClick(button, Qt::LeftButton);
    panel->usePreset("study");
    panel->useEmbedded();
    panel->lookAgain();
    QVERIFY(!panel->loadFile(QString::fromStdString(lab.planFile(writePlan(ready())))));
    settle();
    QCOMPARE(panel->plan(), fullPlan());
    QCOMPARE(changed.count(), 0);
    QCOMPARE(lab.probes.load(), probes);
    panel->setEditable(true);
    settle();
    type(find<QAbstractSpinBox>(*panel, q("Repeats")), q("8"));
    QCOMPARE(panel->plan().repeats, 8);
    // What was disabled for a reason of its own is so again.
    QVERIFY(!find<QLineEdit>(*panel, q("Lengths of design B"))->isEnabled());
}

void tst_plan_panel::showLeadsThroughTheMistakes() {
    PlanLab lab;
    auto panel = shown(lab.services);
    Plan plan = ready();
    plan.cells[0].turns = {0};
    plan.sampling.temperature = 99;
    panel->setPlan(plan);
    // Set as a whole, its folds show what is wrong.
    auto* temperature = find<QAbstractSpinBox>(*panel, q("Temperature"));
    QVERIFY(temperature != nullptr);
    auto* next = find<QAbstractButton>(*panel, q("Show the next field that is wrong"));
    auto* lengths = find<QLineEdit>(*panel, q("Lengths of design A"));
    const auto* area = panel->findChild<QScrollArea*>();
    const auto onScreen = [&](QWidget* field) {
        const QRect at(field->mapTo(area->viewport(), QPoint()), field->size());
        return area->viewport()->rect().contains(at.center());
    };
    click(next);
    QTRY_VERIFY(lengths->hasFocus());
    QVERIFY(onScreen(lengths));
    click(next);
    QTRY_VERIFY(temperature->hasFocus());
    QVERIFY(onScreen(temperature));
    click(next);
    QTRY_VERIFY(lengths->hasFocus());
}

void tst_plan_panel::theWheelChangesNoValue() {
    PlanLab lab;
    auto panel = shown(lab.services);
    panel->setPlan(ready());
    openFold(*panel, q("Verdicts"));
    openFold(*panel, q("Advanced"));
    for (QWidget* control : panel->findChildren<QWidget*>()) {
        if (!qobject_cast<QComboBox*>(control) && !qobject_cast<QAbstractSpinBox*>(control)) continue;
        control->setFocus();
        const QPointF at = control->rect().center();
        QWheelEvent wheel(at, control->mapToGlobal(at), {}, QPoint(0, -120), Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase,
                          false);
        QCoreApplication::sendEvent(control, &wheel);
    }
    QCOMPARE(panel->plan(), ready());
}

void tst_plan_panel::theLiveLineCountsWhatWillBeSent() {
    PlanLab lab;
    auto panel = shown(lab.services);
    panel->setPlan(ready("study"));
    const auto said = [&](const QString& words) {
        for (const auto* label : panel->findChildren<QLabel*>())
            if (label->isVisibleTo(panel.get()) && label->text().contains(words)) return true;
        return false;
    };
    QVERIFY(said(q("20 cells, 100 runs, 600 turns, 601 requests")));
    QTRY_VERIFY(said(q("on disk")));
    type(find<QAbstractSpinBox>(*panel, q("Repeats")), q("1"));
    QVERIFY(said(q("20 cells, 20 runs, 120 turns, 121 requests")));
    type(find<QAbstractSpinBox>(*panel, q("Repeats")), q("x"));
    QVERIFY(said(q("known when the mistakes are mended")));
}

void tst_plan_panel::earlierSessionsTellTheTime() {
    PlanLab lab;
    lab.services.sessions_folder = lab.folder.file("sessions");
    auto panel = shown(lab.services);
    panel->setPlan(testPlan({{"A", {3}, {}, {}}}, 8));
    const auto said = [&](const QString& words) {
        for (const auto* label : panel->findChildren<QLabel*>())
            if (label->isVisibleTo(panel.get()) && label->text().contains(words)) return true;
        return false;
    };
    QTRY_VERIFY(said(q("rough: nothing was measured on this target yet")));
    // A sweep: locked, a session more, unlocked.
    panel->setEditable(false);
    SessionBuilder builder(testPlan({{"A", {3}, {}, {}}}, 4));
    for (const ScheduledRun& run : builder.schedule()) builder.completeRun(run.run);
    const std::string session = joinPath(lab.services.sessions_folder, "20261124-010203-abcdefgh");
    QVERIFY(lab.files.makeDirs(session).ok());
    builder.writeTo(session);
    panel->setEditable(true);
    QTRY_VERIFY(said(q("from earlier sessions on this target")));
    // Another target of the plan has none: the worst of the parts is what is said.
    Plan two = testPlan({{"A", {3}, {}, {}}}, 8);
    two.targets.push_back(plainTarget("other"));
    panel->setPlan(two);
    QTRY_VERIFY(said(q("rough: nothing")));
}

LOOPTAX_TEST(tst_plan_panel)
#include "tst_plan_panel.moc"
