// The simulated model: from messages to the script of an answer, by the oracle, the corruptions asked for,
// the prefix cache and the cost law. Safe to call from several connections at once.
#pragma once

#include "domain/message.h"
#include "sim/prompt_cache.h"
#include "sim/reply_writer.h"
#include "sim/sim_options.h"
#include "sim/sim_script.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace looptax {

inline constexpr std::int64_t kDefaultKeepAlive = 300;

struct SimAsk {
    Messages messages;
    std::int64_t max_tokens = -1; // -1 = until it stops or the context ends
    int context_tokens = 0;
    int chat_index = 0;
    std::optional<int> slot;
    bool cache_prompt = true;
    bool include_usage = false;
    bool bare_json = false; // response_format or format was given: no fence
    bool truncate = false;  // Ollama: drops the oldest messages in silence
};

class SimModel {
public:
    explicit SimModel(SimOptions options);

    SimScript answer(SimAsk ask);
    const SimOptions& options() const { return m_options; } // model name with its prefix
    const ReplyWriter& writer() const { return *m_writer; }
    PromptCache& cache() { return m_cache; }

    // Ollama: true when this call had to load it; a changed context size loads anew and forgets all prompts.
    bool load(int contextTokens);
    void unload();
    std::optional<int> loadedContext() const;
    // Ollama: how long it stays loaded after its last use, in seconds; negative is for ever.
    void setKeepAlive(std::int64_t seconds);
    std::int64_t keepAlive() const;

private:
    std::string replyTo(const SimAsk& ask, bool& endless) const;
    SimScript overflow(std::int64_t promptTokens, int context) const;
    std::vector<SimStep> steps(const SimAsk& ask, const PromptCache::Grant& grant, double loadMs) const;

    SimOptions m_options;
    std::unique_ptr<ReplyWriter> m_writer;
    PromptCache m_cache;
    mutable std::mutex m_mutex;
    std::optional<int> m_loadedContext;
    std::int64_t m_keepAlive = kDefaultKeepAlive;
};

SimScript oneAnswer(std::string bytes); // a script that sends this

} // namespace looptax
