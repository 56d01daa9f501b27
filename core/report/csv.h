// turns.csv: every row of every attempt in journal order. RFC 4180: comma, CRLF, quotes doubled, one header
// row; UTF-8 without a byte order mark; '.' decimals whatever the locale; booleans true/false; absent =
// empty.
//
// The columns are those of the record (domain/turn_record.h), as the journal has them, and behind them those
// that follow from the whole session (analysis/derived_turn.h): computed, never measured of the turn alone. They
// are rounded to what they carry, a thousandth.
#pragma once

#include "domain/turn_record.h"

#include <string>
#include <string_view>
#include <vector>

namespace looptax {

std::string turnsCsv(const std::vector<TurnRecord>& turns);

// A text cell, quoted where needed. One that a spreadsheet would run as a formula (it begins with = + - @ TAB
// CR) gets a leading apostrophe; numbers that we write stay numbers.
std::string csvText(std::string_view text);

} // namespace looptax
