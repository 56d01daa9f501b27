// One object of a chat stream -> what it says. Tolerant of every server met so far (runtime dialects differ in where
// usage, reasoning and errors stand); strict about numbers: what cannot be is absent, with a warning.
#pragma once

#include "runtime/runtime_client.h"

#include <string>
#include <string_view>
#include <vector>

namespace looptax {

struct ChatChunk {
    std::string content;
    std::string reasoning;
    std::string tool; // text of tool call arguments, or their name
    std::string finish_reason;
    std::string error; // non-empty: the stream failed
    bool done = false; // Ollama's done:true
    bool json = true;  // false: the text was no JSON object
};

// Keeps what counts over the chunks of one stream: the last usage wins, timings may stand on any chunk.
class ChatAccount {
public:
    ChatChunk readOpenAi(std::string_view json);  // an SSE data payload, [DONE] excluded
    ChatChunk readOllama(std::string_view json);  // an NDJSON line
    // Totals after the last chunk.
    RuntimeCounts counts() const;
    const std::vector<std::string>& warnings() const { return m_warnings; }
    const std::string& model() const { return m_model; }
    const std::string& fingerprint() const { return m_fingerprint; }

private:
    void warn(std::string text);
    std::string contradictions(const RuntimeCounts& counts) const;
    template <class Json> void readUsage(const Json& usage);
    template <class Json> void readTimings(const Json& timings);
    template <class Json> std::optional<std::int64_t> count(const Json& object, const char* key);
    template <class Json> std::optional<double> milliseconds(const Json& object, const char* key, double perMs);

    std::optional<std::int64_t> m_usagePrompt, m_usageCompletion, m_usageCached;
    std::optional<std::int64_t> m_cacheN, m_promptN, m_predictedN;
    bool m_promptNIsOdd = false; // given, and no count
    std::optional<double> m_promptMs, m_predictedMs, m_loadMs;
    std::string m_finish;
    std::string m_model, m_fingerprint; // of the first chunk that names them
    std::vector<std::string> m_warnings;
};

// The message of an error body in any of the shapes servers use, else the first 4 KiB of the text.
struct ErrorBody {
    std::string message;
    std::string type;
    std::optional<std::int64_t> prompt_tokens; // of an exceeded context
    std::optional<std::int64_t> context;
    bool overflow = false;
};
ErrorBody readErrorBody(std::string_view body);

} // namespace looptax
