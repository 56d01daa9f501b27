#include "prefix/explain_turn.h"

#include "base/text.h"
#include "base/words.h"
#include "prefix/prompt_sections.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

constexpr std::int64_t kRetokenisedSlack = 2; // tokens
constexpr std::size_t kShownBefore = 96;      // bytes of surroundings
constexpr std::size_t kShownAfter = 96;

std::string joinedText(const Tokens& tokens, std::size_t from) {
    std::string out;
    for (std::size_t i = from; i < tokens.size(); ++i) out += tokens[i].text;
    return out;
}

std::string_view textOf(const std::vector<PromptSection>& sections, SectionKind kind, std::string_view rendered) {
    for (const PromptSection& section : sections)
        if (section.kind == kind) return rendered.substr(section.begin, section.end - section.begin);
    return {};
}

bool hasPieces(const Tokens& tokens) {
    return std::any_of(tokens.begin(), tokens.end(), [](const Token& token) { return !token.text.empty(); });
}

class Account {
public:
    Account(const AskedPrompt& asked, const HeldPrompt* held, const MemoryHints& hints)
        : m_asked(asked)
        , m_held(held)
        , m_hints(hints)
        , m_sections(sectionsOf(asked.messages, asked.rendered))
        , m_starts(tokenStarts(asked.tokens, asked.rendered))
        , m_placed(hasPieces(asked.tokens) && (m_starts.size() < 2 || m_starts.back() > 0)) {}

    TurnExplanation make() {
        m_out.prompt_tokens = std::int64_t(m_asked.tokens.size());
        m_out.prompt_tokens_reported = m_asked.prompt_tokens;
        m_out.cached_reported = m_asked.cached;
        m_out.processed_reported = m_asked.processed;
        crossCheck();
        if (m_held != nullptr) {
            m_content = m_held->prompt;
            m_content.insert(m_content.end(), m_held->generated.begin(), m_held->generated.end());
            m_same = commonPrefix(m_content, m_asked.tokens);
            m_out.held_by = m_held->by;
            findDifference();
        }
        predict();
        fromStructure();
        if (m_asked.cached) againstTheServer();
        countSections();
        return std::move(m_out);
    }

private:
    bool same(std::optional<std::int64_t> a, std::int64_t b) const { return !a || *a == b; }

    void crossCheck() {
        if (m_asked.cached && m_asked.processed && m_asked.prompt_tokens &&
            *m_asked.cached + *m_asked.processed != *m_asked.prompt_tokens)
            m_out.mismatch = "cached " + std::to_string(*m_asked.cached) + " + processed " + std::to_string(*m_asked.processed) +
                             " is not prompt_tokens " + std::to_string(*m_asked.prompt_tokens);
        if (!same(m_asked.prompt_tokens, m_out.prompt_tokens))
            m_out.mismatch += (m_out.mismatch.empty() ? "" : "; ") + std::string("the rendered prompt has ") +
                              counted(m_out.prompt_tokens, "token") + ", the runtime counted " +
                              std::to_string(*m_asked.prompt_tokens);
    }

    // Two texts may begin alike and be cut into other tokens because of what follows: the section that counts
    // is the one where the text differs, the token is the first that is not the same.
    void findDifference() {
        const std::size_t n = m_asked.tokens.size();
        if (m_same >= n) {
            m_differsAt = m_asked.rendered.size();
            return;
        }
        if (!m_placed) {
            if (m_same < m_content.size()) m_out.first_difference.emplace().token = std::int64_t(m_same);
            return;
        }
        const std::string now = joinedText(m_asked.tokens, m_same);
        const std::string then = joinedText(m_content, m_same);
        const auto [a, b] = std::mismatch(now.begin(), now.end(), then.begin(), then.end());
        m_differsAt = std::min(m_starts[m_same] + std::size_t(a - now.begin()), m_asked.rendered.size());
        if (m_same >= m_content.size()) return; // nothing held is different: there is only more
        FirstDifference difference;
        difference.token = std::int64_t(m_same);
        difference.section = sectionAt(m_sections, m_differsAt).label();
        const std::size_t begin = m_starts[m_same];
        const std::size_t from = begin > kShownBefore ? begin - kShownBefore : 0;
        difference.before = repairUtf8(lastBytes(std::string_view(m_asked.rendered).substr(0, begin), begin - from));
        difference.now = repairUtf8(firstBytes(now, std::size_t(a - now.begin()) + kShownAfter));
        difference.held = repairUtf8(firstBytes(then, std::size_t(b - then.begin()) + kShownAfter));
        m_out.first_difference = std::move(difference);
    }

    void predict() {
        const std::size_t n = m_asked.tokens.size();
        m_out.cached_predicted = m_asked.cache_prompt && m_held != nullptr && n > 0 ? std::int64_t(std::min(m_same, n - 1)) : 0;
        m_out.retokenised = m_asked.cache_prompt && m_held != nullptr && m_held->retokenised && m_same > m_held->prompt.size();
    }

    void say(Reread verdict, std::string sentence) {
        m_out.absent.clear(); // what the server said may tell where the prompts alone did not
        m_out.verdict = verdict;
        m_out.sentence = std::move(sentence);
    }

    std::string newTokens() const { return counted(m_out.prompt_tokens - m_out.cached_predicted, "token"); }

    // What must have happened by the rule, before the server is asked whether it did.
    void fromStructure() {
        const std::size_t n = m_asked.tokens.size();
        if (!m_asked.cache_prompt)
            return say(Reread::CacheOff, "The request forbade reuse (cache_prompt false): all " +
                                             counted(m_out.prompt_tokens, "token") + " had to be read.");
        if (m_held == nullptr)
            return say(Reread::SlotLost, "Nothing of an earlier request was in the slot: all " +
                                             counted(m_out.prompt_tokens, "token") + " had to be read.");
        if (m_same + 1 >= n)
            return say(Reread::AppendOnly,
                       "The whole prompt stood in the slot already (" + m_held->by + "); one token is always read anew.");
        if (!m_held->same_run && m_placed && m_same < m_content.size() &&
            sectionAt(m_sections, m_differsAt).kind == SectionKind::Tag)
            return sayTag();
        if (!m_held->same_run)
            return say(Reread::SlotLost, "The slot held another request (" + m_held->by + "), alike for " +
                                             counted(std::int64_t(m_same), "token") + "; " + newTokens() + " had to be read.");
        if (m_same >= m_content.size())
            return say(Reread::AppendOnly, "All that the slot held was reused; the " + newTokens() + " behind it are new.");
        if (m_same >= m_held->prompt.size()) return sayHistory();
        if (!m_placed) {
            m_out.absent = whyNotPlaced();
            return;
        }
        fromSection(sectionAt(m_sections, m_differsAt));
    }

    void sayHistory() {
        say(Reread::HistoryRerendered, "The past reply stands in this prompt otherwise than it was generated, from token " +
                                           std::to_string(m_same) + " on; " + newTokens() + " had to be read.");
    }

    void sayTag() {
        say(Reread::CacheOff, "The tag in front of the prompt is another one, on purpose: nothing behind it can be reused.");
    }

    std::string whyNotPlaced() const {
        return std::string(hasPieces(m_asked.tokens) ? "the pieces of this server's /tokenize are not those of the prompt's text"
                                                     : "this server's /tokenize gives no pieces (older build)") +
               ": where in the prompt the difference lies is not known";
    }

    void fromSection(const PromptSection& section) {
        if (section.kind == SectionKind::PastReply) return sayHistory();
        if (section.kind == SectionKind::Tag) return sayTag();
        const std::string_view state = textOf(m_sections, SectionKind::State, m_asked.rendered);
        const std::string_view before =
            textOf(sectionsOf(m_held->messages, m_held->rendered), SectionKind::State, m_held->rendered);
        if (!state.empty() && state != before && m_differsAt >= std::size_t(state.data() - m_asked.rendered.data()))
            return say(Reread::StateChangedAt,
                       stateSentence(state, m_differsAt - std::size_t(state.data() - m_asked.rendered.data())));
        if (!state.empty() && state == before)
            return say(Reread::AppendOnly, "The state did not change; from the new entry on " + newTokens() + " had to be read.");
        say(Reread::Unexplained, "The prompt differs from what the slot held in its " + section.label() +
                                     ", where no turn of this design should change.");
    }

    std::string stateSentence(std::string_view state, std::size_t at) const {
        const double share = state.empty() ? 0 : double(std::min(at, state.size())) / double(state.size());
        const std::string percent = std::to_string(int(std::lround(share * 100))) + " %";
        const auto line = 1 + std::count(state.begin(), state.begin() + std::ptrdiff_t(std::min(at, state.size())), '\n');
        std::int64_t inState = 0;
        for (std::size_t i = m_same; i < m_starts.size(); ++i)
            inState += sectionAt(m_sections, m_starts[i]).kind == SectionKind::State ? 1 : 0;
        return "The state's text changed in its line " + std::to_string(line) + ", after " + percent + " of it; from there on " +
               newTokens() + " had to be read, " + std::to_string(inState) + " of them in the state.";
    }

    void againstTheServer() {
        const std::int64_t cached = *m_asked.cached;
        const std::int64_t difference = cached - m_out.cached_predicted;
        m_out.difference = difference;
        m_out.exact = std::abs(difference) <= (m_out.retokenised ? kRetokenisedSlack : 0);
        if (*m_out.exact) return;
        const std::string counts = "By the rule " + std::to_string(m_out.cached_predicted) +
                                   " could be reused, the server reused " + std::to_string(cached) + ". ";
        if (difference < 0 && m_asked.cache_prompt && m_held != nullptr) {
            if (m_hints.lost_window && cached == 0) // the full re-read that its log speaks of, and no other
                return say(Reread::WindowLost, counts + "Its log says that memory for a rolled-back position was missing: a "
                                                        "sliding window or recurrent memory.");
            if (cached >= std::int64_t(m_held->prompt.size()))
                return say(Reread::HistoryRerendered,
                           counts + "The reuse ended inside the past reply: the model said it in other tokens than the "
                                    "same text has when it is sent back.");
            // A prompt that only grew asks no memory to go back.
            const bool onlyGrew = m_same >= m_content.size();
            if (m_hints.may_have_restarted || m_hints.slots > 1 || (cached == 0 && onlyGrew))
                return say(Reread::SlotLost, counts + "Another request, or a restart, had taken the slot.");
            if (cached == 0)
                return say(Reread::Unexplained,
                           counts + "Either another client's request had taken the slot, or the model's memory (a "
                                    "sliding window, or recurrent) could not be rolled back to where the prompts "
                                    "part. The server's log tells: \"forcing full prompt re-processing\" is the "
                                    "memory.");
        }
        if (difference > 0 && (m_hints.slots > 1 || m_hints.ram_cache))
            return say(Reread::Unexplained, counts + "An earlier request may have come back from another slot or from the "
                                                     "cache in memory.");
        say(Reread::Unexplained, counts + "What happened in between is not known.");
    }

    void countSections() {
        if (!m_placed) return; // absent: a section of 0 tokens would be a claim
        const std::int64_t cached = m_asked.cached.value_or(m_out.cached_predicted);
        for (const PromptSection& section : m_sections) {
            const std::string label = section.label();
            const auto known = std::find_if(m_out.sections.begin(), m_out.sections.end(),
                                            [&](const SectionCount& s) { return s.label == label; });
            if (known == m_out.sections.end()) m_out.sections.push_back({label, 0, 0});
        }
        for (std::size_t i = 0; i < m_starts.size(); ++i) {
            const std::string label = sectionAt(m_sections, m_starts[i]).label();
            const auto known = std::find_if(m_out.sections.begin(), m_out.sections.end(),
                                            [&](const SectionCount& s) { return s.label == label; });
            ++known->tokens;
            known->cached += std::int64_t(i) < cached ? 1 : 0;
        }
    }

    const AskedPrompt& m_asked;
    const HeldPrompt* m_held;
    const MemoryHints& m_hints;
    std::vector<PromptSection> m_sections;
    std::vector<std::size_t> m_starts;
    bool m_placed; // the tokens' places in the text are known; an older server gives ids without their texts
    Tokens m_content;
    std::size_t m_same = 0;
    std::size_t m_differsAt = 0; // byte of the rendered prompt; only where m_placed
    TurnExplanation m_out;
};

} // namespace

std::size_t commonPrefix(const Tokens& a, const Tokens& b) {
    const auto end =
        std::mismatch(a.begin(), a.end(), b.begin(), b.end(), [](const Token& x, const Token& y) { return x.id == y.id; }).first;
    return std::size_t(end - a.begin());
}

TurnExplanation explainTurn(const AskedPrompt& asked, const HeldPrompt* held, const MemoryHints& hints) {
    return Account(asked, held, hints).make();
}

} // namespace looptax
