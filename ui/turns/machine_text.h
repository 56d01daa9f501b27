// What the machine did during a turn beside the runtime, and who stamped its reads, in words.
#pragma once

#include "domain/turn_record.h"

#include <QString>

namespace looptax {

// "other programs used 812 ms of CPU", as the record says it, on one line; empty where the turn was not disturbed or nobody
// knows.
QString disturbedText(const TurnRecord& record);
// "kernel; woke up after 0.060 ms, 0.400 ms at most"; empty where the record does not say.
QString stampsText(const TurnRecord& record);
// A warning where this program itself waited for a processor for more than 5 % of TTFT; else empty.
QString starvedText(const TurnRecord& record);
// That TTFT is an upper bound, where the first read brought more than the first piece; else empty.
QString sharedText(const TurnRecord& record);

} // namespace looptax
