#include "domain_catalogue.h"
#include "support/test_registry.h"

#include "domain/plan_check.h"
#include "domain/plan_json.h"
#include "domain/record_json.h"
#include "domain/trust.h"
#include "domain/url.h"

#include <QTest>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <clocale>

using namespace looptax;

namespace {

// JSON written with ' for ": moc of Qt 6.4 loses the classes of a file with such raw strings in it.
std::string j(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

const std::string kSmall = j("{'schema':'looptax.plan/1',"
          "'targets':[{'id':'llamacpp','kind':'llama-server','url':'http://127.0.0.1:8080'}],"
          "'cells':[{'design':'A','turns':[1,3]},{'design':'C','turns':[3]},{'design':'D','turns':[3],'padding':[1,3]}]}");

std::vector<Problem> problemsOf(const std::string& text) {
    ParsedPlan parsed = readPlan(text);
    std::vector<Problem> out = parsed.problems;
    for (Problem& problem : checkPlan(parsed.plan, testCatalogue())) out.push_back(problem);
    return out;
}

std::vector<std::string> errorPaths(const std::string& text) {
    std::vector<std::string> out;
    for (const Problem& problem : problemsOf(text))
        if (!problem.warning) out.push_back(problem.path);
    return out;
}

std::string with(const std::string& from, const std::string& to) {
    std::string text = kSmall;
    const std::size_t at = text.find(from);
    if (at == std::string::npos) return {};
    return text.replace(at, from.size(), to);
}

} // namespace

class tst_plan : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatIsLeftOutHasTheDocumentedDefault() {
        const ParsedPlan parsed = readPlan(kSmall);
        QVERIFY(parsed.problems.empty());
        QCOMPARE(parsed.plan.repeats, 5);
        QCOMPARE(parsed.plan.sampling.seed, 42);
        QCOMPARE(parsed.plan.context_tokens, 16384);
        QCOMPARE(parsed.plan.cache_modes, std::vector<CacheMode>{CacheMode::RunIsolated});
        QVERIFY(!parsed.plan.reply.max_tokens);
        QVERIFY(errorPaths(kSmall).empty());
    }
    void readingWhatWasWrittenGivesThePlanBack() {
        Plan plan = readPlan(kSmall).plan;
        plan.name = "caf\xC3\xA9 \"x\"";
        plan.cache_modes = {CacheMode::Cold, CacheMode::Natural};
        plan.reply.max_tokens = 77;
        plan.sampling.temperature = 0.1;
        Target managed;
        managed.id = "m";
        managed.api_key_env = "KEY";
        managed.managed = ManagedCommand{"llama-server", "m.gguf", {"-np", "1"}};
        plan.targets.push_back(managed);
        const ParsedPlan again = readPlan(writePlan(plan));
        QVERIFY(again.problems.empty());
        QCOMPARE(again.plan, plan);
        QCOMPARE(planHash(again.plan), planHash(plan));
    }
    void theHashIsTheSameInEveryLocale() {
        const Plan plan = readPlan(kSmall).plan;
        const std::string before = planHash(plan);
        std::setlocale(LC_ALL, "de_DE.UTF-8");
        QCOMPARE(planHash(plan), before);
        std::setlocale(LC_ALL, "C");
        // Worked out apart, with Python's json and hashlib.
        QCOMPARE(before, std::string("485a4cc002dfbdbf165c0e562f1829c266fdbc79ac03812ec5af25ba48afc0f2"));
    }
    void fiveMistakesGiveFiveMessages() {
        const std::string text = j("{'schema':'looptax.plan/1','repaets':3,"
          "'targets':[{'id':'a b','kind':'olama','url':'127.0.0.1'}],"
          "'cells':[{'design':'E','turns':[0]}],'order':'blokced'}");
        const auto problems = problemsOf(text);
        std::string all;
        for (const Problem& p : problems) all += p.text() + "\n";
        for (const char* expected :
             {"$.repaets: unknown key \"repaets\" (did you mean \"repeats\"?)",
              "$.targets[0].kind: unknown value \"olama\" (did you mean \"ollama\"?)",
              "$.order: unknown value \"blokced\" (did you mean \"blocked\"?)", "$.targets[0].id: must be of letters",
              "$.targets[0].url: must begin with http:// or https://",
              "$.cells[0].design: unknown design \"E\" (one of: A, B, C, D)", "$.cells[0].turns[0]: is 0 (from 1 to 1000)"})
            QVERIFY2(all.find(expected) != std::string::npos, (std::string(expected) + "\nin\n" + all).c_str());
    }
    void oneMistake_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("path");
        const auto row = [](const char* title, const std::string& text, const char* path) {
            QTest::addRow("%s", title) << QString::fromStdString(text) << QString::fromLatin1(path);
        };
        row("not JSON", "{", "$");
        row("a list", "[]", "$");
        row("newer schema", with("plan/1", "plan/2"), "$.schema");
        row("no cells", j("{'schema':'looptax.plan/1','targets':[{'id':'a','kind':'openai','url':'http://h','model':'m'}]}"),
            "$.cells");
        row("cap on A", with(j("'A','turns':[1,3]"), j("'A','turns':[1],'cap':[3]")), "$.cells[0].cap");
        row("padding missing on D", with(j(",'padding':[1,3]"), ""), "$.cells[2].padding");
        row("a turn that is a text", with("[1,3]}", "[1,\"3\"]}"), "$.cells[0].turns[1]");
        row("a turn that is 1.5", with("[1,3]}", "[1,1.5]}"), "$.cells[0].turns[1]");
        row("a turn of 1e30", with("[1,3]}", "[1,1e30]}"), "$.cells[0].turns[1]");
        row("the same turn twice", with("[1,3]}", "[3,3]}"), "$.cells[0].turns[1]");
        row("the same cell twice", with(j("{'design':'A','turns':[1,3]}"),
            j("{'design':'A','turns':[1,3]},{'design':'A','turns':[3]}")), "$.cells[1]");
        row("managed with a port", with(j("'url':'http://127.0.0.1:8080'"),
            j("'managed':{'command':'x','model_file':'m','args':['--port','1']}")), "$.targets[0].managed.args[0]");
        row("managed with a context", with(j("'url':'http://127.0.0.1:8080'"),
            j("'managed':{'command':'x','model_file':'m','args':['-c','1']}")), "$.targets[0].managed.args[0]");
        row("managed and an address", with(j("'url':'http://127.0.0.1:8080'"),
            j("'url':'http://h','managed':{'command':'x','model_file':'m'}")), "$.targets[0].url");
        row("a user name in the address", with("http://127", "http://me@127"), "$.targets[0].url");
        row("unknown pack", with(j("'cells'"), j("'task':{'pack':'poems'},'cells'")), "$.task.pack");
        row("a seed below zero", with(j("'cells'"), j("'sampling':{'seed':-1},'cells'")), "$.sampling.seed");
    }
    void oneMistake() {
        QFETCH(QString, text);
        QFETCH(QString, path);
        QVERIFY(!text.isEmpty());
        const auto paths = errorPaths(text.toStdString());
        QVERIFY2(std::find(paths.begin(), paths.end(), path.toStdString()) != paths.end(),
                 paths.empty() ? "no error" : paths[0].c_str());
    }
    void fewRepeatsAreAWarningNotAnError() {
        const auto problems = problemsOf(kSmall);
        QCOMPARE(problems.size(), std::size_t(1));
        QVERIFY(problems[0].warning);
        QCOMPARE(problems[0].path, std::string("$.repeats"));
    }
    void hostileTextNeverThrows() {
        std::string text = kSmall;
        for (std::size_t i = 0; i < text.size(); ++i) {
            std::string broken = text;
            broken[i] = char(broken[i] ^ 0x15);
            (void)problemsOf(broken);
            (void)problemsOf(text.substr(0, i));
        }
        (void)problemsOf(std::string(100'000, '['));
    }
    void loopbackIsTheMachineItself() {
        QVERIFY(isLoopbackUrl("http://127.0.0.1:8080"));
        QVERIFY(isLoopbackUrl("http://[::1]:8080/"));
        QVERIFY(isLoopbackUrl("http://localhost"));
        QVERIFY(!isLoopbackUrl("http://127.example.org"));
        QVERIFY(!isLoopbackUrl("http://192.168.1.2"));
    }
    void addresses() {
        const auto url = parseUrl("https://[fe80::1]:9000/api//");
        QVERIFY(url.ok());
        QCOMPARE(url->authority(), std::string("[fe80::1]:9000"));
        QCOMPARE(url->path, std::string("/api"));
        QVERIFY(url->tls);
        QCOMPARE(parseUrl("https://h")->port, 443);
        for (const char* bad : {"", "ftp://h", "http://", "http://h:0", "http://h:70000", "http://h:1:2", "http://h?x",
                                "http://a b", "http://h\r\nX: y", "http://[::1"})
            QVERIFY2(!parseUrl(bad).ok(), bad);
    }
    void aRecordSurvivesItsJournalLine() {
        TurnRecord record;
        record.session = "s";
        record.run = 3;
        record.cap = 3;
        record.cache_mode = CacheMode::Cold;
        record.ttft_ms = 12.5;
        record.t_sent_ns = 123'456'789'012'345;
        record.all_pass = false;
        record.outcome = Outcome::TimeoutIdle;
        Json line;
        writeRecord(line, record);
        QVERIFY(line["cached_tokens"].is_null());
        const auto again = readRecord(Json::parse(line.dump()));
        QVERIFY(again.ok());
        QCOMPARE(*again, record);
        // A journal of before these columns.
        for (const char* column : {"cache_mode_broken", "counts_disagree"}) line.erase(column);
        const auto older = readRecord(line);
        QVERIFY(older.ok() && !older->cache_mode_broken && older->counts_disagree.empty());
        // Written by another hand: no order is promised.
        Json mixed;
        for (auto at = line.rbegin(); at != line.rend(); ++at)
            mixed[at.key()] = *at;
        QCOMPARE(*readRecord(mixed), *older);
        QVERIFY(!readRecord(Json::array({1, 2})).ok());
        line["run"] = "three";
        QCOMPARE(readRecord(line).error().where, std::string("run"));
    }
    void aNumberThatDoesNotFitIsRefusedByName_data() {
        QTest::addColumn<QByteArray>("column");
        QTest::addColumn<QByteArray>("number");
        QTest::addColumn<bool>("fits");
        QTest::addRow("largest int") << QByteArray("run") << QByteArray("2147483647") << true;
        QTest::addRow("one more") << QByteArray("run") << QByteArray("2147483648") << false;
        QTest::addRow("would be run 1") << QByteArray("run") << QByteArray("4294967297") << false;
        QTest::addRow("smallest int") << QByteArray("turn") << QByteArray("-2147483648") << true;
        QTest::addRow("one less") << QByteArray("turn") << QByteArray("-2147483649") << false;
        QTest::addRow("optional") << QByteArray("cap") << QByteArray("4294967299") << false;
        QTest::addRow("largest 64 bits") << QByteArray("seed") << QByteArray("9223372036854775807") << true;
        QTest::addRow("unsigned 64 bits") << QByteArray("seed") << QByteArray("18446744073709551615") << false;
        QTest::addRow("optional 64 bits") << QByteArray("prompt_tokens") << QByteArray("9223372036854775808") << false;
        QTest::addRow("too long for an integer") << QByteArray("n") << QByteArray("123456789012345678901") << false;
    }
    void aNumberThatDoesNotFitIsRefusedByName() {
        QFETCH(QByteArray, column);
        QFETCH(QByteArray, number);
        QFETCH(bool, fits);
        Json line;
        writeRecord(line, TurnRecord{});
        line[column.toStdString()] = Json::parse(number.toStdString());
        const auto record = readRecord(line);
        QCOMPARE(record.ok(), fits);
        if (!fits) QCOMPARE(record.error().where, column.toStdString());
    }
};

LOOPTAX_TEST(tst_plan)
#include "tst_plan.moc"
