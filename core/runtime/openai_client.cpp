// Any server with an OpenAI-compatible chat route. Only the fields of that API are sent: what else a server takes differs.
#include "base/json_text.h"
#include "base/text.h"
#include "domain/api_key.h"
#include "domain/simulated.h"
#include "runtime/client_common.h"
#include "runtime/doubts.h"
#include "runtime/request_fields.h"
#include "runtime/server_error.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace looptax {

namespace {

class OpenAiClient final : public RuntimeClient {
public:
    OpenAiClient(Url url, std::string apiKey, Deadlines deadlines, Clock& clock)
        : m_address(url.text())
        , m_prefixes(apiPrefixes(url.path))
        , m_http(Url{url.tls, url.host, url.port, {}}, std::move(apiKey), deadlines, clock) {}

    Result<TargetFacts> facts(const std::string& model, const CancelFlag& cancel) override {
        TargetFacts facts;
        facts.kind = TargetKind::OpenAi;
        facts.url = m_address;
        const auto answer = listOfModels(cancel);
        if (!answer) return answer.error();
        facts.address = m_http.address();
        facts.simulated = answer->simulated;
        facts.model = model;
        for (const ListedModel& listed : answer->list) {
            facts.models.push_back(listed.name);
            if (listed.name == model) facts.context_tokens = listed.context_tokens;
        }
        // Ollama lists "m:latest" and takes "m".
        const bool known = std::any_of(facts.models.begin(), facts.models.end(),
                                       [&](const std::string& id) { return id == model || id == model + ":latest"; });
        // Chat routes without a list, and lists without every name that is taken, are met too often to refuse them.
        if (facts.models.empty()) facts.doubts.push_back(doubt::noModelList(answer->instead));
        else if (!known) facts.doubts.push_back(doubt::modelNotListed(model, facts.models));
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
            body["response_format"] = {
                {"type", "json_schema"},
                {"json_schema",
                 {{"name", "log"}, {"strict", true}, {"schema", Json::parse(request.schema_json, nullptr, false)}}}};
        return m_fields.chat(m_http, Dialect::Sse, m_prefixes.front() + "/chat/completions", std::move(body), listener, cancel);
    }

    void dropConnection() override { m_http.drop(); }
    std::string withoutApiKey(std::string text) const override { return withoutWholeKey(std::move(text), m_http.apiKey()); }

    // llama-server's; vLLM and others have it nowhere.
    Result<std::int64_t> countPrompt(const ChatRequest& request, const CancelFlag& cancel) override {
        Json body;
        body["model"] = request.model;
        body["messages"] = messagesJson(request.messages);
        const auto answer = fetchJson(m_http, m_prefixes.front() + "/chat/completions/input_tokens", jsonText(body), cancel);
        if (!answer) return answer.error();
        const auto tokens = integerAt(**answer, {"input_tokens"});
        if (!tokens || *tokens <= 0)
            return Error{ErrorKind::Protocol, "the server's count of a prompt's tokens cannot be read", m_http.address(), {}, 0};
        return *tokens;
    }

private:
    // The list of models or, where there is none, what came in its place. An error where going on is of no use: nothing
    // answers, the model is loading, a key is wanted, or no answer can be read. Once a list was found, where it was is where
    // the API is.
    struct ModelsAnswer {
        std::vector<ListedModel> list;
        std::string instead;
        bool simulated = false;
    };
    Result<ModelsAnswer> listOfModels(const CancelFlag& cancel) {
        ModelsAnswer out;
        std::optional<Error> unreadable;
        for (const std::string& prefix : m_prefixes) {
            const auto models = fetchJson(m_http, prefix + "/models", {}, cancel);
            const std::string asked = m_http.asked({"GET", prefix + "/models", {}});
            std::string came;
            if (models) {
                if (auto list = listedModels(**models)) {
                    if (list->empty()) out.instead = asked + " answered with an empty one";
                    out.list = std::move(*list);
                    out.simulated = saysScripted(**models);
                    m_prefixes = {std::string(prefix)};
                    return out;
                }
                came = asked + " answered with something else";
                if (textAt(**models, {"error"}) != "" || textAt(**models, {"error", "message"}) != "")
                    came += ": " + readErrorBody(jsonText(**models)).words;
            } else {
                const Error& error = models.error();
                // A key may be good for chats and not for the list.
                const bool keyWanted = error.code == 401 || (error.code == 403 && m_http.apiKey().empty());
                if (error.kind != ErrorKind::Protocol || keyWanted || error.code == 503) return error;
                if (error.code == 0 && !unreadable) unreadable = error;
                came = error.what;
            }
            out.instead += (out.instead.empty() ? "" : " and ") + came;
        }
        if (unreadable) return *unreadable;
        return out;
    }

    std::string m_address;               // as given
    std::vector<std::string> m_prefixes; // the API's may be the first of them, or any
    HttpClient m_http;
    RequestFields m_fields;
};

} // namespace

std::unique_ptr<RuntimeClient> makeOpenAiClient(Url url, std::string apiKey, Deadlines deadlines, Clock& clock) {
    return std::make_unique<OpenAiClient>(std::move(url), std::move(apiKey), deadlines, clock);
}

} // namespace looptax
