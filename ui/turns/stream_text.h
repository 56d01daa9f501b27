// What the kind of stream of a turn (domain/stream_kind.h) means for its numbers, in words.
#pragma once

#include "domain/turn_record.h"

#include <QString>

namespace looptax {

// "chunked, 4.0 tokens a chunk on average"; empty where the kind is not known.
QString streamText(const TurnRecord& record);
// What is to be known of its TTFT: that it is the first chunk's or an upper bound, or why there is none. Empty: an ordinary one,
// or nobody knows.
QString ttftRemark(const TurnRecord& record);
// Why our clock has no decode rate; empty where it has one, or where nobody knows.
QString noDecodeText(const TurnRecord& record);

} // namespace looptax
