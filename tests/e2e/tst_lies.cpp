// Servers and proxies that would make findings of nothing, swept by the real program over real sockets: a prompt cut without
// a word, several tokens in a chunk, a reply that was held back. Each is seen, said, and keeps its numbers to itself.
#include "app/cli.h"
#include "sim/scripted_server.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QTest>

#include <nlohmann/json.hpp>

using namespace looptax;

namespace {

struct LiarLab {
    explicit LiarLab(SimOptions options) : dialect(options.dialect), server(std::move(options)) {
        started = server.start().ok();
        plan = tinyPlan({targetAt(dialect, server.url(), server.model())});
        plan.on_bad_turn = OnBadTurn::Oracle;
    }
    CliEnd run() { return runLooptax({"run", planFile(folder.path(), plan), "--out", folder.file("out")}); }

    TargetKind dialect;
    TempFolder folder;
    ScriptedServer server;
    Plan plan;
    bool started = false;
};

void eachDialect() {
    QTest::addColumn<int>("dialect");
    QTest::addRow("llama-server") << int(TargetKind::LlamaServer);
    QTest::addRow("Ollama") << int(TargetKind::Ollama);
    QTest::addRow("OpenAI-compatible") << int(TargetKind::OpenAi);
}

} // namespace

class tst_lies : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aPromptThatWasCutIsNoAnswerOfTheModel_data();
    void aPromptThatWasCutIsNoAnswerOfTheModel();
    void aReplyThatWasHeldBackHasNoTimes_data() { eachDialect(); }
    void aReplyThatWasHeldBackHasNoTimes();
    void aChunkIsNoToken_data() { eachDialect(); }
    void aChunkIsNoToken();
};

void tst_lies::aPromptThatWasCutIsNoAnswerOfTheModel_data() {
    QTest::addColumn<int>("dialect");
    QTest::addColumn<QString>("design");
    QTest::addColumn<int>("window"); // tokens
    for (const TargetKind dialect : {TargetKind::LlamaServer, TargetKind::Ollama, TargetKind::OpenAi})
        for (const auto& [design, window] : {std::pair("A", 700), std::pair("B", 400), std::pair("D", 900)})
            QTest::addRow("%s %s", std::string(name(dialect)).c_str(), design)
                << int(dialect) << QString::fromLatin1(design) << window;
}

void tst_lies::aPromptThatWasCutIsNoAnswerOfTheModel() {
    QFETCH(int, dialect);
    QFETCH(QString, design);
    QFETCH(int, window);
    SimOptions options;
    options.dialect = TargetKind(dialect);
    options.cuts_at_tokens = window;
    LiarLab lab(options);
    QVERIFY(lab.started);
    const bool padded = design == QLatin1String("D");
    lab.plan.cells = {{design.toStdString(), {padded ? 3 : 10}, {}, padded ? std::vector<int>{3, 40} : std::vector<int>{}}};
    lab.plan.repeats = 3;
    const CliEnd end = lab.run();
    QVERIFY2(end.code == 1, end.all().c_str()); // runs failed
    int cut = 0;
    for (const auto& row : csvRows(fileText(end.sessionFolder() + "/turns.csv"))) {
        const bool truncated = row.at("prompt_truncated") == "true";
        cut += int(truncated);
        QVERIFY2(truncated == (row.at("outcome") == "overflow"), row.at("fail_reason").c_str());
        // Nothing that was answered to less than the prompt is a wrong answer of the model, but perhaps the first, whose
        // loss was too small to be seen.
        if (truncated) QVERIFY(row.at("decode_tps").empty() && row.at("all_pass").empty() && row.at("stream").empty());
    }
    QVERIFY2(cut >= 3, end.all().c_str());
    QVERIFY2(contains(end.out, "without a word"), end.out.c_str());
    const CliEnd verified = runLooptax({"verify", end.sessionFolder()});
    QVERIFY2(verified.code == 0, verified.all().c_str());
}

void tst_lies::aReplyThatWasHeldBackHasNoTimes() {
    QFETCH(int, dialect);
    SimOptions options;
    options.dialect = TargetKind(dialect);
    options.holds_back = true;
    options.cost.interval_ms = 1;
    LiarLab lab(options);
    QVERIFY(lab.started);
    const CliEnd end = lab.run();
    QVERIFY2(end.code == 0, end.all().c_str());
    for (const auto& row : csvRows(fileText(end.sessionFolder() + "/turns.csv"))) {
        QCOMPARE(row.at("stream"), std::string("buffered"));
        for (const char* column : {"ttft_ms", "ttft_content_ms", "decode_tps"}) QVERIFY2(row.at(column).empty(), column);
    }
    QVERIFY2(countLines(end.out, "held back") >= 1, end.out.c_str());
    const CliEnd verified = runLooptax({"verify", end.sessionFolder()});
    QVERIFY2(verified.code == 0, verified.all().c_str());
}

void tst_lies::aChunkIsNoToken() {
    QFETCH(int, dialect);
    SimOptions options;
    options.dialect = TargetKind(dialect);
    options.tokens_per_event = 8;
    options.cost.interval_ms = 1;
    LiarLab lab(options);
    QVERIFY(lab.started);
    const CliEnd end = lab.run();
    QVERIFY2(end.code == 0, end.all().c_str());
    for (const auto& row : csvRows(fileText(end.sessionFolder() + "/turns.csv"))) {
        QCOMPARE(row.at("stream"), std::string("chunked"));
        QVERIFY(row.at("decode_tps").empty());
        QVERIFY(std::stod(row.at("ttft_ms")) > 0);
    }
    QVERIFY2(countLines(end.out, "several tokens in a chunk") == 1, end.out.c_str());
    const CliEnd verified = runLooptax({"verify", end.sessionFolder()});
    QVERIFY2(verified.code == 0, verified.all().c_str());
}

LOOPTAX_TEST(tst_lies)
#include "tst_lies.moc"
