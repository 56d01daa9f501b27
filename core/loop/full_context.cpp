#include "loop/full_context.h"

#include "loop/right_reply.h"

#include <array>

namespace looptax {

FullContext::FullContext(std::shared_ptr<const TaskPack> pack, const LoopSettings& settings, std::string_view prompt)
    : m_pack(std::move(pack))
    , m_prompt(prompt)
    , m_format(settings.format)
    , m_entries(makeEntries(*m_pack, settings.task_seed, settings.n, 0)) {}

std::optional<std::string> FullContext::initialState() const { return std::nullopt; }

Messages FullContext::messages(int turn, std::string_view tag, const std::optional<std::string>&) const {
    const PromptText& prompt = m_pack->prompts.find(m_prompt)->second;
    const std::array<std::pair<std::string_view, std::string_view>, 1> tagValue{{{"tag", tag}}};
    Messages out{{"system", filledIn(prompt.system, tagValue)}};
    for (int past = 1; past <= turn; ++past) {
        const auto at = std::size_t(past) - 1;
        const std::string entry = canonicalText(m_entries.turns.at(at));
        const std::array<std::pair<std::string_view, std::string_view>, 1> value{{{"entry", entry}}};
        out.push_back({"user", filledIn(prompt.user, value)});
        if (past < turn && at < m_replies.size()) out.push_back({"assistant", m_replies[at]});
    }
    return out;
}

Expectation FullContext::expectation(int turn, const std::optional<std::string>&) const {
    Expectation expected;
    expected.truth = truthAfter(turn);
    expected.format = m_format;
    return expected;
}

std::optional<std::string> FullContext::nextState(int, const Judgement&) const { return std::nullopt; }

void FullContext::remember(int turn, std::string_view reply) {
    m_replies.resize(std::size_t(turn));
    m_replies.back() = std::string(reply);
}

std::int64_t FullContext::expectedReplyChars(int turn) const {
    return std::int64_t(fenced(canonicalText(truthAfter(turn))).size());
}

LogState FullContext::truthAfter(int turns) const {
    LogState state;
    state.count = turns;
    const auto end = m_entries.turns.begin() + turns;
    state.log.assign(std::make_reverse_iterator(end), m_entries.turns.rend());
    return state;
}

} // namespace looptax
