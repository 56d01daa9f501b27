#include "runtime/server_error.h"

#include "base/text.h"
#include "runtime/chat_chunk.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace looptax {

namespace {

using Node = nlohmann::json;

constexpr std::size_t kMostWords = 4096;
constexpr int kMostDepth = 6;
constexpr const char* kNoWords = "an error without words";

// Where servers put their words, the most telling last: "Bad Request" alone says little.
constexpr std::array kWordKeys{
    "error",  "err",         "errors",     "Error",       "Response",          "base_resp",     "header",
    "fault",  "exception",   "title",      "message",     "Message",           "error_message", "errorMessage",
    "msg",    "error_msg",   "status_msg", "faultstring", "error_description", "detail",        "details",
    "reason", "description", "text"};
// Said where there are no words at all.
constexpr std::array kNameKeys{"error_type", "type", "__type", "code", "error_code", "status", "statusCode", "status_code"};
// Members whose mere presence says that something failed, as long as they say anything.
constexpr std::array kFailureKeys{"error",        "errors",    "err",       "error_type", "error_message",
                                  "errorMessage", "error_msg", "exception", "fault",      "__type"};
// All that an object has that is a failure and nothing else.
constexpr std::array kBareErrorKeys{"error",  "success",  "ok",    "message",   "Message", "msg",        "detail",    "details",
                                    "code",   "type",     "param", "loc",       "ctx",     "input",      "title",     "reason",
                                    "status", "instance", "path",  "timestamp", "traceId", "request_id", "requestId", "url"};
// What servers write between the parts of a chat.
constexpr std::array<std::string_view, 12> kPastimes{"ping",   "keepalive", "keep-alive", "keep_alive", "heartbeat", "progress",
                                                     "status", "title",     "info",       "notice",     "log",       "start"};
// What servers say when a prompt does not fit the context, in lower case; with the server whose source or recorded answer
// has it. A word like "context" alone is not enough: "no context length in its metadata" is another trouble, and a batch or
// a rate can be too small as well.
constexpr std::array kOverflow{
    "exceeds the available context",                     // llama.cpp, TabbyAPI, ik_llama
    "context size has been exceeded",                    // llama.cpp and LM Studio, while they generate
    "exceed_context_size",                               // llama.cpp's type
    "larger than the max context size",                  // llama.cpp
    "too big compared to kv size",                       // ik_llama
    "context_length_exceeded",                           // OpenAI's code: TabbyAPI, llama-cpp-python, OpenRouter
    "longer than the context length",                    // Ollama
    "exceeds the context length",                        // Ollama
    "exceeds maximum context length",                    // Ollama
    "exceeds context length",                            // LM Studio
    "model's maximum context length",                    // Ollama, vLLM, SGLang, FastChat
    "model's context length",                            // vLLM, SGLang
    "longer than the maximum model length",              // vLLM
    "max_tokens must be at least 1, got -",              // vLLM: what is left for the reply
    "exceeds the maximum allowed input length",          // SGLang
    "`max_new_tokens` must be <=",                       // TGI
    "`inputs` must have less than",                      // TGI
    "is greater than max_seq_len",                       // TabbyAPI
    "greater than the context length",                   // LM Studio
    "larger context length, or provide a shorter input", // LM Studio
    "exceed context window",                             // llama-cpp-python
    "prompt exceeds n_ctx",                              // llama-cpp-python
    "smaller than the model context length",             // LMDeploy
    "exceeds the model context length",                  // LMDeploy
    "prompt sequence length is greater than",            // mistral.rs
    "exceeds model max length",                          // OpenVINO
    "input length exceeds",                              // OpenVINO, Ollama's cloud
    "reached context length",                            // LM Studio, while it generates
    "context overflow",                                  //
    "exceeds max context window",                        // oMLX
    "max_req_total_len",                                 // LightLLM
    "should not exceed max_num_tokens",                  // TensorRT-LLM
    "exceeds maximum input length",                      // TensorRT-LLM
    "tokens; the model context is",                      // dasLLAMA
    "max length reached",                                // FastFlowLM
    "message was too long",                              // GPT4All
    "exceeds the context window",                        // OpenAI
    "exceeds context window",                            //
    "exceed context limit",                              // Anthropic
    "prompt is too long",                                // Anthropic
    "prompt too long",                                   // oMLX, Ollama's cloud
    "exceed the configured limit",                       // OpenAI
    "exceeds the maximum number of tokens",              // Gemini
    "too large for model with",                          // Mistral
    "maximum prompt length is",                          // xAI
    "prompt token count of",                             // Copilot
    "exceeded model token limit",                        // Moonshot
    "range of input length should be",                   // DashScope
    "context window exceeds limit",                      // MiniMax
    "context window limit",                              // Cloudflare
};

// Many servers write the members of an error into every part, with what means that there is none.
bool meansNothing(std::string_view text) {
    constexpr std::array<std::string_view, 12> kGood{"",          "0",          "200",  "ok",   "okay",  "success",
                                                     "succeeded", "successful", "none", "null", "false", "no error"};
    return std::find(kGood.begin(), kGood.end(), lowered(trimmed(text))) != kGood.end();
}

bool saysSomething(const Node& node, int depth = 0) {
    if (node.is_null() || node == false || node == 0 || node == 200 || depth > kMostDepth) return false;
    if (node.is_string()) return !meansNothing(node.get_ref<const std::string&>());
    if (!node.is_structured()) return true;
    return std::any_of(node.begin(), node.end(), [&](const Node& item) { return saysSomething(item, depth + 1); });
}

// A code or a status: of HTTP, of an application, or a word.
bool codeFails(const Node& node) {
    if (node.is_number()) return node.get<double>() != 0 && !(node.get<double>() >= 100 && node.get<double>() < 400);
    if (node.is_object()) return node.contains("code") && codeFails(node["code"]);
    if (!node.is_string()) return false;
    const auto& text = node.get_ref<const std::string&>();
    if (const auto number = parseInteger(trimmed(text))) return codeFails(Node(*number));
    return !meansNothing(text);
}

std::string wordsOf(const Node& node, int depth);

std::string wordsOfObject(const Node& object, int depth) {
    std::vector<std::string> said;
    for (const char* key : kWordKeys) {
        const auto at = object.find(key);
        if (at == object.end()) continue;
        const std::string words = wordsOf(*at, depth + 1);
        const auto within = [](const std::string& a, const std::string& b) { return a.find(b) != std::string::npos; };
        if (words.empty() || meansNothing(words) ||
            std::any_of(said.begin(), said.end(), [&](const std::string& other) { return within(other, words); }))
            continue;
        said.erase(std::remove_if(said.begin(), said.end(), [&](const std::string& other) { return within(words, other); }),
                   said.end());
        said.push_back(words);
    }
    if (said.empty())
        for (const char* key : kNameKeys)
            if (const auto at = object.find(key);
                at != object.end() && saysSomething(*at) && !at->is_structured() && *at != "error") {
                said.push_back(at->is_string() ? at->get<std::string>() : at->dump());
                break;
            }
    std::string out = joined(said, ": ");
    // A list of what is wrong with a request names the member: {"loc":["body","seed"],"msg":"..."}
    if (const auto place = object.find("loc"); !out.empty() && place != object.end() && place->is_array()) {
        std::vector<std::string> parts;
        for (const Node& part : *place) parts.push_back(part.is_string() ? part.get<std::string>() : part.dump());
        out.insert(0, joined(parts, ".") + ": ");
    }
    return out;
}

// Empty where nothing is said.
std::string wordsOf(const Node& node, int depth) {
    if (depth > kMostDepth) return {};
    if (node.is_string()) {
        const std::string_view text = trimmed(node.get_ref<const std::string&>());
        // A gateway passes the body on that it was given, as a text.
        if (!text.empty() && text.front() == '{') {
            const Node inner = Node::parse(text, nullptr, false);
            if (inner.is_object())
                if (std::string words = wordsOfObject(inner, depth + 1); !words.empty()) return words;
        }
        return std::string(text);
    }
    if (node.is_array()) {
        std::vector<std::string> said;
        for (const Node& item : node)
            if (std::string words = wordsOf(item, depth + 1); !words.empty() && said.size() < 10)
                said.push_back(std::move(words));
        return joined(said, "; ");
    }
    return node.is_object() ? wordsOfObject(node, depth) : std::string();
}

bool saysOverflow(std::string_view text) {
    const std::string lower = lowered(text);
    return std::any_of(kOverflow.begin(), kOverflow.end(),
                       [&](std::string_view phrase) { return lower.find(phrase) != std::string::npos; });
}

std::optional<std::int64_t> numberIn(const Node& object, const char* key) {
    const auto at = object.find(key);
    if (at == object.end() || !at->is_number_integer()) return std::nullopt;
    return at->get<std::int64_t>();
}

ServerError errorFrom(const Node& object) {
    ServerError out;
    std::string words = wordsOfObject(object, 0);
    const auto inner = object.find("error");
    std::string names; // types and codes, beside the words
    for (const Node* place : {&object, inner != object.end() && inner->is_object() ? &*inner : &object}) {
        if (!out.prompt_tokens) out.prompt_tokens = numberIn(*place, "n_prompt_tokens");
        if (!out.context) out.context = numberIn(*place, "n_ctx");
        for (const char* key : kNameKeys)
            if (const auto at = place->find(key); at != place->end() && at->is_string()) names += " " + at->get<std::string>();
    }
    out.overflow = saysOverflow(words + names);
    out.words = repairUtf8(firstBytes(words, kMostWords));
    if (out.words.empty()) out.words = kNoWords;
    return out;
}

} // namespace

ServerError readErrorBody(std::string_view body) {
    const Node json = Node::parse(body, nullptr, false);
    if (json.is_object()) {
        ServerError out = errorFrom(json);
        if (out.words == kNoWords) out.words = repairUtf8(firstBytes(trimmed(body), kMostWords));
        return out;
    }
    if (json.is_array() || json.is_string()) return errorFrom(Node{{"error", json}});
    ServerError out;
    out.words = std::string(trimmed(repairUtf8(firstBytes(body, kMostWords))));
    if (out.words.empty()) out.words = "an empty body";
    out.overflow = saysOverflow(body);
    return out;
}

std::optional<ServerError> failureIn(const Node& object) {
    if (object.is_array() && !object.empty() && object.front().is_object())
        return failureIn(object.front()); // Google writes a list of one
    if (!object.is_object()) return std::nullopt;
    static const Node kNothing;
    const auto in = [](const Node& place, const char* key) -> const Node& {
        const auto found = place.find(key);
        return found != place.end() ? *found : kNothing;
    };
    const auto at = [&](const char* key) -> const Node& { return in(object, key); };
    if (std::any_of(kFailureKeys.begin(), kFailureKeys.end(), [&](const char* key) { return saysSomething(at(key)); }) ||
        codeFails(at("error_code")))
        return errorFrom(object);
    for (const auto& [key, value] : object.items()) // Bedrock: {"modelStreamErrorException":{"message":"..."}}
        if (key.size() > 9 && key.compare(key.size() - 9, 9, "Exception") == 0)
            return errorFrom(Node{{"error", value.is_object() ? value : Node(key)}});
    const std::string type = at("type").is_string() ? lowered(at("type").get_ref<const std::string&>()) : std::string();
    const std::string status = at("status").is_string() ? lowered(at("status").get_ref<const std::string&>()) : std::string();
    if (at("object") == "error" || type == "error" || status == "error" || status == "failed" || status == "failure" ||
        at("success") == false || at("ok") == false || (at("status").is_number() && codeFails(at("status"))) ||
        (at("status").is_object() && codeFails(at("status"))) ||
        (at("base_resp").is_object() && codeFails(in(at("base_resp"), "status_code"))))
        return errorFrom(object);
    // Responses form: {"type":"response.failed","response":{"error":{...}}}
    if (at("response").is_object() && saysSomething(in(at("response"), "error"))) return errorFrom(at("response"));
    const Node& choices = at("choices");
    if (choices.is_array())
        for (const Node& choice : choices) {
            if (!choice.is_object()) continue;
            for (const Node* place : {&choice, &in(choice, "delta"), &in(choice, "message")}) {
                if (!place->is_object()) continue;
                for (const char* key : {"error", "error_message"})
                    if (saysSomething(in(*place, key))) return errorFrom(Node{{"error", in(*place, key)}});
                if (in(*place, "role") == "error")
                    return errorFrom(Node{{"error", place->contains("content") ? (*place)["content"] : Node("an error")}});
            }
        }
    if (choices.is_array() && !choices.empty()) return std::nullopt;
    if (codeFails(at("code")) || codeFails(at("status_code")) || codeFails(at("statusCode"))) return errorFrom(object);
    if (isPartOfChat(object)) return std::nullopt;
    // Words alone: an error, unless the object says that it is about something else.
    if (std::any_of(kPastimes.begin(), kPastimes.end(),
                    [&](std::string_view word) { return type.find(word) != std::string::npos; }) ||
        !status.empty())
        return std::nullopt;
    for (const auto& [key, value] : object.items())
        if (std::find(kBareErrorKeys.begin(), kBareErrorKeys.end(), std::string_view(key)) == kBareErrorKeys.end())
            return std::nullopt;
    for (const char* key : {"message", "Message", "msg", "detail", "reason"})
        if (saysSomething(at(key))) return errorFrom(object);
    return std::nullopt;
}

} // namespace looptax
