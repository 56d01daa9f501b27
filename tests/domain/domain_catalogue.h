// The designs as the domain's tests know them; the real table stands in loop/.
#pragma once

#include "domain/design.h"

inline looptax::Catalogue testCatalogue() {
    static constexpr looptax::DesignFacts kDesigns[] = {{"A", "full context", false, false, false},
                                                        {"B", "batch + state file", true, false, false},
                                                        {"C", "capped state", true, true, false},
                                                        {"D", "padded state", true, false, true}};
    static constexpr std::string_view kPacks[] = {"research-log"};
    return {kDesigns, kPacks};
}
