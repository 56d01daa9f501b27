// probe: what answers, of which kind, with what doubts, and quickly when nothing does. It never makes a model
// generate.
#include "app/cli.h"
#include "sim/scripted_server.h"
#include "support/loopback.h"
#include "support/test_registry.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <memory>

using namespace looptax;

class tst_probe : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void eachKindIsKnownByItsRoutes_data();
    void eachKindIsKnownByItsRoutes();
    void theJsonSaysTheSame();
    void theMemoryOfEachModelIsTold();
    void nothingThatAnswersIsSaidInTwoSeconds_data();
    void nothingThatAnswersIsSaidInTwoSeconds();
    void severalAddressesAreAskedAtOnce();
    void theKnownPortsAreAskedQuickly();
};

namespace {

SimScript silence() { return {.steps = {{.what = SimStep::Do::Hang}}}; }

} // namespace

void tst_probe::eachKindIsKnownByItsRoutes_data() {
    QTest::addColumn<int>("dialect");
    QTest::addColumn<QStringList>("says");
    QTest::newRow("llama-server") << int(TargetKind::LlamaServer)
                                  << QStringList{QStringLiteral("llama-server simulated-b0"),
                                                 QStringLiteral("models: simulated-oracle"),
                                                 QStringLiteral("context: 16384 tokens a slot"),
                                                 QStringLiteral("slots: 4"),
                                                 QStringLiteral("doubtful: 4 slots"),
                                                 QStringLiteral("--cache-ram 0")};
    QTest::newRow("Ollama") << int(TargetKind::Ollama)
                            << QStringList{QStringLiteral("Ollama 0.0.0-simulated"),
                                           QStringLiteral("models: simulated-oracle, other"),
                                           QStringLiteral("doubtful: Ollama does not report which prompt tokens were cached")};
    QTest::newRow("OpenAI-compatible") << int(TargetKind::OpenAi)
                                       << QStringList{QStringLiteral("OpenAI-compatible"),
                                                      QStringLiteral("models: simulated-oracle, other")};
}

void tst_probe::eachKindIsKnownByItsRoutes() {
    QFETCH(int, dialect);
    QFETCH(QStringList, says);
    SimOptions options;
    options.dialect = TargetKind(dialect);
    options.slots = 4;
    options.other_models = {"other"};
    ScriptedServer server(options);
    QVERIFY(server.start());
    const CliEnd end = runLooptax({"probe", "--url", server.url()});
    QVERIFY2(end.code == 0 && end.err.empty(), end.all().c_str());
    for (const QString& text : says) QVERIFY2(contains(end.out, text.toStdString()), end.out.c_str());
    QVERIFY(server.requestCount() > 0);
    QCOMPARE(server.chatCount(), 0);
}

void tst_probe::theJsonSaysTheSame() {
    SimOptions options;
    options.dialect = TargetKind::Ollama;
    ScriptedServer server(options);
    QVERIFY(server.start());
    const RefusingPort refusing;
    const std::string nobody = "http://127.0.0.1:" + std::to_string(refusing.port());
    const CliEnd end = runLooptax({"probe", "--json", "--url", server.url(), "--url", nobody});
    QCOMPARE(end.code, 0); // one of them answers
    const Json json = Json::parse(end.out, nullptr, false);
    QVERIFY2(json.is_object() && json["runtimes"].size() == 2, end.out.c_str());
    const Json& first = json["runtimes"][0];
    QVERIFY(first["url"] == server.url() && first["answers"] == true && first["kind"] == "ollama");
    QVERIFY(first["models"] == Json({server.model()}) && first["doubts"].size() == 1);
    QVERIFY(first["context_tokens"].is_null()); // absent, not 0
    const Json& second = json["runtimes"][1];
    QVERIFY(second["answers"] == false && second["kind"].is_null());
    QVERIFY2(contains(second["problem"], "Connection refused"), end.out.c_str());
}

void tst_probe::theMemoryOfEachModelIsTold() {
    SimOptions options;
    options.dialect = TargetKind::Ollama;
    options.other_models = {"other"};
    ScriptedServer server(options);
    QVERIFY(server.start());
    server.setPath(
        "/api/show",
        {.steps = {{.bytes = httpAnswer(
                        200, "application/json",
                        quoted("{'model_info':{'general.architecture':'gemma3','gemma3.attention.sliding_window':512}}"))}}});
    const CliEnd end = runLooptax({"probe", "--url", server.url()});
    QCOMPARE(end.code, 0);
    for (const char* model : {"simulated-oracle", "other"})
        QVERIFY2(contains(end.out, std::string("  memory: ") + model + " sliding_window 512\n") &&
                     contains(end.out, std::string("  doubtful: ") + model + ", sliding-window attention of 512 tokens: "),
                 end.out.c_str());
    const Json json = Json::parse(runLooptax({"probe", "--json", "--url", server.url()}).out, nullptr, false);
    QCOMPARE(json["runtimes"][0]["memory"]["other"].get<std::string>(), std::string("sliding_window 512"));
    // One that does not say it is not asked twice, and costs nothing else.
    server.setPath("/api/show", {.steps = {{.bytes = httpAnswer(404, "application/json", "{}")}}});
    const CliEnd silent = runLooptax({"probe", "--url", server.url()});
    QVERIFY2(silent.code == 0 && !contains(silent.out, "memory:") && contains(silent.out, "models: simulated-oracle, other"),
             silent.out.c_str());
    QCOMPARE(server.chatCount(), 0);
}

void tst_probe::nothingThatAnswersIsSaidInTwoSeconds_data() {
    QTest::addColumn<bool>("refuses");
    QTest::addColumn<std::string>("said");
    QTest::newRow("nobody listens") << true << std::string("Connection refused");
    QTest::newRow("somebody listens and is silent")
        << false << std::string(kPatience == 1 ? "no output within 1.2 s" : "s of the send");
}

void tst_probe::nothingThatAnswersIsSaidInTwoSeconds() {
    QFETCH(bool, refuses);
    QFETCH(std::string, said);
    const RefusingPort refusing;
    ScriptedServer silent;
    QVERIFY(silent.start());
    for (const char* path : {"/api/version", "/props", "/health", "/v1/models"}) silent.setPath(path, silence());
    const std::string url = refuses ? "http://127.0.0.1:" + std::to_string(refusing.port()) : silent.url();
    const CliEnd end = runLooptax({"probe", "--url", url});
    QCOMPARE(end.code, 3);
    QVERIFY2(contains(end.out, url + "  ") && contains(end.out, said), end.all().c_str());
    QVERIFY2(end.seconds < 2.0, std::to_string(end.seconds).c_str());
}

void tst_probe::severalAddressesAreAskedAtOnce() {
    std::vector<std::unique_ptr<ScriptedServer>> silent;
    std::vector<std::string> words{"probe"};
    for (int i = 0; i < 4; ++i) {
        silent.push_back(std::make_unique<ScriptedServer>());
        QVERIFY(silent.back()->start());
        silent.back()->setPath("/api/version", silence());
        words.insert(words.end(), {"--url", silent.back()->url()});
    }
    const CliEnd end = runLooptax(words);
    QCOMPARE(end.code, 3);
    QVERIFY2(end.seconds < 2.0, std::to_string(end.seconds).c_str());
}

void tst_probe::theKnownPortsAreAskedQuickly() {
    // What runs on this machine is its own business; that the answer comes soon, and of what form, is not.
    const CliEnd end = runLooptax({"probe", "--json"});
    QVERIFY(end.code == 0 || end.code == 3);
    const Json json = Json::parse(end.out, nullptr, false);
    QVERIFY2(json.is_object() && json["runtimes"].is_array(), end.out.c_str());
    QCOMPARE(json["runtimes"].empty(), end.code == 3);
    QVERIFY(json["embedded"].is_null()); // the test's data folder holds none
    if (end.code == 3) QVERIFY2(end.seconds < 2.0, std::to_string(end.seconds).c_str());
}

LOOPTAX_TEST(tst_probe)
#include "tst_probe.moc"
