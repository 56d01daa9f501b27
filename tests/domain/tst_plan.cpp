#include "loop/loop_design.h"
#include "support/test_registry.h"

#include "domain/plan_check.h"
#include "domain/plan_json.h"
#include "domain/schedule.h"
#include "domain/trust.h"
#include "domain/url.h"
#include "record/record_json.h"

#include <QTest>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <clocale>
#include <limits>

using namespace looptax;

namespace {

// JSON written with ' for ": moc of Qt 6.4 loses the classes of a file with such raw strings in it.
std::string j(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

const std::string kSmall =
    j("{'schema':'looptax.plan/1',"
      "'targets':[{'id':'llamacpp','kind':'llama-server','url':'http://127.0.0.1:8080'}],"
      "'cells':[{'design':'A','turns':[1,3]},{'design':'C','turns':[3]},{'design':'D','turns':[3],'padding':[1,3]}]}");

std::vector<Problem> problemsOf(const std::string& text) {
    ParsedPlan parsed = readPlan(text);
    std::vector<Problem> out = parsed.problems;
    for (Problem& problem : checkPlan(parsed.plan, catalogue())) out.push_back(problem);
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
    void aSamplingFieldThatIsNullIsLeftOutAndStaysSo_data() {
        QTest::addColumn<QString>("field");
        for (const char* field : {"temperature", "top_p", "top_k", "min_p", "repeat_penalty", "seed"})
            QTest::addRow("%s", field) << QString::fromLatin1(field);
    }
    void aSamplingFieldThatIsNullIsLeftOutAndStaysSo() {
        QFETCH(QString, field);
        const std::string text = with(j("'cells'"), j("'sampling':{'" + field.toStdString() + "':null},'cells'"));
        QVERIFY(errorPaths(text).empty());
        const Plan plan = readPlan(text).plan;
        QVERIFY(plan != readPlan(kSmall).plan);
        const Sampling& s = plan.sampling;
        const int left = int(s.temperature.has_value()) + int(s.top_p.has_value()) + int(s.top_k.has_value()) +
                         int(s.min_p.has_value()) + int(s.repeat_penalty.has_value()) + int(s.seed.has_value());
        QCOMPARE(left, 5);
        QCOMPARE(requestSeed(s, 3).has_value(), field != QLatin1String("seed"));
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
              "$.cells[0].design: unknown design \"E\" (one of: A, B, C, D, B-tail)",
              "$.cells[0].turns[0]: is 0 (from 1 to 1000)"})
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
        row("the same cell twice",
            with(j("{'design':'A','turns':[1,3]}"), j("{'design':'A','turns':[1,3]},{'design':'A','turns':[3]}")), "$.cells[1]");
        row("managed with a port",
            with(j("'url':'http://127.0.0.1:8080'"), j("'managed':{'command':'x','model_file':'m','args':['--port','1']}")),
            "$.targets[0].managed.args[0]");
        row("managed with a context",
            with(j("'url':'http://127.0.0.1:8080'"), j("'managed':{'command':'x','model_file':'m','args':['-c','1']}")),
            "$.targets[0].managed.args[0]");
        row("managed and an address",
            with(j("'url':'http://127.0.0.1:8080'"), j("'url':'http://h','managed':{'command':'x','model_file':'m'}")),
            "$.targets[0].url");
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
    void aKeyGivenTwiceIsAnErrorWithItsPath_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("key");
        const auto row = [](const char* title, const std::string& text, const char* path, const char* key) {
            QTest::addRow("%s", title) << QString::fromStdString(text) << QString::fromLatin1(path) << QString::fromLatin1(key);
        };
        row("at the top", with(j("'cells'"), j("'repeats':9,'repeats':9,'cells'")), "$.repeats", "repeats");
        row("the same value", with(j("'cells'"), j("'name':'x','name':'x','cells'")), "$.name", "name");
        row("far apart", with(j("'schema'"), j("'cells':[],'schema'")), "$.cells", "cells");
        row("in a target", with(j("'kind'"), j("'id':'b','kind'")), "$.targets[0].id", "id");
        row("in a managed command",
            with(j("'url':'http://127.0.0.1:8080'"), j("'managed':{'command':'x','model_file':'m','command':'y'}")),
            "$.targets[0].managed.command", "command");
        row("in the second cell", with(j("'C','turns':[3]"), j("'C','turns':[3],'turns':[3]")), "$.cells[1].turns", "turns");
        row("in an object", with(j("'cells'"), j("'sampling':{'seed':1,'seed':1},'cells'")), "$.sampling.seed", "seed");
        row("an object", with(j("'cells'"), j("'reply':{},'reply':{},'cells'")), "$.reply", "reply");
        row("written in another way", with(j("'cells'"), j("'repeats':9,'\\u0072epeats':9,'cells'")), "$.repeats", "repeats");
        row("in a list in a list", with(j("[1,3]}"), j("[[{'a':1,'a':1}]]}")), "$.cells[0].turns[0][0].a", "a");
    }
    void aKeyGivenTwiceIsAnErrorWithItsPath() {
        QFETCH(QString, text);
        QFETCH(QString, path);
        QFETCH(QString, key);
        QVERIFY(!text.isEmpty());
        std::string all;
        int said = 0;
        for (const Problem& problem : readPlan(text.toStdString()).problems) {
            all += problem.text() + "\n";
            said += !problem.warning && problem.path == path.toStdString() &&
                            problem.message == "key \"" + key.toStdString() + "\" is given twice"
                        ? 1
                        : 0;
        }
        QVERIFY2(said == 1, all.c_str());
    }
    void theSameKeyInTwoObjectsIsNoError() {
        QVERIFY(readPlan(kSmall).problems.empty()); // "design" and "turns" are in each of the cells
        QVERIFY(readPlan(with(j("'cells'"), j("'task':{'seed':1},'sampling':{'seed':1},'cells'"))).problems.empty());
    }
    void whatIsNoTextOfAPlanIsOneError_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("said");
        const auto bytes = [](const std::string& text) { return QByteArray(text.data(), qsizetype(text.size())); };
        QTest::addRow("a zero byte after the end") << bytes(kSmall + '\0') << QByteArray("is not JSON: a zero byte is in line 1");
        QTest::addRow("a zero byte and more") << bytes(kSmall + "\n" + '\0' + "more") << QByteArray("a zero byte is in line 2");
        QTest::addRow("a zero byte before") << bytes('\0' + kSmall) << QByteArray("zero byte");
        QTest::addRow("two plans") << bytes(kSmall + kSmall) << QByteArray("is not JSON");
        QTest::addRow("more after the end") << bytes(kSmall + "\nEOF\n") << QByteArray("is not JSON");
        QTest::addRow("a comma too many") << bytes(kSmall.substr(0, kSmall.size() - 1) + ",}") << QByteArray("is not JSON");
        QTest::addRow("nothing") << QByteArray() << QByteArray("is not JSON");
        QTest::addRow("null") << QByteArray("null") << QByteArray("must be an object");
        QTest::addRow("endlessly deep") << bytes(std::string(1'000'000, '[') + std::string(1'000'000, ']'))
                                        << QByteArray("nests deeper than 64 levels");
        QTest::addRow("endlessly deep in a key")
            << bytes(with(j("'cells'"), j("'order':") + std::string(500'000, '[') + std::string(500'000, ']') + j(",'cells'")))
            << QByteArray("nests deeper than 64 levels");
    }
    void whatIsNoTextOfAPlanIsOneError() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, said);
        const auto problems = readPlan(text.toStdString()).problems;
        QCOMPARE(problems.size(), std::size_t(1));
        QCOMPARE(problems[0].path, std::string("$"));
        QVERIFY2(problems[0].text().find(said.toStdString()) != std::string::npos, problems[0].text().c_str());
    }
    // Each list and each number in its range, and the whole far beyond what can be held.
    void theWholePlanIsBounded_data() {
        QTest::addColumn<int>("targets");
        QTest::addColumn<int>("longest"); // turns 1 to that
        QTest::addColumn<int>("caps");
        QTest::addColumn<int>("modes");
        QTest::addColumn<int>("repeats");
        QTest::addColumn<QByteArray>("path"); // empty: it is allowed
        QTest::addColumn<QByteArray>("turns");
        QTest::addRow("exactly the most") << 1 << 4 << 1 << 10 << 10'000 << QByteArray() << QByteArray();
        QTest::addRow("the most, for two targets") << 2 << 4 << 1 << 5 << 10'000 << QByteArray() << QByteArray();
        QTest::addRow("repeats") << 1 << 100 << 1 << 1 << 10'000 << QByteArray("$.repeats") << QByteArray("50500000");
        QTest::addRow("lists") << 1 << 1000 << 1000 << 1 << 1 << QByteArray("$.cells") << QByteArray("500500000");
        QTest::addRow("targets") << 3000 << 30 << 1 << 1 << 1 << QByteArray("$.cells") << QByteArray("1395000");
        QTest::addRow("everything") << 1000 << 1000 << 1000 << 3 << 10'000 << QByteArray("$.cells")
                                    << QByteArray("15015000000000000");
    }
    void theWholePlanIsBounded() {
        QFETCH(int, targets);
        QFETCH(int, longest);
        QFETCH(int, caps);
        QFETCH(int, modes);
        QFETCH(int, repeats);
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, turns);
        Plan plan = readPlan(kSmall).plan;
        plan.targets.assign(std::size_t(targets), plan.targets[0]);
        for (int i = 0; i < targets; ++i) plan.targets[std::size_t(i)].id = "t" + std::to_string(i);
        plan.cells = {{"C", {}, {}, {}}};
        for (int n = 1; n <= longest; ++n) plan.cells[0].turns.push_back(n);
        for (int n = 1; n <= caps; ++n) plan.cells[0].cap.push_back(n);
        // More modes than there are, to reach the limit exactly; a mode given twice is another error, and not looked at.
        plan.cache_modes.assign(std::size_t(modes), CacheMode::Cold);
        plan.repeats = repeats;
        std::vector<Problem> said;
        for (Problem& problem : checkPlan(plan, catalogue()))
            if (problem.message.find(" turns, and 1000000 are the most") != std::string::npos) said.push_back(std::move(problem));
        QCOMPARE(said.size(), std::size_t(path.isEmpty() ? 0 : 1));
        if (path.isEmpty()) return;
        QVERIFY(!said[0].warning);
        QCOMPARE(said[0].path, path.toStdString());
        QCOMPARE(said[0].message, "the plan comes to " + turns.toStdString() + " turns, and 1000000 are the most");
    }
    void aNumberOutOfItsRangeIsSaidOnce() {
        Plan plan = readPlan(kSmall).plan;
        plan.repeats = 2'000'000'000;
        int errors = 0;
        for (const Problem& problem : checkPlan(plan, catalogue())) errors += problem.warning ? 0 : 1;
        QCOMPARE(errors, 1);
    }
    void noPlanIsTooLargeToBeCounted() {
        Plan plan = readPlan(kSmall).plan;
        plan.repeats = std::numeric_limits<int>::max();
        plan.cells = {{"C", std::vector<int>(100'000, std::numeric_limits<int>::max()), std::vector<int>(100'000, 1), {}}};
        const PlanCounts counts = countPlan(plan, catalogue());
        QCOMPARE(counts.turns, std::int64_t(1'000'000'000'000'000'000));
        plan.repeats = -5;
        plan.cells[0].turns = {-7, 0};
        QCOMPARE(countPlan(plan, catalogue()).turns, std::int64_t(0));
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
        for (const char* own : {"http://0.0.0.0:8080", "http://[::]:8080", "http://127.9.9.9", "http://LocalHost:1",
                                "http://my.localhost", "HTTP://127.0.0.1:1", " http://127.0.0.1:1 "})
            QVERIFY2(isLoopbackUrl(own), own);
        for (const char* other :
             {"http://127.example.org", "http://192.168.1.2", "http://127.1", "http://0", "http://0.0.0.1",
              "http://localhost.example.org", "http://mylocalhost", "http://[::ffff:127.0.0.1]", "http://[::2]"})
            QVERIFY2(!isLoopbackUrl(other), other);
    }
    void addresses() {
        const auto url = parseUrl("https://[fe80::1]:9000/api//");
        QVERIFY(url.ok());
        QCOMPARE(url->authority(), std::string("[fe80::1]:9000"));
        QCOMPARE(url->path, std::string("/api"));
        QVERIFY(url->tls);
        QCOMPARE(parseUrl("https://h")->port, 443);
        QCOMPARE(url->text(), std::string("https://[fe80::1]:9000/api"));
        for (const auto& [typed, read] : {std::pair{"HTTP://h:1", "http://h:1"},
                                          {"HttpS://h/V1/", "https://h:443/V1"},
                                          {" http://h:1/v1", "http://h:1/v1"},
                                          {"http://h:1\t\n", "http://h:1"},
                                          {"http://h//v1", "http://h:80/v1"},
                                          {"http://h///a//b//", "http://h:80/a/b"},
                                          {"http://h/", "http://h:80"},
                                          {"http://h//", "http://h:80"}})
            QCOMPARE(parseUrl(typed)->text(), std::string(read));
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
        for (auto at = line.rbegin(); at != line.rend(); ++at) mixed[at.key()] = *at;
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
