#include "runtime/client_common.h"

#include "base/text.h"
#include "domain/api_key.h"
#include "runtime/server_error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>

namespace looptax {

namespace {

const Json* nodeAt(const Json& json, std::initializer_list<const char*> path) {
    const Json* node = &json;
    for (const char* key : path) {
        if (!node->is_object()) return nullptr;
        const auto at = node->find(key);
        if (at == node->end()) return nullptr;
        node = &*at;
    }
    return node;
}

// Stands in where an address cannot be read: every call says so, nothing is sent.
class BrokenClient final : public RuntimeClient {
public:
    explicit BrokenClient(Error error) : m_error(std::move(error)) {}
    Result<TargetFacts> facts(const std::string&, const CancelFlag&) override { return m_error; }
    ChatEnd chat(const ChatRequest&, StreamListener&, const CancelFlag&) override {
        ChatEnd end;
        end.error_text = m_error.text();
        return end;
    }
    void dropConnection() override {}

private:
    Error m_error;
};

// Of a page of HTML the first words tell what it is.
std::string beginningOf(std::string text) {
    const std::string_view begin = firstBytes(text, 300);
    return begin.size() == text.size() ? text : std::string(begin) + "...";
}

// After parsing: inside JSON the key may be escaped.
void removeKey(Json& json, const std::string& key) {
    if (json.is_string()) json = withoutWholeKey(json.get<std::string>(), key);
    else if (json.is_structured())
        for (Json& item : json) removeKey(item, key);
}

} // namespace

Result<std::shared_ptr<const Json>> fetchJson(HttpClient& http, const std::string& path, const std::string& body,
                                              const CancelFlag& cancel, std::int64_t deadlineMs) {
    const HttpRequest request{body.empty() ? "GET" : "POST", path, body};
    const auto answer = http.fetch(request, deadlineMs, cancel);
    if (!answer) return answer.error();
    if (answer->status != 200) {
        Error error{ErrorKind::Protocol,
                    http.asked(request) + " answered HTTP " + std::to_string(answer->status) + ": " +
                        beginningOf(http.withoutKey(readErrorBody(answer->body).words)),
                    {},
                    {},
                    answer->status};
        if (answer->status == 401 || answer->status == 403) error.hint = "set api_key_env to the variable that holds the key";
        return error;
    }
    auto json = std::make_shared<Json>(Json::parse(answer->body, nullptr, false));
    if (json->is_discarded())
        return Error{ErrorKind::Protocol, http.asked(request) + " did not answer with JSON", {}, {}, answer->status};
    removeKey(*json, http.apiKey());
    return std::shared_ptr<const Json>(std::move(json));
}

std::string basePath(TargetKind kind, const std::string& path) {
    static constexpr std::string_view kOpenAi[] = {"/chat/completions", "/completions", "/models",
                                                   "/responses",        "/messages",    "/embeddings"};
    static constexpr std::string_view kLlama[] = {"/health", "/props", "/slots", "/tokenize", "/apply-template", "/completion"};
    static constexpr std::string_view kOllama[] = {"/api/chat", "/api/generate", "/api/tags", "/api/show",
                                                   "/api/ps",   "/api/version",  "/api"};
    std::string base = path;
    const auto drop = [&base](std::string_view end) {
        const bool ends = base.size() >= end.size() && lowered(std::string_view(base).substr(base.size() - end.size())) == end;
        if (ends) base.resize(base.size() - end.size());
        return ends;
    };
    const auto dropOneOf = [&drop](const auto& ends) { return std::any_of(std::begin(ends), std::end(ends), drop); };
    const bool dropped = dropOneOf(kOpenAi);
    if (kind == TargetKind::OpenAi) return base;
    if (!dropped) (void)(kind == TargetKind::Ollama ? dropOneOf(kOllama) : dropOneOf(kLlama));
    (void)drop("/v1");
    return base;
}

std::vector<std::string> apiPrefixes(const std::string& path) {
    const std::string base = basePath(TargetKind::OpenAi, path);
    const std::string last = lowered(base.substr(std::min(base.size(), base.rfind('/') + 1)));
    const bool version = last.size() > 1 && last[0] == 'v' && last.find_first_not_of("0123456789", 1) == std::string::npos;
    const std::string inSmall = base.substr(0, base.size() - last.size()) + last; // "/V1"
    if (version && inSmall != base) return {inSmall, base};
    if (version) return {base};
    // Who gave a whole endpoint has said where it is.
    if (base.empty() && path.empty()) return {"/v1", ""};
    return {base, base + "/v1"};
}

std::optional<std::vector<ListedModel>> listedModels(const Json& json) {
    const Json* list = json.is_array() ? &json : nullptr;
    for (const char* key : {"data", "models"})
        if (list == nullptr && json.is_object() && json.contains(key) && json[key].is_array()) list = &json[key];
    std::vector<ListedModel> out;
    if (list == nullptr && textAt(json, {"object"}) == "list") return out; // Ollama without a model: "data":null
    if (list == nullptr) return std::nullopt;
    for (const Json& item : *list) {
        ListedModel model{item.is_string() ? item.get<std::string>() : std::string(), integerAt(item, {"max_model_len"})};
        for (const char* key : {"id", "name", "model"})
            if (model.name.empty()) model.name = textAt(item, {key});
        if (!model.name.empty()) out.push_back(std::move(model));
    }
    if (json.is_array() && out.empty()) return std::nullopt; // any list of anything
    return out;
}

std::string queryValue(std::string_view text) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                           c == '.' || c == '~';
        if (plain) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
    return out;
}

Json messagesJson(const Messages& messages) {
    Json out = Json::array();
    for (const Message& message : messages) out.push_back({{"role", message.role}, {"content", message.content}});
    return out;
}

void putSampling(Json& body, const ChatRequest& request) {
    putIfAny(body, "temperature", request.sampling.temperature);
    putIfAny(body, "top_p", request.sampling.top_p);
    putIfAny(body, "top_k", request.sampling.top_k);
    putIfAny(body, "min_p", request.sampling.min_p);
    putIfAny(body, "repeat_penalty", request.sampling.repeat_penalty);
    putIfAny(body, "seed", request.seed);
}

std::string textAt(const Json& json, std::initializer_list<const char*> path) {
    const Json* node = nodeAt(json, path);
    return node != nullptr && node->is_string() ? node->get<std::string>() : std::string{};
}

std::optional<std::int64_t> integerAt(const Json& json, std::initializer_list<const char*> path) {
    const Json* node = nodeAt(json, path);
    if (node == nullptr || !node->is_number_integer()) return std::nullopt;
    return node->get<std::int64_t>();
}

Result<std::string> RuntimeClient::giveBack(std::int64_t, const CancelFlag&) { return std::string(); }

Result<std::int64_t> RuntimeClient::countPrompt(const ChatRequest&, const CancelFlag&) {
    return Error{ErrorKind::Protocol, "this runtime does not count a prompt without answering it", {}, {}, 0};
}

Result<std::string> RuntimeClient::renderPrompt(const Messages&, const std::string&, bool, const CancelFlag&) {
    return Error{ErrorKind::Protocol, "this runtime does not show its rendered prompts", {}, {}, 0};
}

Result<Tokens> RuntimeClient::tokenize(const std::string&, const std::string&, bool, const CancelFlag&) {
    return Error{ErrorKind::Protocol, "this runtime does not show its tokens", {}, {}, 0};
}

std::unique_ptr<RuntimeClient> makeRuntimeClient(TargetKind kind, const std::string& address, const std::string& apiKey,
                                                 const Deadlines& deadlines, Clock& clock) {
    auto url = parseUrl(address);
    if (!url) return std::make_unique<BrokenClient>(url.error());
    if (kind != TargetKind::OpenAi) url->path = basePath(kind, url->path);
    switch (kind) {
    case TargetKind::LlamaServer: return makeLlamaServerClient(url.take(), apiKey, deadlines, clock);
    case TargetKind::Ollama: return makeOllamaClient(url.take(), apiKey, deadlines, clock);
    case TargetKind::OpenAi: return makeOpenAiClient(url.take(), apiKey, deadlines, clock);
    }
    return nullptr;
}

} // namespace looptax
