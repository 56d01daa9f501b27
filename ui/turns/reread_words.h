// The account of one turn's cache as a page of plain text: what was reused, why the rest was read, the prompt
// by section, and the place where it parts from what the slot held.
#pragma once

#include "base/file_ops.h"
#include "domain/turn_record.h"
#include "prefix/explanation.h"

#include <QString>

#include <string>

namespace looptax {

QString rereadWords(const TurnExplanation& account);

// For the turn, from the session's explanations.jsonl; where there is none, why, and how one comes by it.
QString rereadPage(FileOps& files, const std::string& folder, const TurnRecord& record, TargetKind kind, bool ended);

} // namespace looptax
