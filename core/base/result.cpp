#include "base/result.h"

namespace looptax {

std::string Error::text() const {
    std::string out;
    if (!where.empty()) out += where + ": ";
    out += what;
    if (!hint.empty()) out += " (" + hint + ")";
    return out;
}

} // namespace looptax
