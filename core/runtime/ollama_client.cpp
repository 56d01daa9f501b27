// Ollama's /api/chat. Nothing may be cut without a word (truncate, shift off) and no option may differ between requests:
// a changed num_ctx or shift restarts the runner and loses its cache.
#include "base/hash.h"
#include "domain/api_key.h"
#include "domain/simulated.h"
#include "runtime/client_common.h"
#include "runtime/doubts.h"
#include "runtime/ollama_keep_alive.h"
#include "runtime/request_fields.h"

#include "base/json_text.h"
#include "base/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace looptax {

namespace {

class OllamaClient final : public RuntimeClient {
public:
    OllamaClient(Url url, std::string apiKey, Deadlines deadlines, Clock& clock)
        : m_url(url)
        , m_http(std::move(url), std::move(apiKey), deadlines, clock)
        , m_keepAlive(m_http, clock) {}

    Result<TargetFacts> facts(const std::string& model, const CancelFlag& cancel) override {
        TargetFacts facts;
        facts.kind = TargetKind::Ollama;
        facts.url = m_url.text();
        const auto version = fetchJson(m_http, "/api/version", {}, cancel);
        if (!version) return notOllama(version.error());
        facts.address = m_http.address();
        facts.version = textAt(**version, {"version"});
        facts.simulated = saysScripted(**version);
        // Open WebUI and others have an /api/version of their own.
        const auto tags = fetchJson(m_http, "/api/tags", {}, cancel);
        if (!tags) return notOllama(tags.error());
        const auto models = (*tags)->find("models");
        if (models == (*tags)->end() || !models->is_array())
            return notOllama(
                {ErrorKind::Protocol, m_http.asked({"GET", "/api/tags", {}}) + " answered without a list of models", {}, {}, 0});
        const std::string full = model.find(':') == std::string::npos ? model + ":latest" : model;
        bool found = false;
        for (const Json& item : *models) {
            const std::string name = textAt(item, {"name"});
            facts.models.push_back(name);
            if (name != model && name != full) continue;
            found = true;
            facts.model_digest = textAt(item, {"digest"});
        }
        if (!found) {
            const std::string installed = facts.models.empty() ? "none is installed" : "installed: " + joined(facts.models, ", ");
            return Error{ErrorKind::Plan, "Ollama has no model " + model, facts.url, installed, 0};
        }
        facts.model = model;
        if (const auto show = fetchJson(m_http, "/api/show", jsonText({{"model", model}}), cancel)) {
            if (const std::string text = textAt(**show, {"template"}); !text.empty()) facts.template_sha256 = sha256Hex(text);
            if (const std::string text = textAt(**show, {"parameters"}); !text.empty())
                facts.samplers_json = jsonText(Json(text));
            m_canThink = false;
            if (const auto able = (*show)->find("capabilities"); able != (*show)->end() && able->is_array())
                for (const Json& item : *able) m_canThink = m_canThink || item == "thinking";
            if (const auto info = (*show)->find("model_info"); info != (*show)->end()) facts.memory = memoryOf(*info);
        }
        m_keepAlive.look(model, cancel);
        facts.keep_alive = m_keepAlive.words();
        if (!doubt::ollamaCountsCached(facts.version)) facts.doubts.push_back(doubt::cachedUnknown());
        return facts;
    }

    ChatEnd chat(const ChatRequest& request, StreamListener& listener, const CancelFlag& cancel) override {
        Json body;
        body["model"] = request.model;
        body["messages"] = messagesJson(request.messages);
        body["stream"] = true;
        body["truncate"] = false;
        body["shift"] = false;
        body["keep_alive"] = -1;
        // A model that can think does so unless told; one that cannot refuses to be told.
        if (m_canThink) body["think"] = request.thinking;
        if (request.format == ReplyFormat::AnyJson) body["format"] = "json";
        if (request.format == ReplyFormat::JsonSchema) body["format"] = Json::parse(request.schema_json, nullptr, false);
        Json options = Json::object();
        putSampling(options, request);
        options["num_predict"] = request.max_tokens;
        options["num_ctx"] = request.context_tokens;
        body["options"] = std::move(options);
        m_keepAlive.sent(request.model, request.context_tokens);
        ChatEnd end = m_fields.chat(m_http, Dialect::Ndjson, "/api/chat", std::move(body), listener, cancel);
        // With thinking and a format 0.34 reads the prompt a second time once the thoughts are over, and counts that as
        // eval_duration.
        if (request.thinking && request.format != ReplyFormat::Prompt) end.counts.predicted_ms.reset();
        return end;
    }

    Result<std::string> giveBack(std::int64_t deadlineMs, const CancelFlag& cancel) override {
        return m_keepAlive.giveBack(deadlineMs, cancel);
    }
    void dropConnection() override { m_http.drop(); }
    std::string withoutApiKey(std::string text) const override { return withoutWholeKey(std::move(text), m_http.apiKey()); }

private:
    static Error notOllama(Error error) {
        if (error.kind != ErrorKind::Protocol) return error;
        error.kind = ErrorKind::Unreachable;
        error.hint += std::string(error.hint.empty() ? "" : "; ") + "is this an Ollama? looptax probe says what answers there";
        return error;
    }

    Url m_url;
    HttpClient m_http;
    OllamaKeepAlive m_keepAlive;
    RequestFields m_fields;
    bool m_canThink = false;
};

} // namespace

std::unique_ptr<RuntimeClient> makeOllamaClient(Url url, std::string apiKey, Deadlines deadlines, Clock& clock) {
    return std::make_unique<OllamaClient>(std::move(url), std::move(apiKey), deadlines, clock);
}

} // namespace looptax
