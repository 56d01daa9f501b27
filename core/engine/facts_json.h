// What is known of a target, as it stands in the journal's session line, and what of it must not change in a session.
#pragma once

#include "base/json_fwd.h"
#include "domain/plan.h"
#include "runtime/runtime_client.h"

#include <map>
#include <string>

namespace looptax {

class RecordStore;

Json factsJson(const Target& target, const TargetFacts& facts);

// The model and, where the runtime names one, the beginning of its digest.
std::string modelText(const std::string& model, const std::string& digest);
// By target, what the lines of the session say it served when it was first looked at.
std::map<std::string, std::string> modelsOf(const RecordStore& store);

} // namespace looptax
