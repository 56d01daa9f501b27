#include "ui/turns/number_rows.h"

#include "ui/style/numbers.h"
#include "ui/turns/machine_text.h"
#include "ui/turns/stream_text.h"

namespace looptax {

namespace {

QString orAbsent(const QString& text) { return text.isEmpty() ? notReported() : text; }

QString withUnit(const QString& number, const char* unit) {
    return number.isEmpty() ? number : number + QLatin1Char(' ') + QLatin1String(unit);
}

} // namespace

std::vector<NumberRow> numberRows(const TurnRecord& r) {
    const auto ms = [](const std::optional<double>& value) { return withUnit(msText(value), "ms"); };
    const auto ns = [&](const std::optional<std::int64_t>& value) { return ms(msOf(value)); };
    const auto tokens = [](const std::optional<std::int64_t>& value) { return orAbsent(countText(value)); };
    std::vector<NumberRow> rows;
    const auto add = [&](const char* what, const QString& ours, const QString& theirs, const char* meaning) {
        rows.push_back({QString::fromUtf8(what), ours, theirs, QString::fromUtf8(meaning)});
    };
    add("Prompt", QStringLiteral("%1 (estimate)").arg(r.context_tokens_estimate), tokens(r.prompt_tokens),
        "tokens; ours is characters / 4");
    add("  cached", {}, tokens(r.cached_tokens), "prompt tokens that were reused");
    add("  processed", {}, tokens(r.processed_tokens), "prompt tokens that were read anew");
    const QString remark = ttftRemark(r);
    const QString noRate = noDecodeText(r);
    const auto dashIf = [](const QString& why, const QString& number) {
        return number.isEmpty() && !why.isEmpty() ? QStringLiteral("–") : number;
    };
    const auto because = [&](const QString& why) {
        if (!why.isEmpty()) rows.back().meaning += QStringLiteral(". ") + why;
    };
    add("To the first token", dashIf(remark, ms(r.ttft_ms)), orAbsent(ms(r.prompt_ms)),
        "ours: TTFT, from just before the request is written; theirs: prefill alone");
    because(remark);
    if (r.ttft_content_ms != r.ttft_ms) add("  to the first content", ms(r.ttft_content_ms), {}, "reasoning not counted");
    add("Reply", r.reply_chars ? QStringLiteral("%1 characters").arg(*r.reply_chars) : QString(), tokens(r.predicted_tokens),
        "theirs in tokens");
    add("Decode", dashIf(noRate, withUnit(rateText(r.decode_tps), "tok/s")),
        orAbsent(withUnit(rateText(r.decode_tps_runtime), "tok/s")),
        "ours: tokens after the first read / time from the first delta to the last; theirs: (tokens - 1) / their own time");
    because(noRate);
    if (!r.stream.empty())
        add("Stream", streamText(r), {}, "how the tokens came; our clock sees a decode rate only token by token");
    if (r.delta_count) {
        QString chunks = countText(r.delta_count);
        if (r.delta_reads)
            chunks += (*r.delta_reads == 1 ? QStringLiteral(" in %1 read") : QStringLiteral(" in %1 reads")).arg(*r.delta_reads);
        add("Chunks", chunks, {}, "pieces of text, thoughts or tool calls, and the socket reads that carried them");
    }
    add("Decode time", {}, orAbsent(ms(r.predicted_ms)), "");
    if (r.load_ms) add("Model load", {}, ms(r.load_ms), "the runtime had to load the model for this turn");
    add("Headers", ns(r.headers_ns), {}, "after the request");
    add("First event", ns(r.first_event_ns), {}, "after the request; may carry no output");
    add("First content", ns(r.first_content_ns), {}, "after the request");
    add("Last content", ns(r.last_content_ns), {}, "after the request");
    add("End of the answer", ns(r.end_ns), {}, "after the request");
    add("Reads", countText(r.stream_reads), {}, "socket reads that carried output: one stamp each");
    if (const QString stamps = stampsText(r); !stamps.isEmpty()) {
        add("Stamps", stamps, {},
            "who stamped the reads: the kernel when the bytes arrived, or this program when it woke up to read them, and how "
            "much later that "
            "was, median and largest");
        because(starvedText(r));
    }
    if (r.write_done_ns) add("Request written", ns(r.write_done_ns), {}, "after t_sent: the kernel had taken the whole request");
    if (r.connect_ms) add("Connecting", ms(r.connect_ms), {}, "before the request, never part of TTFT");
    add("Ready to sent", ns(r.send_lag_ns), {}, "our own delay");
    if (r.gap_before_ns) add("Gap before", ns(r.gap_before_ns), {}, "since the run's previous turn ended");
    if (r.retry_wait_ms) add("Waited", ms(r.retry_wait_ms), {}, "the runtime was busy; outside the timed window");
    if (r.state_file_bytes) add("State file", QStringLiteral("%1 bytes").arg(*r.state_file_bytes), {}, "fed into this turn");
    if (r.state_replace_ms) add("Replacing it", ms(r.state_replace_ms), {}, "before this turn, never part of TTFT");
    const auto host = [&](const char* what, const QString& value, const char* meaning) {
        if (!value.isEmpty()) add(what, value, {}, meaning);
    };
    host("Other programs", ms(r.host_other_cpu_ms),
         "processor time, during the turn, of what is neither this program nor the runtime");
    host("Hypervisor", ms(r.host_steal_ms), "processor time that it gave to others");
    host("Swapped", r.host_swap_bytes ? QStringLiteral("%1 bytes").arg(*r.host_swap_bytes) : QString(),
         "in and out, during the turn");
    host("Held back by quota", ms(msOf(r.host_throttled_us ? std::optional(*r.host_throttled_us * 1000) : std::nullopt)),
         "this program's cgroup");
    host("Slowed by heat", r.host_thermal_events ? QStringLiteral("%1 times").arg(*r.host_thermal_events) : QString(),
         "of any core");
    host("Waiting tasks", ms(r.host_psi_cpu_ms),
         "some task waited for a processor; the runtime's own threads count, so it decides nothing");
    if (r.disturbed)
        add("Disturbed", *r.disturbed ? QStringLiteral("yes: ") + disturbedText(r) : QStringLiteral("no"), {},
            "did something else use the machine during the turn?");
    add("Budget", QStringLiteral("%1 tokens").arg(r.max_tokens), orAbsent(QString::fromStdString(r.finish_reason)),
        "max_tokens; theirs: why the reply ended");
    return rows;
}

} // namespace looptax
