// Two sessions beside each other as a document: what differs around them first, nothing pooled, no target guessed.
#include "compare_sessions.h"
#include "golden_parts.h"
#include "html_check.h"
#include "number_check.h"
#include "report_sessions.h"
#include "support/golden.h"
#include "support/test_registry.h"

#include "base/text.h"
#include "report/report_compare.h"

#include <nlohmann/json.hpp>

#include <QRegularExpression>
#include <QTest>

using namespace looptax;

namespace {

Instrument kept() {
    Instrument out;
    out.machine = "bench";
    out.date = "2026-11-24T00:00:00.000Z";
    out.ours.ttft_ms = {180, 0.04, 0.05, 0.13, 0.17};
    out.ours.decode_percent = {180, 0, 0.003, 0.03, 0.04};
    return out;
}

struct Pair {
    ReportInputs first, second;
    SessionComparison comparison;
};

Pair compared(const SessionBuilder& first, const SessionBuilder& second, const std::vector<TargetPair>& wanted = {}) {
    Pair out{inputsOf(first), inputsOf(second), {}};
    out.first.instrument = out.second.instrument = kept();
    auto comparison = compareReports(out.first, out.second, wanted);
    if (!comparison) qFatal("%s", comparison.error().text().c_str());
    out.comparison = comparison.take();
    return out;
}

Error refused(const SessionBuilder& first, const SessionBuilder& second, const std::vector<TargetPair>& wanted = {}) {
    const auto comparison = compareReports(inputsOf(first), inputsOf(second), wanted);
    return comparison ? Error{} : comparison.error();
}

std::string markdown(const Pair& pair) {
    return doc::markdownDocument(compareDocument(pair.first, pair.second, pair.comparison));
}

} // namespace

class tst_report_compare : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyNumberOfTheDocumentIsInTheJson() {
        for (const auto& [first, second] : {std::pair(comparedFirst(), comparedSecond()), {noisySession(), noisySession()}}) {
            Pair pair{inputsOf(first), inputsOf(second), {}};
            pair.first.instrument = pair.second.instrument = kept();
            if (Json session = *pair.second.sessions.front(); session["session"] == (*pair.first.sessions.front())["session"]) {
                session["session"] = "20261125-111111-22222222";
                pair.second.sessions.front() = std::make_shared<const Json>(session);
            }
            pair.comparison = compareReports(pair.first, pair.second, {}).take();
            const doc::Document document = compareDocument(pair.first, pair.second, pair.comparison);
            const Json json = Json::parse(compareJson(pair.first, pair.second, pair.comparison));
            for (const NumberCheck& of : {numbersOfTables(document, json), numbersOfSentences(document, json)}) {
                QVERIFY2(of.missing.empty(), joined(of.missing, "\n").c_str());
                QVERIFY(of.found > 5);
            }
        }
    }
    void theBytesAreThoseThatWereLookedAt() {
        const Pair pair = compared(comparedFirst(), comparedSecond());
        const doc::Document document = compareDocument(pair.first, pair.second, pair.comparison);
        const std::string html = doc::htmlDocument(document), json = compareJson(pair.first, pair.second, pair.comparison);
        for (const auto& [ending, bytes] : {std::pair<std::string, std::string>{".md", doc::markdownDocument(document)},
                                            {".summary.txt", jsonAsTables(Json::parse(json))}}) {
            const std::string difference = goldenDifference("report/compare" + ending, bytes);
            QVERIFY2(difference.empty(), difference.c_str());
        }
        QVERIFY(json == Json::parse(json).dump(2) + "\n");
        for (const std::string& problem : htmlProblems(html)) QFAIL(problem.c_str());
        const std::string difference = differenceFromPage(document, html), problems = validatorProblems({{"compare", html}});
        QVERIFY2(difference.empty(), difference.c_str());
        QVERIFY2(problems.empty(), problems.c_str());
    }
    void whatDiffersAroundThemComesFirst() {
        const Pair pair = compared(comparedFirst(), comparedSecond());
        const std::string text = markdown(pair);
        const std::size_t environment = text.find("## What differs around them");
        QVERIFY(environment != std::string::npos && environment < text.find("## What is compared, and what is not"));
        QVERIFY(text.find("## What is compared, and what is not") < text.find("## Time to first token"));
        std::map<std::string, std::pair<std::string, std::string>> facts;
        for (const EnvironmentFact& fact : pair.comparison.environment.differ) facts[fact.what] = {fact.first, fact.second};
        using Both = std::pair<std::string, std::string>;
        QVERIFY(facts.at("target llamacpp / lc: build") == (Both{"b9999", "b10100 | <b>new</b>"}));
        QVERIFY(facts.at("target llamacpp / lc: command and flags") ==
                (Both{"llama-server -np 1", "llama-server -np 1 --swa-full"}));
        QVERIFY(facts.at("target llamacpp / lc: server's own samplers, top_k") == (Both{"40", "20"}));
        QVERIFY(facts.count("plan SHA-256") == 1);
        QVERIFY(facts.count("target llamacpp / lc: model digest") == 0);
        const auto& unknown = pair.comparison.environment.unknown;
        QVERIFY(std::find(unknown.begin(), unknown.end(), "target llamacpp / lc: chat template SHA-256") != unknown.end());
    }
    void everyConditionThatDiffersIsNamed_data() {
        QTest::addColumn<std::string>("what");
        for (const char* what : {"host: cores",
                                 "host: since which start of the machine",
                                 "looptax version",
                                 "temperature",
                                 "seed",
                                 "seed policy",
                                 "repeats",
                                 "order seed",
                                 "reply format",
                                 "max_tokens",
                                 "thinking",
                                 "after a bad turn",
                                 "context asked for",
                                 "task seed",
                                 "cache modes",
                                 "rules of the analysis",
                                 "task text SHA-256",
                                 "in one go or resumed",
                                 "target llamacpp: slots",
                                 "target llamacpp: model"})
            QTest::newRow(what) << std::string(what);
    }
    void everyConditionThatDiffersIsNamed() {
        QFETCH(std::string, what);
        ReportInputs first = inputsOf(comparedFirst()), second = inputsOf(comparedFirst());
        Json a = *first.sessions[0];
        a["host"]["boot_id"] = "one";
        a["task"]["sha256"] = "cafe";
        first.sessions = {std::make_shared<const Json>(a)};
        Json b = a;
        Plan& plan = *second.plan;
        if (what == "host: cores") b["host"]["cores"] = 64;
        if (what == "host: since which start of the machine") b["host"]["boot_id"] = "two";
        if (what == "looptax version") b["looptax"]["version"] = "0.9.0";
        if (what == "task text SHA-256") b["task"]["sha256"] = "beef";
        if (what == "target llamacpp: slots") b["targets"][0]["slots"] = 4;
        if (what == "target llamacpp: model") b["targets"][0]["model"] = "other.gguf";
        if (what == "temperature") plan.sampling.temperature = 0.9;
        if (what == "seed") plan.sampling.seed = 7;
        if (what == "seed policy") plan.sampling.seed_policy = SeedPolicy::PerRun;
        if (what == "repeats") second.amendments.push_back({"", "repeats 6 -> 8", "", true, {}, 8});
        if (what == "order seed") plan.order_seed = 2;
        if (what == "reply format") plan.reply.format = ReplyFormat::AnyJson;
        if (what == "max_tokens") plan.reply.max_tokens = 99;
        if (what == "thinking") plan.reply.thinking = true;
        if (what == "after a bad turn") plan.on_bad_turn = OnBadTurn::Oracle;
        if (what == "context asked for") plan.context_tokens = 4096;
        if (what == "task seed") plan.task.seed = 2;
        if (what == "cache modes") plan.cache_modes = {CacheMode::Cold};
        if (what == "rules of the analysis") plan.analysis.alpha = 0.01;
        second.sessions = {std::make_shared<const Json>(b)};
        if (what == "in one go or resumed") second.sessions.push_back(std::make_shared<const Json>(b));
        const Environment e = compareEnvironments(first, second, {{"llamacpp", "llamacpp"}});
        QCOMPARE(e.differ.size(), std::size_t(1));
        QCOMPARE(e.differ[0].what, what);
        QVERIFY(!e.differ[0].first.empty() && !e.differ[0].second.empty());
        const Environment same = compareEnvironments(first, first, {{"llamacpp", "llamacpp"}});
        QVERIFY(same.differ.empty());
    }
    void noNumberIsOverBothAndNoneIsMadeUp() {
        const Pair pair = compared(comparedFirst(), comparedSecond());
        const std::string json = compareJson(pair.first, pair.second, pair.comparison), text = markdown(pair);
        QVERIFY(Json::parse(json)["pooled"].is_null());
        QVERIFY(has(text, "Nothing is pooled."));
        static const QRegularExpression kNone(QStringLiteral("\\b(-?nan|NaN|-?inf|Infinity)\\b"));
        QVERIFY(!kNone.match(QString::fromStdString(text + json)).hasMatch());
        QVERIFY(!has(text, "<b>new</b>")); // escaped, whatever a server calls itself
    }
    void targetsAreMatchedAndSaidHow() {
        const auto how = [](const Pair& pair) { return pair.comparison.targets.how.at(0); };
        QCOMPARE(how(compared(comparedFirst(), comparedSecond())),
                 std::string("llamacpp is set beside lc: the only two of kind llama-server that ran the same cells."));
        QCOMPARE(how(compared(comparedFirst(), oneDesign("A", "llamacpp", TargetKind::LlamaServer, kOtherId))),
                 std::string("llamacpp has the same name and the same kind of runtime in both (llama-server)."));
        const Pair asked =
            compared(comparedFirst(), oneDesign("A", "home", TargetKind::Ollama, kOtherId), {{"llamacpp", "home"}});
        QCOMPARE(how(asked), std::string("llamacpp is set beside home because it was asked for: llama-server and ollama are "
                                         "different runtimes."));
        QVERIFY(has(markdown(asked), "| target llamacpp / home: runtime | llama-server | ollama |"));
    }
    void whatCannotBeComparedIsSaidWithAWayOut() {
        const auto other = [](const char* design, const char* target, TargetKind kind) {
            return oneDesign(design, target, kind, kOtherId);
        };
        Error error = refused(comparedFirst(), comparedFirst());
        QCOMPARE(error.kind, ErrorKind::Usage);
        QCOMPARE(error.what, std::string("both folders hold the same session, ") + SessionBuilder::kId);
        error = refused(comparedFirst(), other("B", "llamacpp", TargetKind::LlamaServer));
        QCOMPARE(error.kind, ErrorKind::Plan);
        QCOMPARE(error.what,
                 std::string("the sessions have no cell in common on the same kind of runtime: the first has llamacpp "
                             "(llama-server): A run-isolated, C cap 3 run-isolated; the second has llamacpp "
                             "(llama-server): B run-isolated"));
        error = refused(comparedFirst(), other("A", "home", TargetKind::Ollama));
        QVERIFY(has(error.hint, "--match FIRST=SECOND"));
        error = refused(comparedFirst(), other("B", "x", TargetKind::Ollama), {{"llamacpp", "x"}});
        QVERIFY2(has(error.what, "have no cell in common"), error.what.c_str());
        error = refused(comparedFirst(), other("A", "x", TargetKind::Ollama), {{"llamacpp", "y"}});
        QCOMPARE(error.kind, ErrorKind::Usage);
        QCOMPARE(error.hint, std::string("it has: x"));
        error = refused(comparedFirst(), emptySession());
        QCOMPARE(error.kind, ErrorKind::Usage); // the same id; and with another:
        error = refused(comparedFirst(), SessionBuilder(testPlan(), nullptr, kOtherId));
        QCOMPARE(error.what, std::string("the second session has no turn on record: there is nothing to compare"));
    }
    void twoOfAKindAreNotGuessed() {
        Plan plan = testPlan({{"A", {2}, {}, {}}}, 2);
        plan.targets.push_back(plan.targets[0]);
        plan.targets[0].id = "one";
        plan.targets[1].id = "two";
        SessionBuilder b(plan, nullptr, kOtherId);
        for (const ScheduledRun& run : b.schedule()) b.completeRun(run.run);
        const Error error = refused(comparedFirst(), b);
        QCOMPARE(error.kind, ErrorKind::Plan);
        QCOMPARE(error.text(), std::string("which target is which cannot be told: of kind llama-server the first session has "
                                           "llamacpp and the second one, two (say it: --match llamacpp=one)"));
        QCOMPARE(compared(comparedFirst(), b, {{"llamacpp", "two"}}).comparison.targets.pairs.size(), std::size_t(1));
    }
    void oneWithFailuresAloneHasItsRightAnswersCompared() {
        Plan plan = testPlan({{"A", {2}, {}, {}}}, 4);
        SessionBuilder b(plan, nullptr, kOtherId);
        for (const ScheduledRun& run : b.schedule()) {
            b.runStart(run.run);
            TurnRecord record = b.goodTurn(run.run, 1);
            SessionBuilder::fail(record, Outcome::HttpError, "HTTP 500");
            b.turn(record, "");
            b.runEnd(run.run, RunOutcome::Failed);
        }
        const Pair pair = compared(comparedFirst(), b);
        QVERIFY(pair.comparison.turns.metrics.empty());
        const std::string text = markdown(pair);
        QVERIFY(has(text, "S2 has no complete run"));
        QVERIFY(has(text, "| 1 | 6 of 6 | 0 of 4 |"));
    }
    void simulatedNumbersAreMarked() {
        Plan plan = testPlan({{"A", {2}, {}, {}}}, 2);
        plan.targets[0].model = "simulated-oracle";
        SessionBuilder b(plan, nullptr, kOtherId);
        for (const ScheduledRun& run : b.schedule()) b.completeRun(run.run);
        const Pair pair = compared(comparedFirst(), b);
        const doc::Document document = compareDocument(pair.first, pair.second, pair.comparison);
        QCOMPARE(document.title, std::string("Two sessions beside each other, in part SIMULATED"));
        QVERIFY(has(doc::markdownDocument(document), "SIMULATED: design A"));
    }
    // The post's own A table: log-log elasticity 0.97, statistics.md TV4.
    void thePublishedShapeStandsBesideOursAndTheLevelApart() {
        Plan plan = testPlan({{"A", {12}, {}, {}}}, 2);
        SessionBuilder b(plan);
        for (const ScheduledRun& run : b.schedule())
            b.completeRun(run.run, [](TurnRecord& turn) { SessionBuilder::setTtft(turn, 30); });
        const doc::Document document = besidePublished(inputsOf(b));
        const std::string text = doc::markdownDocument(document);
        QVERIFY2(has(text, "| A full context | the post | 5 | not stated | 0.97 |"), text.c_str());
        QVERIFY2(has(text, "llamacpp, run-isolated | 1 | cold |  |  | 0.50 |"), text.c_str());
        QVERIFY2(has(text, "llamacpp, run-isolated | 4 | warm | 0.00 |"), text.c_str());
        QVERIFY(has(text, "| 0.03 to 0.24 |")); // 30 ms over 1046 ... 126
        QVERIFY(has(text, "never averaged with ours"));
        QVERIFY(has(text, "## Beside the published study"));
        for (const std::string& problem : htmlProblems(doc::htmlDocument(document))) QFAIL(problem.c_str());
        QVERIFY(
            has(doc::markdownDocument(besidePublished(inputsOf(failedSession()))), "there is nothing to set beside its tables"));
    }
};

LOOPTAX_TEST(tst_report_compare)
#include "tst_report_compare.moc"
