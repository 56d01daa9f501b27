// What a sweep says is left of it, a running sum, against the schedule walked anew at every progress line: whatever was
// skipped, failed, resumed or opened again.
#include "fake_world.h"
#include "support/test_registry.h"

#include "record/record_json.h"
#include "store/amend.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>
#include <set>

using namespace looptax;

namespace {

// Knows of the sweep what its lines and its progress say, and nothing else.
struct Walker : CollectingListener {
    FakeLab& lab;
    Plan plan;
    std::vector<ScheduledRun> schedule;
    std::vector<TargetPace> paces;
    std::vector<PaceMeter> meters;
    std::map<std::string, RunSize> sizes; // by cell: each is a conversation played through
    std::set<int> open, begun;
    int current = 0; // run, by number; 0: none
    std::size_t turnsOfRun = 0;
    std::vector<TurnRecord> ran;
    bool began = false; // lines before are those of an earlier sweep
    int compared = 0, opened = 0;
    std::set<EstimateBasis> bases;
    std::string wrong;
    std::function<void(const JournalLine&)> then; // once it is counted

    Walker(FakeLab& of, const Plan& p, std::vector<ScheduledRun> runs)
        : lab(of)
        , plan(p)
        , schedule(std::move(runs))
        , paces(pacesBefore(of.files, of.out(), p, of.pack))
        , meters(p.targets.size()) {
        for (const ScheduledRun& run : schedule) open.insert(run.run);
    }

    const RunSize& sizeOf(const ScheduledRun& run) {
        if (sizes.count(run.cell) == 0) sizes[run.cell] = expectedSize(plan, run, lab.pack);
        return sizes[run.cell];
    }
    void onLine(const JournalLine& line) override {
        CollectingListener::onLine(line);
        if (began) take(line);
        if (then) then(line);
    }
    void take(const JournalLine& line) {
        if (line.type == "turn_done" || line.type == "turn_fail") {
            ++turnsOfRun;
            ran.push_back(*readRecord(*line.body));
        }
        if (line.type != "run_end") return;
        const int number = (*line.body)["run"].get<int>();
        if (line.body->value("again", false)) {
            opened += int(open.insert(number).second);
            return;
        }
        if (number != current) return; // of the sweep before
        const std::string outcome = (*line.body)["run_outcome"].get<std::string>();
        if (outcome == "complete" || outcome == "stopped" || outcome == "failed") open.erase(number);
        current = 0;
        if (outcome != "complete") return;
        const ScheduledRun& run = schedule[std::size_t(number) - 1];
        const RunSize& size = sizeOf(run);
        PaceMeter& meter = meters[std::size_t(run.target)];
        meter.beginRun();
        for (std::size_t i = 0; i < ran.size(); ++i) meter.add(size.turns[i], ran[i]);
    }
    void onProgress(const SweepProgress& progress) override {
        CollectingListener::onProgress(progress);
        began = true;
        if (progress.phase == SweepPhase::Paused) lab.control.pause = false;
        int number = 0;
        if (progress.phase == SweepPhase::Running && std::sscanf(progress.text.c_str(), "run %d of", &number) == 1) {
            current = number;
            begun.insert(number);
            turnsOfRun = 0;
            ran.clear();
        }
        if (!progress.seconds_left) return;
        bases.insert(progress.estimate_from);
        if (progress.estimate_from == EstimateBasis::Warmup) return; // its record is not on a line
        ++compared;
        TimeEstimate fresh;
        std::int64_t turns = 0;
        for (const ScheduledRun& run : schedule) {
            const bool now = run.run == current;
            if (open.count(run.run) == 0 || (!now && begun.count(run.run) != 0)) continue;
            const auto target = std::size_t(run.target);
            const RunSize& size = sizeOf(run);
            for (std::size_t turn = now ? turnsOfRun : 0; turn < size.turns.size(); ++turn) {
                fresh.add(size.turns[turn], meters[target].empty() ? paces[target] : meters[target].pace(EstimateBasis::Ran));
                ++turns;
            }
            if (now) continue;
            fresh.low_s += double(plan.cooldown_ms) / 1e3;
            fresh.high_s += double(plan.cooldown_ms) / 1e3;
        }
        const auto same = [](double a, double b) { return std::abs(a - b) <= 1e-9 * std::max(1.0, std::abs(b)); };
        const bool good = same(*progress.seconds_left, fresh.low_s) && progress.estimate_from == fresh.basis &&
                          progress.seconds_high.has_value() == (fresh.basis != EstimateBasis::Ran) &&
                          same(progress.seconds_high.value_or(fresh.high_s), fresh.high_s) && progress.turns_left == turns;
        if (!good && wrong.empty())
            wrong = progress.text + ": " + std::to_string(*progress.seconds_left) + " s and " +
                    std::to_string(progress.turns_left) + " turns are said to be left, walked anew it is " +
                    std::to_string(fresh.low_s) + " s and " + std::to_string(turns);
    }
};

ChatEnd lost(Outcome outcome) {
    ChatEnd end;
    end.outcome = outcome;
    return end;
}

struct Case {
    const char* name;
    std::function<void(Plan&)> plan = {};
    std::function<void(FakeLab&, Walker&)> arrange = {};
    std::function<void(FakeLab&)> resume = {}; // what is different then; absent: the first sweep is all there is
    bool retry = false;
    int opened = 0; // runs that are measured again
};

void cutAt(FakeLab& lab, int request) {
    lab.runtime.misbehave = [&lab, request](const ChatRequest&, int index) -> std::optional<ChatEnd> {
        if (index != request) return std::nullopt;
        lab.control.cut = true;
        return lost(Outcome::Cancelled);
    };
}

void loseAt(FakeLab& lab, std::set<int> requests) {
    lab.runtime.misbehave = [requests](const ChatRequest&, int index) {
        return requests.count(index) != 0 ? std::optional(lost(Outcome::Cut)) : std::nullopt;
    };
}

void skipAt(FakeLab& lab, Walker& walker, bool pause) {
    walker.then = [&lab, &walker, pause](const JournalLine& line) {
        if (line.type == "turn_done" && walker.count("turn_done") == 4) lab.control.skip = true;
        if (pause && line.type == "run_end" && walker.count("run_end") == 2) lab.control.pause = true;
    };
}

// Run 1 is complete and run 2 was cut, on build 100.
void cutOnABuild(FakeLab& lab, Walker&) {
    lab.runtime.present = [](TargetFacts& facts) { facts.version = "b100"; };
    lab.runtime.sign = [](ChatEnd& end, int) { end.fingerprint = "fp1"; };
    cutAt(lab, 4);
}

const std::vector<Case>& cases() {
    static const std::vector<Case> kCases{
        {"every run complete"},
        {"two targets and cooldowns",
         [](Plan& plan) {
             plan.cooldown_ms = 20'000;
             plan.targets.push_back(plan.targets[0]);
             plan.targets[1].id = "u";
         }},
        {"after warm-ups", [](Plan& plan) { plan.warmup_requests = 2; }},
        {"a run is skipped", {}, [](FakeLab& lab, Walker& walker) { skipAt(lab, walker, false); }},
        {"a run is skipped, then a pause", {}, [](FakeLab& lab, Walker& walker) { skipAt(lab, walker, true); }},
        {"turns fail",
         {},
         [](FakeLab& lab, Walker&) {
             loseAt(lab, {1, 5});
         }},
        {"a managed server dies and is warmed up again",
         [](Plan& plan) {
             plan.warmup_requests = 1;
             plan.targets[0].url.clear();
             plan.targets[0].managed = ManagedCommand{"llama-server", "m.gguf", {}};
         },
         [](FakeLab& lab, Walker&) {
             lab.runtime.misbehave = [&lab](const ChatRequest&, int index) -> std::optional<ChatEnd> {
                 if (index != 6) return std::nullopt;
                 lab.serverAlive = false;
                 return lost(Outcome::Cut);
             };
         }},
        {"a run stops at its first bad turn", [](Plan& plan) { plan.on_bad_turn = OnBadTurn::Stop; },
         [](FakeLab& lab, Walker&) {
             lab.runtime.spoil = [n = 0](const ChatRequest&, std::string right) mutable { return ++n == 5 ? "no" : right; };
         }},
        {"cut and resumed", {}, [](FakeLab& lab, Walker&) { cutAt(lab, 8); }, [](FakeLab&) {}},
        {"what failed is left", {}, [](FakeLab& lab, Walker&) { loseAt(lab, {1}); }, [](FakeLab&) {}},
        {"what failed is made again", {}, [](FakeLab& lab, Walker&) { loseAt(lab, {1}); }, [](FakeLab&) {}, true},
        {"repeats were added",
         {},
         [](FakeLab& lab, Walker&) { cutAt(lab, 8); },
         [](FakeLab& lab) {
             AmendRequest request;
             request.repeats = 4;
             QVERIFY(amendSession(lab.files, lab.clock, catalogue(), lab.listener.folder, request).ok());
         }},
        {"another build is seen before the first run",
         {},
         cutOnABuild,
         [](FakeLab& lab) { lab.runtime.present = [](TargetFacts& facts) { facts.version = "b101"; }; },
         false,
         1},
        {"another build is seen after the first run",
         {},
         cutOnABuild,
         [](FakeLab& lab) { lab.runtime.sign = [](ChatEnd& end, int) { end.fingerprint = "fp2"; }; },
         false,
         1},
    };
    return kCases;
}

} // namespace

class tst_time_left : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theRunningSumIsTheScheduleWalkedAnew_data() {
        QTest::addColumn<int>("number");
        for (std::size_t i = 0; i < cases().size(); ++i) QTest::newRow(cases()[i].name) << int(i);
    }
    void theRunningSumIsTheScheduleWalkedAnew() {
        QFETCH(int, number);
        const Case& c = cases()[std::size_t(number)];
        FakeLab lab;
        EngineWorld world = lab.world();
        Plan plan = smallPlan();
        plan.warmup_requests = 0;
        plan.order = Order::Blocked;
        plan.repeats = 3;
        if (c.plan) c.plan(plan);
        Walker walker(lab, plan, makeSchedule(plan, catalogue()).runs);
        if (c.arrange) c.arrange(lab, walker);
        SweepRequest request;
        request.plan = plan;
        request.out = lab.out();
        request.trust.origin = Origin::Typed;
        const SweepResult result = Sweep(request, catalogue(), lab.pack, world, lab.control, walker).run();
        lab.listener.folder = result.folder;
        QVERIFY2(walker.wrong.empty(), walker.wrong.c_str());
        QVERIFY(walker.compared > 5);
        if (!c.resume) {
            QVERIFY2(!result.error, result.error ? result.error->text().c_str() : "");
            QVERIFY(walker.bases.count(EstimateBasis::Ran) != 0);
            return;
        }
        lab.control.cut = false;
        lab.runtime.misbehave = nullptr;
        lab.runtime.requests.clear();
        c.resume(lab);
        const RecordStore store = lab.replay(result.folder);
        Walker again(lab, plan, store.schedule());
        for (const ScheduledRun& run : store.schedule()) {
            const RunView* last = store.lastAttempt(run.run);
            if (last == nullptr || !last->outcome) continue;
            if (*last->outcome == RunOutcome::Complete || (*last->outcome == RunOutcome::Failed && !c.retry))
                again.open.erase(run.run);
        }
        SweepRequest resume;
        resume.resume = result.folder;
        resume.retry_failed = c.retry;
        resume.changed_runtime = true;
        const SweepResult resumed = Sweep(resume, catalogue(), lab.pack, world, lab.control, again).run();
        QVERIFY2(!resumed.error, resumed.error ? resumed.error->text().c_str() : "");
        QVERIFY2(again.wrong.empty(), again.wrong.c_str());
        QCOMPARE(again.opened, c.opened);
        if (again.begun.empty()) return; // nothing was left
        QVERIFY(again.compared > 4);
        QVERIFY(std::any_of(again.progresses.begin(), again.progresses.end(),
                            [](const SweepProgress& p) { return p.phase == SweepPhase::Running && p.seconds_left == 0.0; }));
    }
};

LOOPTAX_TEST(tst_time_left)
#include "tst_time_left.moc"
