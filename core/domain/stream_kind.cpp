#include "domain/stream_kind.h"

#include <algorithm>

namespace looptax {

namespace {

constexpr std::int64_t kLeastTokens = 16; // fewer may well fit one packet
constexpr std::int64_t kMostTokensARead = 16;
constexpr double kLeastOfGeneration = 0.20; // of the runtime's time of generating, between first and last delta
constexpr double kLeastOfTurn = 0.05;       // of the whole turn, where the runtime tells no time
constexpr double kMostRate = 20'000;        // tokens/s for one client: the fastest hardware published by 2026 makes 17,000
constexpr double kLeastDeltas = 0.9;        // of the tokens; a stop token and half a character have none
constexpr std::int64_t kMostCharsAToken = 10; // no tokenizer is known that packs text more tightly

// As many as the tokens: then nothing was generated that is not seen, as hidden thoughts are.
bool aPieceAToken(const StreamShape& s) { return s.generated && double(s.deltas) >= kLeastDeltas * double(*s.generated - 2); }

bool isBuffered(const StreamShape& s) {
    const std::int64_t tokens = s.generated.value_or(std::max(s.deltas, s.text_chars / kMostCharsAToken));
    if (tokens < kLeastTokens) return false;
    const double seen = double(s.last_ns - s.first_ns);
    const bool fewReads = s.delta_reads <= std::max<std::int64_t>(2, tokens / kMostTokensARead);
    // A proxy that holds a reply back may hand on each piece by itself afterwards: many reads do not clear it.
    if (s.generation_ms && *s.generation_ms > 0) return (fewReads || aPieceAToken(s)) && seen < kLeastOfGeneration * *s.generation_ms * 1e6;
    return (fewReads && seen < kLeastOfTurn * double(s.end_ns - s.sent_ns)) || (aPieceAToken(s) && seen * kMostRate < double(tokens) * 1e9);
}

} // namespace

std::string_view streamKind(const StreamShape& s) {
    if (s.deltas == 0) return {};
    if (isBuffered(s)) return kBufferedStream;
    if (!s.generated) return {};
    return aPieceAToken(s) ? kTokenStream : kChunkedStream;
}

std::optional<double> decodeRate(const StreamShape& s) {
    if (streamKind(s) != kTokenStream || s.delta_reads < kLeastRateReads) return std::nullopt;
    const std::int64_t tokens = *s.generated - s.first_read_deltas;
    if (tokens <= 0 || s.last_ns <= s.first_ns) return std::nullopt;
    return double(tokens) / (double(s.last_ns - s.first_ns) / 1e9);
}

} // namespace looptax
