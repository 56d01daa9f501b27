#include "runtime/chat_chunk.h"

#include "base/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace looptax {

namespace {

using Node = nlohmann::json;

constexpr int kMostDepth = 8;
constexpr const char* kUnknownCharacter = "\\ufffd";
// Where thoughts stand beside the content; of several that say the same one is read.
constexpr std::array kReasoningKeys{"reasoning_content", "reasoning",      "thinking",
                                    "thought",           "reasoning_text", "reasoning_details"};

const Node* member(const Node& object, const char* key) {
    if (!object.is_object()) return nullptr;
    const auto at = object.find(key);
    return at != object.end() && !at->is_null() ? &*at : nullptr;
}

std::string textOf(const Node& object, const char* key) {
    const Node* at = member(object, key);
    return at != nullptr && at->is_string() ? at->get<std::string>() : std::string{};
}

std::string shortly(const Node& node) {
    std::string text = node.dump(-1, ' ', true, Node::error_handler_t::replace);
    if (text.size() > 120) text = text.substr(0, 120) + "...";
    return text;
}

class ChunkReader {
public:
    explicit ChunkReader(ChatChunk& chunk) : m_chunk(chunk) {}

    // A text, a part, or a list of either.
    void text(const Node& node, bool thoughts, int depth = 0) {
        if (node.is_null()) return;
        if (node.is_string()) {
            (thoughts ? m_chunk.reasoning : m_chunk.content) += node.get_ref<const std::string&>();
            return;
        }
        if (node.is_array() && depth < kMostDepth) {
            for (const Node& part : node) text(part, thoughts, depth + 1);
            return;
        }
        if (node.is_object() && depth < kMostDepth) {
            const std::string type = textOf(node, "type");
            const Node* thought = member(node, "thought"); // Gemini's mark
            const bool thinks = thoughts || type.find("think") != std::string::npos || type.find("reason") != std::string::npos ||
                                (thought != nullptr && *thought == true);
            for (const char* key : {"thinking", "reasoning", "summary"})
                if (const Node* inner = member(node, key)) return text(*inner, true, depth + 1);
            for (const char* key : {"text", "content", "value", "refusal"})
                if (const Node* inner = member(node, key)) return text(*inner, thinks, depth + 1);
            // A part of a kind that has no text: a reference, an image, what is encrypted. Were it all, the turn would miss its
            // text.
            if (node.empty() || !type.empty()) return;
        }
        if (!thoughts && m_chunk.unreadable.empty()) m_chunk.unreadable = shortly(node);
    }

    // delta, message, or what stands for them.
    void message(const Node& node) {
        for (const char* key : kReasoningKeys)
            if (const Node* thoughts = member(node, key); thoughts != nullptr && m_chunk.reasoning.empty()) text(*thoughts, true);
        for (const char* key : {"content", "text", "response", "refusal"})
            if (const Node* content = member(node, key); content != nullptr && m_chunk.content.empty()) text(*content, false);
        if (const Node* calls = member(node, "tool_calls"); calls != nullptr && calls->is_array())
            for (const Node& call : *calls)
                if (const Node* function = member(call, "function")) tool(*function);
        if (const Node* function = member(node, "function_call")) tool(*function);
    }

private:
    void tool(const Node& function) {
        m_chunk.tool += textOf(function, "name");
        if (const Node* arguments = member(function, "arguments"))
            m_chunk.tool += arguments->is_string() ? arguments->get<std::string>()
                                                   : arguments->dump(-1, ' ', true, Node::error_handler_t::replace);
    }

    ChatChunk& m_chunk;
};

// Of the four digits behind \u; absent where they are none.
std::optional<unsigned> codeUnit(std::string_view digits) {
    if (digits.size() < 4) return std::nullopt;
    unsigned value = 0;
    for (const char c : digits.substr(0, 4)) {
        const char l = c >= 'A' && c <= 'F' ? char(c - 'A' + 'a') : c;
        if (l >= '0' && l <= '9') value = value * 16 + unsigned(l - '0');
        else if (l >= 'a' && l <= 'f') value = value * 16 + unsigned(l - 'a' + 10);
        else return std::nullopt;
    }
    return value;
}

bool isHigh(std::optional<unsigned> unit) { return unit && *unit >= 0xD800 && *unit < 0xDC00; }
bool isLow(std::optional<unsigned> unit) { return unit && *unit >= 0xDC00 && *unit < 0xE000; }

// Lone halves of surrogate pairs and raw control characters inside strings become U+FFFD.
std::string repairedStrings(std::string_view json) {
    std::string out;
    out.reserve(json.size());
    bool inside = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (c == '"') inside = !inside;
        if (inside && static_cast<unsigned char>(c) < 0x20) {
            out += kUnknownCharacter;
            continue;
        }
        if (!inside || c != '\\' || i + 1 == json.size()) {
            out += c;
            continue;
        }
        const auto unit = json[i + 1] == 'u' ? codeUnit(json.substr(i + 2)) : std::nullopt;
        const bool pair = isHigh(unit) && json.substr(i + 6, 2) == "\\u" && isLow(codeUnit(json.substr(i + 8)));
        const std::size_t length = pair ? 12 : unit ? 6 : 2;
        if (!pair && (isHigh(unit) || isLow(unit))) out += kUnknownCharacter;
        else out += json.substr(i, length);
        i += length - 1;
    }
    return out;
}

} // namespace

Node parseEvent(std::string_view text, bool& repaired) {
    Node json = Node::parse(text, nullptr, false);
    if (!json.is_discarded()) return json;
    json = Node::parse(repairedStrings(repairUtf8(text)), nullptr, false);
    repaired = repaired || !json.is_discarded();
    return json;
}

bool isPartOfChat(const Node& object) {
    if (textOf(object, "object").rfind("chat.completion", 0) == 0) return true;
    if (const Node* message = member(object, "message"); message != nullptr && message->is_object()) return true;
    if (const Node* choices = member(object, "choices"); choices != nullptr && choices->is_array() && !choices->empty())
        return true;
    constexpr std::array kMembers{"usage", "timings", "done", "delta", "response", "content"};
    return std::any_of(kMembers.begin(), kMembers.end(), [&](const char* key) { return member(object, key) != nullptr; });
}

ChatChunk readChunk(const Node& object) {
    ChatChunk chunk;
    ChunkReader reader(chunk);
    chunk.model = textOf(object, "model");
    chunk.fingerprint = textOf(object, "system_fingerprint");
    const Node* reason = nullptr;
    if (const Node* choices = member(object, "choices");
        choices != nullptr && choices->is_array() && !choices->empty() && choices->front().is_object()) {
        const Node& choice = choices->front();
        reason = member(choice, "finish_reason");
        const Node* delta = member(choice, "delta");
        const Node* message = member(choice, "message");
        reader.message(delta != nullptr ? *delta : message != nullptr ? *message : choice);
        if (delta != nullptr && chunk.content.empty()) // completions form beside an empty delta
            if (const Node* text = member(choice, "text")) reader.text(*text, false);
        chunk.whole = delta == nullptr && message != nullptr;
        chunk.completion = chunk.whole && textOf(object, "object") == "chat.completion";
    } else {
        const Node* message = member(object, "message");
        const Node* delta = member(object, "delta");
        if (message != nullptr && message->is_object()) reader.message(*message);
        else if (delta != nullptr && delta->is_object()) reader.message(*delta);
        else reader.message(object);
        const Node* done = member(object, "done");
        chunk.done = done != nullptr && *done == true;
        if (chunk.done) reason = member(object, "done_reason");
    }
    // KoboldCpp (2024) wrote "null" on every chunk, others write an empty text.
    if (reason != nullptr && *reason != false && *reason != "null")
        chunk.finish_reason =
            reason->is_string() ? std::string(trimmed(reason->get_ref<const std::string&>())) : shortly(*reason);
    return chunk;
}

} // namespace looptax
