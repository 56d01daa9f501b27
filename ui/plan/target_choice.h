// Making targets out of what a probe found, and telling which finding a target speaks of. Pure.
#pragma once

#include "domain/plan.h"
#include "runtime/probe.h"

#include <QString>

#include <optional>
#include <string>
#include <vector>

namespace looptax {

// "http://localhost:8080/" and "http://127.0.0.1:8080" are one place.
std::string placeOf(const std::string& url);
const ProbeFinding* findingOf(const Target& target, const std::vector<ProbeFinding>& findings); // null: none

// "llamacpp", "ollama", "openai", with "-2" and so on where the plan has that name already.
std::string freeId(TargetKind kind, const std::vector<Target>& targets);
// With a model that no target at this address has yet, where there is one that can chat.
Target targetFrom(const ProbeFinding& finding, const std::vector<Target>& targets);
Target targetByHand(const std::vector<Target>& targets);
// Can be measured as it is: it answers, its API is known, and a model is there.
bool isUsable(const ProbeFinding& finding);
std::vector<std::string> modelsOf(const ProbeFinding& finding);

QString findingTitle(const ProbeFinding& finding);   // "Ollama at 127.0.0.1:11434"
QString findingDetails(const ProbeFinding& finding); // "0.5.1, 3 models, context of 4,096 tokens, 4 slots"

} // namespace looptax
