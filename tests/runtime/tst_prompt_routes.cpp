// /apply-template and /tokenize of llama-server: what they answer is read as it is, and whatever else comes
// is an error that says so, never a wrong list of tokens.
#include "base/json_fwd.h"
#include "runtime/chat_lab.h"
#include "sim/http_text.h"
#include "sim/prompt_cache.h"
#include "sim/sim_model.h"
#include "support/test_registry.h"

#include <QTest>

#include <nlohmann/json.hpp>

using namespace looptax;

namespace {

SimScript answer(int status, const std::string& body) { return oneAnswer(httpAnswer(status, "application/json", body)); }

Json lastBody(const ScriptedServer& server, const char* path) {
    Json found;
    for (const SeenRequest& seen : server.seen())
        if (seen.request.path == path) found = Json::parse(seen.request.body, nullptr, false);
    return found;
}

const Messages kMessages{{"system", "00000000"}, {"user", "Hi \xC3\xA9"}};

} // namespace

class tst_prompt_routes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aPromptIsAskedForAsTheChatSendsIt() {
        ChatLab lab;
        lab.server.setPath("/apply-template", answer(200, "{\"prompt\":\"<s>Hi \\u00e9\"}"));
        const auto prompt = lab.client->renderPrompt(kMessages, "m", false, lab.cancel);
        QVERIFY(prompt.ok());
        QCOMPARE(*prompt, std::string("<s>Hi \xC3\xA9"));
        const Json body = lastBody(lab.server, "/apply-template");
        QCOMPARE(body["chat_template_kwargs"]["enable_thinking"].get<bool>(),
                 false); // as the chat: it changes the text
        QCOMPARE(body["messages"][1]["content"].get<std::string>(), kMessages[1].content);
        QCOMPARE(lab.server.chatCount(), 0);
    }
    void marksAreTokensInAPromptAndLettersInAReply() {
        ChatLab lab;
        lab.server.setPath("/tokenize", answer(200, "{\"tokens\":[]}"));
        QVERIFY(lab.client->tokenize("a", "m", true, lab.cancel).ok());
        Json body = lastBody(lab.server, "/tokenize");
        QVERIFY(body["add_special"].get<bool>() && body["parse_special"].get<bool>() && body["with_pieces"].get<bool>());
        QVERIFY(lab.client->tokenize("a", "m", false, lab.cancel).ok());
        body = lastBody(lab.server, "/tokenize");
        QVERIFY(!body["add_special"].get<bool>() && !body["parse_special"].get<bool>());
    }
    void tokensAreReadInEveryForm_data() {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("texts");
        QTest::addRow("pieces") << QByteArray("{'tokens':[{'id':5,'piece':'Hi'},{'id':6,'piece':' '}]}")
                                << QByteArray("5=Hi|6= |");
        QTest::addRow("half a character, as bytes")
            << QByteArray("{'tokens':[{'id':5,'piece':[195]},{'id':6,'piece':[169]}]}") << QByteArray("5=\xC3|6=\xA9|");
        QTest::addRow("an older build's bare ids") << QByteArray("{'tokens':[5,6]}") << QByteArray("5=|6=|");
        QTest::addRow("none") << QByteArray("{'tokens':[]}") << QByteArray("");
    }
    void tokensAreReadInEveryForm() {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, texts);
        ChatLab lab;
        lab.server.setPath("/tokenize", answer(200, body.replace('\'', '"').toStdString()));
        const auto tokens = lab.client->tokenize("x", "m", true, lab.cancel);
        QVERIFY(tokens.ok());
        QByteArray found;
        for (const Token& token : *tokens)
            found += QByteArray::number(qint64(token.id)) + '=' + QByteArray::fromStdString(token.text) + '|';
        QCOMPARE(found, texts);
    }
    void whatIsNoAnswerIsAnError_data() {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("said");
        QTest::addRow("no such route") << 404 << QByteArray("{'error':{'message':'File Not Found'}}") << QByteArray("HTTP 404");
        QTest::addRow("switched off") << 501 << QByteArray("{'error':{'message':'off'}}") << QByteArray("HTTP 501");
        QTest::addRow("a template that errors")
            << 500 << QByteArray("{'error':{'message':'Conversation roles must alternate'}}") << QByteArray("must alternate");
        QTest::addRow("a page of a proxy") << 200 << QByteArray("<html>") << QByteArray("did not answer with JSON");
        QTest::addRow("another object") << 200 << QByteArray("{'ok':true}") << QByteArray("answered with");
        QTest::addRow("a list of words") << 200 << QByteArray("{'tokens':['a'],'prompt':7}") << QByteArray("answered with");
        QTest::addRow("ids that are none") << 200 << QByteArray("{'tokens':[{'piece':'a'}]}") << QByteArray("answered with");
        QTest::addRow("a bare list") << 200 << QByteArray("[1,2]") << QByteArray("answered with");
    }
    void whatIsNoAnswerIsAnError() {
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, said);
        ChatLab lab;
        const SimScript script = answer(status, body.replace('\'', '"').toStdString());
        lab.server.setPath("/tokenize", script);
        lab.server.setPath("/apply-template", script);
        const auto tokens = lab.client->tokenize("x", "m", true, lab.cancel);
        const auto prompt = lab.client->renderPrompt(kMessages, "m", false, lab.cancel);
        for (const Error& error : {tokens.ok() ? Error{} : tokens.error(), prompt.ok() ? Error{} : prompt.error()}) {
            const bool ours = said == "answered with" && (error.what.find("did not answer with a list") != std::string::npos ||
                                                          error.what.find("answered without a prompt") != std::string::npos);
            QVERIFY2(ours || error.what.find(said.toStdString()) != std::string::npos, error.what.c_str());
            if (status != 200) QCOMPARE(error.code, status);
        }
    }
    void otherRuntimesSayThatTheyHaveNone_data() {
        QTest::addColumn<int>("kind");
        QTest::addRow("Ollama") << int(TargetKind::Ollama);
        QTest::addRow("OpenAI-compatible") << int(TargetKind::OpenAi);
    }
    void otherRuntimesSayThatTheyHaveNone() {
        QFETCH(int, kind);
        SimOptions options;
        options.dialect = TargetKind(kind);
        ChatLab lab(options);
        QVERIFY(!lab.client->renderPrompt(kMessages, "m", false, lab.cancel).ok());
        QVERIFY(!lab.client->tokenize("x", "m", true, lab.cancel).ok());
        QCOMPARE(lab.server.requestCount(), 0);
    }
    // llama-server answers on its own routes, and on that of the OpenAI API which it adds.
    void aPromptIsCountedWithoutAnAnswer_data() {
        QTest::addColumn<int>("server");
        QTest::addColumn<int>("client");
        QTest::addColumn<bool>("counts");
        QTest::addRow("llama-server") << int(TargetKind::LlamaServer) << int(TargetKind::LlamaServer) << true;
        QTest::addRow("llama-server as an OpenAI-compatible one")
            << int(TargetKind::LlamaServer) << int(TargetKind::OpenAi) << true;
        QTest::addRow("another OpenAI-compatible one") << int(TargetKind::OpenAi) << int(TargetKind::OpenAi) << false;
        QTest::addRow("Ollama") << int(TargetKind::Ollama) << int(TargetKind::Ollama) << false;
    }
    void aPromptIsCountedWithoutAnAnswer() {
        QFETCH(int, server);
        QFETCH(int, client);
        QFETCH(bool, counts);
        SimOptions options;
        options.dialect = TargetKind(server);
        ChatLab lab(options);
        lab.dialect = TargetKind(client);
        lab.connect(lab.server.url());
        QVERIFY(lab.client->facts(lab.server.model(), lab.cancel).ok()); // finds where the API is
        ChatRequest request;
        request.messages = kMessages;
        request.model = lab.server.model();
        const auto tokens = lab.client->countPrompt(request, lab.cancel);
        QVERIFY2(tokens.ok() == counts, tokens.ok() ? "" : tokens.error().text().c_str());
        if (counts) QCOMPARE(*tokens, simTokens(simPrompt(kMessages)));
        QCOMPARE(lab.server.chatCount(), 0);
    }
    void aCountThatIsNoneIsAnError_data() {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addRow("no such route") << 404 << QByteArray("{'error':{'message':'File Not Found'}}");
        QTest::addRow("another object") << 200 << QByteArray("{'ok':true}");
        QTest::addRow("nothing in a prompt that is there") << 200 << QByteArray("{'input_tokens':0}");
        QTest::addRow("below nothing") << 200 << QByteArray("{'input_tokens':-5}");
        QTest::addRow("a word") << 200 << QByteArray("{'input_tokens':'many'}");
        QTest::addRow("a page of a proxy") << 200 << QByteArray("<html>");
    }
    void aCountThatIsNoneIsAnError() {
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        SimOptions options;
        options.dialect = TargetKind::OpenAi;
        ChatLab lab(options);
        lab.server.setPath("/v1/chat/completions/input_tokens", answer(status, body.replace('\'', '"').toStdString()));
        QVERIFY(lab.client->facts(lab.server.model(), lab.cancel).ok());
        ChatRequest request;
        request.messages = kMessages;
        QVERIFY(!lab.client->countPrompt(request, lab.cancel).ok());
    }
};

LOOPTAX_TEST(tst_prompt_routes)
#include "tst_prompt_routes.moc"
