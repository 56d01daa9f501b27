// Any server with an OpenAI-compatible chat route. Only the fields of that API are sent: what else a server takes differs.
#include "base/text.h"
#include "domain/api_key.h"
#include "runtime/client_common.h"
#include "runtime/doubts.h"
#include "runtime/request_fields.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace looptax {

namespace {

class OpenAiClient final : public RuntimeClient {
public:
    OpenAiClient(Url url, std::string apiKey, Deadlines deadlines, Clock& clock)
        : m_url(url), m_http(std::move(url), std::move(apiKey), deadlines, clock) {
        // People give the address with and without the /v1 of the API.
        const std::string& path = m_url.path;
        m_prefix = path.size() >= 3 && path.compare(path.size() - 3, 3, "/v1") == 0 ? "" : "/v1";
    }

    Result<TargetFacts> facts(const std::string& model, const CancelFlag& cancel) override {
        TargetFacts facts;
        facts.kind = TargetKind::OpenAi;
        facts.url = (m_url.tls ? "https://" : "http://") + m_url.authority() + m_url.path;
        const auto models = fetchJson(m_http, m_prefix + "/models", {}, cancel);
        if (!models) return models.error();
        facts.address = m_http.address();
        if ((*models)->is_object())
            if (const auto data = (*models)->find("data"); data != (*models)->end() && data->is_array())
                for (const Json& item : *data) {
                    const std::string id = textAt(item, {"id"});
                    if (id.empty()) continue;
                    facts.models.push_back(id);
                    if (id == model) facts.context_tokens = integerAt(item, {"max_model_len"});
                }
        // Ollama lists "m:latest" and takes "m".
        const bool known = std::any_of(facts.models.begin(), facts.models.end(),
                                       [&](const std::string& id) { return id == model || id == model + ":latest"; });
        if (!facts.models.empty() && !known)
            return Error{ErrorKind::Plan, "the server has no model " + model, facts.url, "it has: " + joined(facts.models, ", "), 0};
        facts.model = model;
        facts.doubts.push_back(doubt::cacheNotSwitchable());
        if (!facts.context_tokens) facts.doubts.push_back(doubt::contextUnknown());
        return facts;
    }

    ChatEnd chat(const ChatRequest& request, StreamListener& listener, const CancelFlag& cancel) override {
        Json body;
        body["model"] = request.model;
        body["messages"] = messagesJson(request.messages);
        body["stream"] = true;
        body["stream_options"] = {{"include_usage", true}};
        body["max_tokens"] = request.max_tokens;
        putIfAny(body, "temperature", request.sampling.temperature);
        putIfAny(body, "top_p", request.sampling.top_p);
        putIfAny(body, "seed", request.seed);
        if (request.format == ReplyFormat::AnyJson) body["response_format"] = {{"type", "json_object"}};
        if (request.format == ReplyFormat::JsonSchema)
            body["response_format"] = {{"type", "json_schema"},
                                       {"json_schema", {{"name", "log"}, {"strict", true}, {"schema", Json::parse(request.schema_json, nullptr, false)}}}};
        return m_fields.chat(m_http, Dialect::Sse, m_prefix + "/chat/completions", std::move(body), listener, cancel);
    }

    void dropConnection() override { m_http.drop(); }
    std::string withoutApiKey(std::string text) const override { return withoutWholeKey(std::move(text), m_http.apiKey()); }

private:
    Url m_url;
    std::string m_prefix;
    HttpClient m_http;
    RequestFields m_fields;
};

} // namespace

std::unique_ptr<RuntimeClient> makeOpenAiClient(Url url, std::string apiKey, Deadlines deadlines, Clock& clock) {
    return std::make_unique<OpenAiClient>(std::move(url), std::move(apiKey), deadlines, clock);
}

} // namespace looptax
