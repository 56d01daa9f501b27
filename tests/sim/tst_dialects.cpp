// The simulated runtimes speak their dialect and tell the truth about tokens, cache and time.
#include "chat_text.h"
#include "support/raw_http.h"
#include "support/test_registry.h"

#include "loop/right_reply.h"
#include "sim/corrupt.h"
#include "sim/prompt_cache.h"
#include "sim/reply_writer.h"
#include "sim/scripted_server.h"

#include <QTest>

using namespace looptax;

Q_DECLARE_METATYPE(looptax::TargetKind)

namespace {

SimOptions optionsFor(TargetKind dialect) {
    SimOptions options;
    options.dialect = dialect;
    return options;
}

void addDialects() {
    QTest::addColumn<TargetKind>("dialect");
    QTest::newRow("llama-server") << TargetKind::LlamaServer;
    QTest::newRow("ollama") << TargetKind::Ollama;
    QTest::newRow("openai") << TargetKind::OpenAi;
}

ReadStream chat(RawHttp& http, TargetKind dialect, const Messages& messages, const Json& more = Json::object()) {
    const RawReply reply = http.post(chatPath(dialect), chatBody(dialect, messages, more));
    if (reply.status != 200 || reply.error) return {};
    return readStream(dialect, reply.body);
}

} // namespace

class tst_dialects : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void routes_data() {
        QTest::addColumn<TargetKind>("dialect");
        QTest::addColumn<std::string>("method");
        QTest::addColumn<std::string>("path");
        QTest::addColumn<std::string>("body");
        QTest::addColumn<int>("status");
        QTest::addColumn<std::string>("pointer");
        QTest::addColumn<std::string>("value");
        const auto row = [](TargetKind kind, const char* method, const char* path, const char* body, int status,
                            const char* pointer, const char* value) {
            QTest::addRow("%s %s %s %s", name(kind).data(), method, path, body)
                << kind << std::string(method) << std::string(path) << std::string(body) << status << std::string(pointer)
                << std::string(value);
        };
        const auto l = TargetKind::LlamaServer;
        const auto o = TargetKind::Ollama;
        const auto p = TargetKind::OpenAi;
        row(l, "GET", "/health", "", 200, "/status", "\"ok\"");
        row(l, "GET", "/props", "", 200, "/default_generation_settings/n_ctx", "16384");
        row(l, "GET", "/props", "", 200, "/default_generation_settings/params/top_k", "40");
        row(l, "GET", "/props", "", 200, "/total_slots", "1");
        row(l, "GET", "/props", "", 200, "/build_info", "\"simulated-b0\"");
        row(l, "GET", "/props", "", 200, "/model_path", "\"/simulated-oracle.gguf\"");
        row(l, "GET", "/slots", "", 200, "/0/is_processing", "false");
        row(l, "GET", "/v1/models", "", 200, "/data/0/id", "\"simulated-oracle\"");
        row(l, "POST", "/tokenize", "{\"content\":\"abcdefghi\"}", 200, "/tokens/2", "");
        row(l, "POST", "/apply-template", "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}", 200, "/prompt",
            "\"<|im_start|>user\\nhi<|im_end|>\\n<|im_start|>assistant\\n\"");
        row(l, "GET", "/api/tags", "", 404, "/error/type", "\"not_found_error\"");
        row(l, "POST", "/v1/chat/completions", "{\"messages\":3}", 400, "/error/code", "400");
        row(l, "POST", "/v1/chat/completions", "not json", 400, "/error/type", "\"invalid_request_error\"");
        row(o, "GET", "/api/version", "", 200, "/version", "\"0.0.0-simulated\"");
        row(o, "GET", "/api/tags", "", 200, "/models/0/name", "\"simulated-oracle\"");
        row(o, "GET", "/api/ps", "", 200, "/models", "[]");
        row(o, "POST", "/api/show", "{\"model\":\"simulated-oracle\"}", 200, "/model_info/general.architecture", "\"simulated\"");
        row(o, "POST", "/api/show", "{\"model\":\"other\"}", 404, "/error", "\"model 'other' not found\"");
        row(o, "POST", "/api/chat", "{\"model\":\"other\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", 404, "/error",
            "\"model 'other' not found\"");
        row(o, "GET", "/props", "", 404, "/error", "");
        row(p, "GET", "/v1/models", "", 200, "/data/0/id", "\"simulated-oracle\"");
        row(p, "GET", "/props", "", 404, "/error/code", "404");
        row(p, "POST", "/v1/chat/completions", "{\"model\":\"other\",\"messages\":[]}", 404, "/error/code", "404");
    }
    void routes() {
        QFETCH(TargetKind, dialect);
        QFETCH(std::string, method);
        QFETCH(std::string, path);
        QFETCH(std::string, body);
        QFETCH(int, status);
        QFETCH(std::string, pointer);
        QFETCH(std::string, value);
        ScriptedServer server(optionsFor(dialect));
        QVERIFY(server.start().ok());
        RawHttp http(server.port());
        const RawReply reply = http.exchange(RawHttp::request(method, path, body));
        QCOMPARE(reply.status, status);
        const Json json = Json::parse(reply.body, nullptr, false);
        const Json::json_pointer where(pointer);
        QVERIFY2(json.contains(where), reply.body.c_str());
        if (!value.empty()) QCOMPARE(json[where].dump(), value);
        QVERIFY(reply.keeps);
    }

    // Every design's right answer rests on rightReply; here it must arrive word for word, at any event size.
    void answersRightly_data() { addDialects(); }
    void answersRightly() {
        QFETCH(TargetKind, dialect);
        for (int tokensPerEvent : {1, 8, 1000}) {
            SimOptions options = optionsFor(dialect);
            options.tokens_per_event = tokensPerEvent;
            options.reasoning = "Let me think about \xE2\x82\xAC first.";
            ScriptedServer server(options);
            QVERIFY(server.start().ok());
            RawHttp http(server.port());
            std::vector<std::string> replies;
            for (int turn = 1; turn <= 4; ++turn) {
                const Messages messages = conversation(turn, replies);
                const ReadStream stream = chat(http, dialect, messages);
                QCOMPARE(stream.text, rightReply(messages));
                QCOMPARE(stream.reasoning, options.reasoning);
                QCOMPARE(stream.finish, std::string("stop"));
                QVERIFY(stream.terminated);
                QCOMPARE(countOf(stream.text).value_or(-1), turn);
                replies.push_back(stream.text);
            }
            QCOMPARE(server.chatCount(), 4);
            QCOMPARE(server.connectionCount(), 1);
        }
    }

    // Counts checked by hand: four bytes a token, longest common prefix with what the slot held.
    void cacheTruth() {
        const auto dialect = TargetKind::LlamaServer;
        ScriptedServer server(optionsFor(dialect));
        QVERIFY(server.start().ok());
        RawHttp http(server.port());
        std::vector<std::string> replies;
        std::string held;
        for (int turn = 1; turn <= 5; ++turn) {
            const Messages messages = conversation(turn, replies);
            const std::string prompt = simPrompt(messages);
            const ReadStream stream = chat(http, dialect, messages);
            const Json& timings = stream.last["timings"];
            std::size_t common = 0;
            while (common < held.size() && common < prompt.size() && held[common] == prompt[common]) ++common;
            QCOMPARE(timings["cache_n"].get<std::size_t>(), common / 4);
            QCOMPARE(timings["cache_n"].get<int>() + timings["prompt_n"].get<int>(), int((prompt.size() + 3) / 4));
            QCOMPARE(stream.last["usage"]["prompt_tokens"].get<int>(), int((prompt.size() + 3) / 4));
            QCOMPARE(timings["predicted_n"].get<int>(),
                     int((stream.text.size() + 3) / 4) + 1); // and the stop token
            if (turn > 1) QVERIFY(common >= held.size());    // A's past is a prefix of A's present
            held = prompt + stream.text + "<|im_end|>";
            replies.push_back(stream.text);
        }
        const Messages again = conversation(5, replies);
        const int all = int(simTokens(simPrompt(again)));
        QCOMPARE(chat(http, dialect, again).last["timings"]["cache_n"].get<int>(),
                 all - 1); // one is always processed
        QCOMPARE(chat(http, dialect, again, {{"cache_prompt", false}}).last["timings"]["cache_n"].get<int>(), 0);
        QCOMPARE(chat(http, dialect, {{"user", "quite another prompt"}}).last["timings"]["cache_n"].get<int>(),
                 int(std::string("<|im_start|>").size() / 4));
        // The server keeps a prompt after its last byte went out; an answer on the same connection comes after that.
        QCOMPARE(http.get("/health").status, 200);
        server.unloadModel();
        QCOMPARE(chat(http, dialect, again).last["timings"]["cache_n"].get<int>(), 0);
    }

    // Ollama tells whole prompts and never the hits; a warm prompt shows in its duration only.
    void ollamaCounts() {
        const auto dialect = TargetKind::Ollama;
        SimOptions options = optionsFor(dialect);
        options.cost.per_token_ms = 0.2;
        options.cost.load_ms = 20;
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        RawHttp http(server.port());
        const Messages messages = conversation(1, {});
        const Json cold = chat(http, dialect, messages).last;
        const Json warm = chat(http, dialect, messages).last;
        QCOMPARE(cold["prompt_eval_count"].get<int>(), int(simTokens(simPrompt(messages))));
        QVERIFY(warm["prompt_eval_count"] == cold["prompt_eval_count"]);
        QVERIFY(cold["prompt_eval_duration"].get<double>() >= 0.2e6 * cold["prompt_eval_count"].get<double>());
        QVERIFY(warm["prompt_eval_duration"].get<double>() < cold["prompt_eval_duration"].get<double>());
        QCOMPARE(cold["load_duration"].get<double>(), 20e6);
        QVERIFY(warm["load_duration"].get<double>() < 1e6);
        QVERIFY(cold["total_duration"].get<double>() >=
                cold["load_duration"].get<double>() + cold["prompt_eval_duration"].get<double>());
        QVERIFY(!cold.contains("prompt_eval_cached"));
    }

    void ollamaLoadsAndUnloads() {
        ScriptedServer server(optionsFor(TargetKind::Ollama));
        QVERIFY(server.start().ok());
        RawHttp http(server.port());
        const std::string model = "{\"model\":\"simulated-oracle\",\"messages\":[]";
        QCOMPARE(
            Json::parse(http.post("/api/chat", model + ",\"keep_alive\":-1,\"options\":{\"num_ctx\":2048}}").body)["done_reason"]
                .get<std::string>(),
            std::string("load"));
        QCOMPARE(Json::parse(http.get("/api/ps").body)["models"][0]["context_length"].get<int>(), 2048);
        QCOMPARE(Json::parse(http.post("/api/chat", model + ",\"keep_alive\":0}").body)["done_reason"].get<std::string>(),
                 std::string("unload"));
        QVERIFY(Json::parse(http.get("/api/ps").body)["models"].empty());
        QCOMPARE(server.chatCount(), 0); // nothing was generated
        QCOMPARE(server.requestCount("/api/chat"), 2);
    }

    void maxTokensEndTheReply_data() { addDialects(); }
    void maxTokensEndTheReply() {
        QFETCH(TargetKind, dialect);
        ScriptedServer server(optionsFor(dialect));
        QVERIFY(server.start().ok());
        RawHttp http(server.port());
        const Messages messages = conversation(1, {});
        const Json more = dialect == TargetKind::Ollama ? Json{{"options", {{"num_predict", 8}}}} : Json{{"max_tokens", 8}};
        const ReadStream stream = chat(http, dialect, messages, more);
        QCOMPARE(stream.text, rightReply(messages).substr(0, 32));
        QCOMPARE(stream.finish, std::string("length"));
    }

    void overflowIsSaid_data() { addDialects(); }
    void overflowIsSaid() {
        QFETCH(TargetKind, dialect);
        SimOptions options = optionsFor(dialect);
        options.context_tokens = 64;
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        RawHttp http(server.port());
        const Messages messages{{"system", "s"}, {"user", std::string(400, 'x')}};
        const RawReply reply = http.post(chatPath(dialect), chatBody(dialect, messages));
        QCOMPARE(reply.status, 400);
        QVERIFY(reply.body.find("context") != std::string::npos);
        if (dialect == TargetKind::LlamaServer) {
            const Json error = Json::parse(reply.body)["error"];
            QCOMPARE(error["type"].get<std::string>(), std::string("exceed_context_size_error"));
            QCOMPARE(error["n_prompt_tokens"].get<int>(), int(simTokens(simPrompt(messages))));
            QCOMPARE(error["n_ctx"].get<int>(), 64);
        }
    }

    // Ollama's silent loss of old messages: the prompt stops growing.
    void ollamaTruncatesWhenAllowed() {
        SimOptions options = optionsFor(TargetKind::Ollama);
        options.context_tokens = 256;
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        RawHttp http(server.port());
        const Messages messages{
            {"system", "s"}, {"user", std::string(700, 'x')}, {"assistant", std::string(500, 'y')}, {"user", "z"}};
        const ReadStream stream = chat(http, TargetKind::Ollama, messages, {{"truncate", true}});
        QVERIFY(stream.terminated);
        QVERIFY(stream.last["prompt_eval_count"].get<int>() < 256);
        QCOMPARE(http.post("/api/chat", chatBody(TargetKind::Ollama, messages)).status, 400);
    }

    void corruptions_data() {
        QTest::addColumn<int>("kind");
        QTest::newRow("drop an entry") << int(Corruption::DropEntry);
        QTest::newRow("wrong count") << int(Corruption::WrongCount);
        QTest::newRow("unsorted") << int(Corruption::Unsorted);
        QTest::newRow("no fence") << int(Corruption::NoFence);
        QTest::newRow("raw newline in a string") << int(Corruption::RawNewline);
        QTest::newRow("never stops") << int(Corruption::NeverStops);
    }
    void corruptions() {
        QFETCH(int, kind);
        SimOptions options;
        options.corruptions = {{Corruption(kind), 3, {}}};
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        RawHttp http(server.port());
        std::vector<std::string> replies;
        for (int turn = 1; turn <= 3; ++turn) {
            const Messages messages = conversation(turn, replies);
            const ReadStream stream = chat(http, TargetKind::LlamaServer, messages, {{"max_tokens", 300}});
            const std::string right = rightReply(messages);
            replies.push_back(stream.text);
            if (turn < 3) {
                QCOMPARE(stream.text, right); // only the turn that was asked for
                continue;
            }
            QVERIFY(stream.text != right);
            const std::string inner = right.substr(8, right.size() - 12);
            const Json good = Json::parse(inner);
            const bool fenced = stream.text.rfind("```json\n", 0) == 0;
            const Json bad = fenced ? Json::parse(stream.text.substr(8, stream.text.size() - 12), nullptr, false) : Json();
            switch (Corruption(kind)) {
            case Corruption::DropEntry:
                QCOMPARE(bad["log"].size(), std::size_t(2));
                QVERIFY(bad["log"][1] == good["log"][1]);
                QVERIFY(bad["count"] == good["count"]);
                break;
            case Corruption::WrongCount:
                QCOMPARE(bad["count"].get<int>(), 2);
                QVERIFY(bad["log"] == good["log"]);
                break;
            case Corruption::Unsorted:
                QVERIFY(bad["log"][0] == good["log"][1]);
                QVERIFY(bad["log"][1] == good["log"][0]);
                QCOMPARE(bad["log"].size(), std::size_t(3));
                break;
            case Corruption::NoFence: QCOMPARE(stream.text, inner); break;
            case Corruption::RawNewline:
                QVERIFY(fenced && bad.is_discarded());
                QCOMPARE(stream.text.size(), right.size());
                break;
            case Corruption::NeverStops:
                QCOMPARE(stream.text.substr(0, right.size()), right);
                QCOMPARE(stream.finish, std::string("length"));
                QCOMPARE(stream.last["timings"]["predicted_n"].get<int>(), 300);
                break;
            }
        }
    }

    void jsonFormatsGetNoFence() {
        ScriptedServer server(optionsFor(TargetKind::LlamaServer));
        QVERIFY(server.start().ok());
        RawHttp http(server.port());
        const ReadStream stream =
            chat(http, TargetKind::LlamaServer, conversation(1, {}), {{"response_format", {{"type", "json_object"}}}});
        QVERIFY(Json::parse(stream.text, nullptr, false).is_object());
    }

    void openAiSaysNoMoreThanAsked() {
        ScriptedServer server(optionsFor(TargetKind::OpenAi));
        QVERIFY(server.start().ok());
        RawHttp http(server.port());
        const ReadStream with = chat(http, TargetKind::OpenAi, conversation(1, {}));
        QVERIFY(with.last.contains("usage"));
        QVERIFY(!with.last.contains("timings"));
        QVERIFY(!with.last["usage"].contains("prompt_tokens_details"));
        const ReadStream without =
            chat(http, TargetKind::OpenAi, conversation(1, {}), {{"stream_options", {{"include_usage", false}}}});
        QVERIFY(without.last.is_null());
        QVERIFY(without.terminated);
    }

    // Without usage, llama-server's timings stand on the chunk that has the finish_reason.
    void timingsStandOnTheLastChunk() {
        ScriptedServer server(optionsFor(TargetKind::LlamaServer));
        QVERIFY(server.start().ok());
        RawHttp http(server.port());
        const ReadStream stream =
            chat(http, TargetKind::LlamaServer, conversation(1, {}), {{"stream_options", {{"include_usage", false}}}});
        QVERIFY(stream.last.contains("timings"));
        QVERIFY(!stream.last.contains("usage"));
        QCOMPARE(stream.last["choices"][0]["finish_reason"].get<std::string>(), std::string("stop"));
    }

    // What is simulated says so wherever a name is shown.
    void namesAreMarked() {
        SimOptions options;
        options.model = "gemma4:26b";
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        QCOMPARE(server.model(), std::string("simulated-gemma4:26b"));
        RawHttp http(server.port());
        QCOMPARE(Json::parse(http.get("/v1/models").body)["data"][0]["id"].get<std::string>(), server.model());
    }

    void keysAreChecked() {
        SimOptions options;
        options.api_key = "canary";
        ScriptedServer server(options);
        QVERIFY(server.start().ok());
        RawHttp http(server.port());
        QCOMPARE(http.get("/health").status, 401);
        QCOMPARE(http.get("/health", "Authorization: Bearer wrong\r\n").status, 401);
        QCOMPARE(http.get("/health", "Authorization: Bearer canary\r\n").status, 200);
    }
};

LOOPTAX_TEST(tst_dialects)
#include "tst_dialects.moc"
