// A server whose cost is a known law, a sweep of A and C in two cache modes, and the law that comes out of it.
#include "app/cli.h"
#include "sim/scripted_server.h"
#include "support/patience.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace looptax;

class tst_tax : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aSweepGivesBackTheLawOfItsServer();
    void aQuickSweepSaysThatItCannotTell();
};

namespace {

SimOptions optionsOf() {
    SimOptions options;
    options.keeps_bodies = false;
    // Long enough for a reply that nobody takes for one that was held back.
    options.tokens_per_event = 16;
    options.cost.interval_ms = 0.1 * kPatience;
    // Large against what a busy machine adds to a single wait, some tenths of a millisecond.
    options.cost.overhead_ms = 20 * kPatience;
    options.cost.per_token_ms = 0.1;
    options.cost.per_token_context_ms = 3e-5;
    return options;
}

Json summaryOf(const std::string& session) { return Json::parse(fileText(session + "/summary.json")); }

bool isNear(const Json& found, double planted) {
    return found.is_object() && std::abs(found["value"].get<double>() - planted) <= 0.05 * planted;
}

} // namespace

void tst_tax::aSweepGivesBackTheLawOfItsServer() {
    const SimOptions options = optionsOf();
    ScriptedServer server(options);
    QVERIFY(server.start());
    const TempFolder folder;
    Plan plan = tinyPlan({targetAt(TargetKind::LlamaServer, server.url())});
    plan.cells = {{"A", {12}, {}, {}}, {"C", {12}, {3}, {}}};
    plan.cache_modes = {CacheMode::RunIsolated, CacheMode::Cold};
    plan.repeats = 3;
    const CliEnd end = runLooptax({"run", planFile(folder.path(), plan), "--out", folder.file("out")});
    QVERIFY2(end.code == 0, end.all().c_str());
    const std::string session = end.sessionFolder();
    const Json tax = summaryOf(session)["tax_split"];
    const Json& law = tax["targets"][0];
    qInfo("%.1f s; %s", end.seconds, law.dump().c_str());
    QVERIFY2(law["told_apart"] == true, law.dump().c_str());
    QCOMPARE(law["turns"].get<int>(), 144);
    QVERIFY2(isNear(law["overhead_ms"], options.cost.overhead_ms), law.dump().c_str());
    QVERIFY2(isNear(law["per_token_ms"], options.cost.per_token_ms), law.dump().c_str());
    QVERIFY2(isNear(law["per_token_context_ms"], options.cost.per_token_context_ms), law.dump().c_str());
    // The server calls everything but the overhead prompt time.
    QVERIFY(std::abs(law["outside_ms"].get<double>() - options.cost.overhead_ms) < 0.05 * options.cost.overhead_ms);
    QVERIFY(law["left_over_percent"].get<double>() < 5);

    // The tax is in the CSV, and the parts add up to the measured time.
    std::vector<double> off;
    for (const auto& row : csvRows(fileText(session + "/turns.csv"))) {
        double sum = 0;
        for (const char* part : {"reread_ms", "new_message_ms", "attention_ms", "fixed_ms", "outside_ms"}) {
            QVERIFY2(!row.at(part).empty(), (row.at("cell") + " turn " + row.at("turn") + ": " + part).c_str());
            sum += std::stod(row.at(part));
            if (std::string(part) == "outside_ms") continue; // measured
            const double low = std::stod(row.at(part + std::string("_low"))),
                         high = std::stod(row.at(part + std::string("_high")));
            QVERIFY2(low <= std::stod(row.at(part)) && std::stod(row.at(part)) <= high, part);
        }
        off.push_back(std::abs(sum / std::stod(row.at("ttft_ms")) - 1));
        // A appends: what it reads beyond its message is a token that was generated last, and no more than two
        // where four bytes make a token.
        if (row.at("design") == "A" && row.at("cache_mode") == "run-isolated")
            QVERIFY2(std::stod(row.at("reread_ms")) <= 3 * options.cost.per_token_ms, row.at("turn").c_str());
        if (row.at("cache_mode") == "cold" && row.at("turn") == "12")
            QVERIFY(std::stod(row.at("reread_ms")) > std::stod(row.at("new_message_ms")));
    }
    std::sort(off.begin(), off.end());
    QVERIFY(off[off.size() / 2] < 0.05);
    QVERIFY(contains(fileText(session + "/report.md"), "## The tax, split"));

    // What a user waits for: a cold loop of A is the longest of the four.
    double longest = 0;
    std::string which;
    for (const Json& loop : tax["loops"])
        if (loop["total_ms"]["median"].get<double>() > longest) {
            longest = loop["total_ms"]["median"];
            which = loop["design"].get<std::string>() + " " + loop["cache_mode"].get<std::string>();
        }
    QCOMPARE(which, std::string("A cold"));
}

void tst_tax::aQuickSweepSaysThatItCannotTell() {
    SimOptions options = optionsOf();
    options.cost.overhead_ms = 5;
    ScriptedServer server(options);
    QVERIFY(server.start());
    const TempFolder folder;
    const CliEnd end = runLooptax(
        {"run", "--preset", "quick", "--target", "kind=llama-server,url=" + server.url(), "--out", folder.file("out")});
    QVERIFY2(end.code == 0, end.all().c_str());
    const std::string session = end.sessionFolder();
    const Json law = summaryOf(session)["tax_split"]["targets"][0];
    QVERIFY2(law["told_apart"] == false && law["per_token_ms"].is_null(), law.dump().c_str());
    QVERIFY(contains(fileText(session + "/report.md"), "the data cannot tell the parts apart"));
    for (const auto& row : csvRows(fileText(session + "/turns.csv"))) {
        QVERIFY(row.at("reread_ms").empty() && row.at("attention_ms").empty()); // absent, not 0
        QVERIFY(!row.at("outside_ms").empty());                                 // measured
    }
}

LOOPTAX_TEST(tst_tax)
#include "tst_tax.moc"
