// How a turn ended, by what its server said: every way of telling a failure inside HTTP 200 that is known from a server's
// source, its issues or recorded answers; finish reasons; content and thoughts in every shape; what is no stream at all.
#include "recorded_connection.h"

#include "support/test_registry.h"

#include <QTest>

using namespace looptax;

namespace {

std::string sseEvent(const std::string& json) { return "data: " + json + "\n\n"; }
std::string delta(const std::string& members, const std::string& reason = "null") {
    return sseEvent("{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{" +
                    members + "},\"finish_reason\":" + reason + "}]}");
}
std::string text(const std::string& content) { return delta("\"content\":\"" + content + "\""); }
const std::string kDone = "data: [DONE]\n\n";
const std::string kUsage = sseEvent(R"({"choices":[],"usage":{"prompt_tokens":40,"completion_tokens":48}})");
std::string good(const std::string& inside) {
    return delta("\"role\":\"assistant\",\"content\":\"\"") + inside + delta("", "\"stop\"") + kUsage + kDone;
}
std::string line(const std::string& json) { return json + "\n"; }
std::string said(const std::string& content) {
    return line("{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"" + content + "\"},\"done\":false}");
}

} // namespace

class tst_endings : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aFailureIsNoAnswer_data();
    void aFailureIsNoAnswer();
    void noFailure_data();
    void noFailure();
    void finishReasons_data();
    void finishReasons();
    void aReasonThatWasToldStays();
    void aTerminatorWithoutAReasonIsAnEnding();
    void contentInEveryShape_data();
    void contentInEveryShape();
    void whatCannotBeReadIsSaid_data();
    void whatCannotBeReadIsSaid();
    void nothingOfAReply_data();
    void nothingOfAReply();
    void noTextIsNoFaultWhere_data();
    void noTextIsNoFaultWhere();
    void halfACharacter_data();
    void halfACharacter();
    void noStreamAtAll_data();
    void noStreamAtAll();
    void errorBodies_data();
    void errorBodies();
    void whoAnswered();
};

void tst_endings::aFailureIsNoAnswer_data() {
    QTest::addColumn<int>("dialect");
    QTest::addColumn<std::string>("failure");
    QTest::addColumn<std::string>("words");
    QTest::addColumn<bool>("overflow");
    const auto sse = [](const char* name, const std::string& failure, const std::string& words, bool overflow = false) {
        QTest::newRow(name) << int(Dialect::Sse) << failure << words << overflow;
    };
    sse("error object: llama.cpp, vLLM, SGLang",
        sseEvent(R"({"error":{"code":500,"message":"compute error","type":"server_error"}})"), "compute error");
    sse("error text: mlx-vlm, xinference", sseEvent(R"({"error":"out of memory"})"), "out of memory");
    sse("object error: vLLM to 0.9",
        sseEvent(
            R"({"object":"error","message":"CUDA error: out of memory","type":"InternalServerError","param":null,"code":500})"),
        "CUDA error: out of memory");
    sse("error_type and error_message: Venice",
        sseEvent(
            R"({"id":"x","object":"chat.completion.chunk","choices":null,"error_type":"400 BadRequestError","error_message":"input is bad"})"),
        "input is bad");
    sse("error and error_type: TGI", sseEvent(R"({"error":"Request failed during generation: died","error_type":"generation"})"),
        "Request failed during generation: died");
    sse("code and message: Coze, DashScope", sseEvent(R"({"code":40303,"message":"the worker is gone"})"), "the worker is gone");
    sse("code and msg", sseEvent(R"({"code":-1,"msg":"the worker is gone"})"), "the worker is gone");
    sse("text and error_code: FastChat", sseEvent(R"({"text":"**NETWORK ERROR**","error_code":50001})"), "**NETWORK ERROR**");
    sse("detail: FastAPI", sseEvent(R"({"detail":"engine loop died"})"), "engine loop died");
    sse("detail as a list: FastAPI",
        sseEvent(R"({"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required"}]})"),
        "body.messages: Field required");
    sse("detail as an object: KoboldCpp",
        sseEvent(R"({"detail":{"msg":"Server is busy; please try again later.","type":"service_unavailable"}})"),
        "Server is busy");
    sse("errors and success: Cloudflare",
        sseEvent(R"({"errors":[{"message":"AiError: no capacity","code":4006}],"success":false})"), "AiError: no capacity");
    sse("problem of HTTP: ASP.NET", sseEvent(R"({"title":"Internal error","status":500,"detail":"the model crashed"})"),
        "the model crashed");
    sse("error_msg: Baidu", sseEvent(R"({"error_code":17,"error_msg":"daily limit reached"})"), "daily limit reached");
    sse("status failure: Portkey", sseEvent(R"({"status":"failure","message":"hooks failed"})"), "hooks failed");
    sse("base_resp: MiniMax", sseEvent(R"({"choices":[],"base_resp":{"status_code":1008,"status_msg":"insufficient balance"}})"),
        "insufficient balance");
    sse("code, message and no choices: Xunfei",
        sseEvent(R"({"code":10012,"message":"EngineInternalError","choices":[],"usage":{"prompt_tokens":0}})"),
        "EngineInternalError");
    sse("a code alone", sseEvent(R"({"code":500})"), "500");
    sse("a status as an object", sseEvent(R"({"status":{"code":500,"text":"died"},"choices":[]})"), "");
    sse("status_code", sseEvent(R"({"status_code":503,"choices":[]})"), "503");
    sse("exception", sseEvent(R"({"exception":"CUDA out of memory"})"), "CUDA out of memory");
    sse("capital Message: AWS", sseEvent(R"({"__type":"ThrottlingException","Message":"Too many requests"})"),
        "Too many requests");
    sse("named by its key: Bedrock", sseEvent(R"({"modelStreamErrorException":{"message":"model died"}})"), "model died");
    sse("fault: Apigee", sseEvent(R"({"fault":{"faultstring":"Gateway Timeout"}})"), "Gateway Timeout");
    sse("error_message in the choice", sseEvent(R"({"choices":[{"index":0,"delta":{},"error_message":"worker lost"}]})"),
        "worker lost");
    sse("a role of its own", delta(R"("role":"error","content":"Internal Server Error")"), "Internal Server Error");
    sse("ok false", sseEvent(R"({"ok":false,"reason":"the worker is gone"})"), "the worker is gone");
    sse("Responses form", sseEvent(R"({"type":"response.failed","response":{"error":{"message":"server error"}}})"),
        "server error");
    sse("a list: Google", sseEvent(R"([{"error":{"code":500,"message":"internal"}}])"), "internal");
    sse("type error: Anthropic",
        "event: error\n" + sseEvent(R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"),
        "Overloaded");
    sse("error in the choice: OpenRouter",
        sseEvent(
            R"({"id":"x","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error","error":{"code":502,"message":"provider returned error"}}]})"),
        "provider returned error");
    sse("error beside choices: OpenRouter",
        sseEvent(
            R"({"error":{"code":"server_error","message":"Provider disconnected"},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]})"),
        "Provider disconnected");
    sse("event error with JSON: LM Studio", "event: error\ndata: {\"message\":\"the engine died\"}\n\n", "the engine died");
    sse("event error with text", "event: error\ndata: the engine died\n\n", "the engine died");
    sse("event error without data: Nest", "event: error\n\n", "");
    sse("event error with details: fms-guardrails",
        "event: error\n" + sseEvent(R"({"code":422,"details":"refused by a detector"})"), "refused by a detector");
    sse("field error: llama.cpp to 2025-09", "error: {\"code\":400,\"message\":\"it broke\"}\n\n", "it broke");
    sse("bare line: LMDeploy's proxy", "{\"error_code\":10402,\"text\":\"Failed to get response\"}\n", "Failed to get response");
    sse("bare line, words not escaped: OpenVINO", "{\"error\": \"the \"graph\" failed\"}\n", "graph");
    sse("JSON inside a text: gateways", sseEvent(R"({"error":"{\"error\":{\"message\":\"upstream said no\"}}"})"),
        "upstream said no");
    sse("error true and a message", sseEvent(R"({"error":true,"message":"the model is gone"})"), "the model is gone");
    sse("empty error and a reason", sseEvent(R"({"error":"","reason":"the model is gone"})"), "the model is gone");
    sse("overflow in mid-stream: llama.cpp",
        sseEvent(R"({"error":{"code":500,"message":"Context size has been exceeded.","type":"server_error"}})"), "Context size",
        true);
    sse("overflow with counts: llama.cpp",
        sseEvent(
            R"({"error":{"code":400,"message":"request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":5000,"n_ctx":4096}})"),
        "5000 tokens", true);
    sse("overflow: LM Studio",
        sseEvent(
            R"x({"error":{"message":"The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 23678>= n_ctx: 9472)"}})x"),
        "n_keep", true);
    sse("overflow by its code: TabbyAPI",
        sseEvent(R"({"error":{"message":"too much","type":"invalid_request_error","code":"context_length_exceeded"}})"),
        "too much", true);
    const auto ollama = [](const char* name, const std::string& failure, const std::string& words, bool overflow = false) {
        QTest::newRow(name) << int(Dialect::Ndjson) << failure << words << overflow;
    };
    ollama("Ollama: error text", line(R"({"error":"an error was encountered while running the model"})"),
           "an error was encountered");
    ollama("Ollama: its runner's error inside",
           line(R"({"error":"{\"error\":{\"code\":400,\"message\":\"exceeds the available context size\"}}"})"),
           "exceeds the available", true);
    ollama("Ollama: done_reason error with the words as content: exo",
           line(R"({"model":"m","message":{"role":"assistant","content":"it broke"},"done":true,"done_reason":"error"})"),
           "it broke");
    ollama("Ollama: message only: lemonade", line(R"({"status":"error","message":"Model evicted"})"), "Model evicted");
}
void tst_endings::aFailureIsNoAnswer() {
    QFETCH(int, dialect);
    QFETCH(std::string, failure);
    QFETCH(std::string, words);
    QFETCH(bool, overflow);
    const bool sse = Dialect(dialect) == Dialect::Sse;
    const std::string begun = sse ? text("half a rep") : said("half a rep");
    for (const std::string& before : {std::string(), begun})
        for (const std::string& after : {std::string(), sse ? kDone : std::string()}) {
            const Played played = play(Dialect(dialect), {chunked(before + failure + after)});
            QCOMPARE(std::string(name(played.end.outcome)), std::string(overflow ? "overflow" : "server_error_midstream"));
            QVERIFY2(played.end.error_text.find(words) != std::string::npos, played.end.error_text.c_str());
        }
    if (overflow && words == "5000 tokens") {
        const ChatEnd end = play(Dialect::Sse, {chunked(failure)}).end;
        QCOMPARE(end.overflow_prompt_tokens, std::optional<std::int64_t>(5000));
        QCOMPARE(end.overflow_context, std::optional<std::int64_t>(4096));
    }
}

// What looks like a failure and is none.
void tst_endings::noFailure_data() {
    QTest::addColumn<std::string>("inside");
    QTest::newRow("error null on each chunk") << sseEvent(R"({"error":null,"choices":[{"delta":{"content":"hi"}}]})");
    QTest::newRow("an error object that says nothing")
        << sseEvent(R"({"error":{"code":0,"message":"","type":null},"choices":[{"delta":{"content":"hi"}}]})");
    QTest::newRow("error_code 0 and a good word")
        << sseEvent(R"({"error_code":"0","error_msg":"success","choices":[{"delta":{"content":"hi"}}]})");
    QTest::newRow("errors of nothing") << sseEvent(
        R"({"errors":[null],"err":"none","code":200,"choices":[{"delta":{"content":"hi"}}]})");
    QTest::newRow("a good word before") << sseEvent(R"({"code":0,"message":"success","data":null})") + text("hi");
    QTest::newRow("code 200 before") << sseEvent(R"({"code":200,"msg":"ok"})") + text("hi");
    QTest::newRow("progress in words") << sseEvent(R"({"status":"processing","message":"prefill 30%"})") + text("hi");
    QTest::newRow("loading in words") << sseEvent(R"({"status":"loading","detail":"layer 3/30"})") + text("hi");
    QTest::newRow("a queue") << sseEvent(R"({"queue_position":3,"message":"waiting in queue"})") + text("hi");
    QTest::newRow("a heartbeat") << sseEvent(R"({"type":"heartbeat","message":"alive"})") + text("hi");
    QTest::newRow("a title behind") << text("hi") + sseEvent(R"({"title":"New chat","type":"title"})");
    QTest::newRow("citations behind") << text("hi") + sseEvent(R"({"citations":[],"details":{"n":1}})");
    QTest::newRow("a reference in the content: Mistral")
        << delta(R"("content":[{"type":"text","text":"hi"},{"type":"reference","reference_ids":[1]}])");
    QTest::newRow("the whole reply once more: MiniMax")
        << text("hi") +
               sseEvent(
                   R"({"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":null}]})");
    QTest::newRow("a reason with a blank") << text("hi") + delta("", "\" stop\"");
    QTest::newRow("error empty on each chunk") << sseEvent(R"({"error":"","choices":[{"delta":{"content":"hi"}}]})");
    QTest::newRow("base_resp 0: MiniMax") << sseEvent(
        R"({"choices":[{"delta":{"content":"hi"}}],"base_resp":{"status_code":0,"status_msg":""}})");
    QTest::newRow("a tool's result: LocalAI")
        << text("hi") + sseEvent(R"({"type":"mcp_tool_result","name":"clock","result":"12:00"})");
    QTest::newRow("hook results: Portkey") << text("hi") + sseEvent(R"({"hook_results":{"before_request_hooks":[]}})");
    QTest::newRow("a ping with words") << sseEvent(R"({"type":"ping","message":"still here"})") + text("hi");
    QTest::newRow("progress of the prompt: llama.cpp")
        << sseEvent(
               R"({"choices":[{"delta":{"role":"assistant","content":null}}],"prompt_progress":{"total":900,"cache":400,"processed":650}})") +
               text("hi");
    QTest::newRow("finish_reason \"null\" on each chunk: KoboldCpp") << delta("\"content\":\"hi\"", "\"null\"");
    QTest::newRow("finish_reason empty on each chunk") << delta("\"content\":\"hi\"", "\"\"");
    QTest::newRow("other event types: mistral.rs")
        << "event: agentic_tool_call_progress\n" + sseEvent(R"({"round":1})") + text("hi");
}
void tst_endings::noFailure() {
    QFETCH(std::string, inside);
    const Played played = play(Dialect::Sse, {chunked(good(inside))});
    QVERIFY2(played.end.outcome == Outcome::Ok, played.end.error_text.c_str());
    QCOMPARE(played.heard.content, std::string("hi"));
    QCOMPARE(played.end.counts.finish_reason, std::string("stop"));
}

void tst_endings::finishReasons_data() {
    QTest::addColumn<std::string>("reason"); // as JSON
    QTest::addColumn<bool>("ok");
    for (const char* word :
         {"stop", "eos", "eos_token", "end_turn", "stop_sequence", "tool_calls", "function_call", "length", "STOP"})
        QTest::newRow(word) << "\"" + std::string(word) + "\"" << true;
    for (const char* word :
         {"abort", "error", "content_filter", "insufficient_system_resource", "unload", "load", "canceled", "preempt",
          "parse_error", "network_error", "repetition_truncation", "error_finish", "refusal", "a_word_nobody_knows"})
        QTest::newRow(word) << "\"" + std::string(word) + "\"" << false;
    QTest::newRow("an object: SGLang") << std::string(R"({"type":"abort","message":"scheduler aborted"})") << false;
    QTest::newRow("a list: FastChat") << std::string(R"(["abort"])") << false;
    QTest::newRow("a number") << std::string("3") << false;
}
void tst_endings::finishReasons() {
    QFETCH(std::string, reason);
    QFETCH(bool, ok);
    const Played played = play(Dialect::Sse, {chunked(text("half") + delta("", reason) + kUsage + kDone)});
    QCOMPARE(std::string(name(played.end.outcome)), std::string(ok ? "ok" : "server_error_midstream"));
    QVERIFY(!played.end.counts.finish_reason.empty());
    QVERIFY(!played.end.no_finish_reason);
    if (!ok) QVERIFY2(played.end.error_text.find(reason.substr(1, 4)) != std::string::npos, played.end.error_text.c_str());
    QCOMPARE(played.end.counts.predicted_tokens, std::optional<std::int64_t>(48)); // what was counted stays
    if (reason.front() != '"') return;
    const Played ollama =
        play(Dialect::Ndjson,
             {chunked(said("half") +
                      line("{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":" + reason + ",\"eval_count\":3}"))});
    QCOMPARE(std::string(name(ollama.end.outcome)), std::string(ok ? "ok" : "server_error_midstream"));
}
void tst_endings::aReasonThatWasToldStays() {
    const Played played = play(Dialect::Sse, {chunked(text("half") + delta("", "\"abort\"") + delta("", "\"stop\"") + kDone)});
    QCOMPARE(played.end.outcome, Outcome::ServerErrorMidstream);
}
void tst_endings::aTerminatorWithoutAReasonIsAnEnding() {
    const Played sse = play(Dialect::Sse, {chunked(text("hi") + kDone)});
    QCOMPARE(sse.end.outcome, Outcome::Ok);
    QVERIFY(sse.end.no_finish_reason);
    const Played ollama = play(Dialect::Ndjson, {chunked(said("hi") + line(R"({"message":{"content":""},"done":true})"))});
    QCOMPARE(ollama.end.outcome, Outcome::Ok);
    QVERIFY(ollama.end.no_finish_reason);
    const Played neither = play(Dialect::Sse, {chunked(text("hi"))});
    QCOMPARE(neither.end.outcome, Outcome::Cut);
    QVERIFY(!neither.end.no_finish_reason);
}

void tst_endings::contentInEveryShape_data() {
    QTest::addColumn<std::string>("inside");
    QTest::addColumn<std::string>("content");
    QTest::addColumn<std::string>("reasoning");
    const auto row = [](const char* name, const std::string& inside, const std::string& reasoning = {}) {
        QTest::newRow(name) << inside << std::string("hi") << reasoning;
    };
    row("text", text("hi"));
    row("list of texts: Mistral", delta(R"("content":[{"type":"text","text":"h"},{"type":"text","text":"i"}])"));
    row("list with thoughts: Mistral",
        delta(R"("content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"hi"}])"), "hm");
    row("list of strings", delta(R"("content":["h","i"])"));
    row("output_text parts: Responses form", delta(R"("content":[{"type":"output_text","text":"hi"}])"));
    row("reasoning parts: SGLang", delta(R"("content":[{"type":"reasoning","text":"hm"},{"type":"text","text":"hi"}])"), "hm");
    row("one part", delta(R"("content":{"type":"text","text":"hi"})"));
    row("value inside text", delta(R"("content":[{"type":"text","text":{"value":"hi"}}])"));
    row("text in the choice: completions", sseEvent(R"({"choices":[{"index":0,"text":"hi","finish_reason":null}]})"));
    row("message instead of delta", sseEvent(R"({"choices":[{"index":0,"message":{"content":"hi"}}]})"));
    row("response: Cloudflare", sseEvent(R"({"response":"hi","p":"abcd"})"));
    row("content of the object: llama.cpp /completion", sseEvent(R"({"content":"hi","stop":false})"));
    row("message of the object", sseEvent(R"({"message":{"role":"assistant","content":"hi"},"done":false})"));
    row("empty and null beside it", delta("\"content\":null") + delta("\"content\":\"\"") + delta("\"content\":[]") + text("hi"));
    row("refusal", delta(R"("content":null,"refusal":"hi")"));
    row("reasoning_content", delta("\"reasoning_content\":\"hm\"") + text("hi"), "hm");
    row("reasoning: Ollama /v1, mlx-lm, vLLM", delta("\"reasoning\":\"hm\"") + text("hi"), "hm");
    row("thinking", delta("\"thinking\":\"hm\"") + text("hi"), "hm");
    row("both spellings say the same", delta(R"("reasoning":"hm","reasoning_content":"hm")") + text("hi"), "hm");
    row("reasoning_details: OpenRouter",
        delta(R"("reasoning_details":[{"type":"reasoning.text","text":"hm","index":0}])") + text("hi"), "hm");
    row("reasoning_text: Copilot", delta("\"reasoning_text\":\"hm\"") + text("hi"), "hm");
    row("thought: Gemini", delta(R"("content":[{"text":"hm","thought":true},{"text":"hi"}])"), "hm");
    row("text beside an empty delta", sseEvent(R"({"choices":[{"index":0,"delta":{},"text":"hi"}]})"));
    row("what is encrypted is no text",
        delta(R"("reasoning_details":[{"type":"reasoning.encrypted","data":"AAAA"}])") + text("hi"));
}
void tst_endings::contentInEveryShape() {
    QFETCH(std::string, inside);
    QFETCH(std::string, content);
    QFETCH(std::string, reasoning);
    const Played played = play(Dialect::Sse, {chunked(good(inside))});
    QVERIFY2(played.end.outcome == Outcome::Ok, played.end.error_text.c_str());
    QCOMPARE(played.heard.content, content);
    QCOMPARE(played.heard.reasoning, reasoning);
}
// What cannot be read is said: never an empty reply while tokens were generated.
void tst_endings::whatCannotBeReadIsSaid_data() {
    QTest::addColumn<std::string>("inside");
    QTest::addColumn<std::string>("words");
    QTest::newRow("content is a number") << delta("\"content\":42") << std::string("42");
    QTest::newRow("a part that is an image")
        << delta(R"("content":[{"type":"image_url","image_url":{"url":"x"}}])") << std::string("48 tokens");
    QTest::newRow("an object of another kind") << delta(R"("content":{"blob":"x"})") << std::string("blob");
    QTest::newRow("in a member nobody knows") << delta(R"("speech":"hi")") << std::string("48 tokens");
    QTest::newRow("nothing at all") << std::string() << std::string("48 tokens");
}
void tst_endings::whatCannotBeReadIsSaid() {
    QFETCH(std::string, inside);
    QFETCH(std::string, words);
    const Played played = play(Dialect::Sse, {chunked(good(inside))});
    QCOMPARE(played.end.outcome, Outcome::Protocol);
    QVERIFY2(played.end.error_text.find(words) != std::string::npos, played.end.error_text.c_str());
}
// A stream of which nothing is a part of a reply is no empty reply.
void tst_endings::nothingOfAReply_data() {
    QTest::addColumn<std::string>("body");
    QTest::newRow("the terminator alone") << kDone;
    QTest::newRow("an object that says nothing") << sseEvent(R"({"id":"x"})") + kDone;
    QTest::newRow("a web page in lines") << std::string("<html>502 Bad Gateway</html>\n\n") + kDone;
    QTest::newRow("words without a field") << std::string("Internal Server Error\n\n") + kDone;
    QTest::newRow("words in mid-stream") << text("half") + "Internal Server Error\n\n" + kDone;
    QTest::newRow("a web page in mid-stream") << text("half") + "<html>502 Bad Gateway</html>\n\n" + kDone;
    QTest::newRow("a whole completion in an event")
        << sseEvent(
               R"({"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}]})") +
               kDone;
}
void tst_endings::nothingOfAReply() {
    QFETCH(std::string, body);
    const ChatEnd end = play(Dialect::Sse, {chunked(body)}).end;
    QVERIFY2(end.outcome == Outcome::Protocol, (std::string(name(end.outcome)) + ": " + end.error_text).c_str());
}
void tst_endings::noTextIsNoFaultWhere_data() {
    QTest::addColumn<std::string>("body");
    QTest::newRow("the model ended at once")
        << delta("", "\"stop\"") + sseEvent(R"({"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":1}})") + kDone;
    QTest::newRow("an empty pair of marks was taken out")
        << delta("", "\"stop\"") + sseEvent(R"({"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":5}})") + kDone;
    QTest::newRow("nothing was counted") << delta("", "\"stop\"") + kDone;
    QTest::newRow("max_tokens went into thoughts that are not shown") << delta("", "\"length\"") + kUsage + kDone;
    QTest::newRow("a tool was called") << good(delta(R"("tool_calls":[{"function":{"name":"clock","arguments":"{}"}}])"));
}
void tst_endings::noTextIsNoFaultWhere() {
    QFETCH(std::string, body);
    const Played played = play(Dialect::Sse, {chunked(body)});
    QVERIFY2(played.end.outcome == Outcome::Ok, played.end.error_text.c_str());
}

void tst_endings::halfACharacter_data() {
    QTest::addColumn<int>("dialect");
    QTest::addColumn<std::string>("body");
    QTest::addColumn<std::string>("content");
    QTest::addColumn<bool>("repaired");
    const std::string unknown = "\xEF\xBF\xBD";
    const auto row = [](const char* name, Dialect dialect, const std::string& body, const std::string& content, bool repaired) {
        QTest::newRow(name) << int(dialect) << body << content << repaired;
    };
    row("two halves of a pair", Dialect::Sse, good(text("a\\ud83d") + text("\\ude00b")), "a" + unknown + unknown + "b", true);
    row("a lone high half", Dialect::Sse, good(text("a\\uD83Db")), "a" + unknown + "b", true);
    row("a lone low half", Dialect::Sse, good(text("a\\ude00b")), "a" + unknown + "b", true);
    row("half of the bytes", Dialect::Sse, good(text("a\xF0\x9F") + text("b")), "a" + unknown + unknown + "b", true);
    row("Latin-1", Dialect::Sse, good(text("caf\xE9")), "caf" + unknown, true);
    row("a control character", Dialect::Sse,
        good(text("a\x01"
                  "b")),
        "a" + unknown + "b", true);
    row("a whole pair", Dialect::Sse, good(text("a\\ud83d\\ude00b")),
        "a\xF0\x9F\x98\x80"
        "b",
        false);
    row("an escaped backslash before a u", Dialect::Sse, good(text("a\\\\ud83d")), "a\\ud83d", false);
    row("the server's own U+FFFD", Dialect::Sse, good(text(unknown)), unknown, false);
    row("Ollama: two halves", Dialect::Ndjson,
        said("a\\ud83d") + said("\\ude00") + line(R"({"message":{"content":""},"done":true,"done_reason":"stop"})"),
        "a" + unknown + unknown, true);
}
void tst_endings::halfACharacter() {
    QFETCH(int, dialect);
    QFETCH(std::string, body);
    QFETCH(std::string, content);
    QFETCH(bool, repaired);
    const Played played = play(Dialect(dialect), {chunked(body)});
    QVERIFY2(played.end.outcome == Outcome::Ok, played.end.error_text.c_str());
    QCOMPARE(played.heard.content, content);
    QCOMPARE(played.end.invalid_utf8, repaired);
}

// HTTP 200 with something else than a stream: the server's own words.
void tst_endings::noStreamAtAll_data() {
    QTest::addColumn<std::string>("body");
    QTest::addColumn<QString>("outcome");
    QTest::addColumn<std::string>("words");
    QTest::newRow("an error") << std::string(R"x({"error":"Unexpected endpoint or method. (POST /api/v1/chat/completions)"})x")
                              << "server_error_midstream" << std::string("Unexpected endpoint or method");
    QTest::newRow("an error object")
        << std::string(R"({"error":{"message":"model is not loaded, load it first","type":"invalid_request_error"}})")
        << "server_error_midstream" << std::string("model is not loaded, load it first");
    QTest::newRow("an error on several lines")
        << std::string("{\n  \"error\": {\n    \"message\": \"model is not loaded, load it first\"\n  }\n}\n")
        << "server_error_midstream" << std::string("model is not loaded, load it first");
    QTest::newRow("a detail") << std::string(R"({"detail":"Not authenticated"})") << "server_error_midstream"
                              << std::string("Not authenticated");
    QTest::newRow("an overflow") << std::string(R"({"error":{"message":"prompt is too long: 9000 tokens > 4096 maximum"}})")
                                 << "overflow" << std::string("prompt is too long");
    QTest::newRow("a whole completion: cyllama")
        << std::string(
               R"({"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hello there"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":9}})")
        << "protocol" << std::string("the server ignored stream: true");
    QTest::newRow("a whole completion on several lines")
        << std::string("{\n \"choices\": [\n  {\"message\": {\"content\": \"hello there\"}}\n ]\n}") << "protocol"
        << std::string("the server ignored stream: true");
    QTest::newRow("a whole reply of Ollama")
        << std::string(
               R"({"model":"m","message":{"role":"assistant","content":"hello there"},"done":true,"done_reason":"stop","eval_count":9})")
        << "protocol" << std::string("the server ignored stream: true");
    QTest::newRow("a whole completion of one token")
        << std::string(
               R"({"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":1}})")
        << "protocol" << std::string("the server ignored stream: true");
    QTest::newRow("a web page") << std::string("<!DOCTYPE html><html><head><title>Open WebUI</title></head><body></body></html>")
                                << "protocol" << std::string("a web page, not a chat stream: \"Open WebUI\"");
    QTest::newRow("text") << std::string("Ollama is running") << "protocol" << std::string("Ollama is running");
    QTest::newRow("nothing") << std::string() << "protocol" << std::string("empty");
    QTest::newRow("other JSON") << std::string(R"({"status":"ok"})") << "protocol" << std::string(R"({"status":"ok"})");
}
void tst_endings::noStreamAtAll() {
    QFETCH(std::string, body);
    QFETCH(std::string, words);
    QFETCH(QString, outcome);
    for (const Dialect dialect : {Dialect::Sse, Dialect::Ndjson})
        for (const std::string& answer : {withLength(body), chunked(body, "application/json")}) {
            const Played played = play(dialect, {answer});
            QCOMPARE(QString::fromStdString(std::string(name(played.end.outcome))), outcome);
            QVERIFY2(played.end.error_text.find(words) != std::string::npos, played.end.error_text.c_str());
        }
}

// The body of an error status is understood before it is cut, whatever it repeats of the request.
void tst_endings::errorBodies_data() {
    QTest::addColumn<std::string>("body");
    QTest::addColumn<std::string>("words");
    QTest::addColumn<bool>("overflow");
    const std::string echo(20'000, 'x');
    const auto row = [](const char* name, const std::string& body, const std::string& words, bool overflow = false) {
        QTest::newRow(name) << body << words << overflow;
    };
    row("the reason behind 20 KB",
        "{\"request\":\"" + echo +
            "\",\"error\":{\"message\":\"maximum prompt length is 4096 but the request contains 9000 tokens\"}}",
        "maximum prompt length is 4096", true);
    row("error true and a message", R"({"error":true,"message":"seed is not supported"})", "HTTP 400: seed is not supported");
    row("empty error and a reason", R"({"error":"","reason":"seed is not supported"})", "HTTP 400: seed is not supported");
    row("errors", R"({"errors":["seed is not supported","top_k is not supported"]})",
        "seed is not supported; top_k is not supported");
    row("a list", R"([{"error":{"message":"seed is not supported"}}])", "seed is not supported");
    row("JSON in a JSON text: MLC", "\"{\\\"object\\\":\\\"error\\\",\\\"message\\\":\\\"seed is not supported\\\"}\"",
        "seed is not supported");
    row("a name and words: Nest", R"({"statusCode":400,"error":"Bad Request","message":"seed is not supported"})",
        "Bad Request: seed is not supported");
    row("text: llamafile", "seed is not supported\r\n", "HTTP 400: seed is not supported");
    row("TGI",
        R"({"error":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens","error_type":"validation"})",
        "must be <= 4096", true);
    row("TabbyAPI", R"({"detail":"Prompt length 5000 is greater than max_seq_len 4096"})", "max_seq_len", true);
    row("LM Studio, while it generates",
        R"({"error":"Reached context length of 4096 tokens with model (arch: qwen2) that does not currently support mid-generation context overflow."})",
        "Reached context length", true);
    row("input length", R"({"error":"input length exceeds maximum"})", "input length", true);
    row("vLLM, what is left for the reply", R"({"message":"max_tokens must be at least 1, got -6837","type":"BadRequestError"})",
        "got -6837", true);
    row("no overflow: metadata", R"({"error":"no context length in its metadata"})", "metadata");
    row("no overflow: a batch",
        R"({"error":{"message":"input (5000 tokens) is too large to process. increase the physical batch size"}})", "batch size");
    row("no overflow: a rate",
        R"({"error":{"message":"Rate limit reached: tokens per minute (TPM): Limit 30000, Requested 4000"}})", "Rate limit");
    row("no overflow: memory", R"({"error":"model requires more system memory (5.6 GiB) than is available"})",
        "more system memory");
}
void tst_endings::errorBodies() {
    QFETCH(std::string, body);
    QFETCH(std::string, words);
    QFETCH(bool, overflow);
    const ChatEnd end = play(Dialect::Sse, {withLength(body, "400 Bad Request")}).end;
    QCOMPARE(std::string(name(end.outcome)), std::string(overflow ? "overflow" : "http_error"));
    QVERIFY2(end.error_text.find(words) != std::string::npos, end.error_text.c_str());
    QVERIFY(end.error_text.size() < 5'000);
}

void tst_endings::whoAnswered() {
    const Played played = play(
        Dialect::Sse,
        {chunked(sseEvent(R"({"choices":[{"delta":{"role":"assistant"}}],"model":"qwen:7b","system_fingerprint":"b10000-abc"})") +
                 good(text("hi")))});
    QCOMPARE(played.end.model, std::string("qwen:7b"));
    QCOMPARE(played.end.fingerprint, std::string("b10000-abc"));
}
LOOPTAX_TEST(tst_endings)
#include "tst_endings.moc"
