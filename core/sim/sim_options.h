// What a simulated server is: which runtime it speaks like, what it answers, what that costs. Everything it
// measures is made up, so its model's name begins with "simulated-" wherever a name is shown.
#pragma once

#include "domain/plan.h"
#include "sim/http_text.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

inline constexpr const char* kSimulatedPrefix = "simulated-";

// When a token comes, in milliseconds after the request arrived whole. All zero: as fast as the machine can.
//   first token = overhead + processed * (per_token + per_token_context * attended)
//   token k (from 0) = first token + k * interval
// processed: prompt tokens not found in the prefix cache. attended: the tokens that one of them attends to on average,
// prompt - processed / 2, as in the form Mean of the model that is fitted (analysis/prefill_fit.h). Written out here once more:
// a server that took the formula from the code under test would agree with any mistake in it.
struct CostLaw {
    double overhead_ms = 0; // queueing, template, tokenizing: outside what the runtime calls prompt time
    double per_token_ms = 0;
    double per_token_context_ms = 0; // attention, per token that is attended to
    double interval_ms = 0;
    double load_ms = 0; // Ollama: added once, when the model is not loaded

    double prefillMs(std::int64_t processed, std::int64_t prompt) const {
        return double(processed) * (per_token_ms + per_token_context_ms * (double(prompt) - double(processed) / 2));
    }
};

// A known way to be wrong.
enum class Corruption {
    DropEntry,  // the oldest held entry is missing
    WrongCount, // one less than right
    Unsorted,   // the two newest entries change places; nothing happens with fewer than two
    NoFence,    // the right JSON without its fence
    RawNewline, // a line end inside a JSON string
    NeverStops  // the right answer, then blanks until max_tokens or the context end it
};

// Applies to every answer that meets all conditions given. Answers without JSON (warm-ups) are never touched
// but by NeverStops.
struct CorruptionRule {
    Corruption kind = Corruption::WrongCount;
    std::optional<std::int64_t> at_count; // the right answer's `count`: the turn, in A, B and C
    std::optional<int> at_chat;           // number of the chat request, from 0
};

struct SimOptions {
    TargetKind dialect = TargetKind::LlamaServer;
    int port = 0;                           // 0 = any free one
    bool ipv4 = true;                       // listens on 127.0.0.1
    bool ipv6 = false;                      // listens on ::1, on the same port where it does both
    std::string model = "simulated-oracle"; // gets the prefix when it lacks it
    std::vector<std::string> other_models;
    int context_tokens = 16'384; // of one slot; Ollama: unless the request sets num_ctx
    int slots = 1;
    CostLaw cost;
    std::vector<CorruptionRule> corruptions;
    int tokens_per_event = 1;           // after the first, which always comes alone
    std::string reasoning;              // sent as thinking before each answer
    std::string api_key;                // when set, requests without it get 401
    bool head_with_first_token = false; // as llama-server before May 2026: no head until prefill is over
    bool role_with_head = false;        // the role's chunk goes out before prefill, as OpenAI-style servers do
    bool counts_stop_token = true;      // false: predicted_tokens are those that can be seen
    bool gives_usage = true;            // OpenAI flavour: honours include_usage
    int cuts_at_tokens = 0;             // a longer prompt loses its beginning without a word; 0: never
    bool holds_back = false;            // as behind a proxy that buffers: the reply goes out when all of it is there
    bool keeps_bodies = true;           // request bodies stay in seen(); off for long loads
    // Called for each request once it is counted, before a byte of the answer; on the connection's own thread.
    std::function<void(const SimRequest&)> on_request = {};
};

std::string simulatedName(const std::string& model); // with the prefix

} // namespace looptax
