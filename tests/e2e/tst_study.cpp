// The published study, whole, from the command line: 1,200 turns on two runtimes that answer rightly.
#include "app/cli.h"
#include "loop/published_tables.h"
#include "sim/scripted_server.h"
#include "support/patience.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <cmath>
#include <set>

using namespace looptax;

class tst_study : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theWholeStudyRunsAndMeetsThePublishedColumns();
};

namespace {

using Row = std::map<std::string, std::string>;

std::string textOf(const std::optional<int>& number) { return number ? std::to_string(*number) : std::string(); }

bool isOfRow(const Row& row, const PublishedRow& published) {
    // A turn costs the same whatever the length of the run it stands in.
    return row.at("design") == published.design && row.at("cap") == textOf(published.cap) &&
           row.at("padding") == textOf(published.padding) && row.at("turn") == std::to_string(published.turn);
}

bool isNear(const std::string& cell, int published) {
    return !cell.empty() && std::abs(std::stod(cell) - published) <= 0.03 * published;
}

} // namespace

void tst_study::theWholeStudyRunsAndMeetsThePublishedColumns() {
    SimOptions options;
    options.keeps_bodies = false;
    options.tokens_per_event = 256;
    ScriptedServer llama(options);
    options.dialect = TargetKind::Ollama;
    ScriptedServer ollama(options);
    QVERIFY(llama.start() && ollama.start());

    const TempFolder folder;
    const CliEnd end = runLooptax({"run", "--preset", "study", "--target", "kind=llama-server,url=" + llama.url(), "--target",
                                   "kind=ollama,url=" + ollama.url() + ",model=" + ollama.model(), "--out", folder.path()},
                                  {}, 95'000 * kPatience);
    QVERIFY2(end.code == 0, end.all().c_str());
    const std::string session = end.sessionFolder();
    QVERIFY2(session.rfind(folder.path() + "/", 0) == 0, end.lastLine().c_str());
    qInfo("1,200 turns in %.1f s", end.seconds);

    // Every request a server saw stands in the journal, and the other way round.
    std::map<std::string, int> sent;
    std::map<int, std::string> targetOfRun;
    const std::vector<Json> journal = journalOf(session);
    for (const Json& line : journal) {
        if (line["type"] == "run_start") targetOfRun[line["run"]] = line["target"];
        if (line["type"] == "turn_start") ++sent[targetOfRun[line["run"]]];
        if (line["type"] == "warmup") ++sent[line["target"]];
    }
    QCOMPARE(sent["llamacpp"], llama.chatCount());
    QCOMPARE(sent["ollama"], ollama.chatCount());
    QCOMPARE(countType(journal, "turn_start"), 1200);
    QCOMPARE(countType(journal, "turn_done"), 1200);
    QCOMPARE(countType(journal, "run_start"), 200);
    QCOMPARE(countType(journal, "warmup"), 2);

    const std::vector<Row> rows = csvRows(fileText(session + "/turns.csv"));
    QCOMPARE(rows.size(), std::size_t(1200));
    for (const Row& row : rows) {
        for (const char* flag : {"valid_json", "schema_ok", "count_match", "entries_complete", "sort_correct", "all_pass",
                                 "all_pass_local", "content_exact"})
            QVERIFY2(row.at(flag) == "true", (row.at("cell") + " turn " + row.at("turn") + ": " + flag).c_str());
        QCOMPARE(row.at("outcome"), std::string("ok"));
        QCOMPARE(row.at("run_outcome"), std::string("complete"));
        // A server as fast as this one may hand over a reply at once, and then there is none.
        if (row.at("stream") != "buffered") QVERIFY2(std::stod(row.at("ttft_ms")) > 0, row.at("cell").c_str());
        // Ollama says nothing of its cache, and nothing is made up for it.
        QCOMPARE(row.at("cached_tokens").empty(), row.at("target") == "ollama");
    }
    const std::vector<PublishedRow> published = publishedRows();
    QCOMPARE(published.size(), std::size_t(18));
    for (const PublishedRow& want : published) {
        const std::string where = want.design + " n" + std::to_string(want.n) + " turn " + std::to_string(want.turn);
        std::set<std::string> found;
        for (const Row& row : rows) {
            if (!isOfRow(row, want)) continue;
            if (row.at("n") == std::to_string(want.n)) found.insert(row.at("target") + "/" + row.at("repeat"));
            QVERIFY2(isNear(row.at("context_tokens_estimate"), want.context_tokens_estimate),
                     (where + ": context " + row.at("context_tokens_estimate") + ", published " +
                      std::to_string(want.context_tokens_estimate))
                         .c_str());
            if (!want.state_file_bytes) continue;
            QVERIFY2(isNear(row.at("state_file_bytes"), *want.state_file_bytes),
                     (where + ": state " + row.at("state_file_bytes") + ", published " + std::to_string(*want.state_file_bytes))
                         .c_str());
        }
        QVERIFY2(found.size() == 10, where.c_str()); // five repeats on each of two targets
    }

    const CliEnd verified = runLooptax({"verify", session});
    QVERIFY2(verified.code == 0, verified.all().c_str());
    QCOMPARE(verified.lastLine(), std::string("clean"));
    QVERIFY2(contains(verified.out, "runs planned: 200 complete"), verified.out.c_str());
    QVERIFY2(contains(verified.out, "1200 replies judged again"), verified.out.c_str());
}

LOOPTAX_TEST(tst_study)
#include "tst_study.moc"
