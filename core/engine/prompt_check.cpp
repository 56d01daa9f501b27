#include "engine/prompt_check.h"

#include "base/text.h"
#include "loop/thoughts.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

constexpr double kLeastShare = 0.7;  // of the tokens a prompt needs: text is not all alike
constexpr double kLeastMissing = 64; // tokens: a short prompt is mostly template
constexpr double kLeastGrowth = 0.5; // of what the added text needs
constexpr double kLeastNewState = 8; // tokens: another entry in the place of one makes as much difference
constexpr double kLeastSpan = 1.2;   // longest over shortest: closer together a slope is noise
// Where the line is known well, less is missed: by so many of its standard errors, and a tenth of what is needed.
constexpr double kDenseCharsAToken = 1.5, kLooseCharsAToken = 6; // of a reply in the prompt's own script
constexpr int kLeastForError = 8;                                // turns
constexpr double kManyErrors = 6, kLeastKnown = 0.1;

bool isSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::int64_t textSize(std::string_view text) {
    std::int64_t spaces = 0;
    bool inSpace = false;
    for (const char c : text) {
        const bool space = isSpace(c);
        spaces += int(inSpace && space);
        inSpace = space;
    }
    return codePoints(text) - spaces;
}

// Of `now` behind what `before` begins alike with.
std::int64_t sizeOfNew(const Messages& now, const Messages& before) {
    std::size_t same = 0;
    while (same < now.size() && same < before.size() && now[same].role == before[same].role &&
           now[same].content == before[same].content)
        ++same;
    std::int64_t size = 0;
    for (std::size_t i = same; i < now.size(); ++i) {
        std::string_view text = now[i].content;
        if (i == same && i < before.size()) {
            const auto [at, other] = std::mismatch(text.begin(), text.end(), before[i].content.begin(), before[i].content.end());
            text.remove_prefix(std::size_t(at - text.begin()));
        }
        size += textSize(text);
    }
    return size;
}

bool about(double count, double expected) { return std::abs(count - expected) <= std::max(16.0, 0.1 * expected); }

std::string tokensText(double tokens) { return fixedText(std::round(tokens), 0) + " tokens"; }

} // namespace

bool PromptSize::plain() const {
    return std::all_of(replies.begin(), replies.end(), [](const Part& reply) {
        const double tokens = double(reply.tokens), chars = double(reply.chars);
        return tokens > 0 && chars >= kDenseCharsAToken * tokens && chars <= kLooseCharsAToken * tokens;
    });
}

double PromptSize::replyNeed(double tokensPerChar) const {
    double sum = 0;
    for (const Part& reply : replies) sum += std::min(double(reply.tokens), tokensPerChar * double(reply.chars));
    return sum;
}

PromptSize PromptCheck::sizeOf(const Messages& messages, const Written& written) {
    PromptSize size;
    for (const Message& message : messages) {
        if (message.role != "assistant") {
            size.text += textSize(message.content);
            continue;
        }
        const std::size_t i = size.replies.size();
        const Thoughts thoughts = thoughtsIn(message.content, [](std::string_view) { return false; });
        // Templates drop thoughts wherever they stand, and they were counted with the answer.
        const bool mixed = thoughts.found || lowered(message.content).find("think>") != std::string::npos;
        const std::int64_t chars = textSize(thoughts.answer);
        size.replies.push_back({chars, i < written.reply_tokens.size() && !mixed ? written.reply_tokens[i] : 0});
        size.all += chars;
    }
    size.all += size.text;
    if (written.state_tokens > 0) size.state = {textSize(written.state), written.state_tokens};
    return size;
}

bool PromptCheck::fewer(std::int64_t tokens, std::int64_t counted) {
    return tokens < counted && !about(double(tokens), double(counted));
}

bool PromptCheck::Line::sloped() const { return most >= kLeastSpan * least && n * xy - x * y > 0; }

double PromptCheck::Line::slope() const { return sloped() ? (n * xy - x * y) / (n * xx - x * x) : y / x; }

double PromptCheck::Line::at(double text) const { return y / n + slope() * (text - x / n); }

double PromptCheck::Line::error(double text) const {
    const double sxx = xx - x * x / n, sxy = xy - x * y / n, syy = yy - y * y / n;
    const double variance = std::max(1.0, (syy - sxy * sxy / sxx) / (n - 2)); // counts are whole numbers
    return std::sqrt(variance * (1 + 1.0 / n + (text - x / n) * (text - x / n) / sxx));
}

void PromptCheck::passed(const std::string& design, const PromptSize& size, std::int64_t tokens) {
    if (!size.plain() || size.all <= 0) return;
    const double text = double(size.all), count = double(tokens);
    Line& line = m_passed[design];
    line.least = line.n == 0 ? text : std::min(line.least, text);
    line.most = std::max(line.most, text);
    ++line.n;
    line.x += text;
    line.y += count;
    line.xx += text * text;
    line.xy += text * count;
    line.yy += count * count;
}

PromptFinding PromptCheck::judge(const std::string& design, const Messages& messages, const PromptSize& size,
                                 const RuntimeCounts& counts, const std::optional<PromptBefore>& before) {
    PromptFinding out;
    if (!counts.prompt_tokens || size.all <= 0) return out;
    // More cached than there are: those come on top.
    const std::int64_t together = *counts.prompt_tokens + counts.cached_tokens.value_or(0);
    const bool onTop = counts.cached_tokens.value_or(0) > *counts.prompt_tokens;
    const double count = double(onTop ? together : *counts.prompt_tokens);
    const auto at = m_passed.find(design);
    const Line* known = at != m_passed.end() ? &at->second : nullptr;
    const Line* fit = known != nullptr && known->n >= kLeastPassed ? known : nullptr;
    const double perChar = fit != nullptr ? fit->slope() : 1.0 / kMostCharsAToken;
    // A model that repeats one letter puts hundreds of them into a token.
    const double odd = size.state.tokens > 0 ? std::max(0.0, perChar * double(size.state.chars) - double(size.state.tokens)) : 0;
    const double needed =
        (fit != nullptr ? fit->at(double(size.text)) : perChar * double(size.text)) - odd + size.replyNeed(perChar);
    const double missing = needed - count;
    bool tooFew = missing > kLeastMissing && count < (fit != nullptr ? kLeastShare : 1) * needed;
    if (fit != nullptr && fit->n >= kLeastForError && fit->sloped() && size.replies.empty() && size.state.tokens == 0)
        tooFew = tooFew || missing > std::max({kLeastMissing, kLeastKnown * needed, kManyErrors * fit->error(double(size.text))});
    double grown = 0; // what the added text needs
    bool tooSmallGrowth = false;
    if (before && before->conversation) {
        grown = perChar * double(size.text - before->size.text) + size.replyNeed(perChar) - before->size.replyNeed(perChar);
        // More tokens than characters are no count of this text.
        tooSmallGrowth = grown >= 1 && count < double(size.all) && count - double(before->tokens) < kLeastGrowth * grown;
    } else if (before) {
        // A state is written anew each time: only that it has more text and just as many tokens is sure.
        grown = double(size.text - before->size.text) / kMostCharsAToken - odd;
        tooSmallGrowth = grown >= kLeastNewState && std::abs(count - double(before->tokens)) < kLeastNewState;
    }
    // What it needs by as many turns as there are, be they few.
    double whole = 0;
    if (known != nullptr) whole = known->at(double(size.text)) - odd + size.replyNeed(known->slope());
    else if (before && before->size.all > 0) whole = double(before->tokens) / double(before->size.all) * double(size.all);
    const bool oddForItsKind = m_countsNewPart && whole > 0 && count < kLeastShare * whole;
    if (!tooFew && !tooSmallGrowth && !oddForItsKind) {
        out.truncated = false;
        out.whole = std::int64_t(count);
        return out;
    }
    // A server that counts only what it read anew has cut nothing.
    // Prose has fewer tokens than JSON: without a fit to many prompts an estimate is that much less sure.
    const auto fits = [&](double tokens, double expected) {
        return about(tokens, expected) || (fit == nullptr && std::abs(tokens - expected) < (1 - kLeastShare) * expected);
    };
    if (whole > 0 && counts.cached_tokens && *counts.cached_tokens > 0 && fits(double(together), whole)) {
        out.whole = together;
        out.disagree = "the prompt needs about " + tokensText(whole) + ": the runtime counts " + fixedText(count, 0) +
                       " of it, without the " + std::to_string(*counts.cached_tokens) + " that it reused";
        return out;
    }
    // With or without the reply in the middle: some caches keep what was generated.
    Messages withReply = m_last;
    withReply.push_back({"assistant", m_lastReply});
    const auto isNewPart = [&](const Messages& held) {
        const double rate = known != nullptr ? known->slope() : whole / double(size.all);
        const double fresh = rate * double(sizeOfNew(messages, held));
        return fresh < kLeastShare * whole && fits(count, fresh);
    };
    if (whole > 0 && !counts.cached_tokens && (isNewPart(m_last) || isNewPart(withReply))) {
        m_countsNewPart = true;
        out.disagree = "the prompt needs about " + tokensText(whole) + ": the runtime counts " + fixedText(count, 0) +
                       " of it, about as many as its new part has";
        return out;
    }
    out.truncated = true;
    const auto rounded = [](double tokens) { return fixedText(std::round(tokens), 0); };
    out.why = "the runtime counts " + tokensText(count) + " in a prompt that needs " +
              (tooFew           ? (fit != nullptr ? "about " : "at least ") + rounded(needed)
               : tooSmallGrowth ? "at least " + rounded(double(before->tokens) + grown) + " (the turn before had " +
                                      std::to_string(before->tokens) + ")"
                                : "about " + rounded(whole));
    return out;
}

} // namespace looptax
