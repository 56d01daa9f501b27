// How replies came, as counts of turns: what the report, summary.json and the charts say of streams.
#pragma once

#include "domain/turn_record.h"

#include <map>
#include <string>
#include <vector>

namespace looptax {

struct StreamCounts {
    int token = 0;
    int chunked = 0;
    int buffered = 0;
    int unknown = 0;       // the runtime does not count tokens, or recorded before the column was
    int unknown_rates = 0; // of those, with a client-side decode rate: it may be one of chunks

    void add(const TurnRecord& turn);
    StreamCounts& operator+=(const StreamCounts& other);
    int known() const { return token + chunked + buffered; }
    bool mixed() const { return int(token > 0) + int(chunked > 0) + int(buffered > 0) > 1; }
    bool operator==(const StreamCounts&) const = default;
};

// Of the last complete attempt of every run, by target.
std::map<std::string, StreamCounts> streamCounts(const std::vector<TurnRecord>& turns);

} // namespace looptax
