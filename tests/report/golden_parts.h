// What of a derived file is kept in tests/golden: all of it, in a form whose difference a person can read.
#pragma once

#include "base/json_fwd.h"

#include <string>

namespace looptax {

// A JSON object as text, nothing left out: a section for each of its members, a line "path: value" for each value, and a table
// for each list of objects, so that a changed number is one changed line.
std::string jsonAsTables(const Json& json);

// A text whose sections begin with "## ": sections that are, byte for byte, those of the same heading in `known` are only
// named. With the golden of `known` the result still fixes every byte.
std::string sectionsNotIn(const std::string& known, const std::string& knownName, const std::string& text);

} // namespace looptax
