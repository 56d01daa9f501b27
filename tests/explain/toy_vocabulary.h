// A vocabulary anyone can check by hand: a word with the space before it is a token, each other sign is one;
// the template's marks are one token each. Ids name the text.
#pragma once

#include "base/hash.h"
#include "domain/message.h"
#include "domain/token.h"
#include "prefix/prompt_reader.h"

#include <cctype>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace looptax {

inline std::string toyRendered(const Messages& messages) {
    std::string out;
    for (const Message& message : messages) out += "<|im_start|>" + message.role + "\n" + message.content + "<|im_end|>\n";
    return out + "<|im_start|>assistant\n";
}

inline Tokens toyTokens(std::string_view text, bool marks = true) {
    Tokens out;
    const auto isWord = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
    for (std::size_t at = 0; at < text.size();) {
        std::size_t n = 1;
        for (const std::string_view mark : {"<|im_start|>", "<|im_end|>"})
            if (marks && text.substr(at, mark.size()) == mark) n = mark.size();
        if (n == 1) {
            const std::size_t word = text[at] == ' ' && at + 1 < text.size() && isWord(text[at + 1]) ? at + 1 : at;
            std::size_t end = word;
            while (end < text.size() && isWord(text[end])) ++end;
            n = end > word ? end - at : 1;
        }
        const std::string piece(text.substr(at, n));
        out.push_back({std::int64_t(crc32c(piece)), piece});
        at += n;
    }
    return out;
}

class ToyReader final : public PromptReader {
public:
    Result<std::string> render(const Messages& messages) override {
        if (trouble) return *trouble;
        return toyRendered(messages);
    }
    Result<Tokens> prompt(const std::string& rendered) override { return toyTokens(rendered); }
    Result<Tokens> text(const std::string& text) override { return toyTokens(text, false); }
    std::optional<Error> trouble;
};

} // namespace looptax
