#include "analysis/stream_counts.h"

#include "analysis/runs.h"
#include "domain/stream_kind.h"

namespace looptax {

void StreamCounts::add(const TurnRecord& turn) {
    if (turn.stream == kTokenStream) ++token;
    else if (turn.stream == kChunkedStream) ++chunked;
    else if (turn.stream == kBufferedStream) ++buffered;
    else ++unknown;
    unknown_rates += int(turn.stream.empty() && turn.decode_tps);
}

StreamCounts& StreamCounts::operator+=(const StreamCounts& other) {
    token += other.token;
    chunked += other.chunked;
    buffered += other.buffered;
    unknown += other.unknown;
    unknown_rates += other.unknown_rates;
    return *this;
}

std::map<std::string, StreamCounts> streamCounts(const std::vector<TurnRecord>& turns) {
    std::vector<const TurnRecord*> all;
    for (const TurnRecord& turn : turns) all.push_back(&turn);
    std::map<std::string, StreamCounts> out;
    for (const RunTurns& run : completeRuns(all))
        for (const TurnRecord* turn : run.turns) out[turn->target].add(*turn);
    return out;
}

} // namespace looptax
