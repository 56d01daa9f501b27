#include "app/turn_lines.h"

#include "app/plan_size.h"
#include "app/terminal.h"
#include "base/text.h"
#include "base/words.h"
#include "domain/stream_kind.h"

#include <algorithm>

namespace looptax {

namespace {

constexpr int kCellColumns = 34;
constexpr int kLeastCellColumns = 16; // on a narrower terminal the line goes on in the next row
constexpr int kOtherColumns = 59;     // numbers and the word "flags"
constexpr int kReasonColumns = 120;
constexpr int kLeastReasonColumns = 40;

// A number too wide for its column moves the rest of the line; it never touches the number before.
std::string right(std::string text, std::size_t width) {
    return std::string(text.size() >= width ? 1 : width - text.size(), ' ') + text;
}

std::string left(std::string text, std::size_t width) {
    return text.size() >= width ? text : text + std::string(width - text.size(), ' ');
}

std::string cellText(const std::string& cell, int columns) {
    const int width = columns == 0 ? kCellColumns : std::clamp(columns - kOtherColumns, kLeastCellColumns, kCellColumns);
    return left(columns == 0 ? cell : fitted(cell, width), std::size_t(width));
}

std::string numberOr(const std::optional<std::int64_t>& value) { return value ? std::to_string(*value) : "-"; }

std::string tenthsOr(const std::optional<double>& value) { return value ? fixedText(*value, *value < 1e5 ? 1 : 0) : "-"; }

std::string oneLine(const std::string& text) {
    std::string out = stripControls(text);
    for (char& c : out)
        if (c == '\n' || c == '\t') c = ' ';
    return out;
}

std::string flags(const TurnRecord& record) {
    if (record.prompt_truncated.value_or(false)) return "prompt truncated";
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

std::string turnTableHead(int columns) {
    return cellText("cell", columns) + right("rep", 4) + right("turn", 6) + right("ctx est", 9) + right("cached", 8) +
           right("proc", 7) + right("TTFT ms", 10) + right("tok/s", 8) + "  flags";
}

std::string turnLine(const TurnRecord& record, int columns) {
    std::string out = cellText(record.cell, columns) + right(std::to_string(record.repeat), 4) +
                      right(std::to_string(record.turn) + "/" + std::to_string(record.n), 6) +
                      right(std::to_string(record.context_tokens_estimate), 9) + right(numberOr(record.cached_tokens), 8) +
                      right(numberOr(record.processed_tokens), 7) + right(tenthsOr(record.ttft_ms), 10) +
                      right(tenthsOr(record.decode_tps), 8) + "  " + flags(record);
    if (!record.fail_reason.empty()) {
        out += ": ";
        out += fitted(oneLine(record.fail_reason),
                      columns == 0 ? kReasonColumns : std::max(kLeastReasonColumns, columns - displayWidth(out)));
    }
    if (record.stream == kChunkedStream || record.stream == kBufferedStream) out += " (" + record.stream + ")";
    if (record.carry_over) out += " (carry-over)";
    if (record.cache_mode_broken.value_or(false))
        out += std::string(" (cache mode broken: ") + std::string(name(record.cache_mode)) + ")";
    if (record.disturbed.value_or(false)) out += " (disturbed: " + stripControls(record.disturbed_by) + ")";
    if (!record.counts_disagree.empty()) out += " (counts disagree: " + stripControls(record.counts_disagree) + ")";
    return out;
}

std::string progressLine(const SweepProgress& progress) {
    std::string out =
        std::to_string(progress.turns_done) + " of " + std::to_string(progress.turns_done + progress.turns_left) + " turns";
    if (progress.seconds_left && progress.seconds_high)
        out += ", roughly " + durationText(*progress.seconds_left) + " to " + durationText(*progress.seconds_high) + " left";
    else if (progress.seconds_left) out += ", about " + durationText(*progress.seconds_left) + " left";
    return out + ": " + oneLine(progress.text);
}

} // namespace looptax
