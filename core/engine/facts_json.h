// What is known of a target, as it stands in the journal's session line, and what of it must not change in a session.
#pragma once

#include "base/json_fwd.h"
#include "domain/plan.h"
#include "domain/turn_record.h"
#include "runtime/runtime_client.h"

#include <map>
#include <optional>
#include <string>

namespace looptax {

class RecordStore;

Json factsJson(const Target& target, const TargetFacts& facts);

// A note of what the requests to a target carry; none where that is `known` already, which is then replaced.
std::optional<Json> sentNote(const std::string& target, const Plan& plan, const ChatEnd& end, std::string& known);
// That a field is left out from now on, and the server's words for it.
Json refusedNote(const std::string& target, const ChatEnd& end);

// What the kind of stream of this turn keeps from being measured; none where nothing is.
std::optional<Json> streamNote(const TurnRecord& record);

// The model and, where the runtime names one, the beginning of its digest.
std::string modelText(const std::string& model, const std::string& digest);
// By target, what the lines of the session say it served when it was first looked at.
std::map<std::string, std::string> modelsOf(const RecordStore& store);

} // namespace looptax
