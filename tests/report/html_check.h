// A strict reader of the HTML that report.html is made of: what a browser would mend in silence is an error
// here, and so is everything that could run or be fetched.
#pragma once

#include <string>
#include <vector>

namespace looptax {

// Sentences about what is wrong; empty for a well-formed page without scripts, handlers and links to the
// outside.
std::vector<std::string> htmlProblems(const std::string& html);

} // namespace looptax
