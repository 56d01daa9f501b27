// What runs here, found in parallel and without a word to any model: kind, version, models, context, slots,
// doubts.
#include "chat_lab.h"
#include "support/loopback.h"
#include "support/test_registry.h"

#include "runtime/probe.h"

#include <QTest>

#include <algorithm>
#include <thread>
#include <vector>

using namespace looptax;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string urlOf(int port) { return "http://127.0.0.1:" + std::to_string(port); }

int doubtsWith(const ProbeFinding& finding, const std::string& part) {
    int count = 0;
    for (const std::string& doubt : finding.facts.doubts) count += has(doubt, part) ? 1 : 0;
    return count;
}

// "what: why it matters; what to do"
bool hasThreeParts(const std::string& doubt) {
    const std::size_t why = doubt.find(": "), mend = doubt.rfind("; ");
    return why != std::string::npos && mend != std::string::npos && why > 0 && mend > why + 20 && doubt.size() > mend + 15;
}

SimScript answer(int status, std::string body) {
    std::replace(body.begin(), body.end(), '\'', '"');
    return FaultKit::script({FaultKit::send(httpAnswer(status, "application/json", body))});
}

struct Timed {
    std::vector<ProbeFinding> findings;
    double seconds = 0;
};

Timed timed(const std::vector<std::string>& urls) {
    SystemClock clock;
    const std::int64_t began = clock.monotonicNs();
    Timed out{probe(urls, clock), 0};
    out.seconds = double(clock.monotonicNs() - began) / 1e9;
    return out;
}

} // namespace

class tst_probe : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theKnownPorts() {
        const auto urls = knownUrls();
        for (const int port : {11434, 8080, 9931, 1234, 8000, 30000})
            QVERIFY(std::find(urls.begin(), urls.end(), urlOf(port)) != urls.end());
    }

    void aLlamaServer() {
        SimOptions options;
        options.slots = 4;
        options.context_tokens = 8'192;
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        const ProbeFinding found = timed({server.url()}).findings[0];
        QVERIFY2(found.answers && found.problem.empty(), found.problem.c_str());
        QCOMPARE(found.kind, TargetKind::LlamaServer);
        QCOMPARE(found.product, std::string("llama-server"));
        QCOMPARE(found.facts.version, std::string("simulated-b0"));
        QVERIFY(found.facts.models == std::vector<std::string>{server.model()});
        QCOMPARE(found.facts.context_tokens.value_or(0), std::int64_t(8'192));
        QCOMPARE(found.facts.slots.value_or(0), 4);
        QCOMPARE(doubtsWith(found, "4 slots"), 1);
        QCOMPARE(doubtsWith(found, "-np 1"), 1);
        QCOMPARE(doubtsWith(found, "--cache-ram 0"), 1);
        QCOMPARE(doubtsWith(found, "request is in progress"), 0);
        QCOMPARE(server.chatCount(), 0);
    }

    void oneSlotIsNoDoubt() {
        ScriptedServer server;
        QVERIFY(server.start().ok());
        QCOMPARE(doubtsWith(timed({server.url()}).findings[0], "slots"), 0);
    }

    void anothersRequestIsSeen() {
        SimOptions options;
        options.cost.interval_ms = 60'000; // one token, then a minute of none
        ChatLab lab(options);
        std::thread other([&] { lab.chat(); });
        QVERIFY(lab.server.waitForChats(1, 5'000));
        QTRY_COMPARE(doubtsWith(timed({lab.server.url()}).findings[0], "another request is in progress"), 1);
        lab.cancel = true;
        other.join();
        QTRY_COMPARE(doubtsWith(timed({lab.server.url()}).findings[0], "another request is in progress"), 0);
        QCOMPARE(lab.server.chatCount(), 1);
    }

    void aServerThatLoadsItsModel() {
        ScriptedServer server;
        QVERIFY(server.start().ok());
        for (const char* path : {"/props", "/health", "/api/version"})
            server.setPath(path, answer(503, "{'error':{'code':503,'message':'Loading model','type':'unavailable_error'}}"));
        const ProbeFinding found = timed({server.url()}).findings[0];
        QVERIFY(found.answers);
        QCOMPARE(found.kind, TargetKind::LlamaServer);
        QVERIFY2(has(found.problem, "loading"), found.problem.c_str());
    }

    void anOllama() {
        SimOptions options;
        options.dialect = TargetKind::Ollama;
        options.other_models = {"other:1b"};
        ChatLab lab(options);
        ProbeFinding found = timed({lab.server.url()}).findings[0];
        QVERIFY2(found.answers && found.problem.empty(), found.problem.c_str());
        QCOMPARE(found.kind, TargetKind::Ollama);
        QCOMPARE(found.product, std::string("Ollama"));
        QCOMPARE(found.facts.version, std::string("0.0.0-simulated"));
        QVERIFY((found.facts.models == std::vector<std::string>{lab.server.model(), "other:1b"}));
        QVERIFY(!found.facts.context_tokens && !found.facts.slots); // nothing is loaded: absent, not 0
        QCOMPARE(doubtsWith(found, "does not report which prompt tokens were cached"), 1);
        QCOMPARE(lab.server.chatCount(), 0);
        // Once a model is loaded its context is known.
        QCOMPARE(lab.chat().first.outcome, Outcome::Ok);
        found = timed({lab.server.url()}).findings[0];
        QCOMPARE(found.facts.context_tokens.value_or(0), std::int64_t(4'096));
    }

    // Its source of 0.33.3 (pull request 17943) is the first that has prompt_eval_cached_count.
    void anOllamaThatCountsCachedTokensIsNotDoubted_data() {
        QTest::addColumn<QByteArray>("version");
        QTest::addColumn<int>("doubts");
        const auto row = [](const char* version, int doubts) { QTest::addRow("%s", version) << QByteArray(version) << doubts; };
        row("0.33.2", 1);
        row("0.9.11", 1); // numbers are compared, not letters
        row("0.33.3-rc1", 1);
        row("0.33.3", 0);
        row("0.33.10", 0);
        row("0.34.0-rc0", 0);
        row("0.34.0", 0);
        row("1.0.0", 0);
        row("0.0.0", 1); // built without a version
        row("0.34", 1);
        row("main", 1);
    }
    void anOllamaThatCountsCachedTokensIsNotDoubted() {
        QFETCH(QByteArray, version);
        QFETCH(int, doubts);
        SimOptions options;
        options.dialect = TargetKind::Ollama;
        ChatLab lab(options);
        lab.server.setPath("/api/version", answer(200, "{'version':'" + version.toStdString() + "'}"));
        const ProbeFinding found = timed({lab.server.url()}).findings[0];
        QCOMPARE(found.facts.version, version.toStdString());
        QCOMPARE(doubtsWith(found, "does not report which prompt tokens were cached"), doubts);
        const auto facts = lab.client->facts(lab.server.model(), lab.cancel);
        QVERIFY(facts.ok());
        QVERIFY(facts->doubts == found.facts.doubts);
    }

    void anOpenAiCompatibleServer() {
        SimOptions options;
        options.dialect = TargetKind::OpenAi;
        options.other_models = {"other"};
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        ProbeFinding found = timed({server.url()}).findings[0];
        QVERIFY2(found.answers && found.problem.empty(), found.problem.c_str());
        QCOMPARE(found.kind, TargetKind::OpenAi);
        QVERIFY((found.facts.models == std::vector<std::string>{server.model(), "other"}));
        QVERIFY(!found.facts.context_tokens && found.facts.version.empty());
        QCOMPARE(doubtsWith(found, "cache cannot be switched"), 1);
        QCOMPARE(doubtsWith(found, "does not report the context size"), 1);
        // vLLM's way of telling it.
        server.setPath("/v1/models", answer(200, "{'object':'list','data':[{'id':'m','max_model_len':32768}]}"));
        found = timed({server.url()}).findings[0];
        QCOMPARE(found.facts.context_tokens.value_or(0), std::int64_t(32'768));
        QCOMPARE(doubtsWith(found, "does not report the context size"), 0);
    }

    void everyDoubtSaysWhyItMattersAndWhatToDo_data() {
        QTest::addColumn<int>("dialect");
        for (const TargetKind dialect : {TargetKind::LlamaServer, TargetKind::Ollama, TargetKind::OpenAi})
            QTest::newRow(std::string(name(dialect)).c_str()) << int(dialect);
    }
    void everyDoubtSaysWhyItMattersAndWhatToDo() {
        QFETCH(int, dialect);
        SimOptions options;
        options.dialect = TargetKind(dialect);
        options.slots = 4;
        options.cost.interval_ms = 60'000;
        ChatLab lab(options);
        std::thread other([&] { lab.chat(); });
        QVERIFY(lab.server.waitForChats(1, 5'000));
        auto doubts = timed({lab.server.url()}).findings[0].facts.doubts;
        lab.cancel = true;
        other.join();
        SystemClock clock;
        const CancelFlag cancel{false};
        const auto facts = makeRuntimeClient(TargetKind(dialect), lab.server.url(), {}, kTestDeadlines, clock)
                               ->facts(lab.server.model(), cancel);
        QVERIFY(facts.ok());
        // What the probe finds doubtful the sweep writes into the journal, and the other way round.
        for (const std::string& doubt : facts->doubts)
            QVERIFY2(std::find(doubts.begin(), doubts.end(), doubt) != doubts.end(), doubt.c_str());
        QVERIFY(!doubts.empty());
        for (const std::string& doubt : doubts) QVERIFY2(hasThreeParts(doubt), doubt.c_str());
    }

    void aKeyThatIsAskedForIsSaid() {
        for (const TargetKind dialect : {TargetKind::LlamaServer, TargetKind::OpenAi}) {
            SimOptions options;
            options.dialect = dialect;
            options.api_key = "secret";
            ScriptedServer server(options);
            QVERIFY(server.start().ok());
            const ProbeFinding found = timed({server.url()}).findings[0];
            QVERIFY(found.answers);
            QVERIFY2(has(found.problem, "api_key_env"), found.problem.c_str());
        }
    }

    // Routes of the one are imitated by others: two things must speak for a name.
    void whoAnswersIsKnownByTwoSigns_data() {
        QTest::addColumn<QStringList>("routes"); // path, status, body; anything else is 404
        QTest::addColumn<QString>("product");    // "" = none of the known APIs
        QTest::addColumn<QStringList>("says");   // parts of the problem
        QTest::addColumn<int>("models");
        const QString sum = QString(64, QLatin1Char('a'));
        const QString tags = QStringLiteral("{'models':[{'name':'m:latest','digest':'%1'}]}");
        const QString page = QStringLiteral("<!doctype html><html><head><title>Open WebUI</title></head></html>");
        const QString list = QStringLiteral("{'object':'list','data':[{'id':'m'}]}");
        const QString noKey = QStringLiteral("{'error':{'code':401,'message':'Invalid API Key','type':'authentication_error'}}");
        const QString llamaList = QStringLiteral("{'object':'list','data':[{'id':'m.gguf','owned_by':'llamacpp'}]}");
        const QString ok = QStringLiteral("200"), unknown = QStringLiteral("401");
        const auto route = [](const char* path, const QString& status, const QString& body) {
            return QStringList{QLatin1String(path), status, body};
        };
        const QStringList own = route("/api/version", ok, QStringLiteral("{'version':'0.6.34'}"));
        QTest::newRow("Ollama") << own + route("/api/tags", ok, tags.arg(sum)) << QStringLiteral("Ollama") << QStringList() << 1;
        QTest::newRow("Ollama without a model")
            << own + route("/api/tags", ok, QStringLiteral("{'models':[]}")) + route("/", ok, QStringLiteral("Ollama is running"))
            << QStringLiteral("Ollama") << QStringList() << 0;
        // Open WebUI: its backend has an /api/version and an open /api/config, the rest below /api asks for a key, any other path
        // is its page.
        QTest::newRow("Open WebUI")
            << own + route("/api/config", ok, QStringLiteral("{'status':true,'name':'Open WebUI','version':'0.6.34'}")) +
                   route("/api/tags", unknown, QStringLiteral("{'detail':'Not authenticated'}")) + route("/props", ok, page) +
                   route("/v1/models", ok, page) + route("/health", ok, QStringLiteral("{'status':true}"))
            << QStringLiteral("Open WebUI")
            << QStringList{QStringLiteral("/api and asks for an API key"), QStringLiteral("api_key_env")} << 0;
        QTest::newRow("Open WebUI under another name")
            << own + route("/api/config", ok, QStringLiteral("{'status':true,'name':'Our chat (Open WebUI)'}"))
            << QStringLiteral("Open WebUI") << QStringList{QStringLiteral("api_key_env")} << 0;
        QTest::newRow("Open WebUI, all of it behind a key")
            << own + route("/api/config", unknown, QStringLiteral("{'detail':'no'}")) +
                   route("/api/tags", unknown, QStringLiteral("{'detail':'no'}")) +
                   route("/v1/models", unknown, QStringLiteral("{'detail':'Not authenticated'}"))
            << QStringLiteral("OpenAI-compatible") << QStringList{QStringLiteral("api_key_env")} << 0;
        QTest::newRow("another application with a version")
            << own + route("/api/tags", ok, page) + route("/props", ok, page) + route("/health", ok, page) +
                   route("/v1/models", ok, page)
            << QString() << QStringList{QStringLiteral("none of the known APIs")} << 0;
        QTest::newRow("a version and empty tags") << own + route("/api/tags", ok, QStringLiteral("{'models':[]}")) << QString()
                                                  << QStringList{QStringLiteral("none of the known APIs")} << 0;
        // KoboldCpp imitates Ollama's list with a digest that is none.
        QTest::newRow("KoboldCpp") << own + route("/api/tags", ok, tags.arg(QStringLiteral("5ca1ab1e"))) +
                                          route("/v1/models", ok, list)
                                   << QStringLiteral("OpenAI-compatible") << QStringList() << 1;
        // llama.cpp pull request 14352: behind --api-key the health and the list of models stay open.
        QTest::newRow("a llama-server behind a key")
            << route("/health", ok, QStringLiteral("{'status':'ok'}")) + route("/v1/models", ok, llamaList) +
                   route("/props", unknown, noKey) + route("/api/version", unknown, noKey)
            << QStringLiteral("llama-server") << QStringList{QStringLiteral("asks for an API key"), QStringLiteral("api_key_env")}
            << 1;
        QTest::newRow("a llama-server behind a key, its list too")
            << route("/health", ok, QStringLiteral("{'status':'ok'}")) + route("/v1/models", unknown, noKey) +
                   route("/props", unknown, noKey)
            << QStringLiteral("llama-server") << QStringList{QStringLiteral("api_key_env")} << 0;
        QTest::newRow("another server behind a key with a health")
            << route("/health", ok, QStringLiteral("{'status':'ok'}")) +
                   route("/v1/models", unknown, QStringLiteral("{'error':'Unauthorized'}")) +
                   route("/props", unknown, QStringLiteral("{'error':'Unauthorized'}"))
            << QStringLiteral("OpenAI-compatible") << QStringList{QStringLiteral("api_key_env")} << 0;
        // LM Studio says 200 to every address.
        const QString odd = QStringLiteral("{'error':'Unexpected endpoint or method. (GET /props)'}");
        QTest::newRow("LM Studio") << route("/api/version", ok, odd) + route("/props", ok, odd) + route("/health", ok, odd) +
                                          route("/v1/models", ok, list)
                                   << QStringLiteral("OpenAI-compatible") << QStringList() << 1;
        QTest::newRow("a bare list of models") << route("/v1/models", ok, QStringLiteral("[{'id':'m'}]"))
                                               << QStringLiteral("OpenAI-compatible") << QStringList() << 1;
        QTest::newRow("no list of models") << route("/v1/models", QStringLiteral("501"), page) << QString()
                                           << QStringList{QStringLiteral("by hand")} << 0;
        QTest::newRow("routes without a version")
            << route("/models", ok, list) << QStringLiteral("OpenAI-compatible") << QStringList() << 1;
    }
    void whoAnswersIsKnownByTwoSigns() {
        QFETCH(QStringList, routes);
        QFETCH(QString, product);
        QFETCH(QStringList, says);
        QFETCH(int, models);
        SimOptions options;
        options.dialect = TargetKind::OpenAi;
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        server.setPath("/v1/models", answer(404, "{'detail':'Not Found'}"));
        for (qsizetype i = 0; i + 2 < routes.size(); i += 3)
            server.setPath(routes[i].toStdString(), answer(routes[i + 1].toInt(), routes[i + 2].toStdString()));
        const ProbeFinding found = timed({server.url()}).findings[0];
        QCOMPARE(found.answers, !product.isEmpty());
        if (!product.isEmpty()) QCOMPARE(QString::fromStdString(found.product), product);
        QCOMPARE(found.problem.empty(), says.isEmpty());
        for (const QString& part : says) QVERIFY2(has(found.problem, part.toStdString()), found.problem.c_str());
        QCOMPARE(int(found.facts.models.size()), models);
        QCOMPARE(server.chatCount(), 0);
    }

    void anAddressInEveryFormIsLookedAt_data() {
        QTest::addColumn<int>("dialect");
        QTest::addColumn<std::string>("path");
        for (const TargetKind dialect : {TargetKind::LlamaServer, TargetKind::Ollama, TargetKind::OpenAi})
            for (const char* path : {"/", "/v1", "/v1/", "//v1", "/V1", "/v1/chat/completions", "/v1/models"})
                QTest::addRow("%s %s", std::string(name(dialect)).c_str(), path) << int(dialect) << std::string(path);
        for (const char* path : {"/api", "/api/chat", "/api/tags"})
            QTest::addRow("ollama %s", path) << int(TargetKind::Ollama) << std::string(path);
    }
    void anAddressInEveryFormIsLookedAt() {
        QFETCH(int, dialect);
        QFETCH(std::string, path);
        SimOptions options;
        options.dialect = TargetKind(dialect);
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        const ProbeFinding found = timed({server.url() + path}).findings[0];
        QVERIFY2(found.answers && found.problem.empty(), found.problem.c_str());
        QCOMPARE(int(found.kind), dialect);
        QVERIFY(found.facts.models == std::vector<std::string>{server.model()});
        QCOMPARE(found.url, server.url() + path);
        QCOMPARE(server.chatCount(), 0);
    }

    void whatIsNoRuntimeIsNotTakenForOne_data() {
        QTest::addColumn<QString>("bytes");
        QTest::newRow("a web page") << QString::fromStdString(httpAnswer(200, "text/html", "<html>router</html>"));
        QTest::newRow("a redirect") << QString::fromStdString(
            httpAnswer(302, "text/html", "", {{"Location", "http://127.0.0.1:9/"}}));
        QTest::newRow("JSON of another kind") << QString::fromStdString(httpAnswer(404, "application/json", "{}"));
        QTest::newRow("a list") << QString::fromStdString(httpAnswer(200, "application/json", "[1,2]"));
        QTest::newRow("SSH") << QStringLiteral("SSH-2.0-OpenSSH_9.2\r\n");
        QTest::newRow("compressed") << QString::fromStdString(
            httpAnswer(200, "application/json", "xx", {{"Content-Encoding", "gzip"}}));
    }
    void whatIsNoRuntimeIsNotTakenForOne() {
        QFETCH(QString, bytes);
        ScriptedServer server;
        QVERIFY(server.start().ok());
        for (const char* path : {"/api/version", "/props", "/health", "/v1/models", "/models", "/api/tags"}) {
            SimScript script = FaultKit::script({FaultKit::send(bytes.toStdString())});
            script.close_after = true;
            server.setPath(path, script);
        }
        const Timed found = timed({server.url()});
        QVERIFY(!found.findings[0].answers);
        QVERIFY2(has(found.findings[0].problem, "answer"), found.findings[0].problem.c_str());
        QVERIFY(found.seconds < 2.0);
    }

    void nothingAnswersInUnderTwoSeconds() {
        // Refused, swallowed, silent after connecting, silent after the head: all six at once.
        RefusingPort refusing;
        BlackHole hole;
        QVERIFY(hole.ok());
        SilentPort silent, silent2;
        ChatLab headOnly;
        headOnly.server.setPath("/api/version", FaultKit::script({FaultKit::send("HTTP/1.1 200 OK\r\n"), FaultKit::hang()}));
        const std::vector<std::string> urls{urlOf(refusing.port()), urlOf(hole.port()),
                                            urlOf(silent.port()),   urlOf(silent2.port()),
                                            headOnly.server.url(),  "http://localhost:" + std::to_string(hole.port())};
        const Timed found = timed(urls);
        QCOMPARE(found.findings.size(), urls.size());
        for (std::size_t i = 0; i < urls.size(); ++i) {
            QCOMPARE(found.findings[i].url, urls[i]); // in the order that was asked
            QVERIFY2(!found.findings[i].problem.empty(), urls[i].c_str());
        }
        QVERIFY(!found.findings[0].answers && !found.findings[1].answers && !found.findings[2].answers);
        QVERIFY2(found.seconds < 2.0, std::to_string(found.seconds).c_str());
    }

    void aServerThatHangsAfterItsFirstAnswerIsNotAskedOn() {
        ScriptedServer server;
        QVERIFY(server.start().ok());
        server.setPath("/props", FaultKit::script({FaultKit::hang()}));
        const Timed found = timed({server.url()});
        QVERIFY(found.findings[0].answers);
        QVERIFY2(has(found.findings[0].problem, "1.2 s"), found.findings[0].problem.c_str());
        QVERIFY2(found.seconds < 2.0, std::to_string(found.seconds).c_str());
        QCOMPARE(server.requestCount(), 2);
    }

    void anAddressThatIsNoneIsSaid() {
        const ProbeFinding found = timed({"127.0.0.1:8080"}).findings[0];
        QVERIFY(!found.answers);
        QVERIFY2(has(found.problem, "http://"), found.problem.c_str());
    }

    void theSlowDoNotHoldUpTheOthers() {
        SilentPort silent;
        ScriptedServer llama;
        SimOptions options;
        options.dialect = TargetKind::Ollama;
        ScriptedServer ollama(options);
        QVERIFY(llama.start().ok() && ollama.start().ok());
        const Timed found = timed({urlOf(silent.port()), llama.url(), ollama.url()});
        QVERIFY(!found.findings[0].answers && found.findings[1].answers && found.findings[2].answers);
        QCOMPARE(found.findings[2].kind, TargetKind::Ollama);
        QVERIFY2(found.seconds < 2.0, std::to_string(found.seconds).c_str());
    }
};

LOOPTAX_TEST(tst_probe)
#include "tst_probe.moc"
