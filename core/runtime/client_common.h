// What the clients share: metadata requests, messages as JSON.
#pragma once

#include "base/json_fwd.h"
#include "runtime/http_client.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

inline constexpr std::int64_t kMetadataMs = 15'000;

// A JSON object from a GET (empty body) or POST. A status other than 200 is an error of kind Protocol with its message, and
// so is what is no JSON; both name the address that was asked, and Error::code is the status.
Result<std::shared_ptr<const Json>> fetchJson(HttpClient& http, const std::string& path, const std::string& body,
                                              const CancelFlag& cancel, std::int64_t deadlineMs = kMetadataMs);

// People paste whole endpoints and bases with /v1 in them. What is left of such a path is what the routes of the kind are put
// behind: "/x" of "/x/v1/chat/completions" for llama-server and Ollama; "/x/v1" for an OpenAI base, whose version may be
// another and is a part of it.
std::string basePath(TargetKind kind, const std::string& path);
// Where the routes of an OpenAI API (<here>/models, <here>/chat/completions) may begin for an address with that path, the
// likeliest first: which it is only asking for the list of models tells.
std::vector<std::string> apiPrefixes(const std::string& path);
struct ListedModel {
    std::string name;
    std::optional<std::int64_t> context_tokens; // vLLM's max_model_len
};
// A list of models in every form met so far: {"data":[{"id"}]}, {"models":[{"name"}]}, a list at the top, bare strings.
// Absent where the answer is no list.
std::optional<std::vector<ListedModel>> listedModels(const Json& json);

// A value of a query: "a/b:c" as "a%2Fb%3Ac".
std::string queryValue(std::string_view text);

Json messagesJson(const Messages& messages);
// What the plan leaves out stays out.
template <class Object, class Value> void putIfAny(Object& body, const char* key, const std::optional<Value>& value) {
    if (value) body[key] = *value;
}
void putSampling(Json& body, const ChatRequest& request); // all of it and the seed, under the names llama.cpp and Ollama share

// Text and integer members at a path of keys; absent when anything on the way is missing or of another type.
std::string textAt(const Json& json, std::initializer_list<const char*> path);
std::optional<std::int64_t> integerAt(const Json& json, std::initializer_list<const char*> path);

std::unique_ptr<RuntimeClient> makeLlamaServerClient(Url url, std::string apiKey, Deadlines deadlines, Clock& clock);
std::unique_ptr<RuntimeClient> makeOllamaClient(Url url, std::string apiKey, Deadlines deadlines, Clock& clock);
std::unique_ptr<RuntimeClient> makeOpenAiClient(Url url, std::string apiKey, Deadlines deadlines, Clock& clock);

} // namespace looptax
