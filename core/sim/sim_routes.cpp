#include "sim/sim_routes.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/json_fwd.h"
#include "base/json_read.h"
#include "domain/simulated.h"

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

namespace looptax {

namespace {

constexpr const char* kTemplate = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content "
                                  "}}<|im_end|>\n{% endfor %}<|im_start|>assistant\n";

SimScript json(const Json& body) { return oneAnswer(httpAnswer(200, "application/json; charset=utf-8", body.dump())); }

Json parsed(const std::string& body) { return Json::parse(body, nullptr, false); }

std::optional<Messages> messagesOf(const Json& body) {
    if (!body.is_object() || !body.contains("messages") || !body["messages"].is_array()) return std::nullopt;
    Messages messages;
    for (const Json& item : body["messages"]) {
        if (!item.is_object() || !item.contains("role") || !item["role"].is_string()) return std::nullopt;
        const bool text = item.contains("content") && item["content"].is_string();
        messages.push_back({item["role"].get<std::string>(), text ? item["content"].get<std::string>() : std::string()});
    }
    return messages;
}

std::optional<std::int64_t> integer(const Json& object, const char* name) {
    if (!object.is_object() || !object.contains(name) || !object[name].is_number_integer()) return std::nullopt;
    return object[name].get<std::int64_t>();
}

bool boolean(const Json& object, const char* name, bool otherwise) {
    if (!object.is_object() || !object.contains(name) || !object[name].is_boolean()) return otherwise;
    return object[name].get<bool>();
}

std::string digestOf(const std::string& model) { return sha256Hex("digest of " + model); }

} // namespace

bool SimRoutes::isChat(const SimRequest& request) {
    if (request.method != "POST") return false;
    if (request.path == "/api/chat") {
        const Json body = parsed(request.body);
        return !body.is_object() || !body.contains("messages") || !body["messages"].empty();
    }
    return request.path == "/v1/chat/completions" || request.path == "/chat/completions" || request.path == "/completion" ||
           request.path == "/v1/completions" ||
           (request.path == "/api/generate" && !textMember(parsed(request.body), "prompt").empty());
}

SimScript SimRoutes::error(int status, const std::string& type, const std::string& message) const {
    return oneAnswer(m_model.writer().errorAnswer(status, type, message));
}

SimScript SimRoutes::notFound(const SimRequest& request) const {
    return error(404, "not_found_error", "no such route: " + request.method + " " + request.path);
}

SimScript SimRoutes::answer(const SimRequest& request) {
    const std::string& key = m_model.options().api_key;
    if (!key.empty() && request.header("authorization") != "Bearer " + key)
        return error(401, "authentication_error", "Invalid API Key");
    switch (m_model.options().dialect) {
    case TargetKind::LlamaServer: return llama(request);
    case TargetKind::Ollama: return ollama(request);
    case TargetKind::OpenAi: return openAi(request);
    }
    return notFound(request);
}

bool SimRoutes::known(const std::string& name) const {
    const SimOptions& o = m_model.options();
    const auto same = [&name](const std::string& model) { return name == model || name == model + ":latest"; };
    return same(o.model) || std::any_of(o.other_models.begin(), o.other_models.end(), same);
}

SimScript SimRoutes::models() const {
    const SimOptions& o = m_model.options();
    Json list = Json::array();
    Json own{{"id", o.model}, {"object", "model"}, {"created", 1785000000}, {"owned_by", "simulated"}};
    if (o.dialect == TargetKind::LlamaServer)
        own["meta"] = {{"n_vocab", 256}, {"n_ctx", o.context_tokens}, {"n_ctx_train", o.context_tokens}, {"size", 0}};
    list.push_back(own);
    for (const std::string& name : o.other_models)
        list.push_back({{"id", name}, {"object", "model"}, {"created", 1785000000}, {"owned_by", "simulated"}});
    return json({{"object", "list"}, {"data", list}, {kScriptedServerMember, true}});
}

SimScript SimRoutes::llama(const SimRequest& request) {
    const SimOptions& o = m_model.options();
    const bool get = request.method == "GET";
    const std::string& path = request.path;
    if (get && (path == "/health" || path == "/v1/health")) return json({{"status", "ok"}});
    if (get && (path == "/v1/models" || path == "/models")) return models();
    if (get && path == "/props") {
        const Json params{{"temperature", 0.8}, {"top_k", 40},           {"top_p", 0.95},       {"min_p", 0.05},
                          {"typical_p", 1.0},   {"repeat_penalty", 1.0}, {"repeat_last_n", 64}, {"seed", 4294967295}};
        return json({{"default_generation_settings", {{"params", params}, {"n_ctx", o.context_tokens}}},
                     {"total_slots", o.slots},
                     {"model_alias", o.model},
                     {"model_path", "/" + o.model + ".gguf"},
                     {"chat_template", kTemplate},
                     {"build_info", "simulated-b0"},
                     {"is_sleeping", false},
                     {kScriptedServerMember, true}});
    }
    if (get && path == "/slots") {
        Json slots = Json::array();
        for (const SlotView& slot : m_model.cache().view())
            slots.push_back({{"id", slot.id},
                             {"n_ctx", o.context_tokens},
                             {"is_processing", slot.busy},
                             {"speculative", false},
                             {"n_prompt_tokens", slot.prompt_tokens},
                             {"n_prompt_tokens_processed", slot.processed},
                             {"n_prompt_tokens_cache", slot.cached}});
        return json(slots);
    }
    if (get) return notFound(request);
    const Json body = parsed(request.body);
    if (path == "/v1/chat/completions" || path == "/chat/completions") return openAiChat(request);
    if (path == "/tokenize") {
        Json tokens = Json::array();
        for (const std::string& token : simTokenTexts(textMember(body, "content"))) tokens.push_back(crc32c(token) % 32'000);
        return json({{"tokens", tokens}});
    }
    const auto messages = messagesOf(body);
    if (path == "/apply-template" && messages) return json({{"prompt", simPrompt(*messages)}});
    if (path == "/v1/chat/completions/input_tokens" && messages)
        return json({{"object", "response.input_tokens"}, {"input_tokens", simTokens(simPrompt(*messages))}});
    return notFound(request);
}

SimScript SimRoutes::openAi(const SimRequest& request) {
    if (request.method == "GET" && request.path == "/v1/models") return models();
    if (request.method == "POST" && request.path == "/v1/chat/completions") {
        const std::string name = textMember(parsed(request.body), "model");
        if (!known(name)) return error(404, "NotFoundError", "The model `" + name + "` does not exist.");
        return openAiChat(request);
    }
    return notFound(request);
}

SimScript SimRoutes::openAiChat(const SimRequest& request) {
    const Json body = parsed(request.body);
    const auto messages = messagesOf(body);
    if (!messages || messages->empty()) return error(400, "invalid_request_error", "'messages' must be a list of messages");
    if (!boolean(body, "stream", false))
        return error(501, "not_supported_error", "the simulated server only streams: set \"stream\": true");
    SimAsk ask;
    ask.messages = *messages;
    for (const char* name : {"n_predict", "max_completion_tokens", "max_tokens"})
        if (const auto value = integer(body, name)) ask.max_tokens = *value;
    if (const auto slot = integer(body, "id_slot"); slot && *slot >= 0) ask.slot = int(*slot);
    // Only llama-server knows the switch; others ignore fields they do not know.
    if (m_model.options().dialect == TargetKind::LlamaServer) ask.cache_prompt = boolean(body, "cache_prompt", true);
    if (body.contains("stream_options")) ask.include_usage = boolean(body["stream_options"], "include_usage", false);
    ask.bare_json = body.contains("response_format") || body.contains("json_schema") || body.contains("grammar");
    ask.chat_index = request.chat_index.value_or(0);
    return m_model.answer(std::move(ask));
}

SimScript SimRoutes::ollama(const SimRequest& request) {
    const SimOptions& o = m_model.options();
    const std::string& path = request.path;
    if (request.method == "GET" && path == "/") return oneAnswer(httpAnswer(200, "text/plain", "Ollama is running"));
    if (request.method == "GET" && path == "/api/version")
        return json({{"version", "0.0.0-simulated"}, {kScriptedServerMember, true}});
    const auto describe = [](const std::string& name) {
        return Json{
            {"name", name},
            {"model", name},
            {"modified_at", "2026-08-21T10:00:00Z"},
            {"size", 1'000'000},
            {"digest", digestOf(name)},
            {"details", {{"format", "gguf"}, {"family", "simulated"}, {"parameter_size", "0"}, {"quantization_level", "none"}}}};
    };
    if (request.method == "GET" && (path == "/api/tags" || path == "/api/ps")) {
        Json list = Json::array();
        const auto loaded = m_model.loadedContext();
        if (path == "/api/tags" || loaded) list.push_back(describe(o.model));
        if (path == "/api/ps" && loaded) {
            list.back()["size_vram"] = 0;
            const std::int64_t kept = m_model.keepAlive();
            list.back()["expires_at"] =
                kept < 0 ? "2318-01-01T00:00:00.123456789-07:00" : isoUtc((std::time(nullptr) + kept) * 1000);
            list.back()["context_length"] = *loaded;
        }
        if (path == "/api/tags")
            for (const std::string& name : o.other_models) list.push_back(describe(name));
        return json({{"models", list}});
    }
    if (request.method != "POST") return notFound(request);
    const Json body = parsed(request.body);
    const std::string name = textMember(body, "model");
    if (path == "/api/show" || path == "/api/chat" || path == "/api/generate") {
        if (!body.is_object()) return error(400, "", "invalid JSON in the request");
        if (!known(name)) return error(404, "", "model '" + name + "' not found");
    }
    if (path == "/api/show")
        return json({{"modelfile", "FROM /simulated/" + digestOf(name) + "\n"},
                     {"parameters", "stop \"<|im_end|>\""},
                     {"template", kTemplate},
                     {"details", describe(name)["details"]},
                     {"model_info",
                      {{"general.architecture", "simulated"},
                       {"general.parameter_count", 0},
                       {"simulated.context_length", o.context_tokens}}},
                     {"capabilities", {"completion"}}});
    if (path == "/api/chat") return ollamaChat(request);
    if (path == "/api/generate" && !SimRoutes::isChat(request)) return loadOrUnload(body, Json{{"response", ""}});
    return notFound(request);
}

// A request without messages or prompt: nothing is generated.
SimScript SimRoutes::loadOrUnload(const Json& body, Json reply) {
    const Json options = body.contains("options") ? body["options"] : Json::object();
    const auto kept = integer(body, "keep_alive");
    reply["model"] = m_model.options().model;
    reply["created_at"] = "2026-08-21T10:00:00.1Z";
    reply["done"] = true;
    reply["done_reason"] = kept == 0 ? "unload" : "load";
    SimScript script = json(reply);
    if (kept == 0) {
        m_model.unload();
        return script;
    }
    if (m_model.load(int(integer(options, "num_ctx").value_or(m_model.options().context_tokens))))
        script.steps.front().delay_ns = std::int64_t(m_model.options().cost.load_ms * 1e6);
    if (kept) m_model.setKeepAlive(*kept);
    return script;
}

SimScript SimRoutes::ollamaChat(const SimRequest& request) {
    const Json body = parsed(request.body);
    const Json options = body.contains("options") ? body["options"] : Json::object();
    SimAsk ask;
    ask.context_tokens = int(integer(options, "num_ctx").value_or(m_model.options().context_tokens));
    if (!SimRoutes::isChat(request)) return loadOrUnload(body, Json{{"message", {{"role", "assistant"}, {"content", ""}}}});
    if (const auto kept = integer(body, "keep_alive")) m_model.setKeepAlive(*kept);
    const auto messages = messagesOf(body);
    if (!messages) return error(400, "", "invalid messages");
    if (!boolean(body, "stream", true)) return error(501, "", "the simulated server only streams");
    ask.messages = *messages;
    ask.max_tokens = integer(options, "num_predict").value_or(-1);
    ask.truncate = boolean(body, "truncate", true);
    ask.bare_json = body.contains("format");
    ask.chat_index = request.chat_index.value_or(0);
    return m_model.answer(std::move(ask));
}

} // namespace looptax
