// Where the numbers of a document come from: each must stand in the JSON beside it, as a field or inside a text that stands
// there too.
#pragma once

#include "base/json_fwd.h"
#include "report/document.h"

#include <QString>

#include <set>
#include <string>
#include <vector>

namespace looptax {

struct NumberCheck {
    int found = 0;
    std::vector<std::string> missing; // the number and its place
};
NumberCheck numbersOfTables(const doc::Document& document, const Json& json);
// Of paragraphs, notices and lists; what describes a method and not a finding is left out.
NumberCheck numbersOfSentences(const doc::Document& document, const Json& json);
// Of one sentence, against a row of its own and further numbers.
NumberCheck numbersOfSentence(const std::string& sentence, const Json& row, std::vector<double> more);

void collectNumbers(const Json& json, std::vector<double>& out);

} // namespace looptax
