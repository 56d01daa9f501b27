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
constexpr std::array kWordKeys{"error", "err", "errors", "Error", "Response", "base_resp", "header", "title", "message", "error_message",
                               "errorMessage", "msg", "error_msg", "status_msg", "error_description", "detail", "details", "reason", "description", "text"};
// Said where there are no words at all.
constexpr std::array kNameKeys{"error_type", "type", "code", "error_code", "status", "statusCode", "status_code"};
// What servers say when a prompt does not fit the context, in lower case; with the server whose source or recorded answer
// has it. A word like "context" alone is not enough: "no context length in its metadata" is another trouble, and a batch or
// a rate can be too small as well.
constexpr std::array kOverflow{
    "exceeds the available context",             // llama.cpp, TabbyAPI, ik_llama
    "context size has been exceeded",            // llama.cpp and LM Studio, while they generate
    "exceed_context_size",                       // llama.cpp's type
    "larger than the max context size",          // llama.cpp
    "too big compared to kv size",               // ik_llama
    "context_length_exceeded",                   // OpenAI's code: TabbyAPI, llama-cpp-python, OpenRouter
    "longer than the context length",            // Ollama
    "exceeds the context length",                // Ollama
    "exceeds maximum context length",            // Ollama
    "exceeds context length",                    // LM Studio
    "model's maximum context length",            // Ollama, vLLM, SGLang, FastChat
    "model's context length",                    // vLLM, SGLang
    "longer than the maximum model length",      // vLLM
    "max_tokens must be at least 1, got -",      // vLLM: what is left for the reply
    "exceeds the maximum allowed input length",  // SGLang
    "`max_new_tokens` must be <=",               // TGI
    "`inputs` must have less than",              // TGI
    "is greater than max_seq_len",               // TabbyAPI
    "greater than the context length",           // LM Studio
    "larger context length, or provide a shorter input", // LM Studio
    "exceed context window",                     // llama-cpp-python
    "prompt exceeds n_ctx",                      // llama-cpp-python
    "smaller than the model context length",     // LMDeploy
    "exceeds the model context length",          // LMDeploy
    "prompt sequence length is greater than",    // mistral.rs
    "exceeds model max length",                  // OpenVINO
    "input length exceeds",                      // OpenVINO, Ollama's cloud
    "reached context length",                    // LM Studio, while it generates
    "context overflow",                          //
    "exceeds max context window",                // oMLX
    "max_req_total_len",                         // LightLLM
    "should not exceed max_num_tokens",          // TensorRT-LLM
    "exceeds maximum input length",              // TensorRT-LLM
    "tokens; the model context is",              // dasLLAMA
    "max length reached",                        // FastFlowLM
    "message was too long",                      // GPT4All
    "exceeds the context window",                // OpenAI
    "exceeds context window",                    //
    "exceed context limit",                      // Anthropic
    "prompt is too long",                        // Anthropic
    "prompt too long",                           // oMLX, Ollama's cloud
    "exceed the configured limit",               // OpenAI
    "exceeds the maximum number of tokens",      // Gemini
    "too large for model with",                  // Mistral
    "maximum prompt length is",                  // xAI
    "prompt token count of",                     // Copilot
    "exceeded model token limit",                // Moonshot
    "range of input length should be",           // DashScope
    "context window exceeds limit",              // MiniMax
    "context window limit",                      // Cloudflare
};

bool saysSomething(const Node& node) {
    if (node.is_null() || node == false || node == 0) return false;
    if (node.is_string()) return !trimmed(node.get_ref<const std::string&>()).empty();
    return !node.is_structured() || !node.empty();
}

std::string wordsOf(const Node& node, int depth);

std::string wordsOfObject(const Node& object, int depth) {
    std::vector<std::string> said;
    for (const char* key : kWordKeys) {
        const auto at = object.find(key);
        if (at == object.end()) continue;
        const std::string words = wordsOf(*at, depth + 1);
        const auto within = [](const std::string& a, const std::string& b) { return a.find(b) != std::string::npos; };
        if (words.empty() || std::any_of(said.begin(), said.end(), [&](const std::string& other) { return within(other, words); })) continue;
        said.erase(std::remove_if(said.begin(), said.end(), [&](const std::string& other) { return within(words, other); }), said.end());
        said.push_back(words);
    }
    if (said.empty())
        for (const char* key : kNameKeys)
            if (const auto at = object.find(key); at != object.end() && saysSomething(*at) && !at->is_structured() && *at != "error") {
                said.push_back(at->is_string() ? at->get<std::string>() : at->dump());
                break;
            }
    std::string out = joined(said, ": ");
    // A list of what is wrong with a request names the member: {"loc":["body","seed"],"msg":"..."}
    if (const auto place = object.find("loc"); !out.empty() && place != object.end() && place->is_array()) {
        std::vector<std::string> parts;
        for (const Node& part : *place)
            parts.push_back(part.is_string() ? part.get<std::string>() : part.dump());
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
            if (std::string words = wordsOf(item, depth + 1); !words.empty() && said.size() < 10) said.push_back(std::move(words));
        return joined(said, "; ");
    }
    return node.is_object() ? wordsOfObject(node, depth) : std::string();
}

bool saysOverflow(std::string_view text) {
    const std::string lower = lowered(text);
    return std::any_of(kOverflow.begin(), kOverflow.end(), [&](std::string_view phrase) { return lower.find(phrase) != std::string::npos; });
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
    out.words = repairUtf8(words.substr(0, kMostWords));
    if (out.words.empty()) out.words = kNoWords;
    return out;
}

bool isAnyOf(const Node& object, const char* key, std::initializer_list<const char*> values) {
    const auto at = object.find(key);
    return at != object.end() && std::any_of(values.begin(), values.end(), [&](const char* value) { return *at == value; });
}

bool tells(const Node& object, std::initializer_list<const char*> keys) {
    return std::any_of(keys.begin(), keys.end(), [&](const char* key) {
        const auto at = object.find(key);
        return at != object.end() && saysSomething(*at);
    });
}

} // namespace

ServerError readErrorBody(std::string_view body) {
    const Node json = Node::parse(body, nullptr, false);
    if (json.is_object()) {
        ServerError out = errorFrom(json);
        if (out.words == kNoWords) out.words = repairUtf8(trimmed(body).substr(0, kMostWords));
        return out;
    }
    if (json.is_array() || json.is_string()) return errorFrom(Node{{"error", json}});
    ServerError out;
    out.words = std::string(trimmed(repairUtf8(body.substr(0, kMostWords))));
    if (out.words.empty()) out.words = "an empty body";
    out.overflow = saysOverflow(body);
    return out;
}

std::optional<ServerError> failureIn(const Node& object) {
    if (!object.is_object()) return std::nullopt;
    if (tells(object, {"error", "errors", "err", "error_type", "error_message", "errorMessage", "error_msg", "error_code"}) ||
        isAnyOf(object, "object", {"error"}) || isAnyOf(object, "type", {"error"}) || isAnyOf(object, "status", {"error", "failed", "failure"}) ||
        (object.contains("success") && object["success"] == false))
        return errorFrom(object);
    // MiniMax says 0 on a good reply.
    if (const auto base = object.find("base_resp"); base != object.end() && base->is_object() && tells(*base, {"status_code"})) return errorFrom(object);
    if (const auto choices = object.find("choices"); choices != object.end() && choices->is_array())
        for (const Node& choice : *choices)
            for (const Node* place : {&choice, choice.is_object() && choice.contains("delta") ? &choice["delta"] : &choice,
                                      choice.is_object() && choice.contains("message") ? &choice["message"] : &choice})
                if (place->is_object() && tells(*place, {"error"})) return errorFrom(Node{{"error", (*place)["error"]}});
    if (isPartOfChat(object) || isAnyOf(object, "type", {"ping", "keepalive", "progress"})) return std::nullopt;
    if (tells(object, {"message", "detail", "details", "msg", "reason", "title"})) return errorFrom(object);
    return std::nullopt;
}

} // namespace looptax
