// The time to the first token of one turn, split, as a page of plain text: its parts with what each rests on, and
// of what is absent why.
#pragma once

#include "analysis/tax_split.h"
#include "domain/turn_record.h"

#include <QString>

namespace looptax {

// tax: of the turn's target; null where nothing is known of it.
QString splitWords(const TurnRecord& record, const TurnSplit& split, const TargetTax* tax);

} // namespace looptax
