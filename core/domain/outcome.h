// How a turn and a run ended. A wrong answer is a result, not a failure: its outcome is ok.
#pragma once

#include <optional>
#include <string_view>

namespace looptax {

enum class Outcome {
    Ok,
    HttpError,
    ServerErrorMidstream,
    Cut, // the stream ended without its terminator
    TimeoutConnect,
    TimeoutFirst, // nothing readable came after the send
    TimeoutIdle,  // output began, then stopped
    TimeoutTotal,
    Limit,    // line, event, response or header larger than we accept
    Protocol, // not HTTP, not the promised encoding, not JSON
    Overflow, // the prompt did not fit the context
    Cancelled,
    Suspended, // the machine slept, or the program was stopped, during the turn
    Internal
};

enum class RunOutcome { Complete, Failed, Stopped, Interrupted, Cancelled };

// Why a model stopped, by its server's word: stop, eos, eos_token, end_turn, stop_sequence, tool_calls, function_call,
// length, in any case of letters. Any other word says that the server gave up (abort, error, content_filter, unload, ...).
bool endsByModel(std::string_view finishReason);
bool endsByLength(std::string_view finishReason); // of those, the one that max_tokens makes

std::string_view name(Outcome outcome); // as in turns.csv: "timeout_first"
std::optional<Outcome> outcomeFromName(std::string_view text);
std::string_view name(RunOutcome outcome); // "interrupted"
std::optional<RunOutcome> runOutcomeFromName(std::string_view text);

} // namespace looptax
