#include "replay/run_replay.h"

#include "base/hash.h"

namespace looptax {

RunReplay::RunReplay(const TurnRecord& record, const Plan& plan, std::shared_ptr<const TaskPack> pack) {
    LoopSettings settings;
    settings.n = record.n;
    settings.cap = record.cap;
    settings.padding = record.padding;
    settings.format = plan.reply.format;
    settings.on_bad_turn = plan.on_bad_turn;
    settings.task_seed = plan.task.seed;
    m_design = makeLoopDesign(record.design, std::move(pack), settings);
    if (m_design) m_state = m_design->initialState();
}

Messages RunReplay::prompt(int turn, std::string_view tag) const { return m_design->messages(turn, tag, m_state); }

Expectation RunReplay::expectation(int turn) const { return m_design->expectation(turn, m_state); }

void RunReplay::answered(int turn, std::string_view reply, const std::optional<std::string>& state) {
    if (!m_design) return;
    m_design->remember(turn, reply);
    if (state) m_state = state;
}

bool isPromptOf(const Messages& messages, std::string_view promptSha256) {
    return promptSha256 == sha256Hex(promptText(messages));
}

} // namespace looptax
