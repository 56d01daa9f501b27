#include "domain/stream_kind.h"

#include "domain/token.h"

#include <algorithm>

namespace looptax {

namespace {

constexpr std::int64_t kLeastTokens = 16; // fewer may well fit one packet
constexpr std::int64_t kMostTokensARead = 16;
constexpr double kLeastOfGeneration = 0.20; // of the runtime's time of generating, between first and last delta
constexpr double kLeastOfPieces = 0.5;      // of the same, where all of the text was seen
constexpr double kLeastOfTurn = 0.05;       // of the whole turn, where the runtime tells no time
constexpr double kMostRate = 5'000;         // tokens/s that a runtime of one's own makes for one client; data centres sell 3,000
constexpr double kMostOfRuntimes = 1.5;     // of the runtime's own rate: more is a reply that was held back in part
constexpr double kLeastDeltas = 0.9;        // of the tokens; a stop token and half a character have none
constexpr double kMostDeltas = 1.2;         // of the tokens
constexpr double kFewCharsAToken = 2;       // of text: hidden tokens have none

bool aPieceAToken(const StreamShape& s) { return s.generated && double(s.deltas) >= kLeastDeltas * double(*s.generated - 2); }

// A piece has a token at least: with more pieces the count is not of this stream (it leaves thoughts out, or never changes).
bool countsOther(const StreamShape& s) { return s.generated && double(s.deltas) > kMostDeltas * double(*s.generated) + 4; }

// Nothing was generated that is not seen, as hidden thoughts are.
bool allIsSeen(const StreamShape& s) {
    return !s.generated || aPieceAToken(s) || double(s.text_chars) >= kFewCharsAToken * double(*s.generated - 2);
}

bool isBuffered(const StreamShape& s) {
    const std::int64_t seenTokens = std::max(s.deltas, s.text_chars / kMostCharsAToken);
    const std::int64_t tokens = countsOther(s) ? seenTokens : s.generated.value_or(seenTokens);
    if (tokens < kLeastTokens) return false;
    const double seen = double(s.last_ns - s.first_ns + s.wake_lag_ns);
    const bool fewReads = s.delta_reads <= std::max<std::int64_t>(2, tokens / kMostTokensARead);
    // A proxy that holds a reply back may hand on each piece by itself afterwards: many reads do not clear it.
    if (s.generation_ms && *s.generation_ms > 0) {
        const double generation = *s.generation_ms * 1e6;
        // Of pieces that come as they are made, all but the first take their share of it.
        return (fewReads && seen < kLeastOfGeneration * generation) ||
               (allIsSeen(s) && seen < kLeastOfPieces * (1 - 1 / double(s.deltas)) * generation);
    }
    return (fewReads && seen < kLeastOfTurn * double(s.end_ns - s.sent_ns)) ||
           (allIsSeen(s) && seen * kMostRate < double(tokens) * 1e9);
}

} // namespace

std::string_view streamKind(const StreamShape& s) {
    if (s.deltas == 0) return {};
    if (isBuffered(s)) return kBufferedStream;
    if (!s.generated || countsOther(s)) return {};
    return aPieceAToken(s) ? kTokenStream : kChunkedStream;
}

std::optional<double> decodeRate(const StreamShape& s) {
    if (streamKind(s) != kTokenStream || s.delta_reads < kLeastRateReads) return std::nullopt;
    const std::int64_t tokens = *s.generated - s.first_read_deltas;
    if (tokens <= 0 || s.last_ns <= s.first_ns) return std::nullopt;
    const double rate = double(tokens) / (double(s.last_ns - s.first_ns) / 1e9);
    const bool contradicted =
        s.generation_ms && *s.generation_ms > 0 && rate > kMostOfRuntimes * double(*s.generated) / (*s.generation_ms / 1e3);
    return contradicted ? std::nullopt : std::optional(rate);
}

} // namespace looptax
