// What the pieces of a reply tell about time. A piece is not a token: speculative decoding and stream intervals put several
// into one, and a proxy may hold all of them back and hand them over at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace looptax {

// As in the column `stream`; empty where the runtime does not count the tokens, or not those of this stream.
//   token     every token came by itself: the client's clock sees the decode rate
//   chunked   several came together: TTFT is that of the first chunk, and there is no decode rate
//   buffered  the reply was held back: the client's clock sees neither
inline constexpr std::string_view kTokenStream = "token", kChunkedStream = "chunked", kBufferedStream = "buffered";

// The deltas of one reply. Stamps are ns from one origin.
struct StreamShape {
    std::optional<std::int64_t> generated; // tokens, by the runtime's count
    std::int64_t text_chars = 0;           // code points of all deltas
    std::int64_t deltas = 0;
    std::int64_t delta_reads = 0;       // reads of the socket that brought any
    std::int64_t first_read_deltas = 0; // that came with the first of them
    std::int64_t sent_ns = 0;
    std::int64_t first_ns = 0; // of the first delta
    std::int64_t last_ns = 0;
    std::int64_t end_ns = 0;
    std::optional<double> generation_ms; // the runtime's own time of generating
    std::int64_t wake_lag_ns = 0; // the largest: what a read that came so late brought together may have come apart by as much
};

std::string_view streamKind(const StreamShape& shape);

// Tokens per second by the client's clock: those after the first read over the time from it to the last delta. Absent
// unless every token came by itself, in at least kLeastRateReads reads, and where the runtime's own time contradicts it.
inline constexpr std::int64_t kLeastRateReads = 4;
std::optional<double> decodeRate(const StreamShape& shape);

} // namespace looptax
