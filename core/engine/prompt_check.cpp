#include "engine/prompt_check.h"

#include "base/text.h"
#include "loop/thoughts.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

constexpr double kMostCharsAToken = 10;
constexpr double kLeastShare = 0.7;  // of the tokens a prompt needs: text is not all alike
constexpr double kLeastMissing = 64; // tokens: a short prompt is mostly template
constexpr double kLeastGrowth = 0.5; // of what the added text needs
constexpr double kLeastNewState = 8; // tokens: another entry in the place of one makes as much difference
constexpr double kLeastSpan = 1.5; // longest over shortest: closer together a slope is noise

bool isSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::int64_t textSize(std::string_view text) {
    std::int64_t spaces = 0;
    bool inSpace = false;
    for (const char c : text) {
        spaces += int(inSpace && isSpace(c));
        inSpace = isSpace(c);
    }
    return codePoints(text) - spaces;
}

// Of `now` behind what `before` begins alike with.
std::int64_t sizeOfNew(const Messages& now, const Messages& before) {
    std::size_t same = 0;
    while (same < now.size() && same < before.size() && now[same].role == before[same].role && now[same].content == before[same].content)
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

PromptSize PromptCheck::sizeOf(const Messages& messages, const Written& written) {
    PromptSize size;
    const auto add = [&](std::string_view text, std::int64_t tokens) {
        const std::int64_t own = textSize(text);
        size.all += own;
        if (tokens <= 0) return;
        size.written += own;
        size.written_tokens += tokens;
    };
    std::size_t reply = 0;
    for (const Message& message : messages) {
        if (message.role != "assistant") {
            add(message.content, 0);
            continue;
        }
        const std::string_view answer = thoughtsIn(message.content, [](std::string_view) { return false; }).answer;
        add(answer, reply < written.reply_tokens.size() ? written.reply_tokens[reply] : 0);
        ++reply;
    }
    if (written.state_tokens > 0) {
        add(written.state, written.state_tokens);
        size.all -= textSize(written.state); // it stands in a message
    }
    return size;
}

bool PromptCheck::fewer(std::int64_t tokens, std::int64_t counted) { return tokens < counted && !about(double(tokens), double(counted)); }

double PromptCheck::Sums::slope() const {
    if (most < kLeastSpan * least) return y / x;
    const double slope = (n * xy - x * y) / (n * xx - x * x);
    return slope > 0 ? slope : y / x;
}

double PromptCheck::Sums::at(double size) const { return y / n + slope() * (size - x / n); }

void PromptCheck::passed(const std::string& design, std::int64_t size, std::int64_t tokens) {
    if (size <= 0) return;
    Sums& s = m_passed[design];
    s.least = s.n == 0 ? double(size) : std::min(s.least, double(size));
    s.most = std::max(s.most, double(size));
    ++s.n;
    s.x += double(size);
    s.y += double(tokens);
    s.xx += double(size) * double(size);
    s.xy += double(size) * double(tokens);
}

PromptFinding PromptCheck::judge(const std::string& design, const Messages& messages, const PromptSize& prompt, const RuntimeCounts& counts,
                                 const std::optional<PromptBefore>& before) const {
    PromptFinding out;
    const double size = double(prompt.all);
    if (!counts.prompt_tokens || prompt.all <= 0) return out;
    const double count = double(*counts.prompt_tokens);
    const auto at = m_passed.find(design);
    const Sums* fit = at != m_passed.end() && at->second.n >= kLeastPassed ? &at->second : nullptr;
    const auto needs = [&](double chars) { return fit != nullptr ? fit->at(chars) : chars / kMostCharsAToken; };
    const double needed = std::min(needs(size), needs(size - double(prompt.written)) + double(prompt.written_tokens));
    const bool tooFew = count < (fit != nullptr ? kLeastShare : 1) * needed && needed - count > kLeastMissing;
    double grown = 0; // what the added text needs
    if (before && prompt.all > before->size.all) {
        const double perChar = fit != nullptr && before->conversation ? fit->slope() : 1 / kMostCharsAToken;
        const double added = size - double(before->size.all), written = double(prompt.written - before->size.written);
        grown = std::min(added * perChar, (added - written) * perChar + double(prompt.written_tokens - before->size.written_tokens));
    }
    // A state is written anew each time: only that it has more text and no token more is sure.
    const bool tooSmallGrowth = before && (before->conversation ? grown >= 1 && count - double(before->tokens) < kLeastGrowth * grown
                                                                : grown >= kLeastNewState && count <= double(before->tokens));
    if (!tooFew && !tooSmallGrowth) {
        out.truncated = false;
        out.whole = counts.prompt_tokens;
        return out;
    }
    // A server that counts only what it read anew has cut nothing.
    double perSize = 0;
    if (at != m_passed.end()) perSize = at->second.slope();
    else if (before && before->size.all > 0) perSize = double(before->tokens) / double(before->size.all);
    const double whole = at != m_passed.end() ? at->second.at(size) : perSize * size;
    // Prose has fewer tokens than JSON: without a fit to many prompts an estimate is that much less sure.
    const auto fits = [&](double tokens, double expected) {
        return about(tokens, expected) || (fit == nullptr && std::abs(tokens - expected) < (1 - kLeastShare) * expected);
    };
    const std::int64_t together = *counts.prompt_tokens + counts.cached_tokens.value_or(0);
    if (perSize > 0 && counts.cached_tokens && *counts.cached_tokens > 0 && fits(double(together), whole)) {
        out.whole = together;
        out.disagree = "the prompt needs about " + tokensText(whole) + ": the runtime counts " + fixedText(count, 0) + " of it, without the " +
                       std::to_string(*counts.cached_tokens) + " that it reused";
        return out;
    }
    // With or without the reply in the middle: some caches keep what was generated.
    Messages withReply = m_last;
    withReply.push_back({"assistant", m_lastReply});
    const auto isNewPart = [&](const Messages& held) {
        const double fresh = perSize * double(sizeOfNew(messages, held));
        return fresh < kLeastShare * whole && fits(count, fresh);
    };
    if (perSize > 0 && !counts.cached_tokens && (isNewPart(m_last) || isNewPart(withReply))) {
        out.disagree = "the prompt needs about " + tokensText(whole) + ": the runtime counts " + fixedText(count, 0) +
                       " of it, about as many as its new part has";
        return out;
    }
    out.truncated = true;
    out.why = "the runtime counts " + tokensText(count) + " in a prompt that needs " +
              (tooFew ? (fit != nullptr ? "about " : "at least ") + fixedText(std::round(needed), 0)
                      : "at least " + fixedText(std::round(double(before->tokens) + grown), 0) + " (the turn before had " +
                            std::to_string(before->tokens) + ")");
    return out;
}

} // namespace looptax
