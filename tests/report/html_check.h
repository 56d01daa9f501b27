// A strict reader of the HTML that report.html is made of: what a browser would mend in silence is an error
// here, and so is everything that could run or be fetched.
#pragma once

#include "report/document.h"

#include <string>
#include <utility>
#include <vector>

namespace looptax {

// Sentences about what is wrong; empty for a well-formed page without scripts, handlers and links to the
// outside.
std::vector<std::string> htmlProblems(const std::string& html);

// Does the page say all of the document, in its order, and nothing else? Where not, what each of them goes on with. White space
// does not count, nor does the description of a chart, which is an attribute.
std::string differenceFromPage(const doc::Document& document, const std::string& html);

// What html5lib and HTML Tidy say of the pages, by name; empty when they find nothing.
std::string validatorProblems(const std::vector<std::pair<std::string, std::string>>& pages);

} // namespace looptax
