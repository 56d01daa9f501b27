// Numbers of the scripted server say that no model was measured, by what the server says of itself; a real model may be called
// "simulated" for reasons of its own.
#include "app/cli.h"
#include "sim/scripted_server.h"
#include "sim/sim_model.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QTest>

#include <nlohmann/json.hpp>

using namespace looptax;

namespace {

constexpr const char* kModel = "simulated-annealing-7b";

struct Dialect {
    const char* name;
    TargetKind kind;
    const char* path; // that the scripted server says it is one in
    Json real;        // what a real runtime with that model answers there
};

const std::vector<Dialect>& dialects() {
    static const std::vector<Dialect> kDialects{
        {"llama-server",
         TargetKind::LlamaServer,
         "/props",
         {{"default_generation_settings", {{"params", Json::object()}, {"n_ctx", 16384}}},
          {"total_slots", 1},
          {"model_alias", kModel},
          {"model_path", "/m/simulated-annealing-7b.gguf"},
          {"chat_template", "{{ messages }}"},
          {"build_info", "b11669-x"}}},
        {"ollama", TargetKind::Ollama, "/api/version", {{"version", "0.34.0"}}},
        {"openai",
         TargetKind::OpenAi,
         "/v1/models",
         {{"object", "list"}, {"data", Json::array({{{"id", kModel}, {"object", "model"}}})}}},
    };
    return kDialects;
}

} // namespace

class tst_simulated : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theFactDecidesAndNotTheName_data() {
        QTest::addColumn<int>("dialect");
        QTest::addColumn<bool>("scripted");
        for (std::size_t i = 0; i < dialects().size(); ++i)
            for (const bool scripted : {true, false})
                QTest::addRow("%s, %s", dialects()[i].name, scripted ? "scripted" : "real") << int(i) << scripted;
    }
    void theFactDecidesAndNotTheName() {
        QFETCH(int, dialect);
        QFETCH(bool, scripted);
        const Dialect& of = dialects()[std::size_t(dialect)];
        SimOptions options;
        options.dialect = of.kind;
        options.model = kModel;
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        if (!scripted) server.setPath(of.path, oneAnswer(httpAnswer(200, "application/json", of.real.dump())));
        const TempFolder folder;
        const CliEnd run = runLooptax(
            {"run", planFile(folder.path(), tinyPlan({targetAt(of.kind, server.url(), kModel)})), "--out", folder.file("out")});
        QVERIFY2(run.code == 0, run.all().c_str());
        const std::string session = run.sessionFolder();
        const Json summary = Json::parse(fileText(session + "/summary.json"));
        QVERIFY(summary["session"]["targets"][0]["simulated"] == scripted);
        QCOMPARE(summary["simulated_targets"].size(), std::size_t(scripted));
        QCOMPARE(contains(fileText(session + "/report.md"), "SIMULATED"), scripted);
        const std::string explanations = session + "/explanations.jsonl";
        if (of.kind == TargetKind::LlamaServer)
            QCOMPARE(contains(fileText(explanations), "a simulated server has no vocabulary"), scripted);
    }
};

LOOPTAX_TEST(tst_simulated)
#include "tst_simulated.moc"
