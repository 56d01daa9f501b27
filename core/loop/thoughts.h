// Thoughts that a server without a reasoning parser leaves in the content of a reply. A draft in them must not be judged
// instead of the answer. Marks as the chat templates of the model families write them (DeepSeek, Qwen, Mistral, Cohere,
// Kimi, Seed, Gemma, gpt-oss), in any case of letters.
#pragma once

#include <functional>
#include <string_view>

namespace looptax {

struct Thoughts {
    bool found = false;      // marks of thoughts stand in the content
    bool unclosed = false;   // they were opened and no mark ends them: all of the text is thought
    std::string_view answer; // what follows them; the whole text where there are none
};

// Only thoughts at the start count, white space aside: a reply may talk about the marks. A closing mark alone ends thoughts
// that the template's prompt opened, unless what stands before it is the reply: judgeable(text) says whether a text could be
// judged by itself. Marks inside a JSON reply or a closed fence are text.
Thoughts thoughtsIn(std::string_view reply, const std::function<bool(std::string_view)>& judgeable);

} // namespace looptax
