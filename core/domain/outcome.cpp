#include "domain/outcome.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace looptax {

namespace {

constexpr std::array<std::pair<Outcome, std::string_view>, 14> kOutcomes{{
    {Outcome::Ok, "ok"},
    {Outcome::HttpError, "http_error"},
    {Outcome::ServerErrorMidstream, "server_error_midstream"},
    {Outcome::Cut, "cut"},
    {Outcome::TimeoutConnect, "timeout_connect"},
    {Outcome::TimeoutFirst, "timeout_first"},
    {Outcome::TimeoutIdle, "timeout_idle"},
    {Outcome::TimeoutTotal, "timeout_total"},
    {Outcome::Limit, "limit"},
    {Outcome::Protocol, "protocol"},
    {Outcome::Overflow, "overflow"},
    {Outcome::Cancelled, "cancelled"},
    {Outcome::Suspended, "suspended"},
    {Outcome::Internal, "internal"},
}};

constexpr std::array<std::pair<RunOutcome, std::string_view>, 5> kRunOutcomes{{
    {RunOutcome::Complete, "complete"},
    {RunOutcome::Failed, "failed"},
    {RunOutcome::Stopped, "stopped"},
    {RunOutcome::Interrupted, "interrupted"},
    {RunOutcome::Cancelled, "cancelled"},
}};

template <class Table, class Value> std::string_view nameIn(const Table& table, Value value) {
    for (const auto& [key, text] : table)
        if (key == value) return text;
    return {};
}

template <class Value, class Table> std::optional<Value> valueIn(const Table& table, std::string_view wanted) {
    for (const auto& [key, text] : table)
        if (text == wanted) return key;
    return std::nullopt;
}

} // namespace

bool endsByModel(std::string_view finishReason) {
    constexpr std::array<std::string_view, 8> kEndings{"stop",          "eos",        "eos_token",     "end_turn",
                                                       "stop_sequence", "tool_calls", "function_call", "length"};
    return std::find(kEndings.begin(), kEndings.end(), lowered(finishReason)) != kEndings.end();
}

bool endsByLength(std::string_view finishReason) { return lowered(finishReason) == "length"; }

std::string_view name(Outcome outcome) { return nameIn(kOutcomes, outcome); }
std::optional<Outcome> outcomeFromName(std::string_view text) { return valueIn<Outcome>(kOutcomes, text); }
std::string_view name(RunOutcome outcome) { return nameIn(kRunOutcomes, outcome); }
std::optional<RunOutcome> runOutcomeFromName(std::string_view text) { return valueIn<RunOutcome>(kRunOutcomes, text); }

} // namespace looptax
