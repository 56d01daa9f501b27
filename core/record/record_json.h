// TurnRecord to and from the fields of a journal line.
#pragma once

#include "base/json_fwd.h"
#include "base/result.h"
#include "domain/turn_record.h"

namespace looptax {

// Makes it an object with one member a column; an absent value is null.
void writeRecord(Json& object, const TurnRecord& record);
// Members the record does not know are ignored; one of a wrong type, or a number that its column cannot hold, is an
// error that names it.
Result<TurnRecord> readRecord(const Json& object);

} // namespace looptax
