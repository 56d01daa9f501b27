// Our numbers beside the runtime's, as rows of the inspector.
#pragma once

#include "domain/turn_record.h"

#include <QString>

#include <vector>

namespace looptax {

struct NumberRow {
    QString what;
    QString ours;    // empty: we do not measure it
    QString theirs;  // empty: it is not theirs to say; "not reported" where it could have been
    QString meaning; // in words
};
std::vector<NumberRow> numberRows(const TurnRecord& record);

} // namespace looptax
