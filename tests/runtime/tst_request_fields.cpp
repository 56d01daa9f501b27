// Which field of a request an error refuses, in the words of the servers met so far; and that the next request goes
// without it.
#include "support/test_registry.h"

#include "runtime/client_common.h"
#include "runtime/request_fields.h"
#include "sim/http_text.h"
#include "sim/scripted_server.h"

#include <QTest>

#include <nlohmann/json.hpp>

using namespace looptax;

namespace {

// ' for ": moc loses its way in raw string literals.
std::string j(std::string text) {
    for (char& c : text)
        if (c == '\'') c = '"';
    return text;
}

const std::string kOpenAi =
    "{'model':'m','messages':[],'stream':true,'stream_options':{'include_usage':true},'max_tokens':256,"
    "'temperature':0.2,'top_p':0.95,'top_k':40,'seed':42,'chat_template_kwargs':{'enable_thinking':false},"
    "'cache_prompt':true,'response_format':{'type':'json_object'}}";
const std::string kOllama =
    "{'model':'m','messages':[],'stream':true,'truncate':false,'keep_alive':-1,'think':false,'format':'json',"
    "'options':{'temperature':0.2,'top_k':40,'seed':42,'num_predict':256}}";

class Silent final : public StreamListener {
    void onSent(std::int64_t, std::optional<double>) override {}
    void onHeaders(std::int64_t) override {}
    void onRead(const ReadStamp&) override {}
    void onEvent(std::int64_t) override {}
    void onDelta(DeltaKind, std::int64_t, std::string_view) override {}
};

} // namespace

class tst_request_fields : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void anErrorNamesTheFieldItRefuses_data() {
        QTest::addColumn<std::string>("body");
        QTest::addColumn<std::string>("error");
        QTest::addColumn<std::string>("field");
        const auto row = [](const char* source, const std::string& error, const char* field, const std::string& body = kOpenAi) {
            QTest::addRow("%s: %s", source, field) << j(body) << j(error) << std::string(field);
        };
        // OpenAI: `param`, and words for people.
        row("OpenAI, reasoning models",
            "{'error':{'message':'Unsupported parameter: `max_tokens` is not supported with this model. Use "
            "`max_completion_tokens` instead.','param':'max_tokens','code':'unsupported_parameter'}}",
            "max_tokens");
        row("OpenAI, reasoning models, one value",
            "{'error':{'message':'Unsupported value: `temperature` does not support 0.2 with this model. "
            "Only the default (1) value is supported.','param':'temperature','code':'unsupported_value'}}",
            "temperature");
        row("OpenAI, before 2023-11",
            "{'error':{'message':'Unrecognized request argument supplied: seed','type':'invalid_request_error',"
            "'param':null,'code':null}}",
            "seed");
        row("Azure OpenAI", "{'error':{'message':'Unrecognized request argument supplied: stream_options','param':null}}",
            "stream_options");
        row("OpenAI, a member of the field",
            "{'error':{'message':'Unknown parameter: `stream_options.include_usage`.',"
            "'param':'stream_options.include_usage','code':'unknown_parameter'}}",
            "stream_options");
        row("Groq", "{'error':{'message':'property `top_k` is unsupported','type':'invalid_request_error'}}", "top_k");
        row("Anthropic's OpenAI route",
            "{'type':'error','error':{'type':'invalid_request_error','message':'top_k: Extra inputs are not permitted'}}",
            "top_k");
        row("LM Studio", "{'error':'`response_format.type` must be `json_schema` or `text`'}", "response_format");
        row("vLLM, Pydantic 2",
            "{'object':'error','message':[{'type':'extra_forbidden','loc':['body','stream_options'],'msg':'Extra inputs are "
            "not permitted'}],'code':400}",
            "stream_options");
        row("FastAPI",
            "{'detail':[{'type':'extra_forbidden','loc':['body','seed'],'msg':'Extra inputs are not permitted','input':42}]}",
            "seed");
        row("FastAPI with the whole input before it",
            "{'detail':[{'type':'string_type','loc':['body','messages',0,'content'],'msg':'Input should be "
            "a valid string','input':'unknown field temperature'},{'type':'extra_forbidden','loc':['body','top_p'],'msg':'Extra "
            "inputs are not "
            "permitted'}]}",
            "top_p");
        row("FastAPI, a literal",
            "{'detail':[{'type':'literal_error','loc':['body','response_format','type'],'msg':'Input should be `text`'}]}",
            "response_format");
        row("tool-eval-bench 72",
            "{'object':'error','message':{'detail':[{'type':'extra_forbidden','loc':['body','stream_options',"
            "'include_usage'],'msg':'Extra inputs are not permitted','input':true}]},'type':'invalid_request_error'}",
            "stream_options");
        row("Google's OpenAI route, a list",
            "[{'error':{'code':400,'message':'Invalid JSON payload received. Unknown name \\'stream_options\\': Cannot "
            "find field.','status':'INVALID_ARGUMENT'}}]",
            "stream_options");
        row("TGI, serde",
            "{'error':'Failed to deserialize the JSON body: unknown field `chat_template_kwargs`, expected one of `model`, "
            "`seed`, "
            "`temperature`','error_type':'validation'}",
            "chat_template_kwargs");
        row("serde, a variant", "{'error':'response_format.type: unknown variant `json_object`, expected `json_schema`'}",
            "response_format");
        row("Mistral",
            "{'message':{'detail':[{'type':'extra_forbidden','loc':['body','top_k'],'msg':'Extra inputs are not permitted'}]}}",
            "top_k");
        row("a Python server that passes all on",
            "{'error':{'message':'generate() got an unexpected keyword argument `top_k`','code':500}}", "top_k");
        row("error true, words beside", "{'error':true,'message':'unknown field stream_options'}", "stream_options");
        row("an empty error, a reason beside", "{'error':'','reason':'unknown field stream_options'}", "stream_options");
        row("a list of errors", "{'errors':[{'message':'unknown field stream_options'}]}", "stream_options");
        row("plain text", "seed is not supported by this backend\n", "seed");
        row("JSON that was cut off",
            "{'detail':[{'type':'extra_forbidden','loc':['body','seed'],'msg':'Extra inputs are not permitted','inp", "seed");
        row("vLLM, no structured output", "{'error':{'message':'Structured outputs are not supported by this model'}}",
            "response_format");
        row("the thinking switch", "{'error':{'message':'enable_thinking is not supported by this template'}}",
            "chat_template_kwargs");
        row("Ollama, a model that cannot think", "{'error':'`m` does not support thinking'}", "think", kOllama);
        row("an Ollama look-alike", "{'error':'unknown option top_k'}", "options.top_k", kOllama);
        row("an Ollama look-alike, its limit", "{'error':'num_predict is not supported'}", "options.num_predict", kOllama);
        row("an Ollama look-alike, the format", "{'error':'structured outputs are not supported'}", "format", kOllama);
        // What is no refusal of a field.
        row("vLLM, a value too large",
            "{'error':{'message':'max_tokens is too large: 8192. This model supports at most 4096','param':'max_tokens'}}", "");
        row("OpenAI, out of range",
            "{'error':{'message':'9 is greater than the maximum of 2 - temperature','param':'temperature'}}", "");
        row("FastAPI, out of range",
            "{'detail':[{'type':'less_than_equal','loc':['body','top_p'],'msg':'Input should be less than or equal to 1'}]}", "");
        row("a context that is full", "{'error':{'message':'max_tokens: the context of 4096 tokens does not support it'}}", "");
        row("another field than any we send", "{'error':{'message':'Unknown parameter: `logit_bias`.','param':'logit_bias'}}",
            "");
        row("a part of another name", "{'error':{'message':'unknown field my_seed_2'}}", "");
        row("a sentence on, a field that is well", "{'error':{'message':'The key is unknown. Send a seed with it'}}", "");
        row("the model", "{'error':{'message':'Unknown model m','param':'model'}}", "");
        row("without which a turn is another one", "{'error':{'message':'cache_prompt is not supported'}}", "");
        row("an empty body", "", "");
        row("a limit above the key's", "{'error':{'message':'Forbidden: your key may not use max_tokens > 100'}}", "");
        row("a limit that is too small for a word", "{'error':{'message':'max_tokens is not allowed to be larger than 64'}}", "");
        row("a limit, its maximum said after", "{'error':{'message':'max_tokens 900 is not supported, the maximum is 64'}}", "");
        row("a value outside its range", "{'error':{'message':'temperature 0.2 is not allowed; must be 0 or in [0.5, 1]'}}", "");
        row("a warning beside the error",
            "{'error':{'message':'messages must alternate'},'warnings':['max_tokens is deprecated']}", "");
    }
    void anErrorNamesTheFieldItRefuses() {
        QFETCH(std::string, body);
        QFETCH(std::string, error);
        QFETCH(std::string, field);
        QCOMPARE(refusedField(Json::parse(body), error), field);
    }
    void theNextRequestGoesWithoutTheField() {
        ScriptedServer server;
        QVERIFY(server.start().ok());
        const auto refuse = [&](const std::string& words) {
            server.queueChat(
                {.steps = {{.bytes = httpAnswer(400, "application/json", j("{'error':{'message':'" + words + "'}}"))}}});
        };
        refuse("unknown field stream_options");
        refuse("max_tokens is not supported, use max_completion_tokens");
        refuse("max_completion_tokens is not supported");
        SystemClock clock;
        HttpClient http(parseUrl(server.url()).take(), {}, Deadlines{}, clock);
        RequestFields fields;
        Silent listener;
        const CancelFlag cancel{false};
        const Json body = Json::parse(j("{'model':'m','messages':[{'role':'user','content':'hello'}],'stream':true,"
                                        "'stream_options':{'include_usage':true},'max_tokens':8}"));
        const auto send = [&] { return fields.chat(http, Dialect::Sse, "/v1/chat/completions", body, listener, cancel); };
        ChatEnd end = send();
        QCOMPARE(end.refused_field, std::string("stream_options"));
        QCOMPARE(end.outcome, Outcome::HttpError);
        QCOMPARE(send().refused_field, std::string("max_tokens"));
        end = send();
        QCOMPARE(end.refused_field, std::string("max_completion_tokens"));
        QCOMPARE(Json::parse(end.sent)["max_completion_tokens"].get<int>(), 8);
        end = send();
        QCOMPARE(end.outcome, Outcome::Ok);
        QCOMPARE(end.sent, j("{'model':'m','stream':true}"));
        QCOMPARE(server.chatCount(), 4);
        const Json last = Json::parse(server.seen().back().request.body);
        QVERIFY(!last.contains("stream_options") && !last.contains("max_tokens") && !last.contains("max_completion_tokens"));
        QVERIFY(last.contains("messages"));
    }
    // From the first reply on the server is known to take what it is sent: what it says later is a fault, whatever it names.
    void aServerThatHasAnsweredRefusesNothing_data() {
        QTest::addColumn<int>("status");
        QTest::addColumn<bool>("answered");
        QTest::addColumn<std::string>("field");
        QTest::newRow("400 at first") << 400 << false << std::string("seed");
        QTest::newRow("422 at first") << 422 << false << std::string("seed");
        QTest::newRow("400 after a reply") << 400 << true << std::string();
        QTest::newRow("402: no credit") << 402 << false << std::string();
        QTest::newRow("413") << 413 << false << std::string();
        QTest::newRow("500") << 500 << false << std::string();
    }
    void aServerThatHasAnsweredRefusesNothing() {
        QFETCH(int, status);
        QFETCH(bool, answered);
        QFETCH(std::string, field);
        ScriptedServer server;
        QVERIFY(server.start().ok());
        SystemClock clock;
        HttpClient http(parseUrl(server.url()).take(), {}, Deadlines{}, clock);
        RequestFields fields;
        Silent listener;
        const CancelFlag cancel{false};
        const Json body =
            Json::parse(j("{'model':'m','messages':[{'role':'user','content':'hello'}],'stream':true,'max_tokens':8,'seed':42}"));
        const auto send = [&] { return fields.chat(http, Dialect::Sse, "/v1/chat/completions", body, listener, cancel); };
        if (answered) QCOMPARE(send().outcome, Outcome::Ok);
        server.queueChat(
            {.steps = {{.bytes = httpAnswer(status, "application/json", j("{'error':{'message':'unknown field seed'}}"))}}});
        QCOMPARE(send().refused_field, field);
        (void)send();
        QCOMPARE(Json::parse(server.seen().back().request.body).contains("seed"), field.empty());
    }
};

LOOPTAX_TEST(tst_request_fields)
#include "tst_request_fields.moc"
