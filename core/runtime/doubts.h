// What makes the numbers of a target doubtful. Each is one sentence of the form "what: why it matters; what
// to do", which windows take apart at the first colon and the last semicolon.
#pragma once

#include "domain/plan.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace looptax::doubt {

// Whether an Ollama of that version says how many prompt tokens it found cached, as it does since 0.33.3 (its pull request
// 17943). False for a version without three numbers, and for the candidates of 0.33.3 itself.
bool ollamaCountsCached(std::string_view version);

std::string slots(int count);     // more than one
std::string busy();               // a request of somebody else's is in progress
std::string router();             // llama-server without a model of its own
std::string ramCache();           // llama-server's host cache is or may be on
std::string cachedUnknown();      // Ollama, unless ollamaCountsCached()
std::string cacheNotSwitchable(); // OpenAI-compatible servers
std::string contextUnknown();     // the same, where /v1/models does not say it
// Of an OpenAI-compatible server; answer: what came instead of a list, with the address that was asked.
std::string noModelList(const std::string& answer);
std::string modelNotListed(const std::string& model, const std::vector<std::string>& listed);
// What the model's memory cannot do on such a runtime; see model_memory.h.
std::string slidingWindow(std::int64_t tokens, TargetKind kind);
std::string recurrent(bool hybrid, TargetKind kind);

} // namespace looptax::doubt
