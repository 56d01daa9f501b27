// Records of replies that came in the ways a stream can come, and of a prompt that a runtime cut: each as the engine
// would have written it.
#pragma once

#include "domain/stream_kind.h"
#include "support/session_builder.h"

namespace looptax {

inline void asTokenStream(TurnRecord& r) {
    r.stream = std::string(kTokenStream);
    r.delta_count = r.delta_reads = r.predicted_tokens;
    r.first_read_deltas = 1;
}

// Four tokens a chunk.
inline void asChunkedStream(TurnRecord& r) {
    r.stream = std::string(kChunkedStream);
    r.predicted_tokens = 12;
    r.decode_tps_runtime = 11;
    r.delta_count = r.delta_reads = 3;
    r.first_read_deltas = 1;
    r.decode_tps.reset();
}

// Held back until the runtime was done: the first delta comes when everything does.
inline void asBufferedStream(TurnRecord& r) {
    r.stream = std::string(kBufferedStream);
    r.predicted_tokens = 40;
    r.decode_tps_runtime = 39;
    r.delta_count = r.first_read_deltas = 5;
    r.delta_reads = 1;
    const std::int64_t held = r.first_content_ns.value_or(0) + 1'000'000'000;
    r.first_content_ns = r.last_content_ns = held;
    r.end_ns = held + 1'000'000;
    r.ttft_ms.reset();
    r.ttft_content_ms.reset();
    r.decode_tps.reset();
}

// The runtime dropped most of the prompt and answered to the rest.
inline void withTruncatedPrompt(TurnRecord& r) {
    SessionBuilder::fail(
        r, Outcome::Overflow,
        "the runtime counts 64 tokens in a prompt that needs about 450: it dropped the rest without a word; give it "
        "a larger context");
    r.stream.clear(); // of turns that are ok
    r.prompt_tokens = 64;
    r.prompt_truncated = true;
}

} // namespace looptax
