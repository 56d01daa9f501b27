#include "domain_catalogue.h"
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
        const Schedule schedule = makeSchedule(studyOn(2), testCatalogue());
        QCOMPARE(schedule.cells, 40);
        QCOMPARE(schedule.runs.size(), std::size_t(200));
        QCOMPARE(schedule.turns, 1200);
        QCOMPARE(schedule.warmups, 2);
        QCOMPARE(schedule.requests, 1202);
    }
    void numbersCountFromOneAndTargetsFollowEachOther() {
        const Schedule schedule = makeSchedule(studyOn(2), testCatalogue());
        int previousTarget = 0;
        for (std::size_t i = 0; i < schedule.runs.size(); ++i) {
            QCOMPARE(schedule.runs[i].run, int(i) + 1);
            QVERIFY(schedule.runs[i].target >= previousTarget);
            previousTarget = schedule.runs[i].target;
            QVERIFY(schedule.runs[i].repeat >= 1 && schedule.runs[i].repeat <= 5);
        }
    }
    void everyBlockHoldsEveryCellOnce() {
        const Schedule schedule = makeSchedule(studyOn(1), testCatalogue());
        std::map<int, std::set<std::string>> blocks;
        for (const ScheduledRun& run : schedule.runs) QVERIFY(blocks[run.block_index].insert(run.cell).second);
        QCOMPARE(blocks.size(), std::size_t(5));
        for (const auto& [index, cells] : blocks) QCOMPARE(cells, blocks[1]);
    }
    void blockedOrderIsSeededAndListedIsAsWritten() {
        Plan plan = studyOn(1);
        const Catalogue catalogue = testCatalogue();
        QCOMPARE(makeSchedule(plan, catalogue).runs, makeSchedule(plan, catalogue).runs);
        const auto first = makeSchedule(plan, catalogue).runs;
        plan.order_seed = 2;
        QVERIFY(makeSchedule(plan, catalogue).runs != first);
        plan.order = Order::Listed;
        const auto listed = makeSchedule(plan, catalogue).runs;
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
            QVERIFY(!hasErrors(checkPlan(*plan, testCatalogue())));
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
};

LOOPTAX_TEST(tst_schedule)
#include "tst_schedule.moc"
