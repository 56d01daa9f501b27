// A llama-server without a model of its own: it answers for all it knows, and a model's properties only where the model
// is named. Answers as llama.cpp b11669 gives them.
#include "chat_lab.h"
#include "support/test_registry.h"

#include "runtime/doubts.h"
#include "runtime/probe.h"

#include <QTest>

#include <algorithm>

using namespace looptax;

namespace {

constexpr const char* kModel = "org/tiny-GGUF:Q4";
constexpr const char* kQuery = "?model=org%2Ftiny-GGUF%3AQ4";

SimScript answer(int status, std::string body) {
    std::replace(body.begin(), body.end(), '\'', '"');
    return FaultKit::script({FaultKit::send(httpAnswer(status, "application/json", body))});
}

// The lab's own /props and /slots are those of a single model: whoever asks without the query gets the router's.
void route(ScriptedServer& server) {
    server.setPath("/props", answer(200, "{'role':'router','max_instances':4,'model_alias':'llama-server','model_path':'none',"
                                         "'default_generation_settings':{'params':null,'n_ctx':0},'build_info':'b11669-x'}"));
    server.setPath(
        "/v1/models",
        answer(200, "{'data':[{'id':'org/tiny-GGUF:Q4','aliases':['tiny'],'status':{'value':'unloaded'}},{'id':'other'}]}"));
    server.setPath("/slots", answer(400, "{'error':{'code':400,'message':'model name is missing from the request'}}"));
    server.setPath(std::string("/props") + kQuery,
                   answer(200, "{'default_generation_settings':{'params':{'temperature':0.8},'n_ctx':4096},'total_slots':2,"
                               "'model_alias':'org/tiny-GGUF:Q4','model_path':'/m/tiny.gguf','chat_template':'{{x}}',"
                               "'build_info':'b11669-x'}"));
    server.setPath(std::string("/slots") + kQuery, answer(200, "[{'id':0,'is_processing':true},{'id':1,'is_processing':false}]"));
}

bool holds(const std::vector<std::string>& doubts, const std::string& doubt) {
    return std::find(doubts.begin(), doubts.end(), doubt) != doubts.end();
}

} // namespace

class tst_router : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aModelsPropertiesAreAskedForByItsName() {
        ChatLab lab;
        route(lab.server);
        const auto facts = lab.client->facts(kModel, lab.cancel);
        QVERIFY2(facts.ok(), facts ? "" : facts.error().text().c_str());
        QVERIFY(facts->router);
        QCOMPARE(facts->model, std::string(kModel));
        QCOMPARE(facts->version, std::string("b11669-x"));
        QCOMPARE(facts->context_tokens.value_or(0), std::int64_t(4096));
        QCOMPARE(facts->slots.value_or(0), 2);
        QVERIFY(!facts->template_sha256.empty());
        QVERIFY(facts->samplers_json.find("0.8") != std::string::npos);
        for (const std::string& doubt : {doubt::router(), doubt::slots(2), doubt::busy()})
            QVERIFY2(holds(facts->doubts, doubt), doubt.c_str());
    }
    void toLookAtItNoModelIsNeededAndNoneIsLoaded() {
        ChatLab lab;
        route(lab.server);
        SystemClock clock;
        const ProbeFinding found = probe({lab.server.url()}, clock)[0];
        QVERIFY2(found.problem.empty(), found.problem.c_str());
        QCOMPARE(found.facts.models, (std::vector<std::string>{kModel, "other"}));
        QVERIFY(found.facts.model.empty());
        QVERIFY(!found.facts.context_tokens); // absent, not 0
        QVERIFY(holds(found.facts.doubts, doubt::router()));
        for (const SeenRequest& seen : lab.server.seen()) QCOMPARE(seen.request.target, seen.request.path); // no query
    }
    void anAliasIsKnownToo() {
        ChatLab lab;
        route(lab.server);
        lab.server.setPath("/props?model=tiny",
                           answer(200, "{'default_generation_settings':{'n_ctx':512},'model_alias':'org/tiny-GGUF:Q4'}"));
        const auto facts = lab.client->facts("tiny", lab.cancel);
        QVERIFY2(facts.ok(), facts ? "" : facts.error().text().c_str());
        QCOMPARE(facts->model, std::string("tiny"));
        QCOMPARE(facts->context_tokens.value_or(0), std::int64_t(512));
    }
    void aModelThatItDoesNotKnowIsSaid() {
        ChatLab lab;
        route(lab.server);
        const auto facts = lab.client->facts("third", lab.cancel);
        QVERIFY(!facts);
        QCOMPARE(facts.error().kind, ErrorKind::Plan);
        QVERIFY2(facts.error().text().find("org/tiny-GGUF:Q4, other") != std::string::npos, facts.error().text().c_str());
    }
    void oneThatLoadsNothingByItselfSaysWhatToDo() {
        ChatLab lab;
        route(lab.server);
        lab.server.setPath(std::string("/props") + kQuery, answer(400, "{'error':{'code':400,'message':'model is not loaded'}}"));
        const auto facts = lab.client->facts(kModel, lab.cancel);
        QVERIFY(!facts);
        const std::string text = facts.error().text();
        QVERIFY2(text.find("model is not loaded") != std::string::npos && text.find("--models-autoload") != std::string::npos,
                 text.c_str());
    }
};

LOOPTAX_TEST(tst_router)
#include "tst_router.moc"
