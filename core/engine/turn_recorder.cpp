#include "engine/turn_recorder.h"

#include "base/text.h"

#include <algorithm>
#include <utility>

namespace looptax {

namespace {

constexpr double kNsPerMs = 1e6;
constexpr double kLoadMs = 1000; // above it the model was loaded, not merely scheduled

// llama-server reports no load. A router that has unloaded the model answers the next request all the same, with a new
// process: nothing is cached, and the time goes by outside what that process calls prompt time.
bool loadedUnsaid(const TurnRecord& record) {
    return !record.load_ms && record.cached_tokens == 0 && record.ttft_ms && record.prompt_ms &&
           *record.ttft_ms - *record.prompt_ms > kLoadMs;
}

void keepFirst(std::optional<std::int64_t>& slot, std::int64_t stamp) {
    if (!slot) slot = stamp;
}

} // namespace

void TurnRecorder::onSent(std::int64_t stampNs, std::optional<double> connectMs) {
    m_sent = stampNs;
    m_connectMs = connectMs;
    if (m_live != nullptr) {
        m_live->deltas = 0;
        m_live->sent_ns = stampNs;
    }
    if (m_atSent) m_atSent();
}

void TurnRecorder::onHeaders(std::int64_t stampNs) { keepFirst(m_headers, stampNs); }
void TurnRecorder::onRead(const ReadStamp& stamp) {
    ++m_reads;
    if (stamp.wake_lag_ns) m_wakeLags.push_back(*stamp.wake_lag_ns);
}
void TurnRecorder::onEvent(std::int64_t stampNs) { keepFirst(m_firstEvent, stampNs); }

void TurnRecorder::onDelta(DeltaKind kind, std::int64_t stampNs, std::string_view text) {
    keepFirst(m_firstDelta, stampNs);
    // All deltas of one read share its stamp, and no two reads have one.
    if (m_lastDelta != stampNs) ++m_shape.delta_reads;
    m_lastDelta = stampNs;
    ++m_shape.deltas;
    if (m_shape.delta_reads == 1) ++m_shape.first_read_deltas;
    m_shape.text_chars += codePoints(text);
    if (m_live != nullptr) m_live->deltas.fetch_add(1, std::memory_order_relaxed);
    switch (kind) {
    case DeltaKind::Content:
        keepFirst(m_firstContent, stampNs);
        m_lastContent = stampNs;
        m_content += text;
        break;
    case DeltaKind::Reasoning:
        keepFirst(m_firstReasoning, stampNs);
        m_reasoning += text;
        break;
    case DeltaKind::Tool: keepFirst(m_firstTool, stampNs); break;
    }
    if (m_atFirstDelta) std::exchange(m_atFirstDelta, nullptr)();
}

void TurnRecorder::setTexts(std::string content, std::string reasoning) {
    m_content = std::move(content);
    m_reasoning = std::move(reasoning);
}

void TurnRecorder::finish(const ChatEnd& end, TurnRecord& record) const {
    record.outcome = end.outcome;
    record.no_done = end.no_done;
    record.prompt_tokens = end.counts.prompt_tokens;
    record.cached_tokens = end.counts.cached_tokens;
    record.processed_tokens = end.counts.processed_tokens;
    record.prompt_ms = end.counts.prompt_ms;
    record.predicted_tokens = end.counts.predicted_tokens;
    record.predicted_ms = end.counts.predicted_ms;
    record.load_ms = end.counts.load_ms;
    record.finish_reason = end.counts.finish_reason;
    record.no_finish_reason = end.no_finish_reason;
    if (end.outcome == Outcome::Ok) record.hit_max_tokens = endsByLength(end.counts.finish_reason);
    record.reply_model = end.model;
    record.reply_fingerprint = end.fingerprint;
    record.counts_disagree = end.counts.disagree;
    record.connect_ms = m_connectMs;
    record.stream_reads = m_reads;
    record.t_sent_ns = m_sent;
    if (!m_sent) return; // nothing was sent: no clock ever started
    const auto since = [&](const std::optional<std::int64_t>& stamp) -> std::optional<std::int64_t> {
        if (!stamp) return std::nullopt;
        return *stamp - *m_sent;
    };
    record.headers_ns = since(m_headers);
    record.first_event_ns = since(m_firstEvent);
    record.first_reasoning_ns = since(m_firstReasoning);
    record.first_tool_ns = since(m_firstTool);
    record.first_content_ns = since(m_firstContent);
    record.last_content_ns = since(m_lastContent);
    record.end_ns = end.end_ns - *m_sent;
    record.write_done_ns = since(end.write_done_ns);
    if (m_reads > 0)
        record.stamp_source = m_wakeLags.empty() ? "user" : std::int64_t(m_wakeLags.size()) == m_reads ? "kernel" : "mixed";
    if (!m_wakeLags.empty()) {
        std::vector<std::int64_t> lags = m_wakeLags;
        std::sort(lags.begin(), lags.end());
        const std::size_t half = lags.size() / 2;
        record.wake_lag_ns = lags.size() % 2 == 1 ? lags[half] : (lags[half - 1] + lags[half]) / 2;
        record.wake_lag_max_ns = lags.back();
    }
    if (m_firstDelta) record.first_delta_shared = m_shape.first_read_deltas > 1;
    record.delta_count = m_shape.deltas;
    record.delta_reads = m_shape.delta_reads;
    record.first_read_deltas = m_shape.first_read_deltas;
    if (end.outcome == Outcome::Ok) {
        StreamShape shape = m_shape;
        shape.generated = record.predicted_tokens;
        shape.sent_ns = *m_sent;
        shape.first_ns = m_firstDelta.value_or(0);
        shape.last_ns = m_lastDelta.value_or(0);
        shape.end_ns = end.end_ns;
        shape.generation_ms = record.predicted_ms;
        shape.wake_lag_ns = record.wake_lag_max_ns.value_or(0);
        record.stream = streamKind(shape);
        if (shape.generated && record.stream.empty() && shape.deltas > 0)
            record.counts_disagree += (record.counts_disagree.empty() ? "" : "; ") + std::to_string(*shape.generated) +
                                      " generated tokens are not those of the " + std::to_string(shape.deltas) +
                                      " pieces of text that came";
        record.decode_tps = decodeRate(shape);
        const std::int64_t n = record.predicted_tokens.value_or(0);
        if (n > 1 && record.predicted_ms && *record.predicted_ms > 0)
            record.decode_tps_runtime = double(n - 1) / (*record.predicted_ms / 1e3);
    }
    // When a reply that was held back arrives says nothing of its first token.
    if (record.stream != kBufferedStream) {
        if (m_firstDelta) record.ttft_ms = double(*m_firstDelta - *m_sent) / kNsPerMs;
        if (m_firstContent) record.ttft_content_ms = double(*m_firstContent - *m_sent) / kNsPerMs;
    }
    record.stratum = stratumOf(record);
}

std::string stratumOf(const TurnRecord& record) {
    if (record.load_ms && *record.load_ms > kLoadMs) return "load";
    if (!record.cached_tokens) return "unknown";
    if (loadedUnsaid(record)) return "load";
    return *record.cached_tokens == 0 ? "cold" : "warm";
}

} // namespace looptax
