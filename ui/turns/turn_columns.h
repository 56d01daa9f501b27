// The columns of the table of turns: what each shows, what it is sorted by, and which are there at first.
#pragma once

#include "domain/turn_record.h"

#include <QString>
#include <QVariant>

namespace looptax {

enum class TurnColumn {
    Target,
    Design,
    Length,
    Repeat,
    Turn,
    ContextEstimate,
    PromptTokens,
    Cached,
    Processed,
    Ttft,
    Decode,
    Stream,
    StateBytes,
    Flags,
    Outcome,
    FailReason,
    RunOutcome,
    CacheMode,
    Stratum,
    CarryOver,
    CacheHeld,
    PromptMs,
    PredictedTokens,
    DecodeRuntime,
    FinishReason,
    Gap,
    StateReplace,
    Run,
    Attempt,
    Wall,
    Count
};
inline constexpr int kTurnColumns = int(TurnColumn::Count);

struct TurnColumnInfo {
    const char* title;
    const char* tip; // unit and meaning, for the header's tool tip
    bool shown;      // at first
    bool number;     // right-aligned
    int width;       // px at 1x
};
const TurnColumnInfo& columnInfo(TurnColumn column);

// Empty where the number is absent, a dash where the kind of stream is the reason.
QString cellText(const TurnRecord& record, TurnColumn column);
QVariant cellValue(const TurnRecord& record, TurnColumn column); // raw; invalid where absent
// More of a cell than it shows: a long reason, why there is no number. Plain text; empty: nothing.
QString cellTip(const TurnRecord& record, TurnColumn column);
// In words, where the text alone would not be understood when read aloud; else empty.
QString cellSpoken(const TurnRecord& record, TurnColumn column);

QString designText(const std::string& design, const std::optional<int>& cap,
                   const std::optional<int>& padding); // "D p3"
// "✓ all", "✗ sort, count", "–" for a turn that could not be judged: readable without colour. Behind it what makes its
// times doubtful: "✓ all · ⚠ cache mode", "✓ all · ⚠ counts", "✓ all · ⚠ disturbed"; behind a dash that the prompt was truncated.
QString flagsText(const TurnRecord& record);
bool passed(const TurnRecord& record); // outcome ok and all flags
bool doubtful(
    const TurnRecord& record); // its cache mode did not hold, its counts contradict each other, or the machine did something else

} // namespace looptax
