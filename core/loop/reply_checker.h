// Judges a reply against what the turn should have produced. Never throws, whatever comes.
// Decided here, where the study is silent: a byte order mark makes JSON invalid; `count` 4.0 is 4, "4" is
// not; equal dates are in order; a date that is not ISO cannot be; a flag that cannot be judged is false; of
// keys that come twice the last one counts. `content_exact` and the note are not part of all_pass. A reply that reached
// max_tokens does not pass, whatever it says: the study counts a reply that was cut off as failed.
#pragma once

#include "domain/plan.h"
#include "loop/research_log.h"

#include <optional>
#include <string>
#include <string_view>

namespace looptax {

enum class Fence { None, One, Many, Unclosed };
std::string_view name(Fence fence);

struct Judgement {
    bool valid_json = false;
    bool schema_ok = false;
    bool count_match = false;
    bool entries_complete = false;
    bool sort_correct = false;
    bool all_pass = false;
    bool all_pass_local = false;
    bool state_diverged = false;
    bool content_exact = false;
    bool duplicate_keys = false;
    bool invalid_utf8 = false;
    bool reasoning_in_content = false; // thoughts stood in the reply; what follows them was judged
    Fence fence = Fence::None;
    std::string fail_reason; // empty when all_pass
    // The reply as a state, in canonical text, when it is valid_json and schema_ok: what `carry` writes.
    std::optional<std::string> state_text;
};

struct Expectation {
    LogState truth;                // the right log after this turn: cumulative count, held entries, in the order asked for
    std::optional<LogState> local; // the state that was fed in + the entry; absent where the design keeps no state
    bool state_diverged = false;
    ReplyFormat format = ReplyFormat::Prompt;
    bool hit_max_tokens = false; // the reply was cut off by max_tokens
    // False: thoughts in the content are judged with the rest, as they were in sessions that have no reasoning_in_content.
    bool thoughts_apart = true;
};

Judgement checkReply(std::string_view reply, const Expectation& expected);

} // namespace looptax
