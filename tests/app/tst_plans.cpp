// plan and validate: what a preset writes, and everything that is wrong with a plan at once.
#include "app/cli.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QFile>
#include <QTest>

#include <nlohmann/json.hpp>

using namespace looptax;

class tst_plans : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aPresetWritesAPlanThatValidates_data();
    void aPresetWritesAPlanThatValidates();
    void thePlanOnStdoutIsTheFilesText();
    void fiveMistakesGetFiveMessages();
    void everyMistakeSaysWhereAndWhatInstead_data();
    void everyMistakeSaysWhereAndWhatInstead();
    void aFileThatIsNoPlanIsNamed_data();
    void aFileThatIsNoPlanIsNamed();
    void whatAForeignPlanMayNotDoUnaskedIsSaid();
    void whatAModelsMemoryCannotIsSaidBeforeItRuns_data();
    void whatAModelsMemoryCannotIsSaidBeforeItRuns();
};

namespace {

const std::string kOllama = "kind=ollama,url=http://127.0.0.1:1,model=m";
const std::string kManaged = "kind=llama-server,command=llama-server,model_file=m.gguf";

std::string target(const std::string& text = "'id':'a','kind':'llama-server','url':'http://127.0.0.1:1'") {
    return "'targets':[{" + text + "}]";
}

// A plan with its three required keys; the rest is appended.
std::string planText(const std::string& more, const std::string& targets = target(),
                     const std::string& cells = "'cells':[{'design':'A','turns':[1]}]") {
    return quoted("{'schema':'looptax.plan/1'," + targets + "," + cells + (more.empty() ? "" : "," + more) + "}");
}

} // namespace

void tst_plans::aPresetWritesAPlanThatValidates_data() {
    QTest::addColumn<std::string>("preset");
    QTest::addColumn<std::string>("size");
    QTest::newRow("quick") << std::string("quick") << std::string("4 cells, 4 runs, 24 turns, 26 requests with warm-ups");
    QTest::newRow("study") << std::string("study") << std::string("40 cells, 200 runs, 1200 turns, 1202 requests with warm-ups");
    QTest::newRow("publication") << std::string("publication")
                                 << std::string("80 cells, 640 runs, 3840 turns, 3842 requests with warm-ups");
}

void tst_plans::aPresetWritesAPlanThatValidates() {
    QFETCH(std::string, preset);
    QFETCH(std::string, size);
    const TempFolder folder;
    const std::string file = folder.file("plan.json");
    const CliEnd made = runLooptax({"plan", "--preset", preset, "--target", kOllama, "--target", kManaged, "-o", file});
    QVERIFY2(made.code == 0 && made.out.empty(), made.all().c_str());
    QVERIFY2(contains(made.err, size + "; about "), made.err.c_str());
    const CliEnd checked = runLooptax({"validate", file});
    QVERIFY2(checked.code == 0, checked.all().c_str());
    QCOMPARE(countLines(checked.out, "the plan is good: " + size), 1);
    QVERIFY2(contains(checked.out, " (rough: nothing was measured on this target yet)\n"), checked.out.c_str());
    // Every setting is spelled out, so that it can be edited without the manual.
    const Json plan = Json::parse(fileText(file));
    for (const char* key :
         {"schema", "name", "targets", "cells", "cache_modes", "repeats", "warmup_requests", "cooldown_ms", "order", "order_seed",
          "sampling", "reply", "on_bad_turn", "context_tokens", "deadlines_ms", "task", "analysis"})
        QVERIFY2(plan.contains(key), key);
    const Json quiet = Json::parse(quoted("['-np','1','--cache-ram','0']"));
    QVERIFY(plan["targets"][1]["managed"]["args"] == quiet);
}

void tst_plans::thePlanOnStdoutIsTheFilesText() {
    const TempFolder folder;
    const std::string file = folder.file("plan.json");
    QCOMPARE(runLooptax({"plan", "--preset", "study", "--target", kOllama, "-o", file}).code, 0);
    const CliEnd shown = runLooptax({"plan", "--preset=study", "--target=" + kOllama});
    QCOMPARE(shown.out, fileText(file));
    // A screening is said on stderr, where it does not spoil the plan.
    QVERIFY2(contains(shown.err, "warning: $.repeats: 5 repeats are a screening"), shown.err.c_str());
}

void tst_plans::fiveMistakesGetFiveMessages() {
    const TempFolder folder;
    const std::string file = folder.file("plan.json");
    spit(file, planText("'repeets':3,'order':'random','context_tokens':'many'",
                        target("'id':'a','kind':'ollama','url':'127.0.0.1:11434','model':'m'"),
                        "'cells':[{'design':'E','turns':[6]}]"));
    for (const char* command : {"validate", "run"}) {
        std::vector<std::string> words{command, file};
        if (std::string(command) == "run") words.insert(words.end(), {"--out", folder.file("out")});
        const CliEnd end = runLooptax(words);
        QCOMPARE(end.code, 2);
        QVERIFY2(countLines(end.err, "error: ") == 5, end.err.c_str());
        for (const char* line : {"error: $.repeets: unknown key \"repeets\" (did you mean \"repeats\"?)",
                                 "error: $.order: unknown value \"random\" (one of: blocked, listed)",
                                 "error: $.context_tokens: must be a whole number",
                                 "error: $.targets[0].url: must begin with http:// or https:// (for example "
                                 "http://127.0.0.1:8080)",
                                 "error: $.cells[0].design: unknown design \"E\" (one of: A, B, C, D, B-tail)"})
            QVERIFY2(countLines(end.err, line) == 1, (std::string(line) + "\nis not in\n" + end.err).c_str());
    }
    QVERIFY(!QFile::exists(QString::fromStdString(folder.file("out")))); // nothing was begun
}

void tst_plans::everyMistakeSaysWhereAndWhatInstead_data() {
    QTest::addColumn<std::string>("plan");
    QTest::addColumn<std::string>("said");
    const auto row = [](const char* label, const std::string& plan, const std::string& said) {
        QTest::newRow(label) << plan << quoted("error: " + said) + "\n";
    };
    row("an unknown key inside an object", planText("'sampling':{'temprature':0.5}"),
        "$.sampling.temprature: unknown key 'temprature' (did you mean 'temperature'?)");
    row("an unknown key of a target",
        planText("", target("'id':'a','kind':'llama-server','url':'http://127.0.0.1:1','modle':'m'")),
        "$.targets[0].modle: unknown key 'modle' (did you mean 'model'?)");
    row("no targets", planText("", "'targets':[]"), "$.targets: is empty (name at least one runtime to measure)");
    row("no cells", quoted("{'schema':'looptax.plan/1'," + target() + "}"), "$.cells: is required");
    row("a cell that stands twice", planText("", target(), "'cells':[{'design':'A','turns':[3]},{'design':'A','turns':[3]}]"),
        "$.cells[1]: holds a cell that stands above already (name every cell once; use repeats for more)");
    row("padding that is missing", planText("", target(), "'cells':[{'design':'D','turns':[3]}]"),
        "$.cells[0].padding: must be given for design D (for example [1, 3, 6, 9])");
    row("a cap where none goes", planText("", target(), "'cells':[{'design':'A','turns':[3],'cap':[3]}]"),
        "$.cells[0].cap: design A holds no cap (leave it out)");
    row("a port of ours",
        planText("", target("'id':'a','kind':'llama-server','managed':{'command':'llama-server','model_file':"
                            "'m','args':['--port','1']}")),
        "$.targets[0].managed.args[0]: --port is ours to choose (leave it out)");
    row("another schema", quoted("{'schema':'looptax.plan/9'," + target() + ",'cells':[{'design':'A','turns':[1]}]}"),
        "$.schema: is 'looptax.plan/9' (this version reads 'looptax.plan/1')");
}

void tst_plans::everyMistakeSaysWhereAndWhatInstead() {
    QFETCH(std::string, plan);
    QFETCH(std::string, said);
    const TempFolder folder;
    spit(folder.file("plan.json"), plan);
    const CliEnd end = runLooptax({"validate", folder.file("plan.json")});
    QCOMPARE(end.code, 2);
    said.pop_back();
    QVERIFY2(countLines(end.err, said) == 1 && countLines(end.err, "error: ") == 1, end.err.c_str());
}

void tst_plans::aFileThatIsNoPlanIsNamed_data() {
    QTest::addColumn<std::string>("content");
    QTest::addColumn<std::string>("said");
    QTest::newRow("empty") << std::string() << std::string("error: $");
    QTest::newRow("not JSON") << std::string("plan: quick\n") << std::string("error: $");
    QTest::newRow("JSON cut short") << quoted("{'schema':'looptax.plan/1','targets':[") << std::string("error: $");
    QTest::newRow("a list") << std::string("[]") << std::string("error: $");
    QTest::newRow("deep") << std::string(100'000, '[') << std::string("error: $");
}

void tst_plans::aFileThatIsNoPlanIsNamed() {
    QFETCH(std::string, content);
    QFETCH(std::string, said);
    const TempFolder folder;
    spit(folder.file("plan.json"), content);
    const CliEnd end = runLooptax({"validate", folder.file("plan.json")});
    QCOMPARE(end.code, 2);
    QVERIFY2(contains(end.err, said), end.err.c_str());
    const CliEnd gone = runLooptax({"validate", folder.file("no.json")});
    QCOMPARE(gone.code, 2);
    QCOMPARE(gone.err, "looptax: " + folder.file("no.json") + ": cannot open the file: No such file or directory\n");
}

void tst_plans::whatAForeignPlanMayNotDoUnaskedIsSaid() {
    const TempFolder folder;
    Target command;
    command.id = "b";
    command.managed = ManagedCommand{"/bin/echo", "m.gguf", {}};
    const std::string file =
        planFile(folder.path(), tinyPlan({targetAt(TargetKind::OpenAi, "http://192.0.2.1:8000", "m", "a"), command}));
    const CliEnd end = runLooptax({"run", file, "--out", folder.file("out")});
    QCOMPARE(end.code, 2);
    QVERIFY2(contains(end.err, "looptax: " + file +
                                   ": target a is on another machine: http://192.0.2.1:8000; target b starts the "
                                   "command /bin/echo (if that is what you want, add --trust-plan)\n"),
             end.err.c_str());
}

void tst_plans::whatAModelsMemoryCannotIsSaidBeforeItRuns_data() {
    QTest::addColumn<std::string>("architecture");
    QTest::addColumn<std::string>("arg");
    QTest::addColumn<std::string>("says"); // empty: nothing
    QTest::newRow("a window") << std::string("gemma3") << std::string("--no-mmap")
                              << std::string("sliding-window attention of 512 tokens: ");
    QTest::newRow("a window, kept whole") << std::string("gemma3") << std::string("--swa-full") << std::string();
    QTest::newRow("all of it") << std::string("llama") << std::string("--no-mmap") << std::string();
    QTest::newRow("no such model") << std::string() << std::string("--no-mmap") << std::string();
}

void tst_plans::whatAModelsMemoryCannotIsSaidBeforeItRuns() {
    QFETCH(std::string, architecture);
    QFETCH(std::string, arg);
    QFETCH(std::string, says);
    const TempFolder folder;
    const auto number = [](auto value) { return std::string(reinterpret_cast<const char*>(&value), sizeof value); };
    const auto text = [&](const std::string& value) { return number(std::uint64_t(value.size())) + value; };
    const std::string key = "gemma3.attention.sliding_window";
    if (!architecture.empty()) // a GGUF's head: two keys, a text (8) and a number (4)
        spit(folder.file("m.gguf"), "GGUF" + number(std::uint32_t(3)) + number(std::uint64_t(0)) + number(std::uint64_t(2)) +
                                        text("general.architecture") + number(std::uint32_t(8)) + text(architecture) + text(key) +
                                        number(std::uint32_t(4)) + number(std::uint32_t(512)));
    Target target;
    target.id = "a";
    target.managed = ManagedCommand{"llama-server", folder.file("m.gguf"), {arg}};
    const CliEnd end = runLooptax({"validate", planFile(folder.path(), tinyPlan({target}))});
    QVERIFY2(end.code == 0, end.all().c_str());
    QCOMPARE(countLines(end.err, "$.targets[0].managed.model_file"), says.empty() ? 0 : 1);
    QVERIFY2(contains(end.err, says.empty() ? "" : "warning: $.targets[0].managed.model_file: " + says), end.err.c_str());
}

LOOPTAX_TEST(tst_plans)
#include "tst_plans.moc"
