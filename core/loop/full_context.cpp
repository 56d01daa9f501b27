// A: the whole conversation is sent each turn. What the model said stays as it said it, right or wrong.
#include "loop/design_entry.h"
#include "loop/entry_series.h"
#include "loop/right_reply.h"

#include <array>

namespace looptax {

namespace {

constexpr std::string_view kPrompt = "full_context";

class FullContext final : public LoopDesign {
public:
    FullContext(std::shared_ptr<const TaskPack> pack, const LoopSettings& settings)
        : m_pack(std::move(pack))
        , m_format(settings.format)
        , m_entries(makeEntries(*m_pack, settings.task_seed, settings.n, 0)) {}

    std::optional<std::string> initialState() const override { return std::nullopt; }

    Messages messages(int turn, std::string_view tag, const std::optional<std::string>&) const override {
        const PromptText& prompt = m_pack->prompts.find(kPrompt)->second;
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

    Expectation expectation(int turn, const std::optional<std::string>&) const override {
        Expectation expected;
        expected.truth = truthAfter(turn);
        expected.format = m_format;
        return expected;
    }

    std::optional<std::string> nextState(int, const Judgement&) const override { return std::nullopt; }

    void remember(int turn, std::string_view reply) override {
        m_replies.resize(std::size_t(turn));
        m_replies.back() = std::string(reply);
    }

    std::int64_t expectedReplyChars(int turn) const override {
        return std::int64_t(fenced(canonicalText(truthAfter(turn))).size());
    }

private:
    LogState truthAfter(int turns) const {
        LogState state;
        state.count = turns;
        const auto end = m_entries.turns.begin() + turns;
        state.log.assign(std::make_reverse_iterator(end), m_entries.turns.rend());
        return state;
    }

    std::shared_ptr<const TaskPack> m_pack;
    ReplyFormat m_format;
    EntrySeries m_entries;
    std::vector<std::string> m_replies;
};

} // namespace

DesignEntry fullContext() {
    return {{"A", "full context", false, false, false}, kPrompt, [](auto pack, const LoopSettings& settings) {
                return std::unique_ptr<LoopDesign>(new FullContext(std::move(pack), settings));
            }};
}

} // namespace looptax
