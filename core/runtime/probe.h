// What runs on this machine: asks the known ports in parallel, never with a chat or completion request.
#pragma once

#include "base/clock.h"
#include "runtime/runtime_client.h"

#include <map>
#include <string>
#include <vector>

namespace looptax {

// Ollama, llama-server (old and new default), LM Studio, vLLM, SGLang.
std::vector<std::string> knownUrls();

struct ProbeFinding {
    std::string url;
    bool answers = false;
    TargetKind kind = TargetKind::OpenAi;
    std::string product; // "llama-server", "Ollama", "OpenAI-compatible"
    TargetFacts facts;
    std::map<std::string, ModelMemory> memories; // by model, where a runtime of several tells; of the first few
    std::string problem;                         // why nothing more is known; "" when all is well
};

// One thread an address; each gives up after timeoutMs when nothing answers. Findings in the order of the addresses.
std::vector<ProbeFinding> probe(const std::vector<std::string>& urls, Clock& clock, std::int64_t timeoutMs = 1'200);

} // namespace looptax
