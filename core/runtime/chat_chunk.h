// One object of a chat stream -> what it says. Tolerant of every server met so far: text, thoughts and failures stand in
// many places and shapes. One reader serves both dialects, because gateways mix them.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace looptax {

struct ChatChunk {
    std::string content;
    std::string reasoning;
    std::string tool;          // names and arguments of tool calls
    std::string finish_reason; // as it was said; what is no text as JSON
    std::string unreadable;    // what stands where content should and is of no shape we know; empty where nothing does
    std::string model;         // that answers, by its own word
    std::string fingerprint;   // of the build that answers
    bool done = false;         // Ollama's done: true
    bool whole = false;        // a message instead of a delta: all of the reply
    bool completion = false;   // and the object calls itself a whole completion, not a part of one
};
ChatChunk readChunk(const nlohmann::json& object);
// It has a member that parts of a chat have.
bool isPartOfChat(const nlohmann::json& object);

// The text of an event as JSON. Half a character, as servers send that cut tokens into events, or a control character
// inside a string is no reason to lose the event: repaired says that U+FFFD stands for it. Discarded where it is no JSON.
nlohmann::json parseEvent(std::string_view text, bool& repaired);

} // namespace looptax
