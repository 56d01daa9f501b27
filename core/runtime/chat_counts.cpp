#include "runtime/chat_counts.h"

#include "base/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

namespace looptax {

namespace {

using Node = nlohmann::json;

constexpr double kMostTokens = 1e9;
constexpr double kMostMs = 7 * 86'400'000.0;
constexpr std::size_t kMostWarnings = 20;

enum class Figure { Prompt, Cached, Processed, Generated, PromptMs, GeneratedMs, LoadMs };

struct Spelling {
    Figure figure;
    std::array<const char*, 3> path; // "0" is the first of a list
    double toMs = 0;                 // of a time; 0 for a count
};

// In order of trust: of two rows of a figure the first that is given counts. Servers with versions or dates of what was read.
constexpr std::array kSpellings{
    // The whole prompt, cached tokens included.
    Spelling{Figure::Prompt, {"usage", "prompt_tokens"}},           // OpenAI's form: nearly all
    Spelling{Figure::Prompt, {"prompt_eval_count"}},                // Ollama /api/chat; 0.30.0 alone left cached tokens out
    Spelling{Figure::Prompt, {"usage", "input_tokens"}},            // Responses form; oMLX (2026-08) beside prompt_tokens
    Spelling{Figure::Prompt, {"x_groq", "usage", "prompt_tokens"}}, // Groq
    Spelling{Figure::Prompt, {"tokens_evaluated"}},                 // llama.cpp /completion
    Spelling{Figure::Cached, {"timings", "cache_n"}},               // llama.cpp since PR 15827 (2025-09), mlx-vlm (2026-08)
    Spelling{Figure::Cached, {"prompt_eval_cached_count"}},         // Ollama since 0.33.3: absent is unknown, 0 a miss
    Spelling{Figure::Cached,
             {"usage", "prompt_tokens_details",
              "cached_tokens"}}, // OpenAI's form; llama.cpp since PR 19361 (2026-02), vLLM, SGLang, mlx-lm
    Spelling{Figure::Cached, {"usage", "prompt_token_details", "cached_tokens"}}, // Mistral (2026), without the s
    Spelling{Figure::Cached, {"usage", "input_tokens_details", "cached_tokens"}}, // Responses form
    Spelling{Figure::Cached, {"usage", "prompt_cache_hit_tokens"}},               // DeepSeek
    Spelling{Figure::Cached, {"usage", "cached_tokens"}},                         // oMLX before 2026, Moonshot
    Spelling{Figure::Cached, {"usage", "num_cached_tokens"}},                     // Mistral (2026)
    Spelling{Figure::Cached, {"usage", "cache_read_input_tokens"}},               // Anthropic's form, passed on by gateways
    // Processed for this reply.
    Spelling{Figure::Processed, {"timings", "prompt_n"}},               // llama.cpp; other engines count the whole prompt so
    Spelling{Figure::Processed, {"usage", "prompt_cache_miss_tokens"}}, // DeepSeek
    Spelling{Figure::Processed, {"usage", "extra", "prefill_tokens"}},  // MLC-LLM (2026-07)
    Spelling{Figure::Generated, {"timings", "predicted_n"}},            // llama.cpp: the stop token too
    Spelling{Figure::Generated, {"usage", "completion_tokens"}}, Spelling{Figure::Generated, {"eval_count"}}, // Ollama
    Spelling{Figure::Generated, {"usage", "output_tokens"}},
    Spelling{Figure::Generated, {"x_groq", "usage", "completion_tokens"}},
    Spelling{Figure::Generated, {"tokens_predicted"}}, // llama.cpp /completion
    Spelling{Figure::PromptMs, {"timings", "prompt_ms"}, 1},
    Spelling{Figure::PromptMs, {"prompt_eval_duration"}, 1e-6},           // Ollama, ns, of the tokens that were not cached
    Spelling{Figure::PromptMs, {"usage", "timing_prompt_processing"}, 1}, // LocalAI (2026-08), with the header Extra-Usage
    Spelling{Figure::PromptMs, {"usage", "prompt_time"}, 1000},           // tabbyAPI (2026-08), s, of the tokens not cached
    Spelling{Figure::PromptMs, {"usage", "prompt_eval_duration"}, 1000},  // oMLX (2026-08): Ollama's name, but seconds
    // From the first token on: only where a source says so.
    Spelling{Figure::GeneratedMs, {"timings", "predicted_ms"}, 1},
    Spelling{Figure::GeneratedMs, {"eval_duration"}, 1e-6},                 // Ollama
    Spelling{Figure::GeneratedMs, {"usage", "timing_token_generation"}, 1}, // LocalAI
    Spelling{Figure::LoadMs, {"load_duration"}, 1e-6},                      // Ollama, ns
    Spelling{Figure::LoadMs, {"usage", "model_load_duration"}, 1000},       // oMLX, s
};

const Node* nodeAt(const Node& object, const std::array<const char*, 3>& path) {
    const Node* node = &object;
    for (const char* key : path) {
        if (key == nullptr) break;
        if (node->is_array() && !node->empty() && std::string_view(key) == "0") {
            node = &node->front();
            continue;
        }
        if (!node->is_object()) return nullptr;
        const auto at = node->find(key);
        if (at == node->end()) return nullptr;
        node = &*at;
    }
    return node->is_null() ? nullptr : node;
}

std::string nameOf(const Spelling& spelling) {
    std::string out;
    for (const char* key : spelling.path)
        if (key != nullptr) out += (out.empty() ? "" : ".") + std::string(key);
    return out;
}

std::string tokens(double n) { return std::to_string(std::int64_t(n)); }

} // namespace

ChatCounts::ChatCounts() : m_said(kSpellings.size()) {}

void ChatCounts::warn(std::string text) {
    if (m_warnings.size() < kMostWarnings && std::find(m_warnings.begin(), m_warnings.end(), text) == m_warnings.end())
        m_warnings.push_back(std::move(text));
}

void ChatCounts::take(std::size_t row, const Node& node) {
    const Spelling& spelling = kSpellings[row];
    Said& said = m_said[row];
    const bool isTime = spelling.toMs > 0;
    if (node.is_number() && (isTime || node.is_number_integer())) {
        const double value = isTime ? node.get<double>() * spelling.toMs : node.get<double>();
        if (std::isfinite(value) && value >= 0 && value <= (isTime ? kMostMs : kMostTokens)) {
            said = {value, false};
            return;
        }
    }
    if (!said.value) said.odd = true;
    warn(nameOf(spelling) + " is " + node.dump(-1, ' ', true, Node::error_handler_t::replace).substr(0, 40) +
         ": taken as unknown");
}

void ChatCounts::read(const Node& object) {
    if (!object.is_object()) return;
    // Every piece of a reply comes here, and nearly all hold no figure.
    static const std::set<std::string> kRoots = [] {
        std::set<std::string> out;
        for (const Spelling& spelling : kSpellings) out.insert(spelling.path[0]);
        return out;
    }();
    const bool any = std::any_of(kRoots.begin(), kRoots.end(), [&](const std::string& key) { return object.contains(key); });
    for (std::size_t row = 0; any && row < kSpellings.size(); ++row)
        if (const Node* node = nodeAt(object, kSpellings[row].path); node != nullptr) take(row, *node);
    // Moonshot (2026-08) says the totals inside the choice too.
    constexpr std::array<const char*, 3> kInChoice{"choices", "0", "usage"};
    if (const Node* usage = nodeAt(object, kInChoice); usage != nullptr && usage->is_object()) read(Node{{"usage", *usage}});
    constexpr std::array<const char*, 3> kPeak{"timings", "peak_memory"};
    m_derivedPromptMs = m_derivedPromptMs || nodeAt(object, kPeak) != nullptr;
}

RuntimeCounts ChatCounts::counts(bool textCame) {
    static const std::map<std::string, std::size_t> kRows = [] {
        std::map<std::string, std::size_t> out;
        for (std::size_t i = 0; i < kSpellings.size(); ++i) out.emplace(nameOf(kSpellings[i]), i);
        return out;
    }();
    const auto said = [&](const char* name) { return m_said[kRows.at(name)]; };
    // The first row that is given; a 0 that cannot be is not.
    const auto best = [&](Figure figure, bool mayBeZero) -> std::optional<double> {
        for (std::size_t i = 0; i < kSpellings.size(); ++i) {
            if (kSpellings[i].figure != figure || !m_said[i].value) continue;
            if (*m_said[i].value > 0 || mayBeZero) return m_said[i].value;
            warn(nameOf(kSpellings[i]) + " is 0, which cannot be: taken as unknown");
        }
        return std::nullopt;
    };
    const auto count = [](std::optional<double> value) -> std::optional<std::int64_t> {
        if (!value) return std::nullopt;
        return std::int64_t(*value);
    };
    const Said promptN = said("timings.prompt_n"), cacheN = said("timings.cache_n");
    const std::optional<double> cached = best(Figure::Cached, true);
    // Not the sum of the two where there is a count of its own: a sum agrees with its parts whatever happened.
    std::optional<double> prompt = best(Figure::Prompt, false);
    if (!prompt && cacheN.value && promptN.value && *cacheN.value + *promptN.value > 0) prompt = *cacheN.value + *promptN.value;
    // Anthropic's form leaves the cached tokens out of the prompt, and gateways mix the forms: more cached than there are
    // tokens means that they come on top.
    const auto fromCache = said("usage.cache_read_input_tokens").value;
    if (prompt && fromCache && cached == fromCache && *fromCache > *prompt) prompt = *prompt + *fromCache;

    RuntimeCounts out;
    out.prompt_tokens = count(prompt);
    out.cached_tokens = count(cached);
    const bool adds = prompt && cached && promptN.value && *promptN.value + *cached == *prompt;
    const bool given = promptN.value && (cacheN.value || cacheN.odd || adds);
    if (given) out.processed_tokens = count(promptN.value);
    else if (const auto other = best(Figure::Processed, false); other && !promptN.value && prompt)
        out.processed_tokens = count(other);
    // Worked out only where nothing was said: what was said and cannot be stays unknown.
    else if (!promptN.odd && prompt && cached && *cached <= *prompt) out.processed_tokens = std::int64_t(*prompt - *cached);
    if (!m_derivedPromptMs) out.prompt_ms = best(Figure::PromptMs, false); // mlx-vlm divides the whole prompt by a rate
    out.predicted_tokens = count(best(Figure::Generated, !textCame));
    out.predicted_ms = best(Figure::GeneratedMs, out.predicted_tokens.value_or(0) < 2);
    out.load_ms = best(Figure::LoadMs, false);

    std::vector<std::string> disagree;
    if (out.prompt_tokens && out.cached_tokens && out.processed_tokens &&
        *out.cached_tokens + *out.processed_tokens != *out.prompt_tokens)
        disagree.push_back(std::to_string(*out.cached_tokens) + " cached and " + std::to_string(*out.processed_tokens) +
                           " processed are not the prompt's " + std::to_string(*out.prompt_tokens) + " tokens");
    if (out.prompt_tokens && out.cached_tokens && *out.cached_tokens > *out.prompt_tokens)
        disagree.push_back(std::to_string(*out.cached_tokens) + " cached are more than the prompt's " +
                           std::to_string(*out.prompt_tokens) + " tokens");
    if (const Said usage = said("usage.prompt_tokens_details.cached_tokens");
        cacheN.value && usage.value && *cacheN.value != *usage.value)
        disagree.push_back("timings say " + tokens(*cacheN.value) + " cached, usage says " + tokens(*usage.value));
    out.disagree = joined(disagree, "; ");
    return out;
}

} // namespace looptax
