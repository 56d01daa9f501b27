// A rendered prompt cut into what its parts are for, so that tokens can be counted by part: the tag, the
// system's text, instructions, state, entries, past replies, and what the template adds.
#pragma once

#include "domain/message.h"
#include "domain/token.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

enum class SectionKind { Tag, System, Instructions, State, Entry, PastReply, Template };
std::string_view name(SectionKind kind); // "tag", "system", ...

struct PromptSection {
    SectionKind kind = SectionKind::Template;
    int index = 0;             // of entries and past replies in a conversation, from 1; 0: there is only one
    std::size_t begin = 0;     // bytes of the rendered prompt
    std::size_t end = 0;       // one past
    std::string label() const; // "entry 3", "state"
};

// Sections without gaps, in order. Of a past reply that the template cut, what is left counts; a message that
// was changed otherwise, beyond trimming, is not found and counts as template.
std::vector<PromptSection> sectionsOf(const Messages& messages, std::string_view rendered);

// Where each token begins in the rendered prompt. A token that shows no text of it (a mark for the beginning)
// takes no room.
std::vector<std::size_t> tokenStarts(const Tokens& tokens, std::string_view rendered);

// The section a byte is in; the last one behind the end.
const PromptSection& sectionAt(const std::vector<PromptSection>& sections, std::size_t byte);

} // namespace looptax
