// A token of a model's vocabulary with the bytes it stands for, as a runtime's tokenizer gives them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace looptax {

struct Token {
    std::int64_t id = 0;
    std::string text; // may be half a character; empty where the runtime shows none
    bool operator==(const Token&) const = default;
};

using Tokens = std::vector<Token>;

// No tokenizer is known that puts more characters of text into a token, but where one is repeated.
inline constexpr int kMostCharsAToken = 10;

} // namespace looptax
