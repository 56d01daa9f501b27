// resources/docs/validity.md: the claims as a table.
#pragma once

#include "claims.h"

#include <string>
#include <vector>

namespace looptax::validity {

std::string page(const std::vector<Claim>& claims, const Effort& effort);
// What a page of another effort must share with this one: what is planted and claimed, row by row, and that it held.
// Empty where it does; else the first difference in words.
std::string disagreement(const std::string& page, const std::vector<Claim>& claims);

} // namespace looptax::validity
