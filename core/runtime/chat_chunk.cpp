#include "runtime/chat_chunk.h"

#include "base/text.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace looptax {

namespace {

using Node = nlohmann::json;

constexpr std::int64_t kMostTokens = 1'000'000'000;
constexpr double kMostMs = 7 * 86'400'000.0;
constexpr std::size_t kSample = 4096;

std::string textOf(const Node& object, const char* key) {
    const auto at = object.find(key);
    return at != object.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

const Node* objectOf(const Node& object, const char* key) {
    const auto at = object.find(key);
    return at != object.end() && at->is_object() ? &*at : nullptr;
}

std::string errorText(const Node& error) {
    if (error.is_string()) return error.get<std::string>();
    if (!error.is_object()) return error.dump(-1, ' ', true, Node::error_handler_t::replace);
    std::string message = textOf(error, "message");
    if (message.empty()) message = textOf(error, "detail");
    return message.empty() ? error.dump(-1, ' ', true, Node::error_handler_t::replace) : message;
}

// False where the chunk is no object or tells an error, and then the chunk has it.
bool says(const Node& json, ChatChunk& chunk) {
    chunk.json = json.is_object();
    if (!chunk.json) return false;
    const auto error = json.find("error");
    if (error == json.end() || error->is_null()) return true;
    chunk.error = errorText(*error);
    if (chunk.error.empty()) chunk.error = "an error without words";
    return false;
}

bool mentionsContext(const std::string& text) {
    return text.find("exceeds the available context") != std::string::npos ||
           text.find("context length") != std::string::npos || text.find("exceed_context") != std::string::npos ||
           text.find("maximum context") != std::string::npos;
}

} // namespace

void ChatAccount::warn(std::string text) {
    if (m_warnings.size() < 20) m_warnings.push_back(std::move(text));
}

template <class Json> std::optional<std::int64_t> ChatAccount::count(const Json& object, const char* key) {
    const auto at = object.find(key);
    if (at == object.end() || at->is_null()) return std::nullopt;
    if (at->is_number_integer()) {
        const auto value = at->template get<std::int64_t>();
        if (value >= 0 && value <= kMostTokens && !(at->is_number_unsigned() && at->template get<std::uint64_t>() > std::uint64_t(kMostTokens)))
            return value;
    }
    warn(std::string(key) + " is " + at->dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 40) + ": taken as unknown");
    return std::nullopt;
}

template <class Json>
std::optional<double> ChatAccount::milliseconds(const Json& object, const char* key, double perMs) {
    const auto at = object.find(key);
    if (at == object.end() || at->is_null()) return std::nullopt;
    if (at->is_number()) {
        const double value = at->template get<double>() / perMs;
        if (std::isfinite(value) && value >= 0 && value <= kMostMs) return value;
    }
    warn(std::string(key) + " is " + at->dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 40) + ": taken as unknown");
    return std::nullopt;
}

template <class Json> void ChatAccount::readUsage(const Json& usage) {
    if (const auto n = count(usage, "prompt_tokens")) m_usagePrompt = n;
    if (const auto n = count(usage, "completion_tokens")) m_usageCompletion = n;
    if (const Node* details = objectOf(usage, "prompt_tokens_details"))
        if (const auto n = count(*details, "cached_tokens")) m_usageCached = n;
}

template <class Json> void ChatAccount::readTimings(const Json& timings) {
    if (const auto n = count(timings, "cache_n")) m_cacheN = n;
    if (const auto n = count(timings, "prompt_n")) m_promptN = n;
    else m_promptNIsOdd = timings.contains("prompt_n");
    if (const auto n = count(timings, "predicted_n")) m_predictedN = n;
    if (const auto ms = milliseconds(timings, "prompt_ms", 1)) m_promptMs = ms;
    if (const auto ms = milliseconds(timings, "predicted_ms", 1)) m_predictedMs = ms;
}

ChatChunk ChatAccount::readOpenAi(std::string_view text) {
    ChatChunk chunk;
    const Node json = Node::parse(text, nullptr, false);
    if (!says(json, chunk)) return chunk;
    if (m_model.empty()) m_model = textOf(json, "model");
    if (m_fingerprint.empty()) m_fingerprint = textOf(json, "system_fingerprint");
    if (const Node* usage = objectOf(json, "usage")) readUsage(*usage);
    if (const Node* timings = objectOf(json, "timings")) readTimings(*timings);
    const auto choices = json.find("choices");
    if (choices == json.end() || !choices->is_array() || choices->empty() || !(*choices)[0].is_object()) return chunk;
    const Node& choice = (*choices)[0];
    chunk.finish_reason = textOf(choice, "finish_reason");
    if (!chunk.finish_reason.empty()) m_finish = chunk.finish_reason;
    const Node* delta = objectOf(choice, "delta");
    if (delta == nullptr) delta = objectOf(choice, "message");
    if (delta == nullptr) return chunk;
    chunk.content = textOf(*delta, "content");
    chunk.reasoning = textOf(*delta, "reasoning_content");
    if (chunk.reasoning.empty()) chunk.reasoning = textOf(*delta, "reasoning");
    if (const auto calls = delta->find("tool_calls"); calls != delta->end() && calls->is_array())
        for (const Node& call : *calls)
            if (call.is_object())
                if (const Node* function = objectOf(call, "function"))
                    chunk.tool += textOf(*function, "name") + textOf(*function, "arguments");
    return chunk;
}

ChatChunk ChatAccount::readOllama(std::string_view text) {
    ChatChunk chunk;
    const Node json = Node::parse(text, nullptr, false);
    if (!says(json, chunk)) return chunk;
    if (m_model.empty()) m_model = textOf(json, "model");
    if (const Node* message = objectOf(json, "message")) {
        chunk.content = textOf(*message, "content");
        chunk.reasoning = textOf(*message, "thinking");
        if (const auto calls = message->find("tool_calls"); calls != message->end() && calls->is_array() && !calls->empty())
            chunk.tool = calls->dump(-1, ' ', true, Node::error_handler_t::replace);
    }
    const auto done = json.find("done");
    chunk.done = done != json.end() && done->is_boolean() && done->get<bool>();
    if (!chunk.done) return chunk;
    chunk.finish_reason = textOf(json, "done_reason");
    if (!chunk.finish_reason.empty()) m_finish = chunk.finish_reason;
    // Durations are integer nanoseconds; prompt_eval_count holds cached tokens too, so cached and processed stay absent.
    if (const auto n = count(json, "prompt_eval_count")) m_usagePrompt = n;
    if (const auto n = count(json, "eval_count")) m_predictedN = n;
    if (const auto ms = milliseconds(json, "prompt_eval_duration", 1e6)) m_promptMs = ms;
    if (const auto ms = milliseconds(json, "eval_duration", 1e6)) m_predictedMs = ms;
    if (const auto ms = milliseconds(json, "load_duration", 1e6)) m_loadMs = ms;
    return chunk;
}

RuntimeCounts ChatAccount::counts() const {
    RuntimeCounts out;
    out.cached_tokens = m_cacheN ? m_cacheN : m_usageCached;
    // Not the sum of the two where there is a count of its own: a sum agrees with its parts whatever happened.
    out.prompt_tokens = m_usagePrompt;
    if (!out.prompt_tokens && m_cacheN && m_promptN) out.prompt_tokens = *m_cacheN + *m_promptN;
    if (m_promptN) out.processed_tokens = m_promptN;
    // Worked out only where nothing was said: what was said and cannot be stays unknown.
    else if (!m_promptNIsOdd && out.prompt_tokens && out.cached_tokens && *out.cached_tokens <= *out.prompt_tokens)
        out.processed_tokens = *out.prompt_tokens - *out.cached_tokens;
    out.prompt_ms = m_promptMs;
    out.predicted_tokens = m_predictedN ? m_predictedN : m_usageCompletion;
    out.predicted_ms = m_predictedMs;
    out.load_ms = m_loadMs;
    out.finish_reason = m_finish;
    out.disagree = contradictions(out);
    return out;
}

std::string ChatAccount::contradictions(const RuntimeCounts& counts) const {
    std::vector<std::string> said;
    const auto& prompt = counts.prompt_tokens;
    const auto& cached = counts.cached_tokens;
    const auto& processed = counts.processed_tokens;
    if (prompt && cached && processed && *cached + *processed != *prompt)
        said.push_back(std::to_string(*cached) + " cached and " + std::to_string(*processed) +
                       " processed are not the prompt's " + std::to_string(*prompt) + " tokens");
    if (prompt && cached && *cached > *prompt)
        said.push_back(std::to_string(*cached) + " cached are more than the prompt's " + std::to_string(*prompt) + " tokens");
    if (m_cacheN && m_usageCached && *m_cacheN != *m_usageCached)
        said.push_back("timings say " + std::to_string(*m_cacheN) + " cached, usage says " + std::to_string(*m_usageCached));
    return joined(said, "; ");
}

ErrorBody readErrorBody(std::string_view body) {
    ErrorBody out;
    const Node json = Node::parse(body, nullptr, false);
    if (json.is_object()) {
        const auto error = json.find("error");
        const Node& inner = error != json.end() ? *error : json;
        out.message = errorText(inner);
        if (inner.is_object()) {
            out.type = textOf(inner, "type");
            const auto number = [&](const char* key) -> std::optional<std::int64_t> {
                const auto at = inner.find(key);
                if (at == inner.end() || !at->is_number_integer()) return std::nullopt;
                return at->get<std::int64_t>();
            };
            out.prompt_tokens = number("n_prompt_tokens");
            out.context = number("n_ctx");
        }
    } else {
        out.message = std::string(trimmed(repairUtf8(body.substr(0, kSample))));
        if (out.message.empty()) out.message = "an empty body";
    }
    out.overflow = out.type == "exceed_context_size_error" || mentionsContext(out.message);
    return out;
}

} // namespace looptax
