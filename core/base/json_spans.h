// Where JSON objects stand in a text: a user message holds the state and the new entry as objects and nothing
// else in braces.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace looptax {

struct TextSpan {
    std::size_t begin = 0;
    std::size_t end = 0; // one past
};

// Objects in the order they stand, none inside another; what has the form of an object and is no JSON is left
// out.
std::vector<TextSpan> jsonObjectSpans(std::string_view text);

} // namespace looptax
