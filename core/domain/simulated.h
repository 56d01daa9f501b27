// Whether a target was this program's scripted server, which answers by rule: then no model was measured, and everything that
// shows its numbers says so. The server states it by a fact of its own, which is journalled with the target's other facts; a
// model may be called "simulated-annealing-7b" for reasons of its own.
#pragma once

#include "base/json_fwd.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

// True in the scripted server's answers to /props, /api/version and /v1/models.
inline constexpr const char* kScriptedServerMember = "looptax_scripted_server";
bool saysScripted(const Json& answer);

// Of a target in a session line; absent in sessions that were made before targets had the fact.
std::optional<bool> simulatedFact(const Json& facts);
// Of all session lines: true where one says so, absent where none says anything.
std::optional<bool> simulatedFact(const std::vector<std::shared_ptr<const Json>>& sessionLines, const std::string& target);

// Where the fact is absent: the mark in the version and the model that the scripted server gives itself.
bool namedSimulated(const std::string& text);

} // namespace looptax
