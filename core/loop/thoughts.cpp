#include "loop/thoughts.h"

#include "base/text.h"
#include "loop/fence.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace looptax {

namespace {

struct Mark {
    std::string_view open, close; // in lower case
    bool alone = true;            // the opening mark is one even where nothing closes it
};
constexpr std::array kMarks{
    Mark{"<think>", "</think>"}, // DeepSeek, Qwen, GLM and most others
    Mark{"<thinking>", "</thinking>"},
    Mark{"<thought>", "</thought>"},
    Mark{"<thoughts>", "</thoughts>"},
    Mark{"<reasoning>", "</reasoning>"},
    Mark{"<reflection>", "</reflection>"},
    Mark{"<scratchpad>", "</scratchpad>"},
    Mark{"<analysis>", "</analysis>"},
    Mark{"<longcat_think>", "</longcat_think>"},    // LongCat
    Mark{"<mm:think>", "</mm:think>"},              // MiniMax
    Mark{"<seed:think>", "</seed:think>"},          // Seed-OSS
    Mark{"[think]", "[/think]"},                    // Mistral
    Mark{"<|start_thinking|>", "<|end_thinking|>"}, // Command R
    Mark{"<|begin_of_thought|>", "<|end_of_thought|>"},
    Mark{"<|inner_prefix|>", "<|inner_suffix|>"}, // Apertus
    Mark{"<|content_thinking|>", "<|end_message|>"},
    Mark{"<|think|>", "<|end|><|begin|>assistant<|content|>"},
    Mark{"<|open|>think<|sep|>", "<|close|>think<|sep|>"},                                   // Kimi
    Mark{"◁think▷", "◁/think▷"},                                                             // Kimi-VL
    Mark{"<unused94>thought", "<unused95>"},                                                 // MedGemma
    Mark{"<|channel>thought", "<channel|>"},                                                 // Gemma 4
    Mark{"<|start|>assistant<|channel|>analysis<|message|>", "<|channel|>final<|message|>"}, // gpt-oss
    Mark{"<|channel|>analysis<|message|>", "<|channel|>final<|message|>"},
    Mark{"<|channel|>analysis<|message|>", "<|channel|>final <|constrain|>json<|message|>"},
    Mark{"<|channel|>commentary<|message|>", "<|channel|>final<|message|>"},
    Mark{"analysis", "assistantfinal", false}, // gpt-oss, where the server takes the special tokens out
};
// What the same templates put around the answer; the first may be missing.
constexpr std::array kAnswerMarks{
    Mark{"<answer>", "</answer>"},
    Mark{"<|start_response|>", "<|end_response|>"},
    Mark{"<|start_text|>", "<|end_text|>"},
    Mark{"<|open|>response<|sep|>", "<|close|>response<|sep|>"},
    Mark{"<|message_model|><|content_text|>", "<|end_message|>"},
    Mark{"", "<|return|>"},
    Mark{"", "<|end|>"},
};

const FencedBlock* fenceAround(const std::vector<FencedBlock>& blocks, std::size_t at) {
    for (const FencedBlock& block : blocks)
        if (block.begin < at && at < block.end) return &block;
    return nullptr;
}

std::size_t findOutside(std::string_view text, std::string_view mark, const std::vector<FencedBlock>& blocks) {
    std::size_t at = text.find(mark);
    while (at != std::string_view::npos) {
        const FencedBlock* block = fenceAround(blocks, at);
        if (block == nullptr || !block->closed) break;
        at = text.find(mark, at + 1);
    }
    return at;
}

std::size_t firstInk(std::string_view text) { return std::min(text.find_first_not_of(" \t\r\n"), text.size()); }

// The closing mark of thoughts that begin the text. A fence that a draft left open swallows the mark and the answer's own
// fence, so where nothing closes outside a fence, the first mark of all does.
std::size_t closing(std::string_view text, std::string_view mark) {
    const std::size_t outside = findOutside(text, mark, fencedBlocks(text));
    return outside != std::string_view::npos ? outside : text.find(mark);
}

std::string_view withoutAnswerMarks(std::string_view answer) {
    answer = trimmed(answer);
    for (const Mark& mark : kAnswerMarks) {
        const std::string lower = lowered(answer);
        if (lower.size() < mark.open.size() + mark.close.size() || lower.rfind(mark.open, 0) != 0) continue;
        if (lower.compare(lower.size() - mark.close.size(), mark.close.size(), mark.close) != 0) continue;
        answer = trimmed(answer.substr(mark.open.size(), answer.size() - mark.open.size() - mark.close.size()));
    }
    return answer;
}

} // namespace

Thoughts thoughtsIn(std::string_view reply, const std::function<bool(std::string_view)>& judgeable) {
    const std::string lower = lowered(reply); // of the same length
    Thoughts out{false, false, reply};
    std::size_t from = 0; // the answer begins here
    // Some models think again before they answer.
    for (bool again = true; again;) {
        again = false;
        const std::string_view rest = std::string_view(lower).substr(from);
        const std::size_t begin = firstInk(rest);
        std::size_t after = 0, end = std::string_view::npos; // of the opening mark and of the closing one
        for (const Mark& mark : kMarks) {
            if (rest.substr(begin, mark.open.size()) != mark.open) continue;
            const std::size_t behind = begin + mark.open.size();
            const std::size_t close = closing(rest.substr(behind), mark.close);
            if (!mark.alone && close == std::string_view::npos) continue;
            out.found = again = true;
            after = behind;
            if (close != std::string_view::npos) end = std::min(end, after + close + mark.close.size());
        }
        if (again && end == std::string_view::npos) {
            out.unclosed = true;
            out.answer = reply.substr(from + after);
            return out;
        }
        if (again) from += end;
    }
    const std::string_view rest = std::string_view(lower).substr(from);
    const auto blocks = fencedBlocks(rest);
    std::size_t first = std::string_view::npos;
    std::string_view closer;
    for (const Mark& mark : kMarks) {
        const std::size_t at = mark.alone ? findOutside(rest, mark.close, blocks) : std::string_view::npos;
        if (at >= first) continue;
        first = at;
        closer = mark.close;
    }
    if (first != std::string_view::npos) {
        const std::string_view whole = reply.substr(from), before = whole.substr(0, first),
                               after = whole.substr(first + closer.size());
        // Two texts that could be judged: the draft came first. A reply in which the mark is a word is judged as it is.
        const std::string_view begun = trimmed(before);
        const bool insideJson = !begun.empty() && (begun.front() == '{' || begun.front() == '[');
        const bool noReply = !insideJson && fenceAround(blocks, first) == nullptr && !judgeable(before) && !judgeable(whole);
        if (judgeable(after) || noReply) {
            out.found = true;
            from += first + closer.size();
        }
    }
    if (out.found) out.answer = withoutAnswerMarks(reply.substr(from));
    return out;
}

} // namespace looptax
