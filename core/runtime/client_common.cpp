#include "runtime/client_common.h"

#include "domain/api_key.h"
#include "runtime/chat_chunk.h"

#include <nlohmann/json.hpp>

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

// After parsing: inside JSON the key may be escaped.
void removeKey(Json& json, const std::string& key) {
    if (json.is_string()) json = withoutWholeKey(json.get<std::string>(), key);
    else if (json.is_structured())
        for (Json& item : json) removeKey(item, key);
}

} // namespace

Result<std::shared_ptr<const Json>> fetchJson(HttpClient& http, const std::string& path, const std::string& body,
                                              const CancelFlag& cancel, std::int64_t deadlineMs) {
    const auto answer = http.fetch({body.empty() ? "GET" : "POST", path, body}, deadlineMs, cancel);
    if (!answer) return answer.error();
    if (answer->status != 200) {
        Error error{ErrorKind::Protocol, path + " answered HTTP " + std::to_string(answer->status) + ": " +
                        http.withoutKey(readErrorBody(answer->body).message), http.address(), {}, answer->status};
        if (answer->status == 401 || answer->status == 403) error.hint = "set api_key_env to the variable that holds the key";
        return error;
    }
    auto json = std::make_shared<Json>(Json::parse(answer->body, nullptr, false));
    if (json->is_discarded()) return Error{ErrorKind::Protocol, path + " did not answer with JSON", http.address(), {}, 0};
    removeKey(*json, http.apiKey());
    return std::shared_ptr<const Json>(std::move(json));
}

std::string queryValue(std::string_view text) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
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

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string textAt(const Json& json, std::initializer_list<const char*> path) {
    const Json* node = nodeAt(json, path);
    return node != nullptr && node->is_string() ? node->get<std::string>() : std::string{};
}

std::optional<std::int64_t> integerAt(const Json& json, std::initializer_list<const char*> path) {
    const Json* node = nodeAt(json, path);
    if (node == nullptr || !node->is_number_integer()) return std::nullopt;
    return node->get<std::int64_t>();
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
    switch (kind) {
    case TargetKind::LlamaServer: return makeLlamaServerClient(url.take(), apiKey, deadlines, clock);
    case TargetKind::Ollama: return makeOllamaClient(url.take(), apiKey, deadlines, clock);
    case TargetKind::OpenAi: return makeOpenAiClient(url.take(), apiKey, deadlines, clock);
    }
    return nullptr;
}

} // namespace looptax
