#include "domain/plan.h"

namespace looptax {

std::string_view name(TargetKind kind) {
    switch (kind) {
    case TargetKind::LlamaServer: return "llama-server";
    case TargetKind::Ollama: return "ollama";
    case TargetKind::OpenAi: return "openai";
    }
    return {};
}

std::string_view name(CacheMode mode) {
    switch (mode) {
    case CacheMode::RunIsolated: return "run-isolated";
    case CacheMode::Natural: return "natural";
    case CacheMode::Cold: return "cold";
    }
    return {};
}

std::string_view name(Order order) { return order == Order::Blocked ? "blocked" : "listed"; }

std::string_view name(SeedPolicy policy) { return policy == SeedPolicy::Fixed ? "fixed" : "per-run"; }

std::string_view name(ReplyFormat format) {
    switch (format) {
    case ReplyFormat::Prompt: return "prompt";
    case ReplyFormat::AnyJson: return "json";
    case ReplyFormat::JsonSchema: return "json_schema";
    }
    return {};
}

std::string_view name(OnBadTurn action) {
    switch (action) {
    case OnBadTurn::Carry: return "carry";
    case OnBadTurn::Oracle: return "oracle";
    case OnBadTurn::Stop: return "stop";
    }
    return {};
}

std::optional<std::int64_t> requestSeed(const Sampling& sampling, int repeat) {
    if (!sampling.seed || sampling.seed_policy == SeedPolicy::Fixed) return sampling.seed;
    return *sampling.seed + repeat - 1;
}

bool sharesSeed(const Sampling& sampling) { return sampling.seed && sampling.seed_policy == SeedPolicy::Fixed; }

} // namespace looptax
