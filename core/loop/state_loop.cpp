#include "loop/state_loop.h"

#include "loop/right_reply.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace looptax {

StateLoop::StateLoop(std::shared_ptr<const TaskPack> pack, const LoopSettings& settings, const StateRules& rules)
    : m_pack(std::move(pack))
    , m_settings(settings)
    , m_rules(rules)
    , m_entries(makeEntries(*m_pack, settings.task_seed, settings.n, rules.padding)) {}

LogState StateLoop::truthAfter(int turns) const {
    LogState state;
    state.note = m_pack->note;
    state.order = m_rules.order;
    state.count = turns + std::int64_t(m_entries.padding.size());
    const auto held = std::size_t(m_rules.cap ? *m_rules.cap : state.count);
    for (int turn = turns; turn > 0 && state.log.size() < held; --turn)
        state.log.push_back(m_entries.turns.at(std::size_t(turn) - 1));
    for (std::size_t i = 0; i < m_entries.padding.size() && state.log.size() < held; ++i)
        state.log.push_back(m_entries.padding[i]);
    if (m_rules.order == LogOrder::OldestFirst) std::reverse(state.log.begin(), state.log.end());
    return state;
}

std::optional<std::string> StateLoop::initialState() const { return canonicalText(truthAfter(0)); }

Messages StateLoop::messages(int turn, std::string_view tag, const std::optional<std::string>& stateText) const {
    const PromptText& prompt = m_pack->prompts.find(m_rules.prompt)->second;
    const std::string state = stateText.value_or(std::string());
    const std::string entry = canonicalText(m_entries.turns.at(std::size_t(turn) - 1));
    const std::string cap = m_rules.cap ? std::to_string(*m_rules.cap) : std::string();
    const std::array<std::pair<std::string_view, std::string_view>, 5> values{
        {{"tag", tag}, {"note_key", m_pack->note.first}, {"cap", cap}, {"state", state}, {"entry", entry}}};
    return {{"system", filledIn(prompt.system, values)}, {"user", filledIn(prompt.user, values)}};
}

Expectation StateLoop::expectation(int turn, const std::optional<std::string>& stateText) const {
    Expectation expected;
    expected.truth = truthAfter(turn);
    expected.format = m_settings.format;
    const auto fed = readLogState(stateText.value_or(std::string()), m_rules.order);
    if (fed) {
        expected.local = withEntry(*fed, m_entries.turns.at(std::size_t(turn) - 1), m_rules.cap);
        expected.state_diverged = !sameState(*fed, truthAfter(turn - 1));
    } else {
        expected.state_diverged = true;
    }
    return expected;
}

std::optional<std::string> StateLoop::nextState(int turn, const Judgement& judgement) const {
    if (m_settings.on_bad_turn == OnBadTurn::Oracle) return canonicalText(truthAfter(turn));
    if (m_settings.on_bad_turn == OnBadTurn::Stop && !judgement.all_pass) return std::nullopt;
    if (!judgement.state_text || m_rules.order == LogOrder::NewestFirst) return judgement.state_text;
    // The place of `count` is the file's layout, not the model's answer: on top it would undo the whole design.
    Json state = Json::parse(*judgement.state_text, nullptr, false);
    if (!state.is_object() || !state.contains("count")) return judgement.state_text;
    Json count = state["count"];
    state.erase("count");
    state["count"] = std::move(count);
    return canonicalText(state);
}

void StateLoop::remember(int, std::string_view) {}

std::int64_t StateLoop::expectedReplyChars(int turn) const {
    return std::int64_t(fenced(canonicalText(truthAfter(turn))).size());
}

} // namespace looptax
