#include "prefix/prompt_sections.h"

#include "base/json_spans.h"
#include "base/text.h"

#include <algorithm>

namespace looptax {

namespace {

constexpr std::size_t kTagChars = 8;
constexpr std::size_t kLeastKept = 4; // characters: fewer may be the template's own

struct Cut {
    SectionKind kind;
    int index;
    std::size_t begin;
    std::size_t end;
};

bool isTag(std::string_view text) {
    return text.size() >= kTagChars && std::all_of(text.begin(), text.begin() + kTagChars,
                                                   [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// The parts of one message, relative to its own beginning.
std::vector<Cut> cutsOf(const Message& message, std::string_view content, int number) {
    if (message.role == "system") {
        if (!isTag(content)) return {{SectionKind::System, 0, 0, content.size()}};
        return {{SectionKind::Tag, 0, 0, kTagChars}, {SectionKind::System, 0, kTagChars, content.size()}};
    }
    if (message.role == "assistant") return {{SectionKind::PastReply, number, 0, content.size()}};
    std::vector<Cut> out;
    const std::vector<TextSpan> objects = jsonObjectSpans(content);
    std::size_t at = 0;
    for (std::size_t i = 0; i < objects.size(); ++i) {
        if (objects[i].begin > at) out.push_back({SectionKind::Instructions, 0, at, objects[i].begin});
        const bool state = objects.size() > 1 && i == 0;
        out.push_back({state ? SectionKind::State : SectionKind::Entry, state ? 0 : number, objects[i].begin, objects[i].end});
        at = objects[i].end;
    }
    if (at < content.size()) out.push_back({SectionKind::Instructions, 0, at, content.size()});
    return out;
}

// How much of the beginning of a reply that the template cut stands in the text.
std::size_t keptLength(std::string_view content, std::string_view text) {
    std::size_t kept = 0;
    std::size_t tooMany = content.size() + 1;
    while (kept + 1 < tooMany) { // what begins with a longer part holds every shorter one
        const std::size_t middle = kept + (tooMany - kept) / 2;
        if (text.find(content.substr(0, middle)) != std::string_view::npos) kept = middle;
        else tooMany = middle;
    }
    return kept;
}

} // namespace

std::string_view name(SectionKind kind) {
    switch (kind) {
    case SectionKind::Tag: return "tag";
    case SectionKind::System: return "system";
    case SectionKind::Instructions: return "instructions";
    case SectionKind::State: return "state";
    case SectionKind::Entry: return "entry";
    case SectionKind::PastReply: return "past reply";
    case SectionKind::Template: return "template";
    }
    return "template";
}

std::string PromptSection::label() const { return std::string(name(kind)) + (index > 0 ? " " + std::to_string(index) : ""); }

std::vector<PromptSection> sectionsOf(const Messages& messages, std::string_view rendered) {
    std::vector<PromptSection> out;
    std::size_t at = 0;
    const auto glueTo = [&](std::size_t end) {
        if (end > at) out.push_back({SectionKind::Template, 0, at, end});
        at = std::max(at, end);
    };
    const auto users = std::count_if(messages.begin(), messages.end(), [](const Message& m) { return m.role == "user"; });
    int entry = 0;
    int reply = 0;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const Message& message = messages[i];
        const int number = message.role == "user" ? (users > 1 ? ++entry : 0) : message.role == "assistant" ? ++reply : 0;
        std::string_view content = message.content;
        std::size_t found = content.empty() ? std::string_view::npos : rendered.find(content, at);
        if (found == std::string_view::npos) { // many templates trim what they are given
            content = trimmed(content);
            found = content.empty() ? std::string_view::npos : rendered.find(content, at);
        }
        if (message.role == "assistant" && i + 1 < messages.size()) {
            // Only in front of the next message: the beginning of a reply is soon met somewhere.
            const std::string_view following = trimmed(messages[i + 1].content);
            const std::size_t next = following.empty() ? std::string_view::npos : rendered.find(following, at);
            if (next != std::string_view::npos && found >= next) { // npos too
                const std::string_view room = rendered.substr(at, next - at);
                content = content.substr(0, keptLength(content, room));
                found = content.size() >= kLeastKept ? at + room.find(content) : std::string_view::npos;
            }
        }
        if (found == std::string_view::npos) continue;
        glueTo(found);
        for (const Cut& cut : cutsOf(message, content, number))
            if (cut.end > cut.begin) out.push_back({cut.kind, cut.index, found + cut.begin, found + cut.end});
        at = found + content.size();
    }
    glueTo(rendered.size());
    if (out.empty()) out.push_back({});
    return out;
}

std::vector<std::size_t> tokenStarts(const Tokens& tokens, std::string_view rendered) {
    std::vector<std::size_t> out;
    out.reserve(tokens.size());
    std::size_t at = 0;
    for (const Token& token : tokens) {
        out.push_back(at);
        std::string_view text = token.text;
        const auto here = [&] { return !text.empty() && rendered.substr(at, text.size()) == text; };
        // Some vocabularies show a space in front of the first word that the text does not have.
        if (!here() && !text.empty() && text.front() == ' ') text.remove_prefix(1);
        if (here()) at += text.size();
    }
    return out;
}

const PromptSection& sectionAt(const std::vector<PromptSection>& sections, std::size_t byte) {
    for (const PromptSection& section : sections)
        if (byte < section.end) return section;
    return sections.back();
}

} // namespace looptax
