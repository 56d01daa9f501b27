// The runtime's own counts and times of one chat, in whatever spelling its server uses: one table in the .cpp says where each
// may stand, in what unit, and from which source that is known. What cannot be is absent, with a warning; so is a 0 for a
// prompt or a text that was there. A member that engines use with other meanings is taken only where it adds up.
#pragma once

#include "runtime/runtime_client.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <vector>

namespace looptax {

class ChatCounts {
public:
    ChatCounts();
    // Any object of the stream; of a member said more than once the last counts, never the sum: some servers repeat the
    // totals so far on every chunk.
    void read(const nlohmann::json& object);
    // textCame: the stream carried text, thoughts or a tool call.
    RuntimeCounts counts(bool textCame);
    const std::vector<std::string>& warnings() const { return m_warnings; }

private:
    struct Said {
        std::optional<double> value;
        bool odd = false; // given, and no count or time
    };
    void take(std::size_t row, const nlohmann::json& node);
    void warn(std::string text);

    std::vector<Said> m_said; // by row of the table
    bool m_derivedPromptMs = false;
    std::vector<std::string> m_warnings;
};

} // namespace looptax
