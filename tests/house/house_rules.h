// The rules of the house, checked on a source tree: which folders may include what. The arrows are those of
// CONTRIBUTING.md; a room that is not in the table is a violation, so that nobody adds one without saying its
// place.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace looptax::house {

struct Inspection {
    int files = 0;                       // looked at
    std::vector<std::string> violations; // "core/wire/x.h:12: includes a Qt header <QString>"
};

// root holds core/, ui/ and app/; those that are missing are not looked at.
Inspection inspect(const std::filesystem::path& root);

} // namespace looptax::house
