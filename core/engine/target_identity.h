// Who answers at a target's address, held against what answered first in the session; never against the name the plan
// gives, for servers answer "qwen" where "qwen:latest" was asked for, and some echo any name. What is absent on one side
// is no change.
#pragma once

#include "base/json_fwd.h"
#include "domain/turn_record.h"
#include "engine/prompt_check.h"
#include "runtime/runtime_client.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace looptax {

struct IdentityChanges {
    std::vector<std::string> hard; // another model, template or context: no turn of it may stand beside those before
    std::vector<std::string> soft; // another build under the same model: it may, and a reader must know
};

class TargetIdentity {
public:
    // What the journal tells: a target of a session line (factsJson), and a turn. Later lines are later builds.
    void remember(const Json& facts);
    void remember(const TurnRecord& turn);

    // What is soft is told once: it is the build to compare with from then on.
    IdentityChanges compare(const TargetFacts& facts);
    IdentityChanges compare(const ChatEnd& end); // of a chat that ended ok

private:
    std::string m_model, m_digest, m_path, m_template, m_version;
    std::optional<std::int64_t> m_context;
    std::string m_replyModel, m_fingerprint;
    std::set<std::string> m_fingerprints; // told: a server of several machines may alternate between them
};

// Of one target, for as long as a session lasts.
struct TargetWatch {
    TargetIdentity identity;
    std::string sent; // what its requests carried last, in words (sentNote)
    PromptCheck prompts;
    std::set<std::string> streams; // the kinds of stream that were told
};

} // namespace looptax
