#include "ui/turns/turn_columns.h"

#include "analysis/disturbed.h"
#include "base/text.h"
#include "ui/style/numbers.h"
#include "ui/style/text.h"
#include "ui/turns/machine_text.h"
#include "ui/turns/stream_text.h"

#include <QStringList>

#include <array>

namespace looptax {

namespace {

constexpr std::array<TurnColumnInfo, std::size_t(kTurnColumns)> kColumns{{
    {"Target", "the runtime and model", true, false, 80},
    {"Design", "loop design, with its cap or padding", true, false, 62},
    {"N", "turns of the whole conversation", true, true, 36},
    {"Rep", "repeat, from 1", true, true, 40},
    {"Turn", "turn of the conversation, from 1", true, true, 42},
    {"Ctx est", "characters of the prompt / 4: an estimate, comparable with the published study", true, true, 62},
    {"Prompt", "prompt tokens, counted by the runtime", true, true, 60},
    {"Cached", "prompt tokens the runtime reused; empty where it does not say", true, true, 60},
    {"Processed", "prompt tokens the runtime read anew; empty where it does not say", true, true, 76},
    {"TTFT ms",
     "from just before the request is written to the first output, milliseconds; – where the reply was held back and sent "
     "at once",
     true, true, 68},
    {"Tok/s", "tokens after the first read / (last - first delta), on our clock; – where not every token came by itself", true,
     true, 54},
    {"Stream",
     "token: every token came by itself; chunked: several came together, so TTFT is that of the first chunk and there is no "
     "decode rate; buffered: the reply was held back, so there is no TTFT either. Empty: the runtime does not count tokens, "
     "the turn failed, or the session is older than this column",
     true, false, 62},
    {"State B", "bytes of the state file fed into the turn", true, true, 62},
    {"Checks",
     "valid JSON, schema, count, entries complete, in the order asked for; ⚠ cache mode: the runtime reused what it "
     "should not have, or did not keep what it should, so its times are left out; ⚠ counts: what it says of its tokens "
     "contradicts itself; ⚠ prompt truncated: the runtime dropped a part of the prompt; ⚠ disturbed: something else used the "
     "machine during the turn; ⚠ client starved: this program itself waited for a processor",
     true, false, 190},
    {"Outcome", "how the request ended; a wrong answer is no failure", true, false, 70},
    {"Why", "what is wrong with the reply, or why the turn failed", true, false, 260},
    {"Run ended", "complete, failed, stopped, interrupted or cancelled; empty while it goes on", false, false, 84},
    {"Cache mode", "run-isolated, natural or cold", false, false, 92},
    {"Stratum", "load, cold, warm, or unknown where no cached count is reported", false, false, 70},
    {"Carry-over", "turn 1 of a natural run: depends on what ran before, left out of medians", false, false, 80},
    {"Cache held", "yes or no: did the cached tokens show what the cache mode promises; empty where nobody can tell", false,
     false, 76},
    {"Prefill ms", "prompt_ms: the runtime's own prefill time", false, true, 72},
    {"Predicted", "tokens of the reply, counted by the runtime", false, true, 70},
    {"Tok/s rt", "the runtime's own decode rate", false, true, 66},
    {"Finish", "finish reason", false, false, 64},
    {"Gap ms", "from the end of the run's previous turn to this request", false, true, 62},
    {"Replace ms", "how long replacing the state file took; never part of TTFT", false, true, 78},
    {"Run", "position in the schedule", false, true, 44},
    {"Attempt", "of this run; a run that was cut short is made again as a whole", false, true, 60},
    {"Time", "wall clock, UTC: a label", false, false, 170},
}};

QString dash() { return QStringLiteral("–"); }

template <class T> QVariant variant(const std::optional<T>& value) {
    if (!value) return {};
    if constexpr (std::is_same_v<T, std::int64_t>) return QVariant::fromValue<qlonglong>(*value);
    else return QVariant::fromValue(*value);
}

QStringList failing(const TurnRecord& r) {
    QStringList out;
    if (hitMaxTokens(r)) out << QStringLiteral("max_tokens"); // first: it explains the others
    const auto add = [&](const std::optional<bool>& flag, const char* word) {
        if (flag && !*flag) out << QLatin1String(word);
    };
    add(r.valid_json, "JSON");
    add(r.schema_ok, "schema");
    add(r.count_match, "count");
    add(r.entries_complete, "entries");
    add(r.sort_correct, "sort");
    return out;
}

} // namespace

const TurnColumnInfo& columnInfo(TurnColumn column) { return kColumns[std::size_t(column)]; }

QString designText(const std::string& design, const std::optional<int>& cap, const std::optional<int>& padding) {
    QString out = text(design);
    if (cap) out += QStringLiteral(" k%1").arg(*cap);
    if (padding) out += QStringLiteral(" p%1").arg(*padding);
    return out;
}

bool passed(const TurnRecord& r) { return r.outcome == Outcome::Ok && r.all_pass.value_or(false); }

bool doubtful(const TurnRecord& r) {
    return r.cache_mode_broken.value_or(false) || !r.counts_disagree.empty() || wasDisturbed(r) || clientStarved(r);
}

QString flagsText(const TurnRecord& r) {
    QString out = dash();
    if (r.outcome == Outcome::Ok)
        out = r.all_pass.value_or(false) ? QStringLiteral("✓ all") : QStringLiteral("✗ ") + failing(r).join(QStringLiteral(", "));
    if (r.cache_mode_broken.value_or(false)) out += QStringLiteral(" · ⚠ cache mode");
    if (!r.counts_disagree.empty()) out += QStringLiteral(" · ⚠ counts");
    if (r.prompt_truncated.value_or(false)) out += QStringLiteral(" · ⚠ prompt truncated");
    if (wasDisturbed(r)) out += QStringLiteral(" · ⚠ disturbed");
    if (clientStarved(r)) out += QStringLiteral(" · ⚠ client starved");
    if (r.reasoning_in_content.value_or(false)) out += QStringLiteral(" · thoughts in the reply");
    return out;
}

QVariant cellValue(const TurnRecord& r, TurnColumn column) {
    switch (column) {
    case TurnColumn::Target: return text(r.target);
    case TurnColumn::Design:
        return QStringLiteral("%1 %2 %3").arg(text(r.design)).arg(r.cap.value_or(0), 6).arg(r.padding.value_or(0), 6);
    case TurnColumn::Length: return r.n;
    case TurnColumn::Repeat: return r.repeat;
    case TurnColumn::Turn: return r.turn;
    case TurnColumn::ContextEstimate: return QVariant::fromValue<qlonglong>(r.context_tokens_estimate);
    case TurnColumn::PromptTokens: return variant(r.prompt_tokens);
    case TurnColumn::Cached: return variant(r.cached_tokens);
    case TurnColumn::Processed: return variant(r.processed_tokens);
    case TurnColumn::Ttft: return variant(r.ttft_ms);
    case TurnColumn::Decode: return variant(r.decode_tps);
    case TurnColumn::Stream: return text(r.stream);
    case TurnColumn::StateBytes: return variant(r.state_file_bytes);
    case TurnColumn::Flags: return passed(r) ? 0 : r.outcome != Outcome::Ok ? 100 : int(failing(r).size());
    case TurnColumn::Outcome: return QString::fromUtf8(name(r.outcome).data(), qsizetype(name(r.outcome).size()));
    case TurnColumn::FailReason: return text(r.fail_reason);
    case TurnColumn::RunOutcome: return text(r.run_outcome);
    case TurnColumn::CacheMode: return QString::fromUtf8(name(r.cache_mode).data(), qsizetype(name(r.cache_mode).size()));
    case TurnColumn::Stratum: return text(r.stratum);
    case TurnColumn::CarryOver: return r.carry_over;
    case TurnColumn::CacheHeld: return r.cache_mode_broken ? QVariant(!*r.cache_mode_broken) : QVariant();
    case TurnColumn::PromptMs: return variant(r.prompt_ms);
    case TurnColumn::PredictedTokens: return variant(r.predicted_tokens);
    case TurnColumn::DecodeRuntime: return variant(r.decode_tps_runtime);
    case TurnColumn::FinishReason: return text(r.finish_reason);
    case TurnColumn::Gap: return variant(msOf(r.gap_before_ns));
    case TurnColumn::StateReplace: return variant(r.state_replace_ms);
    case TurnColumn::Run: return r.run;
    case TurnColumn::Attempt: return r.run_attempt;
    case TurnColumn::Wall: return text(r.t_wall);
    case TurnColumn::Count: break;
    }
    return {};
}

QString cellText(const TurnRecord& r, TurnColumn column) {
    switch (column) {
    case TurnColumn::Design: return designText(r.design, r.cap, r.padding);
    case TurnColumn::Ttft: return !r.ttft_ms && !ttftRemark(r).isEmpty() ? dash() : msText(r.ttft_ms);
    case TurnColumn::Decode: return !noDecodeText(r).isEmpty() ? dash() : rateText(r.decode_tps);
    case TurnColumn::Flags: return flagsText(r);
    case TurnColumn::CarryOver: return r.carry_over ? QStringLiteral("yes") : QString();
    case TurnColumn::CacheHeld:
        return !r.cache_mode_broken ? QString() : *r.cache_mode_broken ? QStringLiteral("no") : QStringLiteral("yes");
    case TurnColumn::PromptMs: return msText(r.prompt_ms);
    case TurnColumn::DecodeRuntime: return rateText(r.decode_tps_runtime);
    case TurnColumn::Gap: return msText(msOf(r.gap_before_ns));
    case TurnColumn::StateReplace: return msText(r.state_replace_ms);
    case TurnColumn::FailReason: return text(std::string(firstBytes(r.fail_reason, 300))).simplified();
    default: return cellValue(r, column).toString();
    }
}

QString cellTip(const TurnRecord& r, TurnColumn column) {
    switch (column) {
    case TurnColumn::Ttft: return ttftRemark(r);
    case TurnColumn::Decode: return noDecodeText(r);
    case TurnColumn::Stream: return streamText(r);
    case TurnColumn::Flags: {
        QStringList lines;
        if (wasDisturbed(r)) lines << QStringLiteral("Disturbed: ") + disturbedText(r);
        if (const QString starved = starvedText(r); !starved.isEmpty()) lines << QStringLiteral("Client starved: ") + starved;
        return lines.join(QLatin1Char('\n'));
    }
    case TurnColumn::FailReason: return text(std::string(firstBytes(r.fail_reason, 2'000)));
    default: return {};
    }
}

QString cellSpoken(const TurnRecord& r, TurnColumn column) {
    const bool timed = column == TurnColumn::Ttft || column == TurnColumn::Decode;
    if (timed && cellText(r, column) == dash()) return cellTip(r, column);
    if (column != TurnColumn::Flags) return {};
    QString out = r.outcome != Outcome::Ok     ? QStringLiteral("not judged: the turn failed")
                  : r.all_pass.value_or(false) ? QStringLiteral("all checks passed")
                                               : QStringLiteral("failed: ") + failing(r).join(QStringLiteral(", "));
    if (r.cache_mode_broken.value_or(false)) out += QStringLiteral("; its cache mode did not hold");
    if (!r.counts_disagree.empty()) out += QStringLiteral("; its counts contradict each other");
    if (r.prompt_truncated.value_or(false)) out += QStringLiteral("; the runtime dropped a part of its prompt");
    if (wasDisturbed(r)) out += QStringLiteral("; it was disturbed: ") + disturbedText(r);
    if (const QString starved = starvedText(r); !starved.isEmpty()) out += QStringLiteral("; ") + starved;
    if (r.reasoning_in_content.value_or(false)) out += QStringLiteral("; thoughts stood in its reply and were not judged");
    return out;
}

} // namespace looptax
