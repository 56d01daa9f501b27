#include "app/turn_lines.h"

#include "app/plan_size.h"
#include "base/text.h"

namespace looptax {

namespace {

std::string right(std::string text, std::size_t width) {
    return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}

std::string left(std::string text, std::size_t width) {
    return text.size() >= width ? text : text + std::string(width - text.size(), ' ');
}

std::string numberOr(const std::optional<std::int64_t>& value) { return value ? std::to_string(*value) : "-"; }

std::string flags(const TurnRecord& record) {
    if (record.outcome != Outcome::Ok) return std::string(name(record.outcome));
    if (record.all_pass.value_or(false)) return "pass";
    std::string out;
    const auto add = [&](const std::optional<bool>& flag, const char* label) {
        if (flag && !*flag) out += std::string(out.empty() ? "" : ",") + label;
    };
    add(record.valid_json, "json");
    add(record.schema_ok, "schema");
    add(record.count_match, "count");
    add(record.entries_complete, "entries");
    add(record.sort_correct, "sort");
    if (hitMaxTokens(record)) add(false, "max_tokens");
    return "FAIL " + out;
}

} // namespace

std::string turnTableHead() {
    return left("cell", 34) + right("rep", 4) + right("turn", 6) + right("ctx est", 9) + right("cached", 8) +
           right("proc", 7) + right("TTFT ms", 10) + right("tok/s", 8) + "  flags";
}

std::string turnLine(const TurnRecord& record) {
    std::string out = left(record.cell, 34) + right(std::to_string(record.repeat), 4) +
                      right(std::to_string(record.turn) + "/" + std::to_string(record.n), 6) +
                      right(std::to_string(record.context_tokens_estimate), 9) + right(numberOr(record.cached_tokens), 8) +
                      right(numberOr(record.processed_tokens), 7) +
                      right(record.ttft_ms ? fixedText(*record.ttft_ms, 1) : "-", 10) +
                      right(record.decode_tps ? fixedText(*record.decode_tps, 1) : "-", 8) + "  " + flags(record);
    if (!record.fail_reason.empty()) {
        std::string reason = stripControls(record.fail_reason);
        for (char& c : reason)
            if (c == '\n' || c == '\t') c = ' ';
        out += ": " + reason.substr(0, 120);
    }
    if (record.carry_over) out += " (carry-over)";
    if (record.cache_mode_broken.value_or(false))
        out += std::string(" (cache mode broken: ") + std::string(name(record.cache_mode)) + ")";
    if (!record.counts_disagree.empty()) out += " (counts disagree: " + stripControls(record.counts_disagree) + ")";
    return out;
}

std::string progressLine(const SweepProgress& progress) {
    std::string out = std::to_string(progress.turns_done) + " of " +
                      std::to_string(progress.turns_done + progress.turns_left) + " turns";
    if (progress.seconds_left && progress.seconds_high)
        out += ", roughly " + durationText(*progress.seconds_left) + " to " + durationText(*progress.seconds_high) + " left";
    else if (progress.seconds_left)
        out += ", about " + durationText(*progress.seconds_left) + " left";
    return out + ": " + stripControls(progress.text);
}

} // namespace looptax
