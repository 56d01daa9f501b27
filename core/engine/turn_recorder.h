// Turns a stream into the clock columns of a TurnRecord: keeps stamps, lengths and the text, nothing else, so that it
// costs nothing while tokens arrive.
#pragma once

#include "domain/stream_kind.h"
#include "domain/turn_record.h"
#include "runtime/runtime_client.h"

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace looptax {

// What a screen may show of the turn in flight; written by the worker, read by anybody.
struct LiveTurn {
    std::atomic<std::int64_t> sent_ns{0};
    std::atomic<std::int64_t> deltas{0}; // stream deltas, not tokens
};

class TurnRecorder final : public StreamListener {
public:
    explicit TurnRecorder(LiveTurn* live = nullptr) : m_live(live) {}

    // Called on the thread that reads, after the request was written; and after the first piece of the reply was kept, once.
    void atSent(std::function<void()> call) { m_atSent = std::move(call); }
    void atFirstDelta(std::function<void()> call) { m_atFirstDelta = std::move(call); }

    void onSent(std::int64_t stampNs, std::optional<double> connectMs) override;
    void onHeaders(std::int64_t stampNs) override;
    void onRead(const ReadStamp& stamp) override;
    void onEvent(std::int64_t stampNs) override;
    void onDelta(DeltaKind kind, std::int64_t stampNs, std::string_view text) override;

    // Fills clock, derived and runtime columns. A turn that was not ok keeps its TTFT; its decode rate is absent.
    void finish(const ChatEnd& end, TurnRecord& record) const;

    void setTexts(std::string content, std::string reasoning); // instead of what came
    const std::string& content() const { return m_content; }
    const std::string& reasoning() const { return m_reasoning; }
    std::optional<std::int64_t> sentNs() const { return m_sent; }
    bool sawOutput() const { return m_firstDelta.has_value(); }
    bool sawTool() const { return m_firstTool.has_value(); }

private:
    LiveTurn* m_live;
    std::function<void()> m_atSent, m_atFirstDelta;
    std::optional<std::int64_t> m_sent, m_headers, m_firstEvent, m_firstReasoning, m_firstTool, m_firstContent;
    std::optional<std::int64_t> m_lastContent, m_firstDelta, m_lastDelta;
    std::optional<double> m_connectMs;
    std::int64_t m_reads = 0;
    std::vector<std::int64_t> m_wakeLags; // of the reads that the kernel stamped
    StreamShape m_shape;                  // its counts; stamps and tokens are filled in at the end
    std::string m_content;
    std::string m_reasoning;
};

// load: the runtime loaded the model for this turn, by its own account (load_ms above 1 s) or, where it gives none, because
// it reused nothing and spent more than 1 s outside its prompt time; cold/warm by cached_tokens; unknown where that is
// not reported.
std::string stratumOf(const TurnRecord& record);

} // namespace looptax
