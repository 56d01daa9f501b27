// Plan files in the panel: mistakes at their fields, what needs permission, what cannot be read or written.
#include "person.h"
#include "plan_lab.h"
#include "support/test_registry.h"
#include "support/watched_file_ops.h"

#include "domain/plan_check.h"
#include "domain/presets.h"
#include "ui/plan/plan_files.h"
#include "ui/plan/plan_notice.h"

#include <QFileDialog>
#include <QSignalSpy>
#include <QTest>

#include <chrono>
#include <mutex>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace looptax;

namespace {

QString q(const char* words) { return QString::fromUtf8(words); }

QString path(const std::string& utf8) { return QString::fromStdString(utf8); }

QString notice(PlanPanel& panel) {
    settle();
    auto* strip = panel.findChild<PlanNotice*>();
    return strip->isVisibleTo(&panel) ? strip->words() : QString();
}

const char* const kRest = "'cells':[{'design':'A','turns':[6]}],'repeats':8}";

} // namespace

class tst_plan_files : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fiveMistakesGiveFiveMarks();
    void nothingAFileHadWrongIsLost_data();
    void nothingAFileHadWrongIsLost();
    void editingTheFieldMendsIt();
    void usingWhatIsShownMendsAll();
    void aPresetKeepsWhatIsWrongWithTheTargets();
    void whatNeedsPermissionIsAskedAtItsField_data();
    void whatNeedsPermissionIsAskedAtItsField();
    void whatIsNoPlanLeavesThePlan_data();
    void whatIsNoPlanLeavesThePlan();
    void savedAndLoadedItIsTheSame();
    void savingSaysWhyNot();
    void byTheDialogs();
    void savingNeverHoldsTheWindowUp();
    void aPipeThatNobodyWritesToIsNoPlan();
};

void tst_plan_files::fiveMistakesGiveFiveMarks() {
    PlanLab lab;
    auto panel = shown(lab.services);
    QVERIFY(panel->loadFile(
        path(lab.planFile("{'schema':'looptax.plan/1','targets':[{'id':'a','kind':'olama','url':'http://127.0.0.1:8080'}],"
                          "'cells':[{'design':'A','turns':[1,'x']},{'design':'C','turns':[3],'cap':[0]}],"
                          "'repeats':8,'order':'blokced','sampling':{'temperature':'hot'}}"))));
    settle();
    struct Expected {
        QWidget* field;
        const char* words;
    };
    const Expected marks[] = {{find<QComboBox>(*panel, q("Kind")), "did you mean \"ollama\"?"},
                              {find<QLineEdit>(*panel, q("Lengths of design A")), "Value 2 must be a whole number"},
                              {find<QLineEdit>(*panel, q("Cap of design C")), "Value 1 is 0"},
                              {find<QComboBox>(*panel, q("Order of runs")), "did you mean \"blocked\"?"},
                              {find<QAbstractSpinBox>(*panel, q("Temperature")), "must be a number"}};
    for (const Expected& mark : marks) {
        QVERIFY2(mark.field != nullptr, mark.words); // folds over mistakes are open
        const QString words = wordsBeside(*panel, mark.field);
        QVERIFY2(words.contains(q(mark.words)), qPrintable(words));
        QVERIFY(mark.field->accessibleDescription().startsWith(q("Mistake: ")));
    }
    QCOMPARE(allMarks(*panel).size(), 5);
    QVERIFY(notice(*panel).contains(q("plan.json has 5 mistakes")));
    QVERIFY(!panel->runnable());
    QVERIFY(panel->blocked().contains(q("5 mistakes")));
}

void tst_plan_files::nothingAFileHadWrongIsLost_data() {
    QTest::addColumn<QString>("json");
    const auto row = [](const char* name, const std::string& json) { QTest::addRow("%s", name) << QString::fromStdString(json); };
    const std::string target = "'targets':[{'id':'a','kind':'llama-server','url':'http://127.0.0.1:1'}],";
    row("unknown keys at every depth",
        "{'schema':'looptax.plan/1','repaets':3,'targets':[{'id':'a','kind':'llama-server','modle':'x',"
        "'managed':{'command':'llama-server','model_file':'m','arg':[]}}],'cells':[{'design':'A','turns':[1],"
        "'caps':[2]}],"
        "'sampling':{'temprature':1},'reply':{'x':1},'deadlines_ms':{'x':1},'task':{'x':1},'analysis':{'x':1}"
        "}");
    row("nothing of what is required", "{}");
    row("everything of the wrong type", "{'schema':1,'name':2,'targets':3,'cells':4,'cache_modes':5,'repeats'"
                                        ":'6','warmup_requests':[],'cooldown_ms':{},"
                                        "'order':7,'order_seed':'8','sampling':9,'reply':10,'on_bad_turn':11,"
                                        "'context_tokens':1.5,'deadlines_ms':12,"
                                        "'task':13,'analysis':14}");
    row("wrong inside", "{'schema':'looptax.plan/2'," + target +
                            "'cells':[5,{'design':'C','turns':[1],'cap':'x','padding':[2]}],'cache_modes':['warm','cold','"
                            "cold'],"
                            "'sampling':{'seed':-1,'top_p':2,'top_k':'x','min_p':'x','repeat_penalty':99,'seed_policy':'x'},"
                            "'reply':{'format':'x','max_tokens':'many','thinking':'no'},'deadlines_ms':{'connect':0,"
                            "'idle':'x','total':1e9,'first_output':-5},'task':{'pack':'x','seed':-1},"
                            "'analysis':{'alpha':9,'family':['H9'],'own_family':'x','delta_q':0,'delta_t':1,'primary':'x'}}");
    row("targets", "{'schema':'looptax.plan/1','targets':[7,{'id':'','kind':'ollama','url':'ftp://x'},"
                   "{'id':'m','kind':'ollama','url':'http://"
                   "127.0.0.1','managed':{'command':'','model_file':'','args':['-c','1']}},"
                   "{'id':'m','kind':'llama-server','managed':{'command':'llama-server'}}],"
                   "'cells':[{'design':'A','turns':[1]},{'design':'A','turns':[1]}]}");
}

void tst_plan_files::nothingAFileHadWrongIsLost() {
    QFETCH(QString, json);
    PlanLab lab;
    auto panel = shown(lab.services);
    const std::string file = lab.planFile(json.toStdString());
    QVERIFY(panel->loadFile(path(file)));
    const QString loose = notice(*panel);
    const QStringList marks = allMarks(*panel);
    // As the command line counts them: a key that could not be read is named once.
    ParsedPlan parsed = readPlan(slurp(file));
    std::vector<Problem> all = parsed.problems;
    for (const Problem& problem : checkPlan(parsed.plan, catalogue()))
        if (std::none_of(all.begin(), all.end(), [&](const Problem& p) { return p.path == problem.path; }))
            all.push_back(problem);
    QVERIFY(!all.empty());
    for (const Problem& problem : all) {
        const bool listed = std::any_of(panel->problems().begin(), panel->problems().end(),
                                        [&](const Problem& p) { return p.path == problem.path && p.message == problem.message; });
        QVERIFY2(listed, problem.text().c_str());
        const QString words = QString::fromStdString(problem.message);
        const QString hint = QString::fromStdString(problem.hint);
        const bool seen = std::any_of(marks.begin(), marks.end(),
                                      [&](const QString& mark) { return mark.contains(words) && mark.contains(hint); });
        const bool atTop = loose.contains(QString::fromStdString(problem.path)) && loose.contains(words);
        QVERIFY2(seen || atTop,
                 qPrintable(path(problem.text()) + q("\nnot in\n") + marks.join(QLatin1Char('\n')) + q("\nnor in\n") + loose));
    }
    QVERIFY(!panel->runnable());
}

void tst_plan_files::editingTheFieldMendsIt() {
    PlanLab lab;
    auto panel = shown(lab.services);
    panel->loadFile(path(lab.planFile("{'schema':'looptax.plan/1','targets':[{'id':'a','kind':'llama-server',"
                                      "'url':'http://127.0.0.1:1'}],'sampling':{'temperature':'hot'},"
                                      "'cells':[{'design':'A','turns':[1,'x']}],'repeats':8}")));
    settle();
    QVERIFY(!panel->runnable());
    auto* temperature = find<QAbstractSpinBox>(*panel, q("Temperature"));
    type(temperature, q("0.3"));
    QCOMPARE(wordsBeside(*panel, temperature), QString());
    QVERIFY(!panel->runnable());
    // Taken out of the plan, a design takes its mistakes along.
    click(find<QCheckBox>(*panel, q("Design A, full context")));
    click(find<QCheckBox>(*panel, q("Design A, full context")));
    QVERIFY2(panel->runnable(), qPrintable(allMarks(*panel).join(QLatin1Char('\n'))));
    QCOMPARE(panel->plan().sampling.temperature, 0.3);
    QCOMPARE(panel->plan().cells[0].turns, std::vector<int>{1});
}

void tst_plan_files::usingWhatIsShownMendsAll() {
    PlanLab lab;
    auto panel = shown(lab.services);
    const std::string file = lab.planFile(std::string("{'schema':'looptax.plan/1','repaets':1,'order':'x','targets':[{'id':'a',"
                                                      "'kind':'x','url':'http://127.0.0.1:1'}],") +
                                          kRest);
    panel->loadFile(path(file));
    QVERIFY(notice(*panel).contains(q("$.repaets")));
    click(find<QAbstractButton>(*panel, q("Use what is shown: The kind")));
    QCOMPARE(panel->problems().size(), std::size_t(2));
    auto* all = panel->findChild<PlanNotice*>();
    click(find<QAbstractButton>(*all, q("Use what is shown")));
    QVERIFY(panel->runnable());
    QVERIFY(panel->problems().empty());
    QCOMPARE(panel->plan(), readPlan(slurp(file)).plan);
}

void tst_plan_files::aPresetKeepsWhatIsWrongWithTheTargets() {
    PlanLab lab;
    auto panel = shown(lab.services);
    panel->loadFile(path(lab.planFile(std::string("{'schema':'looptax.plan/1','order':'x','targets':[{'id':'a',"
                                                  "'kind':'olama','url':'http://127.0.0.1:1'}],") +
                                      kRest)));
    click(find<QAbstractButton>(*panel, q("Preset Publication")));
    QCOMPARE(panel->problems().size(), std::size_t(1));
    QCOMPARE(panel->problems()[0].path, std::string("$.targets[0].kind"));
    QVERIFY(!panel->runnable());
}

void tst_plan_files::whatNeedsPermissionIsAskedAtItsField_data() {
    QTest::addColumn<QString>("target");
    QTest::addColumn<QString>("asked");
    const QString none;
    QTest::addRow("llama-server") << q("{'id':'a','kind':'llama-server','managed':{'command':'llama-server','model_file':'m'}}")
                                  << none;
    QTest::addRow("the embedded one") << q("{'id':'a','kind':'llama-server','managed':{'command':"
                                           "'/data/runtime/looptax-llama-server','model_file':'m'}}")
                                      << none;
    QTest::addRow("loopback") << q("{'id':'a','kind':'llama-server','url':'http://localhost:9'}") << none;
    QTest::addRow("a command") << q("{'id':'a','kind':'llama-server','managed':{'command':'/tmp/evil','model_file':'m'}}")
                               << q("/tmp/evil");
    QTest::addRow("another machine") << q("{'id':'a','kind':'llama-server','url':'http://10.0.0.7:8080'}")
                                     << q("another machine");
    QTest::addRow("arguments that write a file")
        << q("{'id':'a','kind':'llama-server','managed':{'command':'llama-server','model_file':'m','args':['--log-file','x']}}")
        << q("--log-file x");
    QTest::addRow("performance flags") << q("{'id':'a','kind':'llama-server','managed':{'command':'llama-server',"
                                            "'model_file':'m','args':['-np','1','--cache-ram','0']}}")
                                       << none;
    QTest::addRow("a key") << q("{'id':'a','kind':'llama-server','url':'http://localhost:9','api_key_env':'PATH'}")
                           << q("the environment variable PATH");
}

void tst_plan_files::whatNeedsPermissionIsAskedAtItsField() {
    QFETCH(QString, target);
    QFETCH(QString, asked);
    PlanLab lab;
    std::mutex mutex; // the search runs in the background
    std::vector<std::string> urls;
    lab.services.probe = [&](const std::vector<std::string>& asks) {
        const std::lock_guard lock(mutex);
        urls = asks;
        return std::vector<ProbeFinding>{};
    };
    const auto searched = [&] {
        const std::lock_guard lock(mutex);
        return urls;
    };
    auto panel = shown(lab.services);
    const std::string file = lab.planFile("{'schema':'looptax.plan/1','targets':[" + target.toStdString() + "]," + kRest);
    panel->loadFile(path(file));
    settle();
    QCOMPARE(panel->runnable(), asked.isEmpty());
    if (asked.isEmpty()) return;
    QVERIFY2(allMarks(*panel).join(QLatin1Char('|')).contains(asked), qPrintable(allMarks(*panel).join(QLatin1Char('|'))));
    // Not even looked at before it is allowed.
    panel->lookAgain();
    QTRY_VERIFY(!searched().empty());
    const std::vector<std::string> before = searched();
    QVERIFY(std::find(before.begin(), before.end(), "http://10.0.0.7:8080") == before.end());
    QAbstractButton* allow = nullptr;
    for (auto* button : panel->findChildren<QAbstractButton*>())
        if (button->isVisibleTo(panel.get()) && button->text() == q("Allow it")) allow = button;
    QVERIFY(allow != nullptr);
    click(allow);
    QVERIFY(panel->runnable());
    QCOMPARE(panel->plan(), readPlan(slurp(file)).plan);
}

void tst_plan_files::whatIsNoPlanLeavesThePlan_data() {
    QTest::addColumn<QString>("bytes");
    QTest::addColumn<QString>("said");
    QTest::addRow("no JSON") << q("{'schema':") << q("is not JSON");
    QTest::addRow("a list") << q("[]") << q("must be an object");
    QTest::addRow("nothing") << q("") << q("is not JSON");
    QTest::addRow("a picture") << q("\x89PNG\r\n") << q("is not JSON");
}

void tst_plan_files::whatIsNoPlanLeavesThePlan() {
    QFETCH(QString, bytes);
    QFETCH(QString, said);
    PlanLab lab;
    auto panel = shown(lab.services);
    panel->setPlan(fullPlan());
    QSignalSpy changed(panel.get(), &PlanPanel::planChanged);
    QVERIFY(!panel->loadFile(path(lab.planFile(bytes.toStdString()))));
    QVERIFY2(notice(*panel).contains(said), qPrintable(notice(*panel)));
    QVERIFY(!panel->loadFile(path(lab.folder.file("missing.json"))));
    QVERIFY2(notice(*panel).contains(q("missing.json was not loaded")), qPrintable(notice(*panel)));
    QCOMPARE(panel->plan(), fullPlan());
    QCOMPARE(changed.count(), 0);
    click(find<QAbstractButton>(*panel, q("Close this message")));
    QCOMPARE(notice(*panel), QString());
}

void tst_plan_files::savedAndLoadedItIsTheSame() {
    PlanLab lab;
    auto panel = shown(lab.services);
    panel->setPlan(fullPlan());
    const QString file = path(lab.folder.file("mine.json"));
    panel->saveFile(file);
    QTRY_VERIFY(notice(*panel).contains(q("Saved as ") + file));
    QCOMPARE(slurp(file.toStdString()), writePlan(fullPlan()));
    panel->setPlan(presetPlan("quick", {plainTarget()}).take());
    QVERIFY(panel->loadFile(file));
    QCOMPARE(panel->plan(), fullPlan());
    // Its command is not one that may be started unasked, though it was ours: a file can be changed by
    // others.
    QVERIFY(!panel->runnable());
    QVERIFY(notice(*panel).contains(q("permission")));
}

void tst_plan_files::savingSaysWhyNot() {
    PlanLab lab;
    auto panel = shown(lab.services);
    panel->setPlan(presetPlan("quick", {plainTarget()}).take());
    const QString nowhere = path(lab.folder.file("no/such/folder/plan.json"));
    panel->saveFile(nowhere);
    QTRY_VERIFY2(notice(*panel).contains(q("was not saved")), qPrintable(notice(*panel)));
    // What is typed and cannot be read would be lost.
    type(find<QLineEdit>(*panel, q("Lengths of design A")), q("1, x"));
    const QString file = path(lab.folder.file("half.json"));
    panel->saveFile(file);
    QVERIFY2(notice(*panel).contains(q("cannot be read")), qPrintable(notice(*panel)));
    QVERIFY(!lab.files.exists(file.toStdString()));
}

void tst_plan_files::byTheDialogs() {
    PlanLab lab;
    auto panel = shown(lab.services);
    Plan plan = presetPlan("study", {plainTarget()}).take();
    plan.name = "my plan/1";
    panel->setPlan(plan);
    click(find<QAbstractButton>(*panel, q("Save plan …")));
    auto* save = panel->findChild<QFileDialog*>();
    QVERIFY(save != nullptr);
    QCOMPARE(save->selectedFiles().value(0).section(QLatin1Char('/'), -1), q("my-plan-1.json"));
    const QString file = path(lab.folder.file("saved.json"));
    auto* name = save->findChild<QLineEdit*>(q("fileNameEdit"));
    type(name, file);
    QTest::keyClick(name, Qt::Key_Return);
    QTRY_VERIFY(notice(*panel).contains(q("Saved as")));
    QCOMPARE(slurp(file.toStdString()), writePlan(plan));
    panel->setPlan(presetPlan("quick", {}).take());
    click(find<QAbstractButton>(*panel, q("Load plan …")));
    QFileDialog* load = nullptr;
    for (auto* dialog : panel->findChildren<QFileDialog*>())
        if (dialog->isVisible()) load = dialog;
    QVERIFY(load != nullptr);
    name = load->findChild<QLineEdit*>(q("fileNameEdit"));
    type(name, file);
    QTest::keyClick(name, Qt::Key_Return);
    settle();
    QCOMPARE(panel->plan(), plan);
    QVERIFY(panel->runnable());
}

void tst_plan_files::savingNeverHoldsTheWindowUp() {
    PlanLab lab;
    WatchedFileOps disk(lab.files);
    const Services services = lab.servicesOn(disk);
    const QString file = path(lab.folder.file("slow.json"));
    {
        auto panel = shown(services);
        panel->setPlan(fullPlan());
        disk.hang();
        panel->saveFile(file);
        QTRY_COMPARE(disk.hanging(), 1); // here the loop goes on
        QVERIFY2(notice(*panel).startsWith(q("Saving slow.json")), qPrintable(notice(*panel)));
        panel->saveFile(path(lab.folder.file("other.json")));
        QVERIFY2(notice(*panel).contains(q("other.json was not saved: another plan file")), qPrintable(notice(*panel)));
        disk.release();
        QTRY_VERIFY(notice(*panel).contains(q("Saved as ") + file));
        QCOMPARE(slurp(file.toStdString()), writePlan(fullPlan()));
        panel->setPlan(presetPlan("quick", {plainTarget()}).take());
        panel->saveFile(file);
    } // a panel that goes does not take the file with it
    QVERIFY(waitForBackgroundWork(std::chrono::seconds(20)));
    QVERIFY(slurp(file.toStdString()) != writePlan(fullPlan()));
    QCOMPARE(disk.onWindowThread(), QStringList());
}

void tst_plan_files::aPipeThatNobodyWritesToIsNoPlan() {
    PlanLab lab;
    const std::string pipe = lab.folder.file("pipe.json");
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    auto panel = shown(lab.services);
    panel->setPlan(fullPlan());
    QVERIFY(!panel->loadFile(path(pipe)));
    QVERIFY2(notice(*panel).contains(q("pipe.json was not loaded")), qPrintable(notice(*panel)));
    QCOMPARE(panel->plan(), fullPlan());
    const int end = ::open(pipe.c_str(), O_RDWR | O_NONBLOCK); // whoever waits in it goes on
    QVERIFY(end >= 0);
    ::close(end);
    QVERIFY(waitForBackgroundWork(std::chrono::seconds(20)));
}

LOOPTAX_TEST(tst_plan_files)
#include "tst_plan_files.moc"
