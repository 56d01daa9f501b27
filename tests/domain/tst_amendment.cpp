#include "loop/loop_design.h"
#include "support/test_registry.h"

#include "base/hash.h"
#include "domain/amendment.h"
#include "domain/plan_json.h"
#include "domain/presets.h"
#include "domain/schedule.h"

#include <QTest>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>

using namespace looptax;

namespace {

Plan planOn(int targets, int repeats) {
    std::vector<Target> list;
    for (int i = 0; i < targets; ++i) {
        Target target;
        target.id = "t" + std::to_string(i);
        target.url = "http://127.0.0.1:8080";
        list.push_back(target);
    }
    Plan plan = presetPlan("study", list).take();
    plan.repeats = repeats;
    return plan;
}

std::string j(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

} // namespace

class tst_amendment : public QObject {
    Q_OBJECT
private Q_SLOTS:
    // Anybody can make the hash again with sha256sum: the text is part of the file format.
    void theHashIsOverOneCanonicalText() {
        const std::string text = j("{'alpha':0.05,'family':['H1','H2','H3','H4','H5'],'own_family':['T1','T2','T3','T4','Q1'],"
                                   "'delta_q':0.1,'delta_t':1.25,'primary':'slope_processed'}");
        QCOMPARE(rulesText(AnalysisRules{}), text);
        QCOMPARE(rulesHash(AnalysisRules{}), sha256Hex(text));
    }
    void itDependsOnTheRulesAlone() {
        Plan plan = planOn(1, 5);
        const std::string before = rulesHash(plan.analysis);
        plan.repeats = 8;
        plan.name = "another";
        QCOMPARE(rulesHash(readPlan(writePlan(plan)).plan.analysis), before);
        plan.analysis.delta_q = 0.05;
        QVERIFY(rulesHash(plan.analysis) != before);
    }
    void anAmendmentReadsBackAsItWasWritten() {
        Amendment amendment{
            "2026-11-25T00:00:00.000Z", "repeats 1 -> 8; alpha 0.05 -> 0.01", "more \"power\"", false, AnalysisRules{}, 8};
        amendment.analysis->family.clear();
        amendment.analysis->alpha = 0.01;
        Json line;
        writeAmendment(line, amendment);
        const auto read = readAmendment(line);
        QVERIFY(read.ok());
        QVERIFY(*read == amendment);
    }
    void onlyWhatDiffersIsSaid() {
        const Plan before = planOn(1, 1);
        Plan after = before;
        QCOMPARE(amendmentText(before, after), std::string());
        after.repeats = 8;
        after.analysis.own_family.clear();
        after.analysis.primary = "ratio";
        QCOMPARE(amendmentText(before, after),
                 std::string("own_family T1,T2,T3,T4,Q1 -> none; primary slope_processed -> ratio; repeats 1 -> 8"));
    }
    void whoeverLeavesOutWhenItWasIsTakenToBeLate() {
        QVERIFY(readAmendment(Json::object())->after_data);
        for (const char* text : {"{'after_data':1}", "{'analysis':[]}", "{'analysis':{'alpah':1}}", "{'repeats':0}",
                                 "{'repeats':1e3}", "{'text':5}", "{'reason':{}}"})
            QVERIFY2(!readAmendment(Json::parse(j(text))).ok(), text);
    }
    void theNewBlocksAreThoseOfTheLongerPlan() {
        const Plan shorter = planOn(2, 2), longer = planOn(2, 5);
        const auto before = makeSchedule(shorter, catalogue()).runs;
        const auto added = addedRuns(longer, catalogue(), 2, int(before.size()));
        QCOMPARE(added.size(), std::size_t(2 * 3 * 20));
        std::map<std::pair<int, int>, std::set<std::string>> blocks;
        for (std::size_t i = 0; i < added.size(); ++i) {
            QCOMPARE(added[i].run, int(before.size() + i) + 1);
            QVERIFY(added[i].repeat >= 3 && added[i].repeat <= 5);
            QVERIFY(blocks[std::pair(added[i].target, added[i].repeat)].insert(added[i].cell).second);
        }
        QCOMPARE(blocks.size(), std::size_t(6));
        // The order inside a block is the one that the longer plan would have had from the start.
        const auto whole = makeSchedule(longer, catalogue()).runs;
        const auto cellsOf = [](const std::vector<ScheduledRun>& runs, int target, int repeat) {
            std::vector<std::string> out;
            for (const ScheduledRun& run : runs)
                if (run.target == target && run.repeat == repeat) out.push_back(run.cell);
            return out;
        };
        for (const int target : {0, 1})
            for (const int repeat : {3, 4, 5}) QCOMPARE(cellsOf(added, target, repeat), cellsOf(whole, target, repeat));
    }
};

LOOPTAX_TEST(tst_amendment)
#include "tst_amendment.moc"
