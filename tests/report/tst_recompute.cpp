// Every number of summary.json made a second time by another program, in another language, from turns.csv alone:
// tests/recompute/recompute.py with numpy and scipy. What it prints says how many numbers agreed.
#include "app/cli.h"
#include "report_sessions.h"
#include "sim/scripted_server.h"
#include "support/places.h"
#include "support/test_registry.h"

#include "app/session_files.h"
#include "base/text.h"

#include <nlohmann/json.hpp>

#include <QProcess>
#include <QTest>

#include <set>

using namespace looptax;

namespace {

CliEnd recompute(const std::string& session) {
    QProcess process;
    process.start(QStringLiteral(LOOPTAX_PYTHON),
                  {QStringLiteral("-B"), QStringLiteral(LOOPTAX_SOURCE_DIR "/tests/recompute/recompute.py"),
                   QString::fromStdString(session)});
    CliEnd end;
    if (!process.waitForFinished(100'000)) return end;
    end.code = process.exitCode();
    end.out = process.readAllStandardOutput().toStdString();
    end.err = process.readAllStandardError().toStdString();
    return end;
}

void agrees(const std::string& session) {
    const CliEnd end = recompute(session);
    QVERIFY2(end.code == 0, end.all().c_str());
    for (const std::string& line : linesOf(end.out)) qInfo("%s", line.c_str());
}

// Of the measures that these verdicts or cautions tell.
std::set<std::string> namesIn(const Json& rows) {
    std::set<std::string> out;
    for (const Json& row : rows)
        for (const Json& measure : row["measures"]) out.insert(measure["name"].get<std::string>());
    return out;
}

} // namespace

class tst_recompute : public QObject {
    Q_OBJECT
    SystemFileOps m_files;

    std::string written(const TempFolder& folder, const SessionBuilder& session) {
        const std::string path = folder.file(SessionBuilder::kId);
        session.writeTo(path);
        [[maybe_unused]] const auto made = writeDerivedFiles(m_files, path);
        return path;
    }

private Q_SLOTS:
    void theMethodsMeetPublishedFigures() {
        const CliEnd end = recompute("--vectors");
        QVERIFY2(end.code == 0 && contains(end.out, "0 differ"), end.all().c_str());
    }
    void sessionsMadeByHandAgree_data() { everySession(); }
    void sessionsMadeByHandAgree() {
        QFETCH(int, index);
        const TempFolder folder;
        agrees(written(folder, reportSessions()[std::size_t(index)].make()));
    }
    void aNoisySweepOfTwoTargetsAgrees() {
        const TempFolder folder;
        agrees(written(folder, noisySession()));
    }
    void everyCautionAgrees() {
        const TempFolder folder;
        const std::string session = written(folder, troubledSession());
        const std::set<std::string> told = namesIn(Json::parse(slurp(session + "/summary.json"))["analysis"]["cautions"]);
        QCOMPARE(QString::fromStdString(joined({told.begin(), told.end()}, " ")),
                 QStringLiteral("cells_of_one_reply drift position_effect runs_failed "
                                "runs_made ttft_ratio turns_of_a_broken_mode"));
        agrees(session);
    }
    void whatIsWithheldIsSoInBoth() {
        const TempFolder folder;
        const std::string session = written(folder, lyingSession());
        const Json verdicts = Json::parse(slurp(session + "/summary.json"))["verdicts"];
        for (const Json& row : verdicts)
            QVERIFY(row["verdict"] != "supported" || row["id"] == "T1" ||
                    row["id"] == "T4"); // of whole prompts and token streams
        const std::set<std::string> told = namesIn(verdicts);
        for (const char* name : {"runs_failed", "runs_hit_max_tokens", "runs_prompt_truncated", "turns_chunked", "runs_left_out"})
            QVERIFY2(told.count(name) == 1, name);
        agrees(session);
    }
    void whatADisturbedMachineTakesFromVerdictsIsSoInBoth() {
        const TempFolder folder;
        const std::string session = written(folder, disturbedSession());
        const Json summary = Json::parse(slurp(session + "/summary.json"));
        QVERIFY(namesIn(summary["verdicts"]).count("turns_disturbed") == 1 &&
                namesIn(summary["analysis"]["cautions"]).count("turns_disturbed") == 1);
        QVERIFY(!summary["disturbed_turns"].empty() && !summary["without_disturbed"].empty() && !summary["stamps"].empty());
        bool same = false, other = false;
        for (const Json& row : summary["verdicts"])
            if (const Json& of = row["without_disturbed"]; !of.is_null()) (of["same"] == true ? same : other) = true;
        QVERIFY(same && other);
        agrees(session);
    }
    void aCacheThatIsNotCountedIsFoundByBoth() {
        Plan plan = testPlan({{"A", {6}, {}, {}}}, 8);
        plan.cache_modes = {CacheMode::RunIsolated, CacheMode::Cold};
        plan.sampling.seed_policy = SeedPolicy::PerRun;
        SessionBuilder b(plan);
        for (const ScheduledRun& run : b.schedule())
            b.completeRun(run.run, [&](TurnRecord& t) {
                const bool reuses = t.turn > 1 && run.cache_mode == CacheMode::RunIsolated;
                t.seed = 42 + run.repeat - 1;
                t.cached_tokens = 0;
                t.processed_tokens = t.prompt_tokens;
                t.stratum = "cold";
                SessionBuilder::setTtft(t, (reuses ? 60 + t.turn : 0.9 * double(*t.prompt_tokens)) * (1 + 0.01 * run.repeat));
            });
        b.add("session_end", Json::object());
        const TempFolder folder;
        const std::string session = written(folder, b);
        QVERIFY(
            namesIn(Json::parse(slurp(session + "/summary.json"))["analysis"]["cautions"]).count("ttft_where_none_is_cached") ==
            1);
        agrees(session);
    }
    void aBrokenCacheModeIsLeftOutByBoth() {
        const TempFolder folder;
        agrees(written(folder, brokenCacheSession(5)));
    }
    void aSimulatedSweepAgrees() {
        const TempFolder folder;
        SimOptions options;
        // Long enough that another test beside it does not decide whether the law can be told.
        options.cost.per_token_ms = 0.04;
        options.cost.overhead_ms = 4;
        for (int chat = 5; chat < 500; chat += 11) options.corruptions.push_back({Corruption::DropEntry, {}, chat});
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        Plan plan = tinyPlan({targetAt(TargetKind::LlamaServer, server.url())});
        plan.cells = {{"A", {1, 4}, {}, {}}, {"B", {1, 4}, {}, {}}, {"C", {5}, {3}, {}}, {"D", {1}, {}, {1, 4}}};
        plan.cache_modes = {CacheMode::RunIsolated, CacheMode::Cold};
        plan.repeats = 8;
        const CliEnd run = runLooptax({"run", planFile(folder.path(), plan), "--out", folder.file("out")});
        QVERIFY2(run.code == 0, run.all().c_str());
        agrees(run.sessionFolder());
    }
    void aWrongNumberIsFound() {
        const TempFolder folder;
        const std::string session = written(folder, wholeSession());
        Json summary = Json::parse(slurp(session + "/summary.json"));
        summary["summaries"][3]["ttft_ms"]["median"] = summary["summaries"][3]["ttft_ms"]["median"].get<double>() + 1e-6;
        spit(session + "/summary.json", summary.dump());
        const CliEnd end = recompute(session);
        QVERIFY2(end.code == 1 && contains(end.out, "$.summaries[3].ttft_ms.median: "), end.all().c_str());
    }
    void aNumberThatNobodyKnowsIsFound() {
        const TempFolder folder;
        const std::string session = written(folder, wholeSession());
        Json summary = Json::parse(slurp(session + "/summary.json"));
        summary["pass_rates"][0]["luck"] = 0.5;
        spit(session + "/summary.json", summary.dump());
        const CliEnd end = recompute(session);
        QVERIFY2(end.code == 1 && contains(end.out, "$.pass_rates[0].luck: holds numbers that nobody knows how to check"),
                 end.all().c_str());
    }
};

LOOPTAX_TEST(tst_recompute)
#include "tst_recompute.moc"
