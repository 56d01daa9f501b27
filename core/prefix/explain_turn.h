// Why a turn's prompt was read anew, from what the slot held before and what the server said. Pure: the same
// inputs give the same account. The rule is llama-server's: the longest common token prefix with the slot's
// content (the request before, prompt and generated tokens, the last generated one excepted: it is never
// computed), and at least one token of a prompt is always processed.
#pragma once

#include "domain/message.h"
#include "domain/token.h"
#include "prefix/explanation.h"

#include <optional>
#include <string>

namespace looptax {

// What a request left in the slot.
struct HeldPrompt {
    Messages messages;
    std::string rendered;
    Tokens prompt;
    Tokens generated;        // without the last one
    bool retokenised = true; // the generated ids are those of the text, not the server's own
    std::string by;          // "turn 2 of run 1", "the warm-up"
    bool same_run = false;   // of the turn before in this very conversation
};

// What can be known of a server's memory from outside.
struct MemoryHints {
    int slots = 1;
    bool ram_cache = false;          // prompts of earlier requests may come back from the host's memory
    bool lost_window = false;        // the log, which is of this server alone, speaks of a full re-read for lack of cache data
    bool may_have_restarted = false; // it was away between the two requests
};

struct AskedPrompt {
    Messages messages;
    std::string rendered;
    Tokens tokens;
    bool cache_prompt = true;
    std::optional<std::int64_t> prompt_tokens; // the server's own counts
    std::optional<std::int64_t> cached;
    std::optional<std::int64_t> processed;
};

// held null: nothing is known of the slot, or it was empty. Identity and prompt_proved are the caller's to
// fill in. Tokens without texts: no sections, and `absent` says why where the reason rests on the place of the
// difference; the counts, which rest on ids, are there all the same.
TurnExplanation explainTurn(const AskedPrompt& asked, const HeldPrompt* held, const MemoryHints& hints);

// Tokens both begin with.
std::size_t commonPrefix(const Tokens& a, const Tokens& b);

} // namespace looptax
