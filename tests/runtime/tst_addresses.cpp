// Addresses as people paste them, servers without a list of models, and what messages say of what was asked. No server
// is ever sent a chat request to find out.
#include "chat_lab.h"
#include "support/test_registry.h"

#include "runtime/client_common.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <algorithm>

using namespace looptax;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

SimScript answer(int status, std::string body, const char* type = "application/json") {
    std::replace(body.begin(), body.end(), '\'', '"');
    return FaultKit::script({FaultKit::send(httpAnswer(status, type, body))});
}

const std::string kList = "{'object':'list','data':[{'id':'m','object':'model'}]}";

SimOptions speaking(TargetKind dialect) {
    SimOptions options;
    options.dialect = dialect;
    return options;
}

std::string doubtsOf(const TargetFacts& facts) {
    std::string out;
    for (const std::string& doubt : facts.doubts) out += doubt + "\n";
    return out;
}

std::vector<std::string> pathsOf(const ScriptedServer& server) {
    std::vector<std::string> out;
    for (const SeenRequest& seen : server.seen()) out.push_back(seen.request.path);
    return out;
}

} // namespace

class tst_addresses : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theBaseOfAnAddress_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<std::string>("path");
        QTest::addColumn<std::string>("base");
        const auto row = [](TargetKind kind, const char* path, const char* base) {
            QTest::addRow("%s %s", std::string(name(kind)).c_str(), path) << int(kind) << std::string(path) << std::string(base);
        };
        for (const char* path :
             {"/v1", "/V1", "/v1/chat/completions", "/v1/models", "/health", "/v1/health", "/props", "/chat/completions"})
            row(TargetKind::LlamaServer, path, "");
        row(TargetKind::LlamaServer, "/llm/v1/chat/completions", "/llm");
        row(TargetKind::LlamaServer, "/llm", "/llm");
        row(TargetKind::LlamaServer, "/v10", "/v10");
        for (const char* path : {"/api", "/API", "/api/chat", "/api/generate", "/api/tags", "/v1", "/v1/chat/completions"})
            row(TargetKind::Ollama, path, "");
        row(TargetKind::Ollama, "/ollama/api/chat", "/ollama"); // Open WebUI's way through to its Ollama
        row(TargetKind::OpenAi, "/v1", "/v1");
        row(TargetKind::OpenAi, "/v1/chat/completions", "/v1");
        row(TargetKind::OpenAi, "/api/paas/v4/Chat/Completions", "/api/paas/v4");
        row(TargetKind::OpenAi, "/models", "");
        row(TargetKind::OpenAi, "/my-models", "/my-models");
    }
    void theBaseOfAnAddress() {
        QFETCH(int, kind);
        QFETCH(std::string, path);
        QFETCH(std::string, base);
        QCOMPARE(basePath(TargetKind(kind), path), base);
    }

    void everyFormFindsTheApi_data() {
        QTest::addColumn<std::string>("given");  // path of the plan's url
        QTest::addColumn<std::string>("routes"); // where the server's models and chat are; nothing else is there
        const auto row = [](const char* given, const char* routes) {
            QTest::addRow("%s -> %s", given, routes) << std::string(given) << std::string(routes);
        };
        // MoneyPrinterTurbo issue 57, new-api issue 853, Roo-Code issue 6078, langflow pull request 10112
        for (const char* given : {"", "/", "/v1", "/v1/", "/V1", "//v1", "/v1//", "/v1/chat/completions", "/v1/models",
                                  "/v1/completions", "/v1/chat/completions/", "/chat/completions", "/v1/responses"})
            row(given, "/v1");
        row("/llm", "/llm/v1");
        row("/llm/", "/llm/v1");
        row("/llm/v1/", "/llm/v1");
        row("/llm/v1/chat/completions", "/llm/v1");
        row("/engines/llama.cpp/v1", "/engines/llama.cpp/v1"); // Docker Model Runner
        row("/api/paas/v4", "/api/paas/v4");                   // Z.ai
        row("/api/paas/v4/chat/completions", "/api/paas/v4");
        row("/api", "/api"); // Open WebUI: changedetection.io issue 4168
        row("/api/chat/completions", "/api");
        row("/api", "/api/v1"); // OpenRouter
        row("/v1beta/openai", "/v1beta/openai");
        row("/openai", "/openai/v1");
        row("", ""); // GitHub Models: no version at all
        row("/chat/completions", "");
    }
    void everyFormFindsTheApi() {
        QFETCH(std::string, given);
        QFETCH(std::string, routes);
        ChatLab lab(speaking(TargetKind::OpenAi));
        if (routes != "/v1") {
            for (const char* path : {"/v1/models", "/v1/chat/completions"})
                lab.server.setPath(path, answer(404, "{'detail':'Not Found'}"));
            lab.server.setPath(routes + "/models", answer(200, kList));
            lab.server.setPath(routes + "/chat/completions", lab.kit.good());
        }
        lab.connect(lab.server.url() + given);
        const auto facts = lab.client->facts(routes == "/v1" ? lab.server.model() : "m", lab.cancel);
        QVERIFY2(facts.ok(), facts.ok() ? "" : facts.error().text().c_str());
        QVERIFY2(!has(doubtsOf(*facts), "list of models"), doubtsOf(*facts).c_str());
        for (const SeenRequest& seen : lab.server.seen()) QCOMPARE(seen.request.method, std::string("GET"));
        const auto [end, heard] = lab.chat();
        QVERIFY2(end.outcome == Outcome::Ok, end.error_text.c_str());
        QCOMPARE(pathsOf(lab.server).back(), routes + "/chat/completions");
        // The place is known from now on.
        const int asked = lab.server.requestCount();
        QVERIFY(lab.client->facts("m", lab.cancel).ok());
        QCOMPARE(lab.server.requestCount(), asked + 1);
    }

    void otherKindsTakeTheirAddressInEveryForm_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<std::string>("given");
        for (const char* given : {"", "/", "/v1", "/v1/", "/v1/chat/completions", "//v1", "/V1", "/health"})
            QTest::addRow("llama-server %s", given) << int(TargetKind::LlamaServer) << std::string(given);
        for (const char* given : {"", "/v1", "/api", "/api/", "/api/chat", "/api/tags", "/v1/chat/completions"})
            QTest::addRow("ollama %s", given) << int(TargetKind::Ollama) << std::string(given);
    }
    void otherKindsTakeTheirAddressInEveryForm() {
        QFETCH(int, kind);
        QFETCH(std::string, given);
        ChatLab lab(speaking(TargetKind(kind)));
        lab.connect(lab.server.url() + given);
        const auto facts = lab.client->facts(lab.server.model(), lab.cancel);
        QVERIFY2(facts.ok(), facts.ok() ? "" : facts.error().text().c_str());
        const auto [end, heard] = lab.chat();
        QVERIFY2(end.outcome == Outcome::Ok, end.error_text.c_str());
    }

    void aWrongAddressIsSaidInFull_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<std::string>("asked"); // by facts(); "" where they go on without
        QTest::addColumn<std::string>("chat");
        QTest::addRow("llama-server") << int(TargetKind::LlamaServer) << std::string("GET %/health")
                                      << std::string("POST %/v1/chat/completions");
        QTest::addRow("ollama") << int(TargetKind::Ollama) << std::string("GET %/api/version") << std::string("POST %/api/chat");
        QTest::addRow("openai") << int(TargetKind::OpenAi) << std::string() << std::string("POST %/chat/completions");
    }
    void aWrongAddressIsSaidInFull() {
        QFETCH(int, kind);
        QFETCH(std::string, asked);
        QFETCH(std::string, chat);
        ChatLab lab(speaking(TargetKind(kind)));
        const std::string base = lab.server.url() + "/no/such/place";
        lab.connect(base);
        const auto whole = [&](std::string text) { return text.replace(text.find('%'), 1, base); };
        const auto facts = lab.client->facts(lab.server.model(), lab.cancel);
        QCOMPARE(facts.ok(), asked.empty());
        if (facts)
            QVERIFY2(has(doubtsOf(*facts), "GET " + base + "/models answered HTTP 404") &&
                         has(doubtsOf(*facts), "GET " + base + "/v1/models answered HTTP 404"),
                     doubtsOf(*facts).c_str());
        else QVERIFY2(has(facts.error().text(), whole(asked) + " answered HTTP 404"), facts.error().text().c_str());
        const auto [end, heard] = lab.chat();
        QCOMPARE(end.outcome, Outcome::HttpError);
        QVERIFY2(has(end.error_text, "HTTP 404") && has(end.error_text, whole(chat)), end.error_text.c_str());
    }

    void aServerWithoutAListOfModelsIsMeasuredWithADoubt_data() {
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("type");
        QTest::addColumn<QString>("body");
        QTest::addColumn<QString>("doubt"); // "" = the list is one, and names the model
        const auto row = [&](const char* name, int status, const char* body, const char* doubt,
                             const char* type = "application/json") {
            QTest::newRow(name) << status << QString::fromLatin1(type) << QString::fromLatin1(body) << QString::fromLatin1(doubt);
        };
        // mlx-examples issue 1060 (501), tt-inference-server pull request 4212 (the route was removed), choosekit pull request 11
        row("404", 404, "{'detail':'Not Found'}", "HTTP 404: Not Found");
        row("404 without a body", 404, "", "HTTP 404");
        row("405", 405, "{'detail':'Method Not Allowed'}", "HTTP 405: Method Not Allowed");
        row("500", 500, "{'error':{'message':'db locked'}}", "HTTP 500: db locked");
        row("501, a page", 501, "<!DOCTYPE HTML><html><h1>Error response</h1></html>", "HTTP 501", "text/html");
        row("429", 429, "{'error':{'message':'slow down'}}", "HTTP 429: slow down");
        row("an empty body", 200, "", "did not answer with JSON");
        row("a page", 200, "<html></html>", "did not answer with JSON", "text/html");
        row("data null", 200, "{'object':'list','data':null}", "an empty one"); // Ollama 0.34.0 without a model
        row("an error at 200", 200, "{'error':'Unexpected endpoint or method.'}", "Unexpected endpoint"); // LM Studio
        row("a number", 200, "7", "answered with something else");
        row("a list of numbers", 200, "[1,2]", "answered with something else");
        row("an empty list", 200, "{'object':'list','data':[]}", "an empty one");
        row("another's name", 200, "{'data':[{'id':'x'},{'id':'n'}]}", "it lists: x, n");
        row("another's name in a bare list", 200, "[{'id':'x'},{'id':'n'}]", "it lists: x, n");
        row("nearly the name", 200, "{'data':[{'id':'the-mode'}]}", "did you mean the-mode?");
        row("the name", 200, "{'data':[{'id':'the-model'}]}", "");
        row("Ollama's name", 200, "{'data':[{'id':'the-model:latest'}]}", "");
        row("a bare list", 200, "[{'id':'the-model'},{'id':'n'}]", "");
        row("bare names", 200, "{'object':'list','data':['the-model','n']}", "");
        row("under models", 200, "{'models':[{'name':'the-model'}]}", "");
        row("data null beside models", 200, "{'data':null,'models':[{'model':'the-model'}]}", "");
        row("odd entries", 200, "{'data':[{'id':'the-model'},{'id':''},{'id':7},null]}", "");
        row("with a byte order mark", 200, "\xEF\xBB\xBF{'data':[{'id':'the-model'}]}", "");
    }
    void aServerWithoutAListOfModelsIsMeasuredWithADoubt() {
        QFETCH(int, status);
        QFETCH(QString, type);
        QFETCH(QString, body);
        QFETCH(QString, doubt);
        ChatLab lab(speaking(TargetKind::OpenAi));
        lab.server.setPath("/v1/models", answer(status, body.toLatin1().toStdString(), type.toLatin1().constData()));
        lab.server.setPath("/v1/chat/completions", lab.kit.good());
        const auto facts = lab.client->facts("the-model", lab.cancel);
        QVERIFY2(facts.ok(), facts.ok() ? "" : facts.error().text().c_str());
        QCOMPARE(facts->model, std::string("the-model"));
        const std::string doubts = doubtsOf(*facts);
        QVERIFY2(has(doubts, doubt.toStdString()), doubts.c_str());
        QCOMPARE(has(doubts, "list of models"), !doubt.isEmpty());
        // "what: why it matters; what to do"
        for (const std::string& one : facts->doubts) {
            const std::size_t why = one.find(": "), fix = one.rfind("; ");
            QVERIFY2(why != std::string::npos && fix != std::string::npos && fix > why + 20 && one.size() > fix + 15,
                     one.c_str());
        }
        QVERIFY2(doubts.size() < 2'000, doubts.c_str());
        QCOMPARE(lab.server.chatCount(), 0);
        QCOMPARE(lab.chat().first.outcome, Outcome::Ok);
    }

    void whereGoingOnIsOfNoUseItIsAnError_data() {
        QTest::addColumn<int>("status");
        QTest::addColumn<std::string>("key");
        QTest::addColumn<std::string>("said"); // "" = goes on
        QTest::newRow("a key is wanted") << 401 << std::string() << std::string("set api_key_env");
        QTest::newRow("a key is wrong") << 401 << std::string("k") << std::string("set api_key_env");
        QTest::newRow("forbidden without a key") << 403 << std::string() << std::string("set api_key_env");
        QTest::newRow("forbidden with a key, which may be good for chats") << 403 << std::string("k") << std::string();
        QTest::newRow("the model is loading") << 503 << std::string() << std::string("HTTP 503");
        QTest::newRow("a redirect") << 302 << std::string() << std::string("redirects to");
    }
    void whereGoingOnIsOfNoUseItIsAnError() {
        QFETCH(int, status);
        QFETCH(std::string, key);
        QFETCH(std::string, said);
        ChatLab lab(speaking(TargetKind::OpenAi));
        lab.server.setPath("/v1/models", answer(status, "{'error':{'message':'no'}}"));
        lab.connect(lab.server.url(), key);
        const auto facts = lab.client->facts("m", lab.cancel);
        QCOMPARE(facts.ok(), said.empty());
        if (!facts) {
            QVERIFY2(has(facts.error().text(), said), facts.error().text().c_str());
            QVERIFY2(has(facts.error().text(), "GET " + lab.server.url() + "/v1/models"), facts.error().text().c_str());
        }
    }

    // A page of a proxy is quoted by its beginning.
    void noMessageQuotesAWholePage() {
        ChatLab lab(speaking(TargetKind::OpenAi));
        lab.server.setPath("/v1/models", answer(501, "<html>" + std::string(3'000, 'x') + "</html>", "text/html"));
        const auto facts = lab.client->facts("m", lab.cancel);
        QVERIFY(facts.ok());
        QVERIFY2(doubtsOf(*facts).size() < 1'500, doubtsOf(*facts).c_str());
    }

    // A gateway's list of hundreds is not told whole.
    void aLongListIsToldByItsBeginning() {
        std::string list;
        for (int i = 0; i < 300; ++i)
            list += (list.empty() ? "" : ",") + std::string("{'id':'vendor/model-number-") + std::to_string(i) + "'}";
        ChatLab lab(speaking(TargetKind::OpenAi));
        lab.server.setPath("/v1/models", answer(200, "{'data':[" + list + "]}"));
        const auto facts = lab.client->facts("something-else-entirely", lab.cancel);
        QVERIFY(facts.ok());
        QCOMPARE(facts->models.size(), std::size_t(300));
        QVERIFY2(has(doubtsOf(*facts), "and 288 more"), doubtsOf(*facts).c_str());
    }

    // Open WebUI has an /api/version too; LM Studio says 200 to every address.
    void whatIsNoOllamaIsRefusedAsOne_data() {
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("body");
        QTest::newRow("Open WebUI") << 401 << QStringLiteral("{'detail':'Not authenticated'}");
        QTest::newRow("a page") << 200 << QStringLiteral("<!doctype html>");
        QTest::newRow("an error at 200") << 200 << QStringLiteral("{'error':'Unexpected endpoint or method.'}");
        QTest::newRow("no such route") << 404 << QStringLiteral("{'detail':'Not Found'}");
    }
    void whatIsNoOllamaIsRefusedAsOne() {
        QFETCH(int, status);
        QFETCH(QString, body);
        ChatLab lab(speaking(TargetKind::Ollama));
        lab.server.setPath("/api/version", answer(200, "{'version':'0.6.34'}"));
        lab.server.setPath("/api/tags", answer(status, body.toStdString()));
        const auto facts = lab.client->facts("m", lab.cancel);
        QVERIFY(!facts.ok());
        QCOMPARE(facts.error().kind, ErrorKind::Unreachable);
        const std::string text = facts.error().text();
        QVERIFY2(has(text, "is this an Ollama?") && has(text, "GET " + lab.server.url() + "/api/tags"), text.c_str());
    }
};

LOOPTAX_TEST(tst_addresses)
#include "tst_addresses.moc"
