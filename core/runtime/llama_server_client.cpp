// llama-server's chat route: `timings` on the last chunk say what was cached (cache_n) and processed (prompt_n).
#include "base/hash.h"
#include "base/json_text.h"
#include "base/text.h"
#include "domain/api_key.h"
#include "domain/simulated.h"
#include "runtime/client_common.h"
#include "runtime/doubts.h"
#include "runtime/request_fields.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace looptax {

namespace {

// {"tokens":[{"id":1,"piece":"a"},{"id":2,"piece":[195]}]}, a piece that is no character as its bytes; older builds
// give bare ids.
std::optional<Tokens> tokensOf(const Json& answer) {
    const auto list = answer.is_object() ? answer.find("tokens") : answer.end();
    if (!answer.is_object() || list == answer.end() || !list->is_array()) return std::nullopt;
    Tokens out;
    out.reserve(list->size());
    for (const Json& item : *list) {
        Token token;
        const Json& id = item.is_object() && item.contains("id") ? item["id"] : item;
        if (!id.is_number_integer()) return std::nullopt;
        token.id = id.get<std::int64_t>();
        if (item.is_object() && item.contains("piece")) {
            const Json& piece = item["piece"];
            if (piece.is_string()) token.text = piece.get<std::string>();
            if (piece.is_array())
                for (const Json& byte : piece)
                    if (byte.is_number_integer()) token.text += char(byte.get<std::int64_t>());
        }
        out.push_back(std::move(token));
    }
    return out;
}

class LlamaServerClient final : public RuntimeClient {
public:
    LlamaServerClient(Url url, std::string apiKey, Deadlines deadlines, Clock& clock)
        : m_url(url)
        , m_loadMs(deadlines.first_output)
        , m_http(std::move(url), std::move(apiKey), deadlines, clock) {}

    Result<TargetFacts> facts(const std::string& model, const CancelFlag& cancel) override {
        TargetFacts facts;
        facts.kind = TargetKind::LlamaServer;
        facts.url = m_url.text();
        const auto health = fetchJson(m_http, "/health", {}, cancel);
        if (!health) {
            Error error = health.error();
            if (error.kind == ErrorKind::Protocol) {
                error.kind = ErrorKind::Unreachable;
                error.hint = error.code == 503 ? "the model is still loading; try again in a moment"
                                               : "is this a llama-server? looptax probe says what answers there";
            }
            return error;
        }
        auto props = fetchJson(m_http, "/props", {}, cancel);
        if (!props) return props.error();
        facts.address = m_http.address();
        facts.version = textAt(**props, {"build_info"});
        facts.simulated = saysScripted(**props);
        facts.can_switch_cache = true;
        const Listed listed = listModels(cancel);
        facts.models = listed.ids;
        std::string query;
        if (textAt(**props, {"role"}) == "router") {
            facts.router = true;
            facts.doubts.push_back(doubt::router());
            if (model.empty()) return facts; // enough to look at it: a sweep must name one
            if (!listed.knows(model))
                return Error{ErrorKind::Plan, "the server is a router and does not know " + model, facts.url,
                             "it knows " + (facts.models.empty() ? "no model" : joined(facts.models, ", ")), 0};
            query = "?model=" + queryValue(model);
            // Asking a model for its properties loads it: that may take as long as a first token may.
            props = fetchJson(m_http, "/props" + query, {}, cancel, m_loadMs);
            if (!props) {
                Error error = props.error();
                if (error.code == 400)
                    error.hint = "the router loads nothing by itself: start it with --models-autoload, or load the model first";
                return error;
            }
        }
        facts.context_tokens = integerAt(**props, {"default_generation_settings", "n_ctx"});
        if (const auto slots = integerAt(**props, {"total_slots"}); slots && *slots > 0 && *slots < 100'000)
            facts.slots = int(*slots);
        if (const std::string text = textAt(**props, {"chat_template"}); !text.empty()) facts.template_sha256 = sha256Hex(text);
        if (const auto settings = (*props)->find("default_generation_settings");
            settings != (*props)->end() && settings->is_object() && settings->contains("params"))
            facts.samplers_json = jsonText((*settings)["params"]);
        const std::string path = facts.model_path = textAt(**props, {"model_path"});
        const std::string alias = textAt(**props, {"model_alias"});
        const std::string served = !alias.empty() ? alias : path.substr(path.rfind('/') + 1);
        const bool known = model.empty() || model == served || model == path || listed.knows(model);
        if (!known)
            return Error{ErrorKind::Plan, "the server serves " + served + ", not " + model, facts.url,
                         "leave model empty to take what it serves", 0};
        facts.model = model.empty() ? served : model;
        if (facts.models.empty()) facts.models.push_back(served);
        doubts(facts, query, cancel);
        return facts;
    }

    ChatEnd chat(const ChatRequest& request, StreamListener& listener, const CancelFlag& cancel) override {
        Json body;
        if (!request.model.empty()) body["model"] = request.model;
        body["messages"] = messagesJson(request.messages);
        body["stream"] = true;
        body["stream_options"] = {{"include_usage", true}};
        body["max_tokens"] = request.max_tokens;
        putSampling(body, request);
        body["chat_template_kwargs"] = {{"enable_thinking", request.thinking}};
        if (request.cache_prompt) body["cache_prompt"] = *request.cache_prompt;
        if (request.format == ReplyFormat::AnyJson) body["response_format"] = {{"type", "json_object"}};
        if (request.format == ReplyFormat::JsonSchema)
            body["response_format"] = {
                {"type", "json_schema"},
                {"json_schema",
                 {{"name", "log"}, {"strict", true}, {"schema", Json::parse(request.schema_json, nullptr, false)}}}};
        return m_fields.chat(m_http, Dialect::Sse, "/v1/chat/completions", std::move(body), listener, cancel);
    }

    void dropConnection() override { m_http.drop(); }
    std::string withoutApiKey(std::string text) const override { return withoutWholeKey(std::move(text), m_http.apiKey()); }

    Result<std::string> renderPrompt(const Messages& messages, const std::string& model, bool thinking,
                                     const CancelFlag& cancel) override {
        Json body;
        if (!model.empty()) body["model"] = model;
        body["messages"] = messagesJson(messages);
        body["chat_template_kwargs"] = {{"enable_thinking", thinking}};
        const auto answer = fetchJson(m_http, "/apply-template", jsonText(body), cancel);
        if (!answer) return answer.error();
        const std::string prompt = textAt(**answer, {"prompt"});
        if (prompt.empty())
            return Error{ErrorKind::Protocol, "/apply-template answered without a prompt", m_http.address(), {}, 0};
        return prompt;
    }

    Result<Tokens> tokenize(const std::string& text, const std::string& model, bool whole, const CancelFlag& cancel) override {
        Json body;
        if (!model.empty()) body["model"] = model;
        body["content"] = text;
        body["add_special"] = whole;
        // A prompt's marks are one token each; the same letters in what a model said are letters.
        body["parse_special"] = whole;
        body["with_pieces"] = true;
        const auto answer = fetchJson(m_http, "/tokenize", jsonText(body), cancel);
        if (!answer) return answer.error();
        auto tokens = tokensOf(**answer);
        if (!tokens) return Error{ErrorKind::Protocol, "/tokenize did not answer with a list of tokens", m_http.address(), {}, 0};
        return std::move(*tokens);
    }

    Result<std::int64_t> countPrompt(const ChatRequest& request, const CancelFlag& cancel) override {
        const auto prompt = renderPrompt(request.messages, request.model, request.thinking, cancel);
        if (!prompt) return prompt.error();
        const auto tokens = tokenize(*prompt, request.model, true, cancel);
        if (!tokens) return tokens.error();
        return std::int64_t(tokens->size());
    }

private:
    struct Listed {
        std::vector<std::string> ids;
        std::vector<std::string> aliases; // a router's; they may stand for an id in a request
        bool knows(const std::string& model) const {
            return std::find(ids.begin(), ids.end(), model) != ids.end() ||
                   std::find(aliases.begin(), aliases.end(), model) != aliases.end();
        }
    };
    Listed listModels(const CancelFlag& cancel) {
        Listed out;
        const auto models = fetchJson(m_http, "/v1/models", {}, cancel);
        if (!models || !(*models)->is_object()) return out;
        const auto data = (*models)->find("data");
        if (data == (*models)->end() || !data->is_array()) return out;
        for (const Json& item : *data) {
            if (const std::string id = textAt(item, {"id"}); !id.empty()) out.ids.push_back(id);
            if (!item.is_object() || !item.contains("aliases") || !item["aliases"].is_array()) continue;
            for (const Json& alias : item["aliases"])
                if (alias.is_string()) out.aliases.push_back(alias.get<std::string>());
        }
        return out;
    }

    void doubts(TargetFacts& facts, const std::string& query, const CancelFlag& cancel) {
        if (facts.slots && *facts.slots > 1) facts.doubts.push_back(doubt::slots(*facts.slots));
        const auto slots = fetchJson(m_http, "/slots" + query, {}, cancel);
        if (!slots || !(*slots)->is_array()) return;
        for (const Json& slot : **slots) {
            const auto busy = slot.is_object() ? slot.find("is_processing") : slot.end();
            if (slot.is_object() && busy != slot.end() && busy->is_boolean() && busy->get<bool>()) {
                facts.doubts.push_back(doubt::busy());
                return;
            }
        }
    }

    Url m_url;
    std::int64_t m_loadMs = 0; // how long a router may take to load a model
    HttpClient m_http;
    RequestFields m_fields;
};

} // namespace

std::unique_ptr<RuntimeClient> makeLlamaServerClient(Url url, std::string apiKey, Deadlines deadlines, Clock& clock) {
    return std::make_unique<LlamaServerClient>(std::move(url), std::move(apiKey), deadlines, clock);
}

} // namespace looptax
