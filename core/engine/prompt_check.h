// Did the whole prompt reach the model? Runtimes drop what does not fit their window without a word (Ollama issues 3839,
// 17427, 17889), and the model's answer to the rest looks like a model that forgets. Only the runtime's own count of prompt
// tokens tells; it is held against what the prompt must have.
//
// What a prompt needs is fitted per design to the turns that passed: a line of tokens over characters. Replies need what the
// line says, and no more than they were counted to have when they were generated. Before there are kLeastPassed turns a bound
// stands for the line: no tokenizer is known that puts more than ten characters into a token.
#pragma once

#include "domain/message.h"
#include "runtime/runtime_client.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

// A prompt as tokenizers see it: code points, a run of white space as one, without the thoughts in past replies, which
// templates drop.
struct PromptSize {
    // What the model wrote. Tokens as they were counted when it did: at most so many are in the prompt; 0: not known, or
    // counted with thoughts.
    struct Part {
        std::int64_t chars = 0;
        std::int64_t tokens = 0;
    };
    std::int64_t all = 0;
    std::int64_t text = 0;     // of it, what is no reply of the model
    Part state;                // of the text, a state that was taken from a reply
    std::vector<Part> replies; // in a conversation

    bool plain() const; // every reply is text like the rest, by its tokens
    // Tokens that the replies need at least, by the tokens of one character of other text.
    double replyNeed(double tokensPerChar) const;
};

// The prompt of the same run's turn before.
struct PromptBefore {
    PromptSize size;
    std::int64_t tokens = 0;   // by the runtime's count
    bool conversation = false; // the new prompt is this one and more; else the state in it may have been written anew
};

struct PromptFinding {
    std::optional<bool> truncated;     // absent: the runtime does not count, or what it counts is another thing
    std::optional<std::int64_t> whole; // tokens of the whole prompt, as far as the counts tell
    std::string why;                   // it is: the counts, in words
    std::string disagree;              // what else it counts, in words: the prompt was whole
};

// Of one target, for as long as a sweep lasts.
class PromptCheck {
public:
    static constexpr int kLeastPassed = 4;

    // Tokens of the replies, by place, and of the reply that the state was taken from; 0: not known, or the model did not write
    // it.
    struct Written {
        std::vector<std::int64_t> reply_tokens;
        std::string state;
        std::int64_t state_tokens = 0;
    };
    static PromptSize sizeOf(const Messages& messages, const Written& written);

    PromptFinding judge(const std::string& design, const Messages& messages, const PromptSize& size, const RuntimeCounts& counts,
                        const std::optional<PromptBefore>& before);
    // Far fewer than the server makes of the prompt when it is asked to count.
    static bool fewer(std::int64_t tokens, std::int64_t counted);
    // What the runtime's cache may hold from now on.
    void sent(Messages messages, std::string reply) {
        m_last = std::move(messages);
        m_lastReply = std::move(reply);
    }
    // A turn whose answer was right had its whole prompt.
    void passed(const std::string& design, const PromptSize& size, std::int64_t tokens);
    // The server's own tokenizer found a prompt of this size whole; a longer one should be asked about, too.
    void confirmed(const PromptSize& size) { m_confirmed = std::max(m_confirmed, size.all); }
    bool isConfirmed(const PromptSize& size) const { return size.all <= m_confirmed + m_confirmed / 4; }

private:
    struct Line {
        int n = 0;
        double x = 0, y = 0, xx = 0, xy = 0, yy = 0;
        double least = 0, most = 0; // of x
        bool sloped() const;
        double slope() const; // tokens for one more character
        double at(double text) const;
        double error(double text) const; // standard error of at()
    };
    std::map<std::string, Line> m_passed; // by design
    std::int64_t m_confirmed = 0;
    bool m_countsNewPart = false; // it did so once: what it counts is whole or new, or was cut
    Messages m_last;
    std::string m_lastReply;
};

} // namespace looptax
