// What chat requests carried of a plan's settings, told from the very body that was sent (ChatEnd::sent). Servers have
// other names for a setting, or none, and some refuse one: what was sent is on record, what was applied no server says.
#pragma once

#include "base/json_fwd.h"
#include "domain/plan.h"

#include <memory>
#include <string>
#include <vector>

namespace looptax {

// One `sent` note of the journal: from here on the requests to the target carried these fields.
struct SentFields {
    std::string target;
    std::shared_ptr<const Json> body;
};

struct SentSettings {
    std::vector<std::string> sent;     // with the values sent: "temperature 0.2", "thinking off"; "seed", which may vary
    std::vector<std::string> not_sent; // in the plan, and in no field of the body: "top_k 40"
};
SentSettings sentSettings(const Json& body, const Plan& plan);

// Every field by its own name: "temperature 0.2", "stream_options.include_usage true"; without the values of those that
// differ from request to request.
std::vector<std::string> sentFieldTexts(const Json& body);

} // namespace looptax
