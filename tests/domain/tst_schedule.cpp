#include "loop/loop_design.h"
#include "support/test_registry.h"

#include "domain/plan_check.h"
#include "domain/presets.h"
#include "domain/schedule.h"

#include <QTest>

#include <map>
#include <set>

using namespace looptax;

namespace {

Plan studyOn(int targets) {
    std::vector<Target> list;
    for (int i = 0; i < targets; ++i) {
        Target target;
        target.id = "t" + std::to_string(i);
        target.url = "http://127.0.0.1:8080";
        list.push_back(target);
    }
    return presetPlan("study", list).take();
}

} // namespace

class tst_schedule : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theStudyHas40CellsAnd1200Turns() {
        const Schedule schedule = makeSchedule(studyOn(2), catalogue());
        QCOMPARE(schedule.cells, 40);
        QCOMPARE(schedule.runs.size(), std::size_t(200));
        QCOMPARE(schedule.turns, 1200);
        QCOMPARE(schedule.warmups, 2);
        QCOMPARE(schedule.requests, 1202);
    }
    void numbersCountFromOneAndTargetsFollowEachOther() {
        const Schedule schedule = makeSchedule(studyOn(2), catalogue());
        int previousTarget = 0;
        for (std::size_t i = 0; i < schedule.runs.size(); ++i) {
            QCOMPARE(schedule.runs[i].run, int(i) + 1);
            QVERIFY(schedule.runs[i].target >= previousTarget);
            previousTarget = schedule.runs[i].target;
            QVERIFY(schedule.runs[i].repeat >= 1 && schedule.runs[i].repeat <= 5);
        }
    }
    void everyBlockHoldsEveryCellOnce() {
        const Schedule schedule = makeSchedule(studyOn(1), catalogue());
        std::map<int, std::set<std::string>> blocks;
        for (const ScheduledRun& run : schedule.runs) QVERIFY(blocks[run.repeat].insert(run.cell).second);
        QCOMPARE(blocks.size(), std::size_t(5));
        for (const auto& [index, cells] : blocks) QCOMPARE(cells, blocks[1]);
    }
    void blockedOrderIsSeededAndListedIsAsWritten() {
        Plan plan = studyOn(1);
        QCOMPARE(makeSchedule(plan, catalogue()).runs, makeSchedule(plan, catalogue()).runs);
        const auto first = makeSchedule(plan, catalogue()).runs;
        plan.order_seed = 2;
        QVERIFY(makeSchedule(plan, catalogue()).runs != first);
        plan.order = Order::Listed;
        const auto listed = makeSchedule(plan, catalogue()).runs;
        QCOMPARE(listed[0].cell, std::string("t0/A/n1/run-isolated"));
        QCOMPARE(listed[10].cell, std::string("t0/C/n1/cap3/run-isolated"));
        QCOMPARE(listed[19].cell, std::string("t0/D/n3/pad9/run-isolated"));
    }
    void seedsFollowThePolicy() {
        Sampling sampling;
        QCOMPARE(requestSeed(sampling, 3), 42);
        sampling.seed_policy = SeedPolicy::PerRun;
        QCOMPARE(requestSeed(sampling, 1), 42);
        QCOMPARE(requestSeed(sampling, 3), 44);
    }
    void presetsPassTheirOwnCheck() {
        for (std::string_view preset : presetNames()) {
            const auto target = parseTarget("kind=llama-server,url=http://127.0.0.1:8080");
            QVERIFY(target.ok());
            const auto plan = presetPlan(preset, {*target});
            QVERIFY(plan.ok());
            QVERIFY(!hasErrors(checkPlan(*plan, catalogue())));
        }
        QVERIFY(!presetPlan("quikc", {}).ok());
    }
    void targetsOnTheCommandLine() {
        const auto managed = parseTarget("kind=llama-server,command=llama-server,model_file=m.gguf");
        QVERIFY(managed.ok() && managed->managed);
        QCOMPARE(managed->managed->args, (std::vector<std::string>{"-np", "1", "--cache-ram", "0"}));
        QCOMPARE(managed->id, std::string("llamacpp"));
        QVERIFY(!parseTarget("url=http://x").ok());
        QVERIFY(!parseTarget("kind=ollama,modle=x").ok());
        QVERIFY(!parseTarget("ollama").ok());
    }
    void everyValueOfATargetCanBeSaid_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("url");
        QTest::addColumn<QByteArray>("model");
        const auto row = [](const char* title, const char* text, const char* url, const char* model) {
            QTest::addRow("%s", title) << QByteArray(text) << QByteArray(url) << QByteArray(model);
        };
        row("plain", "kind=openai,url=http://h,model=m", "http://h", "m");
        row("a comma in the model", "kind=openai,url=http://h,model=a\\,b", "http://h", "a,b");
        row("a comma first and last", "kind=openai,model=\\,a\\,,url=http://h", "http://h", ",a,");
        row("a comma in the address", "kind=openai,url=http://h/a\\,b,model=m", "http://h/a,b", "m");
        row("a backslash in the model", "kind=openai,url=http://h,model=a\\b", "http://h", "a\\b");
        row("a backslash at the end", "kind=openai,model=a\\\\,url=http://h", "http://h", "a\\");
        row("a backslash at the very end", "kind=openai,url=http://h,model=a\\", "http://h", "a\\");
        row("an equals sign", "kind=openai,url=http://h?a=b,model=k=v", "http://h?a=b", "k=v");
        row("a blank inside", "kind=openai,url=http://h,model=x y", "http://h", "x y");
        row("blanks after the commas", "kind=openai, url=http://h,  model=m", "http://h", "m");
        row("blanks everywhere around", " kind = openai , url = http://h , model = m ", "http://h", "m");
        row("the kind in capitals", "kind=OpenAI,url=http://h,model=m", "http://h", "m");
        row("a colon and a slash", "kind=openai,url=http://h,model=org/m:7b-q4", "http://h", "org/m:7b-q4");
    }
    void everyValueOfATargetCanBeSaid() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, url);
        QFETCH(QByteArray, model);
        const auto target = parseTarget(text.toStdString());
        QVERIFY2(target.ok(), target.ok() ? "" : target.error().text().c_str());
        QCOMPARE(int(target->kind), int(TargetKind::OpenAi));
        QCOMPARE(target->url, url.toStdString());
        QCOMPARE(target->model, model.toStdString());
    }
    void aManagedServersPathsAndArgumentsToo() {
        const auto target =
            parseTarget("kind=LLAMA-SERVER, command=/opt/a\\,b/llama-server, model_file=/data/my models\\, old/m.gguf, "
                        "args=-np 1 --override-kv a=b\\,c=d");
        QVERIFY(target.ok() && target->managed);
        QCOMPARE(target->managed->command, std::string("/opt/a,b/llama-server"));
        QCOMPARE(target->managed->model_file, std::string("/data/my models, old/m.gguf"));
        QCOMPARE(target->managed->args, (std::vector<std::string>{"-np", "1", "--override-kv", "a=b,c=d"}));
    }
    void whatATargetCannotBeIsSaid_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("said");
        const auto row = [](const char* text, const char* said) {
            QTest::addRow("%s", text) << QByteArray(text) << QByteArray(said);
        };
        row("kind=openai,url=http://h,model=a,b", "\"b\" is not key=value");
        row("kind=openai,url=http://h,model=a,b ", "a comma inside a value is written \\,");
        row("kind=llama-server,command=c,model_file=/my, old/m.gguf", "a comma inside a value is written \\,");
        row("kind=openai,url=http://h,model=m,", "\"\" is not key=value");
        row("kind=openai,kind=ollama,model=m", "key \"kind\" is given twice");
        row("kind=openai,kind=openai,model=m", "key \"kind\" is given twice");
        row("kind=openai,model=m, model=m", "key \"model\" is given twice");
        row("kind=openai,url=,url=http://h", "key \"url\" is given twice");
        row("kind=lmstudio,model=m", "one of: llama-server, ollama, openai");
        row("kind=,model=m", "unknown kind \"\"");
        row("model=m", "has no kind");
        row("", "is not key=value");
        row("http://h:1/?a=b", "unknown key \"http://h:1/?a\"");
        row("kind=openai,MODEL=m", "unknown key \"MODEL\"");
        row("kind=openai,api_key=sk", "known: id, kind, url, model, api_key_env, command, model_file, args");
    }
    void whatATargetCannotBeIsSaid() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, said);
        const auto target = parseTarget(text.toStdString());
        QVERIFY(!target.ok());
        QVERIFY(target.error().kind == ErrorKind::Usage);
        QVERIFY2(target.error().text().find(said.toStdString()) != std::string::npos, target.error().text().c_str());
    }
};

LOOPTAX_TEST(tst_schedule)
#include "tst_schedule.moc"
