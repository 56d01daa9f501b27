#include "prefix/what_if.h"

#include "loop/right_reply.h"
#include "prefix/explain_turn.h"

namespace looptax {

Result<PredictedLoop> predictLoop(std::string_view design, std::shared_ptr<const TaskPack> pack, const LoopSettings& settings,
                                  std::string_view tag, PromptReader& reader, const std::function<bool()>& stop) {
    const auto loop = makeLoopDesign(design, std::move(pack), settings);
    if (!loop) return Error{ErrorKind::Plan, "the design " + std::string(design) + " is not known", {}, {}, 0};
    PredictedLoop out;
    out.design = std::string(design);
    out.n = settings.n;
    const DesignFacts* facts = catalogue().design(design);
    if (facts->takes_cap) out.cap = settings.cap;
    if (facts->takes_padding) out.padding = settings.padding;
    auto state = loop->initialState();
    HeldPrompt held;
    for (int turn = 1; turn <= settings.n; ++turn) {
        if (stop && stop()) return Error{ErrorKind::Cancelled, "stopped", {}, {}, 0};
        AskedPrompt asked;
        asked.messages = loop->messages(turn, tag, state);
        auto rendered = reader.render(asked.messages);
        if (!rendered) return rendered.error();
        asked.rendered = rendered.take();
        auto tokens = reader.prompt(asked.rendered);
        if (!tokens) return tokens.error();
        asked.tokens = tokens.take();
        asked.cache_prompt = turn > 1;
        const TurnExplanation account = explainTurn(asked, turn > 1 ? &held : nullptr, {});
        out.turns.push_back({turn, account.prompt_tokens, account.cached_predicted});

        const std::string reply = rightReply(asked.messages);
        auto generated = reader.text(reply);
        if (!generated) return generated.error();
        const Judgement judgement = checkReply(reply, loop->expectation(turn, state));
        if (const auto next = loop->nextState(turn, judgement)) state = next;
        loop->remember(turn, reply);
        // The reply ends by itself: the last generated token is the stop token, which is not among these.
        held = {std::move(asked.messages), std::move(asked.rendered), std::move(asked.tokens), generated.take(), true, {}, true};
    }
    return out;
}

} // namespace looptax
