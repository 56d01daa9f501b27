// One message of a chat request, in the order it is sent.
#pragma once

#include <string>
#include <vector>

namespace looptax {

struct Message {
    std::string role; // "system", "user", "assistant"
    std::string content;
    bool operator==(const Message&) const = default;
};

using Messages = std::vector<Message>;

// One text for a whole prompt, for its check sum: compact JSON, [{"role":...,"content":...},...].
std::string promptText(const Messages& messages);

} // namespace looptax
