// Did the whole prompt reach the model? Runtimes drop what does not fit their window without a word (Ollama issues 3839,
// 17427, 17889), and the model's answer to the rest looks like a model that forgets. Only the runtime's own count of prompt
// tokens tells; it is held against what the prompt must have.
//
// What a prompt needs is fitted per design to the turns that passed: a line of tokens over size. Before there are
// kLeastPassed of them a bound stands for it: no tokenizer is known that puts more than ten characters into a token.
#pragma once

#include "domain/message.h"
#include "runtime/runtime_client.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

// A prompt as tokenizers see it: code points, a run of white space as one, without the thoughts in past replies, which
// templates drop. What the model wrote of it itself has as many tokens as the runtime counted then: a model that repeats one
// letter puts hundreds of them into a token.
struct PromptSize {
    std::int64_t all = 0;
    std::int64_t written = 0;        // of it, by the model, its tokens known
    std::int64_t written_tokens = 0; // at most: thoughts may have been counted too
};

// The prompt of the same run's turn before.
struct PromptBefore {
    PromptSize size;
    std::int64_t tokens = 0;   // by the runtime's count
    bool conversation = false; // the new prompt is this one and more; else the state in it may have been written anew
};

struct PromptFinding {
    std::optional<bool> truncated; // absent: the runtime does not count, or what it counts is another thing
    std::optional<std::int64_t> whole; // tokens of the whole prompt, as far as the counts tell
    std::string why;               // it is: the counts, in words
    std::string disagree;          // what else it counts, in words: the prompt was whole
};

// Of one target, for as long as a sweep lasts.
class PromptCheck {
public:
    static constexpr int kLeastPassed = 4;

    // Tokens of the replies in it, by place, and of the state; 0: not counted, or the model did not write it.
    struct Written {
        std::vector<std::int64_t> reply_tokens;
        std::string state;
        std::int64_t state_tokens = 0;
    };
    static PromptSize sizeOf(const Messages& messages, const Written& written);

    PromptFinding judge(const std::string& design, const Messages& messages, const PromptSize& size, const RuntimeCounts& counts,
                        const std::optional<PromptBefore>& before) const;
    // Far fewer than the server makes of the prompt when it is asked to count.
    static bool fewer(std::int64_t tokens, std::int64_t counted);
    // What the runtime's cache may hold from now on.
    void sent(Messages messages, std::string reply) {
        m_last = std::move(messages);
        m_lastReply = std::move(reply);
    }
    // A turn whose answer was right had its whole prompt.
    void passed(const std::string& design, std::int64_t size, std::int64_t tokens);

private:
    struct Sums {
        int n = 0;
        double x = 0, y = 0, xx = 0, xy = 0;
        double least = 0, most = 0; // sizes
        double slope() const; // tokens for one more of size
        double at(double size) const;
    };
    std::map<std::string, Sums> m_passed; // by design
    Messages m_last;
    std::string m_lastReply;
};

} // namespace looptax
