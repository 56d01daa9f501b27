#include "analysis/verdict.h"

namespace looptax {

std::string_view name(VerdictKind kind) {
    switch (kind) {
    case VerdictKind::Supported: return "supported";
    case VerdictKind::Rejected: return "rejected";
    case VerdictKind::Inconclusive: return "inconclusive";
    case VerdictKind::NotTriggered: return "not_triggered";
    case VerdictKind::Untestable: return "untestable";
    case VerdictKind::StillCollecting: return "still_collecting";
    }
    return "untestable";
}

std::string_view title(VerdictKind kind) {
    switch (kind) {
    case VerdictKind::Supported: return "Supported";
    case VerdictKind::Rejected: return "Rejected";
    case VerdictKind::Inconclusive: return "Inconclusive";
    case VerdictKind::NotTriggered: return "Not triggered";
    case VerdictKind::Untestable: return "Untestable";
    case VerdictKind::StillCollecting: return "Still collecting";
    }
    return "Untestable";
}

Measure countMeasure(const std::string& name, const std::string& of, int count, int n, const std::string& n_of) {
    return {name, of, double(count), {}, n, n_of, "count", {}, {}};
}

} // namespace looptax
